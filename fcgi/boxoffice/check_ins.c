/* check_ins: the routes by which doors check tickets in, one at a time or in batches, and undo. */
#include "fcgi/boxoffice/check_in.h"

#include "common/base/clock.h"
#include "common/http/etag.h"
#include "common/http/response.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define UNDO_MS (INT64_C(3600) * 1000)
#define SCANS_MAX 500
#define CODE_TYPED_MAX 300 /* characters of a code as it is scanned, which may be a URL */

#define CODE                                                                 \
	"Code of the ticket, as scanned or typed. Case, spaces and hyphens " \
	"do not matter; the URL of a ticket's page will do."
#define ID                                                                        \
	"Id of the scan, a UUID that the device made. A scan that is sent again " \
	"under its id gets the same result and changes nothing."
#define AT "Time of the scan; now by default. Times in the future count as now."

static const struct field scan_fields[] = {
	{"code", FIELD_TEXT, FIELD_CREATE | FIELD_NULLABLE, 1, CODE_TYPED_MAX, .doc = CODE},
	{"orderId", FIELD_UUID, FIELD_CREATE | FIELD_NULLABLE,
		.doc = "In the place of code: the order of an attendee who was found by name."},
	{"unit", FIELD_TEXT, FIELD_CREATE | FIELD_NULLABLE, 3, 20,
		.doc = "With orderId: which ticket of the order, such as 1.2."},
	{"eventId", FIELD_UUID, FIELD_CREATE | FIELD_REQUIRED,
		.doc = "Id of the event at the door."},
	{"gate", FIELD_TEXT, FIELD_CREATE | FIELD_NULLABLE, 1, 60, .doc = "Name of the gate."},
	{"at", FIELD_TIME, FIELD_CREATE | FIELD_NULLABLE, .doc = AT},
	{"id", FIELD_UUID, FIELD_CREATE | FIELD_NULLABLE, .doc = ID},
	{0},
};
static const struct field batch_scan_fields[] = {
	{"id", FIELD_UUID, FIELD_CREATE | FIELD_REQUIRED, .doc = ID},
	{"code", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, 1, CODE_TYPED_MAX, .doc = CODE},
	{"at", FIELD_TIME, FIELD_CREATE | FIELD_REQUIRED, .doc = AT},
	{"gate", FIELD_TEXT, FIELD_CREATE | FIELD_NULLABLE, 1, 60, .doc = "Name of the gate."},
	{0},
};
static const struct field result_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Id of the scan."},
	{"code", FIELD_TEXT, FIELD_OUT, .doc = "Code as it was sent."},
	{"result", FIELD_CHOICE, FIELD_OUT, .choices = scan_results,
		.doc = "ADMITTED: this scan is the admission. ALREADY_CHECKED_IN: an earlier scan "
		       "is. UNDONE: the scan was admitted, and undone. ID_TAKEN: the id belongs to "
		       "a scan of another ticket. UNKNOWN: there is no such ticket."},
	{"checkedInAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Time of the ticket's admission, by whichever scan."},
	{"gate", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Gate of that admission."},
	{0},
};
static const struct field batch_fields[] = {
	{"eventId", FIELD_UUID, FIELD_CREATE | FIELD_REQUIRED,
		.doc = "Id of the event at the door."},
	{"scans", FIELD_LIST, FIELD_CREATE | FIELD_REQUIRED, .max = SCANS_MAX,
		.sub = batch_scan_fields, .doc = "Scans, in any order."},
	{"results", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = result_fields,
		.doc = "One result for each scan, in the order of the scans."},
	{0},
};
static const struct resource batch = {
	.title = "Check-ins", .name = "checkInBatch", .fields = batch_fields};

/* ---- one ---- */

static struct scan read_scan(const struct req *r, const struct params *from, struct val event)
{
	struct val id = params_get(from, "id");
	return (struct scan){
		.code = params_text(from, "code"),
		.id = id.type == VAL_UUID ? id.id : uuid_make(),
		.event = event.id,
		.at = MIN(val_int_or(params_get(from, "at"), r->now), r->now),
		.gate = params_text(from, "gate"),
	};
}

static enum err already(struct req *r, const struct found_ticket *found)
{
	const struct issued_ticket *t = &found->ticket;
	char at[TIME_TEXT + 1];
	if (t->status != ISSUED_CHECKED_IN) /* the admission was undone since */
		return fail(r, ERR_CONFLICT, "Scan the ticket again, with a new id.",
			"An earlier scan of this ticket was admitted, and undone.");
	time_print(t->checked_in_at, at);
	problem_add(&r->problems, "checkedInAt", "%s", at);
	if (t->gate)
		problem_add(&r->problems, "gate", "%s", t->gate);
	return fail(r, ERR_ALREADY_CHECKED_IN, NULL, "The ticket was checked in at %s%s%s.", at,
		t->gate ? ", gate " : "", text_or(t->gate, ""));
}

