/* move: suspending, exporting, importing and removing one organization. */
#ifndef TG_CLI_MOVE_MOVE_H
#define TG_CLI_MOVE_MOVE_H

#include "cli/move/stream.h"
#include "common/http/principal.h"

/* How the slug of an organization whose import has not ended begins. */
#define INCOMPLETE SLUG_INCOMPLETE "import."

/* An organization by its slug. */
struct org_state {
	struct uuid id;
	const char *slug;
	bool suspended;
};
/* Reads it; ERR_NOT_FOUND when there is none. */
NODISCARD enum err org_state_read(struct cli *c, const char *slug, struct org_state *out);
/* Refuses with a message for what org_state_read() or another operation returned. */
int org_refuse(struct cli *c, enum err err, const char *slug, const char *doing);

/* Deletes all rows of an organization, in small transactions; it must be suspended. *rows: how
 * many. May be repeated after a failure. */
NODISCARD enum err org_rows_remove(struct cli *c, struct uuid org, int64_t *rows);

/* The names of the migrations that were applied, in their order. */
NODISCARD enum err migrations_read(struct cli *c, struct rows *out);

#endif
