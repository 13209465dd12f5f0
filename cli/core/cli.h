/* cli: the row types of the command table and the state passed to every handler. */
#ifndef TG_CLI_CORE_CLI_H
#define TG_CLI_CORE_CLI_H

#include "common/access/audit.h"
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
	const char *value; /* placeholder in help, NULL for a switch */
	unsigned flags;
	const char *doc;
};

struct cli;
struct shm;
enum command_flags {
	NEEDS_CONF = 1,
	NEEDS_DB = 2 | NEEDS_CONF, /* connected before the handler runs */
	KEEPS_ANSWERS = 4, /* what it changes is in no response that may be cached for long */
};
struct command {
	const char *noun, *verb; /* verb NULL: the noun alone is the command */
	const char *argument; /* placeholder of the one argument in help, NULL: none */
	const struct option_row *options; /* ends with a NULL name; NULL: none */
	int (*run)(struct cli *c); /* an exit status */
	unsigned flags;
	const char *doc;
};

/* Options of one command, the closing NULL row not counted; options_parse() asserts it. */
#define OPTIONS_MAX 16
struct cli {
	const struct command *command;
	const char *conf_option, *argument; /* both point into argv, NULL: not given */
	/* one value per row of command->options; "" for a switch that was given, NULL: not given */
	const char *values[OPTIONS_MAX];
	bool as_json, help;
	struct config *conf; /* NULL unless the command has NEEDS_CONF; freed by cli_main() */
	struct db *db; /* NULL unless the command has NEEDS_DB; freed by cli_main() */
	/* NULL until the command changes anything, freed by cli_main(); when and where it began */
	struct shm *shm;
	int64_t renew_ns;
	uint64_t shm_file;
	struct arena *arena; /* of the whole run, 64 MiB at most */
	struct audit_row audited; /* of the latest transaction; action NULL: it has none */
	bool partial; /* a part of the job failed; it was reported on standard error */
	struct buf out; /* standard output, written after the handler returned */
	struct json json; /* writes into `out` */
};

/* ---- cli/core/options.c ---- */
/* Parses argv into c. Returns DONE, or USAGE after a message on standard error. c->command stays
 * NULL when only --help was given. `commands` ends with a NULL noun. */
int options_parse(struct cli *c, const struct command *commands, int argc, char **argv);
/* Writes help for c->command, for the noun found in argv, or for all commands. */
void options_help(const struct cli *c, const struct command *commands, int argc, char **argv,
	struct buf *out);
/* The option's value; NULL when not given or unknown to the command. Lives as long as argv. */
const char *option(const struct cli *c, const char *name);
bool option_on(const struct cli *c, const char *name);
extern const struct option_row global_options[]; /* of every command; ends with a NULL name */

/* ---- cli/core/describe.c ---- */
/* Writes the commands, the global options and the keys of the configuration as JSON. `commands`
 * ends with a NULL noun. */
int describe_commands(struct cli *c, const struct command *commands);

/* ---- cli/core/output.c ---- */
/* Print a message on standard error after "ticketgate: "; refuse() returns REFUSED, usage() USAGE.
 */
int refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Reports a failed database operation with its cause and fix; returns REFUSED. `doing` is a gerund:
 * "creating the organization". */
int reject_db(struct cli *c, enum err err, const char *doing);
/* Reads a file of at most 256 MiB into the arena, NUL-terminated; NULL after a message on standard
 * error. */
const char *file_text(struct arena *a, const char *path, size_t *n);
/* Explains a connection error (MariaDB error number and text) and how to fix it; in the arena. */
const char *db_sentence(
	const struct config *conf, unsigned number, const char *text, struct arena *a);
/* Prints rows * columns cells, row by row, in aligned columns; the first row is the heading, the
 * last column is not padded. At most 16 columns. */
void table_print(struct buf *out, const char *const *cells, size_t rows, size_t columns);
const char *time_text(struct arena *a, struct val v); /* "-" when not set */
const char *uuid_text(struct arena *a, struct uuid id);
/* Replaces the progress line on standard error when that is a terminal; NULL clears it. */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- cli/core/transaction.c ---- */
/* Runs fn in one transaction: commits after OK, rolls back after anything else, and starts again
 * after ERR_RETRY, 5 times in all. When the reply to COMMIT is lost, the audit row that fn wrote
 * tells whether the change was committed; without one ERR_LOST. fn must not keep effects of an
 * earlier attempt in ctx. */
typedef enum err transaction(struct cli *c, void *ctx);
NODISCARD enum err transact(struct cli *c, transaction *fn, void *ctx);
/* Writes an audit row; must run inside the transaction it describes. */
NODISCARD enum err audit(struct cli *c, struct uuid org, const char *action, struct uuid resource);
/* The administrator's login name, for audit rows; valid until the next getpwuid(). */
const char *actor_name(void);
/* The id of an organization by its slug; ERR_NOT_FOUND when there is none. */
NODISCARD enum err org_find(struct cli *c, const char *slug, struct uuid *id);

/* ---- handlers: each returns an exit status ---- */
int org_create(struct cli *c);
int org_list(struct cli *c);
int org_set(struct cli *c);
int org_suspend(struct cli *c);
int org_resume(struct cli *c);
int org_export(struct cli *c);
int org_import(struct cli *c);
int org_remove(struct cli *c);
int user_create(struct cli *c);
int user_list(struct cli *c);
int user_password(struct cli *c);
int user_remove(struct cli *c);
int key_create_run(struct cli *c);
int key_list_run(struct cli *c);
int key_show_run(struct cli *c);
int key_rotate_run(struct cli *c);
int key_revoke_run(struct cli *c);
int setup(struct cli *c);
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
extern const struct option_row setup_options[], verify_options[], ledger_options[],
	org_set_options[];
extern const struct option_row user_create_options[], user_list_options[];
extern const struct option_row grants_options[], org_create_options[], demo_orders_options[],
	key_create_options[], key_list_options[], key_rotate_options[], venue_import_options[];

/* The command `ticketgate` with its arguments; returns the exit status. */
int cli_main(int argc, char **argv);

#endif
