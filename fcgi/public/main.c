/* main: public.fcgi: what anybody may see and take, without a key. */
#include "common/api/server.h"
#include "fcgi/public/event_page.h"
#include "common/ticketing/hold.h"
#include "common/ticketing/outbox.h"
#include "common/ticketing/checkout.h"
#include "fcgi/public/checkout.h"
#include "fcgi/public/event.h"
#include "fcgi/public/tenant.h"

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
