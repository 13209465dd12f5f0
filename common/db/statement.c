/* statement: runs constant statements with named parameters, prepared once per connection. */
#include "common/db/statement.h"

#include "common/db/dialect.h"
#include "common/db/error_map.h"
#include "common/db/prepared.h"

#include <assert.h>
#include <limits.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define CHECK_ROOM ((size_t)1 << 20) /* arena ceiling of a check */

/* ---- text ---- */

/* Skips the quoted text, comment or single character at p; NULL when it is not closed. */
static const char *skip(const char *p)
{
	char quote = *p;
	if (quote == '#' || (quote == '-' && p[1] == '-' && (unsigned char)p[2] <= ' '))
		return p + strcspn(p, "\n");
	if (quote == '/' && p[1] == '*') {
		p = strstr(p + 2, "*/");
		if (p)
			return p + 2;
		return NULL;
	}
	if (quote != '\'' && quote != '"' && quote != '`')
		return p + 1;
	for (p++; *p && *p != quote; p++)
		if (*p == '\\' && quote != '`' && !*++p)
			return NULL;
	if (*p)
		return p + 1;
	return NULL;
}

/* The length of the name at p. Not by strspn(), which builds a table of the set each time: all
 * statements are read whenever a program starts, which for CGI is at each request. */
static size_t word(const char *p)
{
	size_t n = 0;
	while (p[n] == '_' || (p[n] >= '0' && p[n] <= '9') || (p[n] >= 'a' && p[n] <= 'z') ||
		(p[n] >= 'A' && p[n] <= 'Z'))
		n++;
	return n;
}

int sql_rewrite(struct arena *a, const char *sql, char **out, const char ***names)
{
	size_t n = 0, most = 0;
	for (const char *p = sql; *p; p++)
		most += *p == ':';
	char *to = *out = arena_alloc(a, strlen(sql) + 1);
	*names = arena_array(a, most + 1, sizeof **names);
	const char *from = sql; /* of the text that is not yet copied */
	for (const char *p = sql; *p;) {
		if (*p == '?')
			return -1;
		if (*p != ':') {
			if (!(p = skip(p)))
				return -1;
			continue;
		}
		size_t len = word(p + 1);
		if (len == 0)
			return -1;
		(*names)[n++] = arena_dup(a, p + 1, len);
		to = mempcpy(to, from, (size_t)(p - from));
		*to++ = '?';
		p += 1 + len;
		from = p;
	}
	memcpy(to, from, strlen(from) + 1);
	return (int)n;
}

/* ---- running ---- */

static const char *log_name(const struct statement *st, unsigned number)
{
	if (st->flags & SQL_QUIET)
		return NULL;
	if (st->flags & SQL_MAY_BE_LOCKED && db_meaning(dialect_error(number)).err == ERR_RETRY)
		return NULL;
	return st->name;
}

/* Reports a statement's failure. Errors between two rows (a deadlock, a lock wait timeout, a lost
 * connection) are recorded by the connector at the connection only. The error text belongs to the
 * statement or connection, both of which may be freed here, so it is copied first. */
static enum err failed(struct db *db, MYSQL_STMT *stmt, const struct statement *st)
{
	char text[MYSQL_ERRMSG_SIZE];
	unsigned number = mysql_stmt_errno(stmt);
	snprintf(text, sizeof text, "%s",
		number ? mysql_stmt_error(stmt) : mysql_error(db_handle(db)));
	if (!number)
		number = mysql_errno(db_handle(db));
	prepared_open(db_prepared(db))->busy = NULL;
	if (number < 2000)
		mysql_stmt_reset(stmt);
	return db_failed(db, number, text, log_name(st, number));
}

static enum err statement_prepare(
	struct db *db, const struct statement *st, const char *text, MYSQL_STMT **out)
{
	MYSQL_STMT *stmt = oom_check(mysql_stmt_init(db_handle(db)));
	char why[MYSQL_ERRMSG_SIZE];
	*out = NULL;
	if (mysql_stmt_prepare(stmt, text, strlen(text)) == 0) {
		*out = stmt;
		return OK;
	}
	unsigned number = mysql_stmt_errno(stmt);
	snprintf(why, sizeof why, "%s", mysql_stmt_error(stmt));
	mysql_stmt_close(stmt);
	return db_failed(db, number, why, log_name(st, number));
}

