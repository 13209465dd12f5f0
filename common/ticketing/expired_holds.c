/* expired_holds: ends expired holds, and leaves them out of shown counts until they are ended. */
#include "common/ticketing/expired_holds.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

static const struct statement lapsed = {
	"ticket_lapsed",
	"SELECT i.ticket_id AS id, CAST(SUM(i.quantity) AS SIGNED) AS n"
	" FROM ticket_types t"
	" STRAIGHT_JOIN hold_items i FORCE INDEX (hold_item_ticket)"
	" ON i.ticket_id = t.id AND i.expires_at <= :now"
	" WHERE t.event_id = :eventId AND t.org_id = :org AND t.held > 0"
	" GROUP BY i.ticket_id",
	SQL_READ,
};

const struct statement *const expired_holds_statements[] = {
	&lapsed,
	NULL,
};

/* Subtracts n expired tickets of a row's type, and adds `all` of the event to its places. It was
 * read before the holds: if holds were ended in between, the row still counts them and the sum does
 * not, so the result may show too few tickets but never too many. */
static void uncount(struct rows *rows, size_t i, int64_t n, int64_t all)
{
	int64_t held = rows_int(rows, i, "held") - n;
	struct val places = rows_get(rows, i, "places");
	if (held < 0)
		return;
	rows_set(rows, i, "held", val_int(held));
	if (places.type == VAL_INT)
		rows_set(rows, i, "places", val_int(places.i + all));
}

/* The number of expired tickets of a type. */
static int64_t expired_of(const struct rows *over, struct val ticket)
{
	for (size_t k = 0; k < over->n; k++)
		if (val_equal(rows_get(over, k, "id"), ticket))
			return rows_int(over, k, "n");
	return 0;
}

/* May an expired hold change what is shown of a row? One of its own type, or, where the event's
 * places limit it, of any type. */
static bool may_be_held(const struct rows *rows, size_t i)
{
	int64_t held = rows_int(rows, i, "held"),
		own = rows_int(rows, i, "quantity") - rows_int(rows, i, "sold") - held;
	struct val places = rows_get(rows, i, "places");
	return held > 0 || (places.type == VAL_INT && places.i < own);
}

enum err expired_holds_subtract(
	struct req *r, struct rows *rows, const char *id, struct uuid event_id)
{
	struct params p;
	struct rows over;
	size_t held = 0;
	for (size_t i = 0; i < rows->n; i++)
		held += may_be_held(rows, i);
	if (held == 0)
		return OK;
	r->shown.brief = true; /* until one expires */
	req_params(r, &p, NULL);
	params_set(&p, "eventId", val_uuid(event_id));
	enum err err = req_sql(r, &lapsed, &p, &over);
	int64_t all = 0;
	for (size_t k = 0; !err && k < over.n; k++)
		all += rows_int(&over, k, "n");
	for (size_t i = 0; !err && all && i < rows->n; i++)
		uncount(rows, i, expired_of(&over, rows_get(rows, i, id)), all);
	return err;
}

/* ---- ending them ---- */

#define DUE_AT_ONCE 50 /* holds looked up together */

static const struct statement due_of_event = {
	"stock_due_of_event",
	"SELECT DISTINCT i.hold_id AS id"
	" FROM ticket_types t"
	" JOIN hold_items i FORCE INDEX (hold_item_ticket) ON i.ticket_id = t.id"
	" WHERE t.event_id = :eventId AND t.org_id = :org AND i.expires_at <= :now"
	" LIMIT :skip, :most",
	SQL_READ,
};
static const struct statement due_of_ticket = {
	"stock_due_of_ticket",
	"SELECT hold_id AS id"
	" FROM hold_items FORCE INDEX (hold_item_ticket)"
	" WHERE ticket_id = :ticketId AND org_id = :org AND expires_at <= :now"
	" LIMIT :skip, :most",
	SQL_READ,
};
static const struct statement due_of_all = {
	"stock_due_of_all",
	"SELECT id, org_id AS org, event_id AS eventId, expires_at AS expiresAt"
	" FROM holds FORCE INDEX (hold_due)"
	" WHERE status = 'ACTIVE' AND expires_at BETWEEN :after AND :now"
	" AND (expires_at > :after OR id > :last)"
	" ORDER BY expires_at, id"
	" LIMIT :most",
	SQL_READ | SQL_GLOBAL,
};
/* SKIP LOCKED: another transaction that has locked the row is using or ending the hold. */
static const struct statement due_lock = {
	"stock_due_lock",
	"SELECT id"
	" FROM holds"
	" WHERE id = :holdId AND org_id = :org AND status = 'ACTIVE'"
	" AND expires_at <= :now"
	" FOR UPDATE SKIP LOCKED",
	SQL_READ,
};
static const struct statement due_items = {"stock_due_items",
	"SELECT ticket_id AS ticketId, event_id AS eventId, quantity"
	" FROM hold_items"
	" WHERE hold_id = :holdId AND org_id = :org",
	SQL_READ};
static const struct statement due_end = {
	"stock_due_end",
	"UPDATE holds"
	" SET status = 'EXPIRED', version = version + 1"
	" WHERE id = :holdId AND org_id = :org AND status = 'ACTIVE'",
	SQL_WRITE,
};
static const struct statement due_drop = {"stock_due_drop",
	"DELETE"
	" FROM hold_items"
	" WHERE hold_id = :holdId AND org_id = :org",
	SQL_WRITE};

