/* catalogue: who is on at the demo's events, when, and whose names stand on the poster. */
#ifndef TG_CLI_DEMO_CATALOGUE_H
#define TG_CLI_DEMO_CATALOGUE_H

#include "cli/core/cli.h"

/* Members of an object of the demo's file. */
const char *demo_text(struct json_object *o, const char *name); /* NULL where there is none */
int64_t demo_int(struct json_object *o, const char *name, int64_t otherwise);

/* The performers, schedule and brands of an event of the file. In `p`: org, event, starts, now. In
 * a transaction. */
NODISCARD enum err demo_catalogue_put(struct cli *c, struct params *p, struct json_object *event);

#endif
