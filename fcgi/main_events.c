/* main_events: events.fcgi. */
#include "fcgi/children.h"
#include "fcgi/endpoint.h"
#include "fcgi/lapsed.h"

int main(int argc, char **argv)
{
	static const struct module endpoints = {.statements = endpoint_statements},
				   lapsed = {.statements = lapsed_statements};
	static const struct module *const modules[] = {
		&events_module,
		&event_lists_module,
		&endpoints,
		&lapsed,
		&performers_module,
		&schedules_module,
		&brands_module,
		NULL,
	};
	return serve_main(argc, argv, "events", modules);
}
