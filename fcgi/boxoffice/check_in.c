/* check_in: admits tickets, each once. */
#include "fcgi/boxoffice/check_in.h"

#include "common/ticketing/outbox.h"

#include <assert.h>
#include <string.h>

const char *const scan_results[] = {"ADMITTED", "ALREADY_CHECKED_IN", "REFUNDED", "REISSUED",
	"WRONG_EVENT", "UNKNOWN", "UNDONE", "ID_TAKEN", NULL};

static const struct statement scan_find = {
	"check_in_find",
	"SELECT c.order_id AS orderId, c.item_id AS itemId, c.unit, c.status"
	" FROM check_ins c"
	" WHERE c.org_id = :org AND c.id = :scanId",
	SQL_READ,
};
static const struct statement scan_insert = {
	"check_in_insert",
	"INSERT INTO check_ins (org_id, id, event_id, order_id, item_id, unit, status, gate, at,"
	" created_at)"
	" VALUES (:org, :scanId, :eventId, :orderId, :itemId, :unit, :status, :gate, :at, :now)",
	SQL_WRITE,
};
static const struct statement scan_supersede = {
	"check_in_supersede",
	"UPDATE check_ins"
	" SET status = 'SUPERSEDED'"
	" WHERE org_id = :org AND id = :earlierId AND status = 'ADMITTED'",
	SQL_WRITE,
};
/* The guard decides between two doors: the earlier admission stays. */
static const struct statement ticket_admit = {
	"check_in_admit",
	"UPDATE issued_tickets"
	" SET check_in_id = :scanId, checked_in_at = :at, gate = :gate"
	" WHERE order_id = :orderId AND item_id = :itemId AND unit = :unit AND org_id = :org"
	" AND refunded_at IS NULL AND (check_in_id IS NULL OR checked_in_at > :at)",
	SQL_WRITE,
};

/* The result of a scan whose id is known; SCAN_ADMITTED also for a new id, with *seen false. */
static enum err seen_before(struct req *r, const struct found_ticket *found, const struct params *p,
	enum scan_result *result, bool *seen)
{
	struct rows row;
	enum err err = req_sql(r, &scan_find, p, &row);
	*seen = !err && row.n > 0;
	*result = SCAN_ADMITTED;
	if (err || !*seen)
		return err;
	const char *status = rows_text(&row, 0, "status");
	struct uuid order = rows_get(&row, 0, "orderId").id, item = rows_get(&row, 0, "itemId").id;
	if (!uuid_equal(&order, &found->order.id) || !uuid_equal(&item, &found->ticket.item_id) ||
		rows_int(&row, 0, "unit") != found->ticket.unit)
		*result = SCAN_ID_TAKEN;
	else if (strcmp(status, "UNDONE") == 0)
		*result = SCAN_UNDONE;
	else if (strcmp(status, "SUPERSEDED") == 0)
		*result = SCAN_ALREADY;
	return OK;
}

/* What the ticket's state makes of a new scan. */
static enum scan_result judge_scan(const struct scan *s, const struct found_ticket *found)
{
	struct uuid event = rows_get(&found->row, 0, "eventId").id;
	const struct issued_ticket *t = &found->ticket;
	if (!uuid_equal(&event, &s->event))
		return SCAN_WRONG_EVENT;
	if (t->status == ISSUED_REFUNDED)
		return SCAN_REFUNDED;
	if (found->reissued)
		return SCAN_REISSUED;
	if (t->status == ISSUED_CHECKED_IN && (!s->offline || t->checked_in_at <= s->at))
		return SCAN_ALREADY;
	return SCAN_ADMITTED;
}

static enum err record(struct req *r, struct params *p, const char *status)
{
	params_set(p, "status", val_text(status));
	return req_sql(r, &scan_insert, p, NULL); /* a later scan of the same batch reads it */
}

/* Publishes ticket.checked_in with the ticket as it is now. */
static enum err publish(struct req *r, const struct found_ticket *found)
{
	static struct buf data = {.max = 65536}; /* see outbox_publish */
	struct json j;
	buf_clear(&data);
	write_start(&j, &data);
	write_object(&j, NULL);
	issued_ticket_print(r, &j, &found->ticket, &found->row, 0);
	write_end_object(&j);
	struct outbox_event published = {
		.event = WEBHOOK_TICKET_CHECKED_IN,
		.event_id = rows_get(&found->row, 0, "eventId").id,
		.subject = found->order.id,
		.data = arena_dup(r->arena, data.p, data.n),
		.data_n = data.n,
	};
	return data.full ? ERR_INTERNAL : outbox_publish(r, &published);
}

static enum err admit(
	struct req *r, const struct scan *s, struct found_ticket *found, struct params *p)
{
	struct rows done;
	bool earlier = found->ticket.status == ISSUED_CHECKED_IN;
	params_set(p, "earlierId", val_uuid(found->ticket.check_in_id));
	enum err err = issued_ticket_touch(r, found, p);
	if (!err)
		err = req_sql(r, &ticket_admit, p, &done);
	if (!err && done.affected == 0) /* another node of the cluster was faster */
		err = ERR_RETRY;
	if (!err && earlier)
		err = req_defer(r, &scan_supersede, p);
	if (!err)
		err = record(r, p, "ADMITTED");
	if (err)
		return err;
	found->ticket.status = ISSUED_CHECKED_IN;
	found->ticket.check_in_id = s->id;
	found->ticket.checked_in_at = s->at;
	found->ticket.gate = s->gate;
	return earlier ? OK : publish(r, found); /* the person was told of before */
}

/* A scan that lost against an earlier one. */
static enum err lose(struct req *r, const struct found_ticket *found, struct params *p)
{
	params_set(p, "orderId", val_uuid(found->order.id));
	params_set(p, "itemId", val_uuid(found->ticket.item_id));
	params_set(p, "unit", val_int(found->ticket.unit));
	params_set(p, "eventId", rows_get(&found->row, 0, "eventId"));
	return record(r, p, "SUPERSEDED");
}

enum err check_in(
	struct req *r, const struct scan *s, enum scan_result *result, struct found_ticket *out)
{
	struct params p;
	bool seen;
	assert(s->at <= r->now);
	enum err err = s->code ? issued_ticket_find(r, s->code, true, out)
			       : issued_ticket_find_unit(r, s->order, s->ticket, out);
	*result = SCAN_UNKNOWN;
	if (err == ERR_NOT_FOUND)
		return OK;
	if (err)
		return err;
	req_params(r, &p, NULL);
	params_set(&p, "scanId", val_uuid(s->id));
	params_set(&p, "at", val_time(s->at));
	params_set(&p, "gate", val_text(s->gate));
	err = seen_before(r, out, &p, result, &seen);
	if (err || seen)
		return err;
	*result = judge_scan(s, out);
	if (*result == SCAN_ADMITTED)
		return admit(r, s, out, &p);
	if (*result == SCAN_ALREADY && s->offline)
		return lose(r, out, &p);
	return OK;
}

const struct module check_in_module = {.statements = (const struct statement *const[]){
					       &scan_find,
					       &scan_insert,
					       &scan_supersede,
					       &ticket_admit,
					       NULL,
				       }};
