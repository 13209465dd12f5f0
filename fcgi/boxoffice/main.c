/* main: boxoffice.fcgi. */
#include "common/api/server.h"
#include "fcgi/boxoffice/holds.h"
#include "common/ticketing/checkout.h"
#include "common/ticketing/outbox.h"
#include "fcgi/boxoffice/refunds.h"
#include "fcgi/boxoffice/orders.h"

int main(int argc, char **argv)
{
	static const struct module *const modules[] = {
		&holds_module,
		&hold_statements_module,
		&sales_module,
		&sale_statements_module,
		&refunds_module,
		&stock_module,
		&offer_module,
		&outbox_module,
		NULL,
	};
	return serve_main(argc, argv, "boxoffice", modules);
}
