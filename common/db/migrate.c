/* migrate: applies the numbered SQL files that create and alter the tables, each once. */
#include "common/db/migrate.h"

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/uuid.h"
#include "common/crypto/digest.h"
#include "common/db/alter.h"
#include "common/db/dialect.h"
#include "common/db/sql_file.h"
#include "common/db/statement.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef PKGDATADIR
#define PKGDATADIR "/usr/local/share/ticketgate"
#endif

#define FILES_MAX 999
#define FILE_ROOM ((size_t)4 << 20) /* bytes */
#define MEMORY ((size_t)256 << 20) /* arena ceiling of a run */
#define WAIT_TRIES 1800 /* attempts to take the lease, every half second: 15 minutes */
#define MIGRATION_TRIES 5 /* of a statement that fails with ERR_RETRY */

/* A migration file. */
struct file {
	const char *name; /* without .sql */
	struct sql_statements statements;
	uint8_t checksum[32]; /* SHA-256 of the file */
};

/* The state of one run. */
struct run {
	struct db *db;
	struct arena *arena;
	const char *folder;
	struct file *files;
	size_t n; /* files, in ascending order of their numbers */
	char holder[100]; /* this process, as the lease names its holder */
	void (*say)(void *ctx, const char *line);
	void *ctx;
};

static const char create_migrations[] =
	"CREATE TABLE IF NOT EXISTS migrations ("
	"name VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
	" checksum BINARY(32) NOT NULL,"
	" done INT UNSIGNED NOT NULL,"
	" started_at DATETIME(3) NOT NULL,"
	" finished_at DATETIME(3) NULL,"
	" PRIMARY KEY (name)) ENGINE=InnoDB";
static const char create_lease[] = "CREATE TABLE IF NOT EXISTS migration_lease ("
				   "id TINYINT NOT NULL,"
				   " holder VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,"
				   " expires_at DATETIME(3) NOT NULL,"
				   " PRIMARY KEY (id)) ENGINE=InnoDB";
static const char insert_lease[] = "INSERT IGNORE INTO migration_lease (id, holder, expires_at)"
				   " VALUES (1, '', '2000-01-01')";
static const char *const tables[] = {create_migrations, create_lease, insert_lease};

/* The lease expires two minutes after it was last renewed. During a statement that takes longer
 * another machine can take it over. That is safe: statements can be run twice, and the slower
 * machine detects in `progress` that it has lost the lease. */
static const struct statement
	find_row = {"migration_find",
		"SELECT checksum, done, finished_at IS NOT NULL AS finished"
		" FROM migrations"
		" WHERE name = :name",
		SQL_READ | SQL_GLOBAL | SQL_QUIET},
	start = {"migration_start",
		"INSERT INTO migrations (name, checksum, done, started_at)"
		" VALUES (:name, :checksum, 0, NOW(3))"
		" ON DUPLICATE KEY UPDATE checksum = :checksum, done = 0",
		SQL_WRITE | SQL_GLOBAL},
	progress = {"migration_progress",
		"UPDATE migrations m"
		" JOIN migration_lease l ON l.id = 1 AND l.holder = :holder"
		" SET m.done = :done, m.finished_at = IF(:last, NOW(3), NULL),"
		" l.expires_at = NOW(3) + INTERVAL 120 SECOND"
		" WHERE m.name = :name",
		SQL_WRITE | SQL_GLOBAL},
	lease_take = {"lease_take",
		"UPDATE migration_lease"
		" SET holder = :holder, expires_at = NOW(3) + INTERVAL 120 SECOND"
		" WHERE id = 1 AND expires_at < NOW(3)",
		SQL_WRITE | SQL_GLOBAL},
	lease_read = {"lease_read",
		"SELECT holder, expires_at"
		" FROM migration_lease"
		" WHERE id = 1",
		SQL_READ | SQL_GLOBAL},
	lease_held = {"lease_held",
		"SELECT holder"
		" FROM migration_lease"
		" WHERE id = 1 AND expires_at >= NOW(3)",
		SQL_READ | SQL_GLOBAL | SQL_QUIET},
	lease_give = {"lease_give",
		"UPDATE migration_lease"
		" SET expires_at = '2000-01-01'"
		" WHERE id = 1 AND holder = :holder",
		SQL_WRITE | SQL_GLOBAL};

