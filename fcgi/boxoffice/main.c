/* main: boxoffice.fcgi, which serves holds, orders and refunds of the box office. */
#include "common/api/server.h"
#include "fcgi/boxoffice/modules.h"

int main(int argc, char **argv)
{
	return server_main(argc, argv, "boxoffice", boxoffice_modules);
}
