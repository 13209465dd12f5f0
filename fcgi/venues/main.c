/* main: venues.fcgi, which serves the venue directory. */
#include "common/api/server.h"
#include "fcgi/venues/modules.h"

int main(int argc, char **argv)
{
	return server_main(argc, argv, "venues", venues_modules);
}
