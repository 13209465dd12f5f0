/* main: venues.fcgi, which serves the venue directory. */
#include "common/api/server.h"
#include "fcgi/venues/venues.h"

int main(int argc, char **argv)
{
	static const struct module *const modules[] = {
		&venues_module,
		NULL,
	};
	return server_main(argc, argv, "venues", modules);
}