/* Prepares a statement and adds it to the table. */
static enum err handle_new(struct db *db, struct prepared *t, const struct statement *st,
	struct prepared_statement **out)
{
	char *text;
	const char **names;
	MYSQL_STMT *stmt;
	const char *sql = dialect_text(t->arena, st->sql, db_is_mysql(db));
	int n = sql_rewrite(t->arena, sql, &text, &names);
	if (n < 0)
		return db_failed(db, 0, "malformed statement text", st->name);
	enum err e = statement_prepare(db, st, text, &stmt);
	if (e != OK)
		return e;
	struct prepared_statement *h = arena_alloc(t->arena, sizeof *h);
	*h = (struct prepared_statement){.st = st, .stmt = stmt, .last_rows = 1};
	column_params_init(&h->in, t->arena, names, (size_t)n);
	prepared_add(t, h);
	*out = h;
	return OK;
}

/* ---- running ---- */

static enum err statement_find(
	struct db *db, const struct statement *st, struct prepared_statement **out)
{
	enum err e = db_use(db);
	if (e != OK)
		return e;
	struct prepared *t = prepared_open(db_prepared(db));
	prepared_drain(t);
	*out = prepared_find(t, st);
	if (*out)
		return OK;
	return handle_new(db, t, st, out);
}

static enum err execute(struct db *db, const struct statement *st, const struct params *params,
	struct prepared_statement **out)
{
	struct prepared_statement *h = NULL;
	enum err e = statement_find(db, st, &h);
	if (e != OK)
		return e;
	if (!column_bind_params(&h->in, h->stmt, params))
		return failed(db, h->stmt, st);
	if (st->flags & SQL_WRITE)
		db_mark_write(db);
	if (mysql_stmt_execute(h->stmt))
		return failed(db, h->stmt, st);
	(*db_prepared(db))->busy = h;
	if (!column_bind_result(&h->out, h->stmt))
		return failed(db, h->stmt, st);
	*out = h;
	return OK;
}

/* Reads the rest of a result. mysql_stmt_free_result() would, too, but it ignores an error that
 * comes instead of a row. */
static enum err skip_rows(struct db *db, struct prepared_statement *h)
{
	int got = 0;
	while (mysql_stmt_field_count(h->stmt) && (got == 0 || got == MYSQL_DATA_TRUNCATED))
		got = mysql_stmt_fetch(h->stmt);
	if (got == 1)
		return failed(db, h->stmt, h->st);
	mysql_stmt_free_result(h->stmt);
	return OK;
}

/* Reads to the end of all results: CALL returns several; the first one is used, but an error in a
 * later one counts. */
static enum err statement_finish(struct db *db, struct prepared_statement *h)
{
	enum err err = skip_rows(db, h);
	while (!err && mysql_stmt_more_results(h->stmt)) {
		if (mysql_stmt_next_result(h->stmt) > 0)
			return failed(db, h->stmt, h->st);
		err = skip_rows(db, h);
	}
	if (err)
		return err;
	(*db_prepared(db))->busy = NULL;
	return db_check_transaction(db, h->st->name);
}

/* A row could not be converted: discards the rest of the result. */
static enum err bad_cell(struct db *db, const struct prepared_statement *h, const char *wrong)
{
	const struct statement *st = h->st;
	prepared_drain(*db_prepared(db));
	return db_failed(db, 0, wrong, st->name);
}

/* Memory for the cells of row r->n, growing fourfold. */
static struct val *row_room(struct arena *arena, struct rows *r, size_t *cap)
{
	assert(r->n <= *cap);
	if (r->n == *cap) {
		struct val *more = arena_array(arena, *cap * 4 * r->columns, sizeof *more);
		memcpy(more, r->cells, r->n * r->columns * sizeof *more);
		r->cells = more;
		*cap *= 4;
	}
	return r->cells + r->n * r->columns;
}

static enum err fetch_all(
	struct db *db, struct prepared_statement *h, struct arena *arena, struct rows *r)
{
	size_t cap = h->last_rows;
	int got;
	r->columns = h->out.columns;
	r->names = h->out.names;
	r->cells = arena_array(arena, cap * r->columns, sizeof *r->cells);
	while ((got = mysql_stmt_fetch(h->stmt)) == 0 || got == MYSQL_DATA_TRUNCATED) {
		const char *wrong =
			column_read_row(&h->out, h->stmt, arena, row_room(arena, r, &cap));
		if (wrong)
			return bad_cell(db, h, wrong);
		r->n++;
	}
	if (got != MYSQL_NO_DATA)
		return failed(db, h->stmt, h->st);
	h->last_rows = MAX(r->n, 1);
	r->affected = r->n;
	return OK;
}

enum err sql_run(struct db *db, struct arena *arena, const struct statement *st,
	const struct params *params, struct rows *rows)
{
	struct rows r = {.n = 0};
	struct prepared_statement *h = NULL;
	if (rows)
		*rows = r;
	enum err e = execute(db, st, params, &h);
	if (e != OK)
		return e;
	if (mysql_stmt_field_count(h->stmt) == 0)
		r.affected = mysql_stmt_affected_rows(h->stmt);
	else if (rows)
		e = fetch_all(db, h, arena, &r);
	if (e == OK)
		e = statement_finish(db, h);
	if (e == OK && rows)
		*rows = r;
	return e;
}

