/* batch: sends several writes to the database in one round trip. */
#include "common/db/batch.h"

#include "common/base/buf.h"
#include "common/db/dialect.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* compound statements kept per process; statements of further sequences run one by one */
#define COMPOUNDS_MAX 48

/* A sequence of statements as one compound statement: BEGIN NOT ATOMIC first; second; END. Its
 * parameters are named m0, m1, …; `uses` maps each to a parameter of a step. */
struct compound {
	size_t n;
	const struct statement *steps[BATCH_MAX];
	struct statement st;
	struct use {
		size_t step;
		const char *name;
		char marker[8];
	} * uses;
	size_t n_uses;
};

static struct compound known[COMPOUNDS_MAX]; /* of the process, never freed */
static size_t n_known;
static struct arena *texts; /* texts and names of the compounds */

/* Fails like a deadlock (error 1213 is ERR_RETRY) when the statement before it wrote nothing. */
#define GUARD                                                             \
	"IF ROW_COUNT() < 1 THEN SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO" \
	" = 1213, MESSAGE_TEXT = 'a guarded write found nothing'; END IF; "

/* Appends a step's text with its parameters replaced by the compound's. */
static bool append(struct compound *c, struct buf *out, size_t step)
{
	char *text;
	const char **names;
	const char *sql = dialect_text(texts, c->steps[step]->sql, false);
	int n = sql_rewrite(texts, sql, &text, &names);
	struct use *uses = arena_array(texts, c->n_uses + (size_t)(MAX(n, 0)) + 1, sizeof *uses);
	if (n < 0)
		return false;
	if (c->n_uses)
		memcpy(uses, c->uses, c->n_uses * sizeof *uses);
	c->uses = uses;
	bool quoted = false;
	for (size_t k = 0; *text; text++) {
		quoted ^= *text == '\'';
		if (*text != '?' || quoted) {
			buf_put(out, text, 1);
			continue;
		}
		struct use *u = &c->uses[c->n_uses];
		*u = (struct use){.step = step, .name = names[k++]};
		snprintf(u->marker, sizeof u->marker, "m%zu", c->n_uses++);
		buf_put(out, ":", 1);
		buf_put(out, u->marker, strlen(u->marker));
	}
	buf_puts(out, "; ");
	if (c->steps[step]->flags & SQL_GUARDED)
		buf_puts(out, GUARD);
	return true;
}

/* Creates the compound statement of a sequence; NULL when the table is full or the text too long.
 */
static struct compound *compose(const struct statement_batch *b)
{
	struct buf out = {.max = 65536};
	struct compound *c = &known[n_known];
	if (n_known == COMPOUNDS_MAX)
		return NULL;
	if (!texts)
		texts = arena_new((size_t)1 << 23);
	*c = (struct compound){.n = b->n};
	buf_put(&out, "BEGIN NOT ATOMIC ", 17);
	bool fine = true;
	for (size_t i = 0; i < b->n && fine; i++) {
		c->steps[i] = b->steps[i].st;
		fine = append(c, &out, i);
	}
	buf_put(&out, "END", 3);
	c->st = (struct statement){
		arena_printf(texts, "%s and %zu more", b->steps[0].st->name, b->n - 1),
		arena_dup(texts, out.p, out.n), SQL_WRITE | SQL_GLOBAL};
	fine = fine && !out.full;
	buf_free(&out);
	n_known += fine;
	if (fine)
		return c;
	return NULL;
}

/* The compound of a sequence, compared by the statements' addresses. */
static struct compound *batch_find(const struct statement_batch *b)
{
	for (size_t i = 0; i < n_known; i++) {
		size_t same = 0;
		while (known[i].n == b->n && same < b->n &&
			known[i].steps[same] == b->steps[same].st)
			same++;
		if (same == b->n)
			return &known[i];
	}
	return compose(b);
}

static enum err run_together(struct db *db, struct arena *arena, const struct statement_batch *b,
	const struct compound *c)
{
	struct params all;
	params_init(&all, arena);
	all.list = arena_array(arena, c->n_uses + 1, sizeof *all.list);
	for (size_t i = 0; i < c->n_uses; i++) {
		all.list[i].name = c->uses[i].marker;
		all.list[i].v = params_get(&b->steps[c->uses[i].step].p, c->uses[i].name);
	}
	all.n = all.cap = c->n_uses;
	return sql_run(db, arena, &c->st, &all, NULL);
}

static enum err run_step(
	struct db *db, struct arena *arena, const struct statement *st, const struct params *p)
{
	struct rows done;
	enum err err = sql_run(db, arena, st, p, &done);
	if (!err && (st->flags & SQL_GUARDED) && done.affected == 0)
		return ERR_RETRY;
	return err;
}

enum err batch_run(struct db *db, struct arena *arena, struct statement_batch *b)
{
	enum err err = OK;
	struct compound *c = NULL;
	if (b->n > 1 && (err = db_use(db)) == OK && !db_is_mysql(db)) /* MySQL has no compounds */
		c = batch_find(b);
	if (c)
		err = run_together(db, arena, b, c);
	for (size_t i = 0; i < b->n && !c && !err; i++)
		err = run_step(db, arena, b->steps[i].st, &b->steps[i].p);
	b->n = 0;
	if (err == ERR_DUPLICATE)
		return ERR_RETRY;
	return err;
}

enum err batch_add(struct db *db, struct arena *arena, struct statement_batch *b,
	const struct statement *st, const struct params *params)
{
	enum err err = b->n == BATCH_MAX ? batch_run(db, arena, b) : OK;
	if (err)
		return err;
	assert(b->n < BATCH_MAX);
	struct params *p = &b->steps[b->n].p;
	b->steps[b->n++].st = st;
	*p = *params;
	p->list = arena_array(arena, params->n + 1, sizeof *p->list);
	memcpy(p->list, params->list, params->n * sizeof *p->list);
	p->cap = params->n;
	return OK;
}