static enum err reject_scan(
	struct req *r, enum scan_result result, const char *code, const struct found_ticket *found)
{
	switch (result) {
	case SCAN_ALREADY:
		return already(r, found);
	case SCAN_REFUNDED:
		return fail(r, ERR_TICKET_REFUNDED, NULL, "The ticket was refunded.");
	case SCAN_REISSUED:
		return fail(
			r, ERR_TICKET_REISSUED, NULL, "The ticket was replaced by a newer one.");
	case SCAN_WRONG_EVENT:
		problem_add(&r->problems, "eventId", "the ticket is for '%s'",
			rows_text(&found->row, 0, "eventName"));
		return fail(r, ERR_WRONG_EVENT, NULL, "The ticket is for another event: %s.",
			rows_text(&found->row, 0, "eventName"));
	case SCAN_UNDONE:
		return fail(r, ERR_CONFLICT, "Scan the ticket again, with a new id.",
			"This scan was admitted, and undone.");
	case SCAN_ID_TAKEN:
		return fail(r, ERR_CONFLICT, "Send a new UUID for each scan.",
			"The id belongs to a scan of another ticket.");
	default:
		return fail(r, ERR_NOT_FOUND,
			"Check the code; it is printed below the QR code. It may be of another "
			"organizer.",
			"Issued ticket not found: %s", code);
	}
}

/* Checks that the body has either code, or orderId and unit. */
static enum err read_which(struct req *r, struct scan *s)
{
	struct val order = params_get(&r->input, "orderId");
	char text[UUID_TEXT + 1];
	s->ticket = params_text(&r->input, "unit");
	if (s->code && (order.type == VAL_UUID || s->ticket))
		return fail_field(
			r, "code", "code must not be sent together with orderId and unit");
	if (!s->code && order.type != VAL_UUID)
		return fail_field(r, "code", "code should not be empty unless orderId is sent");
	if (!s->code && !s->ticket)
		return fail_field(r, "unit", "unit should not be empty unless code is sent");
	if (order.type == VAL_UUID) {
		uuid_print(&order.id, text);
		s->order = arena_strdup(r->arena, text);
	}
	return OK;
}

static enum err check_in_one(struct req *r)
{
	struct scan s = read_scan(r, &r->input, params_get(&r->input, "eventId"));
	struct found_ticket found;
	enum scan_result result;
	enum err err = read_which(r, &s);
	if (!err)
		err = check_in(r, &s, &result, &found);
	if (err)
		return err;
	if (result != SCAN_ADMITTED)
		return reject_scan(r, result, text_or(s.code, s.ticket), &found);
	r->audit.subject = found.order.id;
	r->audit.has_subject = true;
	issued_ticket_send(r, 201, &found, rows_int(&found.row, 0, "version") + 1);
	return OK;
}

/* ---- batches ---- */

struct batch_scan {
	struct scan scan;
	enum scan_result result;
	struct found_ticket found;
};

/* The earlier scan first, and orders in one order, so that two batches do not wait for each other
 * in a circle. */
static int by_order_and_time(const void *a, const void *b)
{
	const struct scan *x = &(*(const struct batch_scan *const *)a)->scan,
			  *y = &(*(const struct batch_scan *const *)b)->scan;
	struct issued_code p, q;
	bool first = issued_code_parse(x->code, strlen(x->code), &p),
	     second = issued_code_parse(y->code, strlen(y->code), &q);
	if (first != second)
		return second - first;
	int order = first ? strcmp(p.reference, q.reference) : 0;
	if (order)
		return order;
	return (x->at > y->at) - (x->at < y->at);
}

static void write_result(struct json *j, const struct batch_scan *b)
{
	const struct issued_ticket *t = &b->found.ticket;
	char id[UUID_TEXT + 1];
	bool in = b->result != SCAN_UNKNOWN && t->status == ISSUED_CHECKED_IN;
	uuid_print(&b->scan.id, id);
	write_object(j, NULL);
	write_text(j, "id", id);
	write_text(j, "code", b->scan.code);
	write_text(j, "result", scan_results[b->result]);
	if (in)
		write_time(j, "checkedInAt", t->checked_in_at);
	else
		write_text(j, "checkedInAt", NULL);
	write_text(j, "gate", in ? t->gate : NULL);
	write_end_object(j);
}

static enum err check_in_batch(struct req *r)
{
	struct val scans = params_get(&r->input, "scans"), event = params_get(&r->input, "eventId");
	if (scans.count == 0)
		return fail_field(r, "scans", "scans should not be empty");
	struct batch_scan *list = arena_array(r->arena, scans.count, sizeof *list),
			  **sorted = arena_array(r->arena, scans.count, sizeof *sorted);
	for (size_t i = 0; i < scans.count; i++) {
		list[i].scan = read_scan(r, &scans.items[i], event);
		list[i].scan.offline = true;
		sorted[i] = &list[i];
	}
	qsort(sorted, scans.count, sizeof *sorted, by_order_and_time);
	for (size_t i = 0; i < scans.count; i++) {
		enum err err = check_in(r, &sorted[i]->scan, &sorted[i]->result, &sorted[i]->found);
		if (err)
			return err;
	}
	r->failure = (struct failure){0}; /* of tickets that are not known */
	char text[UUID_TEXT + 1];
	uuid_print(&event.id, text);
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_array(j, "results");
	for (size_t i = 0; i < scans.count; i++)
		write_result(j, &list[i]);
	write_end_array(j);
	write_end_object(j);
	response_end(r);
	etag_add(r, 0);
	return OK;
}

