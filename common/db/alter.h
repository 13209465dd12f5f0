/* alter: ALTER TABLE with IF [NOT] EXISTS, for MySQL, which does not have these words. */
#ifndef TG_DB_ALTER_H
#define TG_DB_ALTER_H

#include "common/base/arena.h"
#include "common/base/error_code.h"
#include "common/db/connection.h"

/* The most changes of one ALTER TABLE that have these words. */
#define ALTER_MOST 32

/* A change that depends on whether a column or key exists. */
struct alter_change {
	const char *table, *name; /* in the arena */
	bool key; /* it is a key, else a column */
	bool wanted; /* IF EXISTS, else IF NOT EXISTS */
	bool apply; /* set by the caller, for alter_compose() */
};
struct alter {
	struct alter_change list[ALTER_MOST];
	size_t n;
};

/* Finds the changes of an ALTER TABLE that have these words; none in other statements. False when
 * there are too many. */
bool alter_read(struct arena *a, const char *sql, struct alter *out);

/* The statement without these words, and with those changes alone that apply; NULL when nothing is
 * left to do. In the arena. */
const char *alter_compose(struct arena *a, const char *sql, const struct alter *alter);

/* What this server is to be sent for a statement of a migration: on MySQL without these words,
 * according to what exists now; NULL: nothing is to be done. */
NODISCARD enum err alter_text(struct db *db, struct arena *a, const char *sql, const char **out);

#endif
