/* main_events: events.fcgi. */
#include "fcgi/events.h"

int main(int argc, char **argv)
{
	return serve_main(argc, argv, "events", (const struct module *const[]){&events_module, &event_lists_module, NULL});
}
