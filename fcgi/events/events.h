/* events: the modules of events.fcgi. */
#ifndef TG_EVENTS_EVENTS_H
#define TG_EVENTS_EVENTS_H

#include "common/ticketing/event.h"

/* Runs a CHILD_FLAG statement when a row was created or deleted; as resource_hooks.after_write. */
NODISCARD enum err event_flag_child(struct req *r, const struct statement *flag,
	const struct rows *before, const struct params *after);

extern const struct module events_module;
extern const struct module event_rules_module; /* the statements of event_rules */
extern const struct module event_lists_module; /* the statements of event lists */
extern const struct module performers_module, schedules_module, brands_module;

#endif
