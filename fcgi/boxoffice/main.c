/* main: boxoffice.fcgi, which serves holds, orders and refunds of the box office. */
#include "common/api/server.h"
#include "fcgi/boxoffice/holds.h"
#include "common/ticketing/checkout.h"
#include "common/ticketing/expired_holds.h"
#include "common/ticketing/joint_sale.h"
#include "common/ticketing/outbox.h"
#include "fcgi/boxoffice/refunds.h"
#include "fcgi/boxoffice/orders.h"

int main(int argc, char **argv)
{
	static const struct module *const modules[] = {
		&holds_module,
		&hold_statements_module,
		&box_office_orders_module,
		&checkout_statements_module,
		&refunds_module,
		&expired_holds_module,
		&inventory_module,
		&joint_sale_module,
		&availability_module,
		&outbox_module,
		NULL,
	};
	return server_main(argc, argv, "boxoffice", modules);
}
