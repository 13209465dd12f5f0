/* main: public.fcgi, which serves event pages and public checkout without a key. */
#include "common/api/server.h"
#include "fcgi/public/modules.h"

int main(int argc, char **argv)
{
	return server_main(argc, argv, "public", public_modules);
}