/* ---- bulk operations ---- */

static bool set_array(MYSQL_STMT *stmt, unsigned n)
{
	return mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &n) == 0;
}

/* The statement is used for single executions, too, so the size of the array is reset. */
static enum err run_array(struct db *db, struct arena *arena, struct prepared_statement *h,
	const struct params_many *many)
{
	bool fine = set_array(h->stmt, (unsigned)many->n) &&
		column_bind_many(&h->in, h->stmt, arena, many->list, many->n) &&
		mysql_stmt_execute(h->stmt) == 0;
	enum err err = fine ? OK : failed(db, h->stmt, h->st);
	if (fine || *db_prepared(db)) /* else the connection and its statements are gone */
		(void)set_array(h->stmt, 0);
	return err ? err : db_check_transaction(db, h->st->name);
}

enum err sql_run_many(struct db *db, struct arena *arena, const struct statement *st,
	const struct params_many *many, uint64_t *affected)
{
	struct prepared_statement *h = NULL;
	struct rows done;
	assert(st->flags & SQL_WRITE && many->n <= UINT_MAX);
	*affected = 0;
	enum err err = many->n > 1 ? statement_find(db, st, &h) : OK;
	if (!err && h && db_has_bulk(db)) {
		db_mark_write(db);
		err = run_array(db, arena, h, many);
		if (!err)
			*affected = mysql_stmt_affected_rows(h->stmt);
		return err;
	}
	for (size_t i = 0; i < many->n && !err; i++) {
		err = sql_run(db, arena, st, many->list[i], &done);
		*affected += done.affected;
	}
	return err;
}

/* ---- one row at a time ---- */

/* Calls `each` for every row. */
static enum err walk(struct db *db, struct prepared_statement *h, sql_each *each, void *ctx)
{
	struct rows r = {.n = 1,
		.columns = h->out.columns,
		.names = h->out.names,
		.cells = h->out.cells,
		.affected = 1};
	int got;
	while ((got = mysql_stmt_fetch(h->stmt)) == 0 || got == MYSQL_DATA_TRUNCATED) {
		const char *wrong = column_read_row(&h->out, h->stmt, NULL, h->out.cells);
		if (wrong)
			return bad_cell(db, h, wrong);
		enum err e = each(ctx, &r);
		if (!*db_prepared(db) || (*db_prepared(db))->busy != h)
			return db_failed(
				db, 0, "another statement was run inside sql_stream", "sql_stream");
		if (e != OK) {
			prepared_drain(*db_prepared(db));
			return e;
		}
	}
	if (got == MYSQL_NO_DATA)
		return statement_finish(db, h);
	return failed(db, h->stmt, h->st);
}

enum err sql_stream(struct db *db, const struct statement *st, const struct params *params,
	sql_each *each, void *ctx)
{
	struct prepared_statement *h = NULL;
	enum err e = execute(db, st, params, &h);
	if (e != OK)
		return e;
	if (mysql_stmt_field_count(h->stmt))
		return walk(db, h, each, ctx);
	return statement_finish(db, h);
}

/* ---- checking ---- */

/* What is wrong with a statement's text or flags; NULL: nothing. */
static const char *faults(const struct statement *st, const char *const *names, int n)
{
	unsigned kind = st->flags & (SQL_READ | SQL_WRITE);
	if (n < 0)
		return "a parameter without a name, a bare question mark, or an unclosed quote or "
		       "comment";
	if (kind != SQL_READ && kind != SQL_WRITE)
		return "must have either SQL_READ or SQL_WRITE";
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], "org") == 0)
			return NULL;
	if (st->flags & SQL_GLOBAL)
		return NULL;
	return "must name :org or have SQL_GLOBAL";
}

enum err sql_check(struct db *db, const struct statement *st, char *why, size_t why_size)
{
	struct arena *a = arena_new(CHECK_ROOM);
	char *text;
	const char **names;
	MYSQL_STMT *stmt = NULL;
	int n = sql_rewrite(a, st->sql, &text, &names);
	const char *wrong = faults(st, names, n);
	enum err e = ERR_INTERNAL;
	snprintf(why, why_size, "%s", text_or(wrong, ""));
	if (!wrong && (e = db_use(db)) == OK) {
		prepared_drain(*db_prepared(db));
		sql_rewrite(a, dialect_text(a, st->sql, db_is_mysql(db)), &text, &names);
		e = statement_prepare(db, st, text, &stmt);
	}
	if (!wrong && e != OK)
		snprintf(why, why_size, "%u %s", db_errno(db), db_error(db));
	if (stmt)
		mysql_stmt_close(stmt);
	arena_free(a);
	return e;
}
