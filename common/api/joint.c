/* joint: runs several requests in one transaction. */
#include "common/api/joint.h"

#include "common/access/audit.h"
#include "common/access/epoch.h"
#include "common/access/idempotency.h"
#include "common/access/response_cache.h"
#include "common/api/pipeline.h"
#include "common/api/transaction.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/http/principal.h"
#include "common/http/response.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define STATEMENTS_MAX 32 /* different statements in one shared transaction */
/* Nothing is shared for so long after an error that is nobody's fault, such as of a proxy between
 * that does not know bulk operations. */
#define REST_NS INT64_C(60000000000)

/* The rows that all members write by one statement. */
struct group {
	const struct statement *st;
	struct params_many rows;
};

/* A shared transaction. */
struct shared {
	const struct joint *joint;
	struct db *db;
	struct arena *arena;
	struct req *list[KEPT_MAX]; /* its members; those that are taken out leave the list */
	size_t n;
	struct group groups[STATEMENTS_MAX];
	size_t n_groups;
};

/* ---- the writes ---- */

/* The group of a statement. A new one is inserted at *at, behind what its member wrote before; *at
 * becomes the place behind the group. NULL: there are too many. */
static struct group *group_of(struct shared *s, const struct statement *st, size_t *at)
{
	size_t i = 0;
	while (i < s->n_groups && s->groups[i].st != st)
		i++;
	if (i == s->n_groups) {
		if (s->n_groups == STATEMENTS_MAX)
			return NULL;
		i = *at;
		memmove(&s->groups[i + 1], &s->groups[i], (s->n_groups - i) * sizeof *s->groups);
		s->n_groups++;
		s->groups[i] = (struct group){st, {NULL, 0}};
		s->groups[i].rows.list = arena_array(
			s->arena, (size_t)KEPT_MAX * BATCH_MAX, sizeof *s->groups[i].rows.list);
	}
	*at = MAX(*at, i + 1);
	return &s->groups[i];
}

/* Sorts the members' deferred writes by statement. */
static enum err collect(struct shared *s)
{
	for (size_t m = 0; m < s->n; m++) {
		const struct statement_batch *b = &s->list[m]->batch;
		size_t at = 0;
		for (size_t i = 0; i < b->n; i++) {
			struct group *g = group_of(s, b->steps[i].st, &at);
			if (!g)
				return ERR_RETRY;
			g->rows.list[g->rows.n++] = &b->steps[i].p;
		}
	}
	return OK;
}

static enum err write_groups(struct shared *s)
{
	enum err err = collect(s);
	for (size_t i = 0; i < s->n_groups && !err; i++) {
		const struct group *g = &s->groups[i];
		uint64_t affected;
		err = sql_run_many(s->db, s->arena, g->st, &g->rows, &affected);
		if (!err && (g->st->flags & SQL_GUARDED) && affected != g->rows.n)
			err = ERR_RETRY;
	}
	return err;
}

/* ---- the members ---- */

/* Takes the members out that are marked. */
static void take_out(struct shared *s, const bool *marked)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++)
		if (!marked[i])
			s->list[kept++] = s->list[i];
	s->n = kept;
}

/* Takes out the members whose Idempotency-Key is known, or is another member's. */
static enum err take_out_repeated(struct shared *s)
{
	bool found[KEPT_MAX];
	enum err err = idempotency_find_many(s->db, s->arena, s->list, s->n, found);
	if (err)
		return err;
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < i && !found[i]; k++)
			found[i] = idempotency_same(s->list[i], s->list[k]);
	take_out(s, found);
	return OK;
}

/* Locks the epochs of the members' organizations: ids that are made from now on are not below their
 * marks. */
static enum err hold_epochs(struct shared *s)
{
	enum err err = OK;
	for (size_t i = 0; i < s->n && !err; i++) {
		struct params p;
		size_t k = 0;
		while (!uuid_equal(&s->list[k]->who->org, &s->list[i]->who->org))
			k++;
		if (k < i)
			continue;
		req_params(s->list[i], &p, NULL);
		err = epoch_hold(s->db, s->arena, &p);
	}
	return err;
}

/* Takes out the members whose input is refused: the refusal is theirs alone. */
static void take_out_invalid(struct shared *s)
{
	bool invalid[KEPT_MAX];
	for (size_t i = 0; i < s->n; i++)
		invalid[i] = gate_input(s->list[i]) != OK;
	take_out(s, invalid);
}

