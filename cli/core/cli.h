/* cli: the command table's shape and what every handler is given. */
#ifndef TG_CLI_CORE_CLI_H
#define TG_CLI_CORE_CLI_H

#include "common/base/arena.h"
#include "common/runtime/config.h"
#include "common/db/connection.h"
#include "common/text/json_writer.h"
#include "common/db/statement.h"

#include <stdbool.h>

#ifndef TG_VERSION
#define TG_VERSION "unversioned"
#endif

enum { DONE = 0, REFUSED = 1, USAGE = 2 }; /* exit statuses */

enum option_flags {
	REQUIRED = 1,
	SWITCH = 2, /* takes no value */
};
struct option_row {
	const char *name; /* without the dashes */
	const char *value; /* how help calls it, NULL for a switch */
	unsigned flags;
	const char *doc;
};

struct cli;
enum command_flags {
	NEEDS_CONF = 1,
	NEEDS_DB = 2 | NEEDS_CONF, /* connected before the handler runs */
};
struct command {
	const char *noun, *verb; /* verb NULL: the noun alone is the command */
	const char *argument; /* how help calls the one argument, NULL: none */
	const struct option_row *options; /* ends with a NULL name; NULL: none */
	int (*run)(struct cli *c); /* an exit status */
	unsigned flags;
	const char *doc;
};

#define OPTIONS_MAX 16
struct cli {
	const struct command *command;
	const char *conf_option, *argument;
	/* beside command->options; "" for a switch that was given */
	const char *values[OPTIONS_MAX];
	bool as_json, help;
	struct config *conf;
	struct db *db;
	struct arena *arena;
	struct buf out; /* written to standard output when the handler is done */
	struct json json;
};

/* ---- options.c ---- */
/* Fills c from the words; DONE, or USAGE after a sentence on standard error. c->command stays NULL
 * when only help was asked for. */
int options_parse(struct cli *c, const struct command *commands, int argc, char **argv);
void options_help(const struct cli *c, const struct command *commands, int argc, char **argv,
	struct buf *out);
const char *option(const struct cli *c, const char *name); /* NULL when not given */
bool option_on(const struct cli *c, const char *name);

/* ---- cli/core/output.c ---- */
/* A sentence on standard error; returns REFUSED (or USAGE). */
int refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "creating the organization": why it failed and how to mend it */
int reject_db(struct cli *c, enum err err, const char *doing);
/* what a connection failure means, with the way out */
const char *db_sentence(
	const struct config *conf, unsigned number, const char *text, struct arena *a);
/* the first row is the heading; the last column is not padded */
void table_print(struct buf *out, const char *const *cells, size_t rows, size_t columns);
const char *time_text(struct arena *a, struct val v); /* "-" when not set */
const char *uuid_text(struct arena *a, struct uuid id);
/* on standard error when that is a terminal; NULL ends the line */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- cli/core/transaction.c ---- */
/* One transaction, run again on ERR_RETRY. Rolls back after anything but OK. */
typedef enum err transaction(struct cli *c, void *ctx);
NODISCARD enum err transact(struct cli *c, transaction *fn, void *ctx);
/* inside a transaction */
NODISCARD enum err audit(struct cli *c, struct uuid org, const char *action, struct uuid resource);
const char *actor_name(void); /* the administrator's login, for the audit trail */
NODISCARD enum err org_find(struct cli *c, const char *slug, struct uuid *id); /* ERR_NOT_FOUND */

/* ---- handlers ---- */
int org_create(struct cli *c);
int org_list(struct cli *c);
int org_set(struct cli *c);
int user_create(struct cli *c);
int user_list(struct cli *c);
int user_password(struct cli *c);
int user_remove(struct cli *c);
int key_create_run(struct cli *c);
int key_list_run(struct cli *c);
int key_show_run(struct cli *c);
int key_rotate_run(struct cli *c);
int key_revoke_run(struct cli *c);
int migrate_command(struct cli *c);
int grants(struct cli *c);
int sweep(struct cli *c);
int version(struct cli *c);
int doctor(struct cli *c);
int demo_load(struct cli *c);
int demo_orders(struct cli *c);
int venue_import(struct cli *c);
int venue_export(struct cli *c);
int venue_index(struct cli *c);
int verify(struct cli *c);
int ledger(struct cli *c);
int webhook_status(struct cli *c);
extern const struct option_row verify_options[], ledger_options[], org_set_options[];
extern const struct option_row user_create_options[], user_list_options[];
extern const struct option_row grants_options[], org_create_options[], demo_orders_options[],
	key_create_options[], key_list_options[], key_rotate_options[], venue_import_options[];

/* The whole file in the arena; NULL with a sentence in `why`. */
const char *file_read(struct arena *a, const char *path, size_t *n, char *why, size_t why_size);

#endif