/* ---- undo ---- */

static const struct statement undo_find = {
	"check_in_undo_find",
	"SELECT o.reference, c.item_id AS itemId, c.unit, c.order_id AS orderId,"
	" c.created_at AS createdAt"
	" FROM check_ins c JOIN orders o ON o.id = c.order_id"
	" WHERE c.org_id = :org AND c.id = :scanId",
	SQL_READ,
};
static const struct statement undo_mark = {
	"check_in_undo_mark",
	"UPDATE check_ins"
	" SET status = 'UNDONE'"
	" WHERE org_id = :org AND id = :scanId AND status = 'ADMITTED'",
	SQL_WRITE,
};
static const struct statement undo_ticket = {
	"check_in_undo_ticket",
	"UPDATE issued_tickets"
	" SET check_in_id = NULL, checked_in_at = NULL, gate = NULL"
	" WHERE order_id = :orderId AND item_id = :itemId AND unit = :unit AND org_id = :org"
	" AND check_in_id = :scanId",
	SQL_WRITE,
};

static enum err no_such_check_in(struct req *r)
{
	return fail(r, ERR_NOT_FOUND, NULL, "Check-in not found: %s", r->args[0]);
}

/* The position of an item among the order's, from 1; 0: not there. */
static unsigned item_number(const struct found_ticket *found, struct val item)
{
	for (size_t i = 0; i < found->order.items.n; i++)
		if (val_equal(rows_get(&found->order.items, i, "id"), item))
			return (unsigned)i + 1;
	return 0;
}

/* Takes the admission back in the ticket's row. */
static enum err undo_write(struct req *r, struct found_ticket *found, struct params *p)
{
	struct rows done;
	enum err err = req_sql(r, &undo_mark, p, &done);
	if (!err && done.affected == 0)
		return fail(r, ERR_CONFLICT,
			"Only a check-in that admitted the ticket can be undone.",
			"The check-in was already undone, or an earlier one is the admission.");
	if (!err)
		err = issued_ticket_touch(r, found, p);
	if (!err)
		err = req_sql(r, &undo_ticket, p, NULL);
	return err;
}

static enum err undo(struct req *r)
{
	struct params p;
	struct rows row;
	struct uuid id;
	struct found_ticket found;
	char order[UUID_TEXT + 1];
	if (!uuid_parse(r->args[0], strlen(r->args[0]), &id))
		return no_such_check_in(r);
	req_params(r, &p, NULL);
	params_set(&p, "scanId", val_uuid(id));
	enum err err = req_sql(r, &undo_find, &p, &row);
	if (!err && row.n == 0)
		return no_such_check_in(r);
	if (err)
		return err;
	if (rows_int(&row, 0, "createdAt") < r->now - UNDO_MS)
		return fail(r, ERR_CONFLICT, "Note the case elsewhere; the admission stays.",
			"A check-in can be undone within an hour.");
	struct uuid order_id = rows_get(&row, 0, "orderId").id;
	uuid_print(&order_id, order);
	err = issued_order_find(r, order, true, &found);
	if (err)
		return err;
	unsigned number = item_number(&found, rows_get(&row, 0, "itemId"));
	if (!number ||
		!issued_ticket_at(&found.order, r->app->conf->ticket_key, number,
			(uint32_t)rows_int(&row, 0, "unit"), &found.ticket))
		return no_such_check_in(r);
	r->audit.subject = id;
	r->audit.has_subject = true;
	err = undo_write(r, &found, &p);
	if (!err)
		crud_send_deleted(r);
	return err;
}

#define SCAN SCOPE_DOOR_SCAN

static const struct route check_in_routes[] = {
	{METHOD_POST, "/check-ins", SCAN, ROUTE_TX | ROUTE_CREATES, "checkIn.create", check_in_one,
		&issued_ticket, .body = scan_fields, .body_mode = FIELD_CREATE,
		.doc = "Checks a ticket in. Of several scans of one ticket, exactly one is "
		       "admitted."},
	{METHOD_POST, "/check-ins/batch", SCAN, ROUTE_TX, "checkIn.batch", check_in_batch, &batch,
		.body = batch_fields, .body_mode = FIELD_CREATE,
		.doc = "Checks in tickets that a device scanned without the network. Each scan has "
		       "a "
		       "result of its own; of two scans of one ticket the earlier one is the "
		       "admission."},
	{METHOD_DELETE, "/check-ins/{id}", SCAN, ROUTE_TX, "checkIn.undo", undo, &issued_ticket,
		.doc = "Undoes a check-in within an hour."},
	{0},
};

const struct module check_ins_module = {
	.routes = check_in_routes,
	.mount = MOUNT_BOX_OFFICE,
	.statements =
		(const struct statement *const[]){
			&undo_find,
			&undo_mark,
			&undo_ticket,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&issued_ticket,
			&batch,
			NULL,
		},
};
