/* main: keys.fcgi, which serves API keys, the account, the health check, and all paths of no other
 * program. */
#include "common/api/server.h"
#include "fcgi/keys/modules.h"

int main(int argc, char **argv)
{
	return server_main(argc, argv, "keys", keys_modules);
}
