/* main_public: public.fcgi: what anybody may see and take, without a key. */
#include "fcgi/eventpage.h"
#include "fcgi/holds.h"
#include "fcgi/outbox.h"
#include "fcgi/sales.h"
#include "fcgi/selfservice.h"
#include "fcgi/showing.h"
#include "fcgi/visits.h"

int main(int argc, char **argv)
{
	static const struct module *const modules[] = {
		&eventpage_module,
		&showing_module,
		&selfservice_module,
		&visits_module,
		&hold_statements_module,
		&sale_statements_module,
		&stock_module,
		&offer_module,
		&outbox_module,
		NULL,
	};
	return serve_main(argc, argv, "public", modules);
}
