/* main: orders.fcgi, which serves orders to organizers. */
#include "common/access/epoch.h"
#include "common/api/server.h"
#include "fcgi/orders/orders.h"

int main(int argc, char **argv)
{
	static const struct module epochs = {.statements = epoch_reader_statements};
	static const struct module *const modules[] = {
		&orders_module,
		&order_lists_module,
		&order_refunds_module,
		&epochs,
		NULL,
	};
	return server_main(argc, argv, "orders", modules);
}
