/* setup: makes an installation of a program that was uploaded and a database that is empty. */
#ifndef TG_CLI_SETUP_H
#define TG_CLI_SETUP_H

#include "cli/core/cli.h"

#include <limits.h>

/* Where the configuration of this program belongs. */
struct setup_place {
	char found[PATH_MAX]; /* the configuration that is there already; "" when there is none */
	char folder[PATH_MAX]; /* where to write one: outside of the document root */
	bool writable; /* this process can write there; the folder may not exist yet */
};

/* Finds the place. With a document root it is the folder "private" beside it, or further up: in the
 * outermost folder that belongs to the owner of the program, which is a user's home folder on
 * shared hosting. Without one it is the system's configuration directory. */
void setup_place(const char *document_root, struct setup_place *out);

/* What an installation is made of. Texts are never NULL. */
struct setup_answers {
	const char *db_host, *db_name, *db_user, *db_password;
	const char *organization, *email, *password;
	const char *public_url, *base_path; /* may be empty */
};

/* A setup in progress. */
struct setup {
	struct cli *c;
	struct setup_answers in;
	struct setup_place place;
	bool locked; /* no other setup runs for this place */
	bool as_json; /* lines of JSON instead of text: see setup_step() and the others */
	const char *folder; /* of the files while they are made */
	const char *conf, *key; /* paths there */
	const char *cron_secret;
};

/* ---- cli/setup/report.c ---- */
/* {"step": text}: what is being done. */
void setup_step(struct setup *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* {"problem": {"field", "message", "hint"}}: why it cannot be done; the field is that of an answer,
 * or NULL. Returns REFUSED. */
int setup_problem(struct setup *s, const char *field, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- cli/setup/answers.c ---- */
/* Reads the answers: as an object of JSON from standard input, or from the terminal. */
int setup_ask(struct setup *s);
/* Checks what can be checked without the database. */
int setup_check_answers(struct setup *s);

/* ---- cli/setup/files.c ---- */
/* Makes the key file and a configuration for the answers, with the name that it gets when all is
 * done and ".new"; in a folder of its own when the place is not writable. */
int setup_write_files(struct setup *s);
/* Gives the configuration its name: from then on the programs find it. */
int setup_finish_files(struct setup *s);
/* Removes what setup_write_files() has made and is not in use. */
void setup_drop_files(struct setup *s);

/* ---- cli/setup/database.c ---- */
/* Connects, and checks that the database is a supported one, in which this account may create
 * tables and nothing is in the way; then applies the migrations. Sets c->conf and c->db. */
int setup_database(struct setup *s);

#endif
