/* hold_release: releases the tickets of expired holds, a few of each organization in turn. */
#include "cli/maintenance/hold_release.h"

#include "common/base/map.h"
#include "common/ticketing/expired_holds.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/param.h>

#define SHARE 24 /* items of an organization's holds in one turn; see struct due_list */
#define LISTED 20000 /* holds looked up together; the numbers in the statement and here agree */
#define NONE SIZE_MAX

static const struct statement listed = {"cli_holds_due",
	"SELECT id, org_id AS org, expires_at AS expiresAt"
	" FROM holds FORCE INDEX (hold_due)"
	" WHERE status = 'ACTIVE' AND expires_at BETWEEN :after AND :now"
	" AND (expires_at > :after OR id > :last)"
	" ORDER BY expires_at, id"
	" LIMIT 20000",
	SQL_READ | SQL_GLOBAL};

/* The oldest expired holds, by organization. */
struct due_list {
	struct arena *arena; /* of the list */
	struct rows rows;
	size_t *next; /* of each row: the next row of the same organization; NONE */
	size_t *heads, n_orgs; /* the first row of each organization that is not done; NONE */
	/* By how many items the last hold of each organization went beyond its share: these count
	 * in its next turns. */
	size_t *beyond;
	int64_t after; /* the last row's end and id: the next list begins after it */
	struct uuid last;
	bool full; /* there may be others */
	struct expired_run done; /* what end_rows() did */
	int64_t failed;
	char why[sizeof((struct expired_run *)0)->why];
};

/* Links the rows of each organization in their order. */
static void link_rows(struct due_list *d)
{
	struct map at;
	size_t *tails = arena_array(d->arena, d->rows.n + 1, sizeof *tails);

	map_init(&at, NULL, sizeof(struct uuid), sizeof(size_t));
	d->next = arena_array(d->arena, d->rows.n + 1, sizeof *d->next);
	d->heads = arena_array(d->arena, d->rows.n + 1, sizeof *d->heads);
	d->beyond = arena_array(d->arena, d->rows.n + 1, sizeof *d->beyond);
	d->n_orgs = 0;
	for (size_t i = 0; i < d->rows.n; i++) {
		struct uuid org = rows_get(&d->rows, i, "org").id;
		size_t *k = map_at(&at, org.b); /* counted from 1 */

		if (*k == 0) {
			*k = ++d->n_orgs;
			d->heads[*k - 1] = i;
		} else {
			d->next[tails[*k - 1]] = i;
		}
		d->next[i] = NONE;
		tails[*k - 1] = i;
	}
	map_free(&at);
}

static enum err read_list(struct cli *c, struct due_list *d, int64_t now)
{
	struct params p;

	arena_reset(d->arena);
	params_init(&p, d->arena);
	params_set(&p, "now", val_time(now));
	params_set(&p, "after", val_time(d->after));
	params_set(&p, "last", val_uuid(d->last));
	enum err err = sql_run(c->db, d->arena, &listed, &p, &d->rows);
	if (err)
		return err;
	d->full = d->rows.n == LISTED;
	if (d->rows.n > 0) {
		d->after = rows_int(&d->rows, d->rows.n - 1, "expiresAt");
		d->last = rows_get(&d->rows, d->rows.n - 1, "id").id;
	}
	link_rows(d);
	return OK;
}

static struct uuid uuid_before(struct uuid id)
{
	for (size_t i = sizeof id.b; i-- > 0 && id.b[i]-- == 0;)
		;
	return id;
}

/* Ends n holds of adjacent rows, or fewer that have n items: the first ones after the place just
 * before the first row. If one has ended meanwhile, the one behind them is ended, which is just as
 * well. Sets d->done. */
static enum err end_rows(
	struct cli *c, struct due_list *d, size_t row, size_t n, struct job_run *run)
{
	struct arena *a = arena_new((size_t)64 << 20);
	struct expired_run *done = &d->done;

	*done = (struct expired_run){
		.now = run->now,
		.after = rows_int(&d->rows, row, "expiresAt"),
		.last = uuid_before(rows_get(&d->rows, row, "id").id),
	};
	enum err err = expired_holds_end(c->db, a, (int64_t)n, done);

	arena_free(a);
	run->total += done->ended;
	if (done->failed > 0 && d->failed == 0)
		snprintf(d->why, sizeof d->why, "%s", done->why);
	d->failed += done->failed;
	return err;
}

/* Ends a share of an organization's holds. */
static enum err end_share(struct cli *c, struct due_list *d, size_t org, struct job_run *run)
{
	size_t *head = &d->heads[org], left = (size_t)job_share(run, SHARE);
	size_t paid = MIN(left, d->beyond[org]);
	enum err err = OK;

	d->beyond[org] -= paid;
	for (left -= paid; left > 0 && *head != NONE && !err;) {
		size_t row = *head, n = 1, took;

		while (n < left && d->next[row + n - 1] == row + n)
			n++;
		err = end_rows(c, d, row, n, run);
		if (d->done.items >= (int64_t)n)
			n = (size_t)d->done.seen;
		*head = d->next[row + n - 1];
		took = MAX(n, (size_t)d->done.items);
		d->beyond[org] += took - MIN(took, left);
		left -= MIN(took, left);
	}
	progress("Released %lld holds ...", (long long)run->total);
	return err;
}

static enum err end_some(struct cli *c, struct due_list *d, struct job_run *run)
{
	enum err err = OK;

	for (size_t k = 0; k < d->n_orgs && !err; k++) {
		err = end_share(c, d, k, run);
		run->more |= d->heads[k] != NONE;
	}
	return err;
}

static void report(struct cli *c, const struct due_list *d)
{
	progress(NULL);
	refuse("releasing %lld of the expired holds failed, the first with: %s; run `ticketgate "
	       "verify`",
		(long long)d->failed, d->why);
	c->partial = true;
}

enum err hold_release_turn(struct cli *c, struct job_run *run)
{
	struct due_list *d = run->state;
	enum err err = OK;

	if (!d) {
		d = run->state = arena_array(c->arena, 1, sizeof *d);
		d->arena = arena_new((size_t)64 << 20);
	}
	if (d->n_orgs == 0)
		err = read_list(c, d, run->now);
	run->more = false;
	if (!err)
		err = end_some(c, d, run);
	if (!run->more) {
		d->n_orgs = 0; /* reads the next list */
		run->more = d->full;
	}
	if (d->failed > 0 && (err || !run->more))
		report(c, d);
	return err;
}

void hold_release_free(struct job_run *run)
{
	struct due_list *d = run->state;

	if (d)
		arena_free(d->arena);
	run->state = NULL;
}
