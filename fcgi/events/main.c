/* main: events.fcgi, which serves events, performers, schedules and brands. */
#include "common/api/server.h"
#include "fcgi/events/modules.h"

int main(int argc, char **argv)
{
	return server_main(argc, argv, "events", events_modules);
}
