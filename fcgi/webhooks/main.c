/* main: webhooks.fcgi, which serves webhooks and their deliveries. */
#include "common/api/server.h"
#include "fcgi/webhooks/modules.h"

int main(int argc, char **argv)
{
	return server_main(argc, argv, "webhooks", webhooks_modules);
}