/* Reports one line of progress. */
static void tell(const struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tell(const struct run *r, const char *fmt, ...)
{
	va_list ap;
	if (!r->say)
		return;
	va_start(ap, fmt);
	r->say(r->ctx, arena_vprintf(r->arena, fmt, ap));
	va_end(ap);
}

/* ---- files ---- */

/* For scandir(3): whether the name is NNN_name.sql. */
static int is_migration(const struct dirent *d)
{
	const char *p = d->d_name;
	size_t n = strlen(p);
	return n > 8 && n < 100 && isdigit((unsigned char)p[0]) && isdigit((unsigned char)p[1]) &&
		isdigit((unsigned char)p[2]) && p[3] == '_' &&
		strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_") == n - 4 &&
		strcmp(p + n - 4, ".sql") == 0;
}

static enum err read_text(const struct run *r, const char *path, char **out, size_t *n)
{
	*out = file_read(r->arena, path, FILE_ROOM, n, NULL);
	if (!*out)
		tell(r, "cannot read %s: %s", path, strerror(errno));
	else if (strlen(*out) != *n)
		tell(r, "%s is not a text file", path);
	else
		return OK;
	return ERR_INTERNAL;
}

static enum err load(const struct run *r, const char *base, struct file *f)
{
	char *text = NULL, *path = arena_printf(r->arena, "%s/%s", r->folder, base);
	size_t n = 0;
	enum err e = read_text(r, path, &text, &n);
	if (e != OK)
		return e;
	sha256(text, n, f->checksum);
	f->name = arena_dup(r->arena, base, strlen(base) - 4);
	if (sql_file_split(r->arena, text, &f->statements))
		return OK;
	tell(r, "%s does not end with a semicolon: the file may be truncated", path);
	return ERR_INTERNAL;
}

/* Reads all files in order; two files with the same number are an error. */
static enum err load_all(struct run *r)
{
	struct dirent **list = NULL;
	int n = scandir(r->folder, &list, is_migration, alphasort);
	enum err e = OK;
	if (n <= 0 || n > FILES_MAX) {
		tell(r, "no migrations (001_….sql) in %s%s%s", r->folder, n < 0 ? ": " : "",
			n < 0 ? strerror(errno) : "");
		free(list);
		return ERR_INTERNAL;
	}
	r->files = arena_array(r->arena, (size_t)n, sizeof *r->files);
	for (int i = 0; i < n; i++) {
		if (e == OK && i && strncmp(list[i - 1]->d_name, list[i]->d_name, 4) == 0) {
			tell(r, "%s and %s have the same number", list[i - 1]->d_name,
				list[i]->d_name);
			e = ERR_INTERNAL;
		}
		assert(i == 0 || strcmp(list[i - 1]->d_name, list[i]->d_name) < 0);
		if (e == OK)
			e = load(r, list[i]->d_name, &r->files[r->n++]);
	}
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return e;
}

/* ---- the database ---- */

/* Runs a statement again after ERR_RETRY: in a Galera cluster any statement can conflict with one
 * on another node. */
static enum err migration_query(
	const struct run *r, const struct statement *st, const struct params *p, struct rows *rows)
{
	enum err e = ERR_RETRY;
	for (int i = 0; i < MIGRATION_TRIES && e == ERR_RETRY; i++)
		e = sql_run(r->db, r->arena, st, p, rows);
	return e;
}

/* Parameters :holder and, with a file, :name and :checksum. */
static struct params named(const struct run *r, const struct file *f)
{
	struct params p;
	params_init(&p, r->arena);
	params_set(&p, "holder", val_text(r->holder));
	if (f) {
		params_set(&p, "name", val_text(f->name));
		params_set(&p, "checksum", val_bytes(f->checksum, sizeof f->checksum));
	}
	return p;
}

/* What the table `migrations` says about a file. */
struct state {
	bool known, finished, same; /* same: the checksum is that of the file */
	size_t done; /* statements executed */
};

/* Without the table `migrations` nothing has been applied. */
static enum err state_of(const struct run *r, const struct file *f, struct state *s)
{
	struct params p = named(r, f);
	struct rows rows;
	*s = (struct state){.known = false};
	enum err e = migration_query(r, &find_row, &p, &rows);
	if (e == ERR_INTERNAL && db_errno(r->db) == ER_NO_SUCH_TABLE)
		return OK;
	if (e != OK || rows.n == 0)
		return e;
	struct val sum = rows_get(&rows, 0, "checksum");
	s->known = true;
	s->finished = rows_int(&rows, 0, "finished") != 0;
	s->done = (size_t)rows_int(&rows, 0, "done");
	s->same = val_equal(sum, val_bytes(f->checksum, sizeof f->checksum));
	return OK;
}

static enum err refuse_changed(const struct run *r, const struct file *f)
{
	tell(r,
		"%s.sql was modified after it was applied to this database. Restore the released "
		"file; make changes in a new migration.",
		f->name);
	return ERR_CONFLICT;
}

static enum err migration_pending(
	const struct run *r, size_t *count, void (*each)(void *ctx, const char *name), void *ctx)
{
	*count = 0;
	for (size_t i = 0; i < r->n; i++) {
		struct state s;
		enum err e = state_of(r, &r->files[i], &s);
		if (e != OK)
			return e;
		if (s.finished && !s.same)
			return refuse_changed(r, &r->files[i]);
		if (s.finished)
			continue;
		++*count;
		if (each)
			each(ctx, r->files[i].name);
	}
	return OK;
}

/* Records that `done` statements have been executed, and renews the lease. */
static enum err migration_add(const struct run *r, const struct file *f, size_t done)
{
	struct params p = named(r, f);
	struct rows rows;
	params_set(&p, "done", val_int((int64_t)done));
	params_set(&p, "last", val_bool(done == f->statements.n));
	enum err e = migration_query(r, &progress, &p, &rows);
	if (e == OK && rows.affected == 0) {
		tell(r,
			"%s: statement %zu took so long that another machine took over the "
			"migration; run `ticketgate migrate` again to verify that it completed",
			f->name, done);
		return ERR_UNAVAILABLE;
	}
	return e;
}

static enum err statement(const struct run *r, const struct file *f, size_t i)
{
	enum err e = ERR_RETRY;
	const char *sql;
	db_mark_write(r->db);
	for (int k = 0; k < MIGRATION_TRIES && e == ERR_RETRY; k++) {
		e = alter_text(r->db, r->arena, f->statements.list[i], &sql);
		if (e == OK && sql)
			e = db_script(r->db, sql);
	}
	if (e != OK)
		tell(r, "%s: statement %zu of %zu failed: %u %s. Statement: %.*s", f->name, i + 1,
			f->statements.n, db_errno(r->db), db_error(r->db),
			(int)strcspn(f->statements.list[i], "\n"), f->statements.list[i]);
	return e;
}

/* Applies a file from where an earlier run stopped. If the file was changed since, it starts again
 * from the first statement. */
static enum err migration_apply(const struct run *r, const struct file *f)
{
	struct state s;
	struct params p = named(r, f);
	enum err e = state_of(r, f, &s);
	if (e != OK)
		return e;
	if (s.finished) {
		if (s.same)
			return OK;
		return refuse_changed(r, f);
	}
	if (!s.known || !s.same) {
		s.done = 0;
		e = migration_query(r, &start, &p, NULL);
	}
	if (s.done)
		tell(r, "%s: resuming after statement %zu of %zu", f->name, s.done,
			f->statements.n);
	if (e == OK && f->statements.n == 0)
		e = migration_add(r, f, 0);
	assert(e != OK || s.done <= f->statements.n);
	for (size_t i = s.done; e == OK && i < f->statements.n; i++) {
		e = statement(r, f, i);
		if (e == OK)
			e = migration_add(r, f, i + 1);
	}
	if (e == OK)
		tell(r, "%s: applied", f->name);
	return e;
}

static void lease_holder(const struct run *r, const char **holder)
{
	struct rows rows;
	*holder = NULL;
	if (migration_query(r, &lease_read, NULL, &rows) == OK)
		*holder = rows_text(&rows, 0, "holder");
	if (!*holder)
		*holder = "another machine";
}

/* Takes the lease, waiting while another machine has it. */
static enum err lease(const struct run *r)
{
	struct params p = named(r, NULL);
	struct rows rows;
	const char *holder;
	for (int i = 0; i < WAIT_TRIES; i++) {
		enum err e = sql_run(r->db, r->arena, &lease_take, &p, &rows);
		if (e == OK && rows.affected == 1)
			return OK;
		if (e != OK && e != ERR_RETRY)
			return e;
		if (i == 0) {
			lease_holder(r, &holder);
			tell(r,
				"waiting: %s is applying migrations, or was interrupted less than "
				"two minutes ago",
				holder);
		}
		clock_pause_ms(500);
	}
	tell(r, "timed out waiting for the other machine");
	return ERR_UNAVAILABLE;
}

/* Refuses a server on which the programs would not work. */
static enum err check_server(const struct run *r)
{
	struct server_version version;
	enum err e = db_ready(r->db);
	if (e != OK)
		return e;
	const char *name = db_server_version(r->db);
	if (server_support(name, &version) != SERVER_TOO_OLD)
		return OK;
	tell(r, "this server is too old: %s %s. Upgrade it; supported are %s. Nothing was changed.",
		version.mysql ? "MySQL" : "MariaDB", name, server_requirements);
	return ERR_CONFLICT;
}

static enum err apply_all(const struct run *r)
{
	enum err e = OK;
	for (size_t i = 0; i < sizeof tables / sizeof *tables && e == OK; i++)
		e = db_script(r->db, tables[i]);
	if (e == OK)
		e = lease(r);
	if (e != OK)
		return e;
	for (size_t i = 0; i < r->n && e == OK; i++)
		e = migration_apply(r, &r->files[i]);
	struct params p = named(r, NULL);
	enum err given =
		migration_query(r, &lease_give, &p, NULL); /* if it fails, the lease expires */
	if (e == OK)
		return given;
	return e;
}

static void name_holder(char *out, size_t size)
{
	char host[65] = "", mark[7];
	gethostname(host, sizeof host - 1);
	random_word(BASE62, mark, 6);
	snprintf(out, size, "%.60s process %ld (%s)", host, (long)getpid(), mark);
}

static enum err go(struct run *r, bool only_look, size_t *count,
	void (*each)(void *ctx, const char *name), void *ctx)
{
	r->arena = arena_new(MEMORY);
	name_holder(r->holder, sizeof r->holder);
	enum err e = load_all(r);
	if (e == OK && !only_look)
		e = check_server(r);
	if (e == OK)
		e = migration_pending(r, count, each, ctx);
	if (e == OK && !only_look && *count == 0)
		tell(r, "the database is up to date (%s)", r->files[r->n - 1].name);
	else if (e == OK && !only_look)
		e = apply_all(r);
	if (e != OK && e != ERR_CONFLICT && db_errno(r->db))
		tell(r, "database error: %u %s", db_errno(r->db), db_error(r->db));
	arena_free(r->arena);
	return e;
}

enum err migrate_run(
	struct db *db, const char *folder, void (*say)(void *ctx, const char *line), void *ctx)
{
	struct run r = {.db = db, .folder = folder, .say = say, .ctx = ctx};
	size_t count = 0;
	return go(&r, false, &count, NULL, NULL);
}

enum err migrate_pending(struct db *db, const char *folder, size_t *count,
	void (*each)(void *ctx, const char *name), void *ctx)
{
	struct run r = {.db = db, .folder = folder};
	return go(&r, true, count, each, ctx);
}

bool migrate_in_progress(struct db *db, struct arena *arena)
{
	struct rows rows;
	return sql_run(db, arena, &lease_held, NULL, &rows) == OK && rows.n == 1;
}

/* ---- finding the files ---- */

static bool is_folder(
	char *out, size_t size, const char *base, const char *middle, const char *what)
{
	struct stat st;
	int n = snprintf(out, size, "%s/%s%s", base, middle, what);
	return n > 0 && (size_t)n < size && stat(out, &st) == 0 && S_ISDIR(st.st_mode);
}

const char *data_find(const char *what)
{
	static char found[PATH_MAX];
	char self[PATH_MAX] = "";
	const char *given = getenv("TG_DATA");
	if (given && *given && is_folder(found, sizeof found, given, "", what))
		return found;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash = n > 0 ? strrchr(self, '/') : NULL;
	if (slash) {
		*slash = '\0';
		if (is_folder(found, sizeof found, self, "", what) ||
			is_folder(found, sizeof found, self, "../", what) ||
			is_folder(found, sizeof found, self, "../private/", what) ||
			is_folder(found, sizeof found, self, "../share/ticketgate/", what))
			return found;
	}
	if (is_folder(found, sizeof found, PKGDATADIR, "", what))
		return found;
	return NULL;
}