/* Runs a member's handler, and defers the writes that come with every change. */
static enum err run_member(const struct shared *s, struct req *r)
{
	struct params p;
	r->batch.n = 0;
	r->secret = NULL;
	r->audit.id = uuid_make(); /* see hold_epochs */
	log_request(r->id);
	enum err err = r->route->handler(r);
	if (err)
		return err;
	if (!s->joint->admit(r))
		return ERR_RETRY;
	transaction_audit_params(r, &p);
	err = req_defer(r, &audit_insert_held, &p);
	if (!err && r->idempotency.key)
		err = idempotency_store_claimed(r);
	return err;
}

/* Runs the handlers in the order of the members, and takes out those that cannot be shared. What a
 * member that is taken out has subtracted stays subtracted, so that nobody overtakes it. */
static enum err run_members(struct shared *s)
{
	bool out[KEPT_MAX];
	void *found;
	enum err err = s->joint->read(s->list, s->n, s->arena, &found);
	for (size_t i = 0; i < s->n && !err; i++) {
		s->list[i]->joint = found;
		out[i] = run_member(s, s->list[i]) != OK;
		s->list[i]->joint = NULL;
	}
	if (!err)
		take_out(s, out);
	return err;
}

/* ---- the transaction ---- */

static enum err run_until_commit(struct shared *s)
{
	enum err err = db_ready(s->db);
	if (err)
		return err;
	db_begin(s->db);
	take_out_invalid(s);
	err = take_out_repeated(s);
	if (!err)
		err = hold_epochs(s);
	if (!err)
		err = run_members(s);
	if (!err && s->n < 2) /* alone it needs fewer round trips */
		return ERR_RETRY;
	if (!err)
		err = write_groups(s);
	if (!err)
		err = s->joint->write(s->list, s->n, s->arena);
	return err;
}

/* The reply to COMMIT was lost, and what came of it is unknown. */
static enum err lost_commit(struct shared *s)
{
	enum err err = OK;
	for (size_t i = 0; i < s->n; i++)
		err = transaction_lost_commit(s->list[i]);
	return err;
}

/* Commits. *sent: COMMIT was sent, so that the members have been executed, or their outcome is
 * unknown. */
static enum err commit(struct shared *s, bool *sent)
{
	for (size_t i = 0; i < s->n; i++) {
		s->list[i]->changed = true;
		response_cache_change_begin(s->list[i]);
	}
	enum err err = db_commit(s->db);
	*sent = err == OK || err == ERR_LOST;
	if (err == ERR_LOST && !transaction_was_committed(s->list[0])) /* all or none were */
		return lost_commit(s);
	for (size_t i = 0; i < s->n; i++)
		response_cache_change_end(s->list[i]);
	return err == ERR_LOST ? OK : err;
}

static void set_done(struct joint_member *list, size_t n, const struct shared *s, enum err err)
{
	for (size_t i = 0, k = 0; i < n && k < s->n; i++)
		if (list[i].r == s->list[k]) {
			list[i].done = true;
			list[i].err = err;
			k++;
		}
}

/* Before a request is run alone: as it was before. */
static void undo(struct req *r)
{
	r->batch.n = 0;
	r->changed = false;
	response_reset(r);
}

void joint_undo(struct joint_member *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		list[i].done = list[i].r->changed;
		list[i].err = ERR_UNAVAILABLE;
		list[i].r->joint = NULL;
		if (!list[i].done)
			undo(list[i].r);
	}
}

void joint_run(struct joint_member *list, size_t n, struct arena *a)
{
	static int64_t rest_until; /* monotonic ns */
	struct shared *s = arena_alloc(a, sizeof *s);
	bool sent = false;
	assert(n >= 1 && n <= KEPT_MAX);
	*s = (struct shared){
		.joint = list[0].r->route->joint, .db = list[0].r->db, .arena = a, .n = n};
	for (size_t i = 0; i < n; i++) {
		assert(list[i].r->route->joint == s->joint);
		list[i].done = false;
		s->list[i] = list[i].r;
	}
	enum err err = clock_mono_ns() < rest_until ? ERR_RETRY : run_until_commit(s);
	/* a connection that is lost after the first write: see should_retry in transaction.c */
	bool lost = err == ERR_LOST && db_wrote(s->db);
	if (!err)
		err = commit(s, &sent);
	if (db_in_transaction(s->db))
		db_rollback(s->db);
	if (sent || lost)
		set_done(list, n, s, err);
	if (err == ERR_INTERNAL) {
		log_msg(LOG_WARN, "requests are not run together for a minute: %s",
			db_error(s->db));
		rest_until = clock_mono_ns() + REST_NS;
	}
	for (size_t i = 0; i < n; i++)
		if (!list[i].done)
			undo(list[i].r);
}
