/* main: orders.fcgi, which serves orders to organizers. */
#include "common/api/server.h"
#include "fcgi/orders/modules.h"

int main(int argc, char **argv)
{
	return server_main(argc, argv, "orders", orders_modules);
}
