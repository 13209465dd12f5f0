/* main: tickets.fcgi, which serves ticket types. */
#include "common/api/server.h"
#include "fcgi/tickets/modules.h"

int main(int argc, char **argv)
{
	return server_main(argc, argv, "tickets", tickets_modules);
}