/* Ends one expired hold, unless another request has locked it; sets `ended` accordingly. */
static enum err expire_one(const struct inventory_writer *w, struct uuid hold, bool *ended)
{
	struct rows rows;
	assert(db_in_transaction(w->db));
	params_set(w->params, "holdId", val_uuid(hold));
	*ended = false;
	enum err err = sql_run(w->db, w->arena, &due_lock, w->params, &rows);
	if (err || rows.n == 0)
		return err;
	err = sql_run(w->db, w->arena, &due_items, w->params, &rows);
	for (size_t i = 0; !err && i < rows.n; i++) {
		const struct inventory_change change = {
			.ticket = rows_get(&rows, i, "ticketId").id,
			.event = rows_get(&rows, i, "eventId").id,
			.kind = MOVE_EXPIRE,
			.quantity = rows_int(&rows, i, "quantity"),
			.source = hold,
		};
		err = inventory_record(w, &change);
	}
	if (!err)
		err = batch_add(w->db, w->arena, w->batch, &due_end, w->params);
	if (!err)
		err = batch_add(w->db, w->arena, w->batch, &due_drop, w->params);
	*ended = !err;
	return err;
}

/* `skip` counts the holds that were skipped because another transaction has locked them. */
enum err expired_holds_reclaim(struct req *r, struct uuid event_id, const struct uuid *ticket_id,
	int64_t wanted, struct inventory_moves *moves)
{
	struct params p, ask;
	struct rows due = {.n = 1};
	int64_t skip = 0;
	const struct inventory_writer w = {r->db, r->arena, &r->batch, &p, moves};
	enum err err = OK;
	req_params(r, &p, NULL);
	req_params(r, &ask, NULL);
	params_set(&ask, "eventId", val_uuid(event_id));
	params_set(&ask, "ticketId", ticket_id ? val_uuid(*ticket_id) : val_null());
	params_set(&ask, "most", val_int(DUE_AT_ONCE));
	for (wanted += inventory_freed(moves, ticket_id);
		!err && due.n && inventory_freed(moves, ticket_id) < wanted;) {
		params_set(&ask, "skip", val_int(skip));
		/* sends the deferred updates, so that ended holds are not found again */
		err = batch_run(r->db, r->arena, &r->batch);
		if (!err)
			err = req_sql(r, ticket_id ? &due_of_ticket : &due_of_event, &ask, &due);
		for (size_t i = 0; !err && i < due.n && inventory_freed(moves, ticket_id) < wanted;
			i++) {
			bool ended;
			err = expire_one(&w, rows_get(&due, i, "id").id, &ended);
			skip += !ended;
		}
	}
	return err;
}

/* Ends one hold of :org in the open transaction; ERR_NOT_FOUND when it is locked or already ended.
 */
static enum err expire_alone(const struct inventory_writer *w, struct uuid hold)
{
	bool ended;
	enum err err = expire_one(w, hold, &ended);
	if (!err)
		err = batch_run(w->db, w->arena, w->batch);
	if (err)
		return err;
	return ended ? inventory_give_back(w) : ERR_NOT_FOUND;
}

/* Ends one hold in a transaction of its own; ERR_NOT_FOUND as above. Adds its items to `items`. */
static enum err end_alone(
	struct db *db, struct arena *a, struct params *p, struct uuid hold, int64_t *items)
{
	struct inventory_moves moves = {0};
	struct statement_batch batch = {0};
	const struct inventory_writer w = {db, a, &batch, p, &moves};
	db_begin(db);
	enum err err = expire_alone(&w, hold);
	bool missing = err == ERR_NOT_FOUND;
	if (!err || missing)
		err = db_commit(db);
	if (db_in_transaction(db))
		db_rollback(db);
	*items += (int64_t)moves.n;
	if (!err && missing)
		return ERR_NOT_FOUND;
	return err;
}

enum err expired_holds_end(struct db *db, struct arena *a, int64_t most, struct expired_run *run)
{
	struct params p;
	struct rows due;
	params_init(&p, a);
	params_set(&p, "now", val_time(run->now));
	params_set(&p, "after", val_time(run->after));
	params_set(&p, "last", val_uuid(run->last));
	params_set(&p, "most", val_int(most));
	int64_t enough = run->items + most;
	enum err err = sql_run(db, a, &due_of_all, &p, &due);
	for (size_t i = 0; i < due.n && run->items < enough && !err; i++) {
		run->after = rows_int(&due, i, "expiresAt");
		run->last = rows_get(&due, i, "id").id;
		run->seen++;
		params_set(&p, "org", rows_get(&due, i, "org"));
		err = end_alone(db, a, &p, run->last, &run->items);
		run->ended += !err;
		if (err == ERR_LOST || err == ERR_UNAVAILABLE)
			break;
		/* ERR_RETRY, a conflict with a buyer, is left to the next sweep */
		if (err && err != ERR_RETRY && err != ERR_NOT_FOUND && run->failed++ == 0)
			snprintf(run->why, sizeof run->why, "%s", db_error(db));
		err = OK;
	}
	return err;
}

const struct module expired_holds_module = {
	.statements =
		(const struct statement *const[]){
			&due_of_event,
			&due_of_ticket,
			&due_of_all,
			&due_lock,
			&due_items,
			&due_end,
			&due_drop,
			NULL,
		},
};
