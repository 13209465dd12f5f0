/* catalogue: inserts the performers, schedules and brands of the demo's events. */
#ifndef TG_CLI_DEMO_CATALOGUE_H
#define TG_CLI_DEMO_CATALOGUE_H

#include "cli/core/cli.h"

/* A string or integer member of an object in events.json. The string lives as long as the object.
 */
const char *demo_text(struct json_object *o, const char *name); /* NULL: none */
int64_t demo_int(struct json_object *o, const char *name, int64_t otherwise);

/* Inserts an event's performers, schedule and brands; `p` must have org, event, starts and now.
 * Runs inside a transaction. ERR_VALIDATION: the file names a performer that is not in its list. */
NODISCARD enum err demo_catalogue_put(struct cli *c, struct params *p, struct json_object *event);

#endif
