/* admission: what a door needs besides scanning: the events, the list for devices that may lose the
 * network, and how many are in. */
#include "fcgi/boxoffice/check_in.h"

#include "common/base/hex.h"
#include "common/crypto/digest.h"
#include "common/http/etag.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/ticketing/event.h"
#include "common/ticketing/sales_rollup.h"

#include <string.h>
#include <sys/param.h>

/* ---- events ---- */

static const struct field door_event_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name."},
	{"slug", FIELD_TEXT, FIELD_OUT, .doc = "Slug."},
	{"dateTime", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "Start."},
	{"endDateTime", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "End."},
	{"timezone", FIELD_ZONE, FIELD_OUT, .doc = "IANA time zone."},
	{0},
};
static const struct field door_fields[] = {
	{"events", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = door_event_fields,
		.doc = "Published events from two days ago on, in the order of their start; at "
		       "most "
		       "100."},
	{0},
};
static const struct resource door = {.title = "Door", .name = "door", .fields = door_fields};

static const struct statement door_events = {
	"door_events",
	"SELECT e.id, e.name, e.slug, e.date_time AS dateTime, e.end_date_time AS endDateTime,"
	" e.timezone"
	" FROM events e FORCE INDEX (event_status_date)"
	" WHERE e.org_id = :org AND e.status = 'PUBLISHED' AND e.date_time >= :from"
	" ORDER BY e.date_time, e.id"
	" LIMIT 100",
	SQL_READ,
};

#define TWO_DAYS_MS (INT64_C(48) * 3600 * 1000)

static void write_rows(
	struct json *j, const char *name, const struct field *fields, const struct rows *rows)
{
	write_array(j, name);
	for (size_t i = 0; i < rows->n; i++) {
		write_object(j, NULL);
		fields_print(j, fields, rows, i, "");
		write_end_object(j);
	}
	write_end_array(j);
}

static enum err list_door_events(struct req *r)
{
	struct params p;
	struct rows rows;
	req_params(r, &p, NULL);
	params_set(&p, "from", val_time(r->now - TWO_DAYS_MS));
	enum err err = req_sql(r, &door_events, &p, &rows);
	if (err)
		return err;
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_rows(j, "events", door_event_fields, &rows);
	write_end_object(j);
	response_end(r);
	etag_add(r, 0);
	return OK;
}

/* ---- the admission list ---- */

#define LIST_ORDERS 500 /* of one response */
#define LIST_TICKETS 2000 /* after which no further order begins */
/* Transactions end within a minute (sql/003_orders.sql): a change that began before the last
 * response is in the next one. */
#define LIST_OVERLAP_MS (INT64_C(60) * 1000)

static const char *const list_states[] = {"ISSUED", "CHECKED_IN", "REFUNDED", "REISSUED", NULL};
static const struct field list_entry_fields[] = {
	{"hash", FIELD_TEXT, FIELD_OUT, .doc = "SHA-256 of the ticket's code, in hexadecimal."},
	{"unit", FIELD_TEXT, FIELD_OUT,
		.doc = "The part of the code that counts, such as 1.2: with orderId, which ticket "
		       "it is."},
	{"orderId", FIELD_UUID, FIELD_OUT, .doc = "Order id."},
	{"ticketId", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"firstName", FIELD_TEXT, FIELD_OUT, .doc = "First word of the name on the ticket."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = list_states,
		.doc = "Status. REISSUED: the code of a ticket that was replaced."},
	{"checkedInAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "Time of admission."},
	{"gate", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Gate of admission."},
	{0},
};
static const struct field list_type_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name of the ticket type."},
	{0},
};
static const struct field admission_list_fields[] = {
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"ticketTypes", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = list_type_fields,
		.doc = "Ticket types of the event."},
	{"tickets", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = list_entry_fields,
		.doc = "Tickets, or those that changed. A ticket may be listed although it did not "
		       "change."},
	{"after", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Send it as after, with the same since, to get the rest; null at the end."},
	{"next", FIELD_TIME, FIELD_OUT,
		.doc = "Send the value of the first response as since to get later changes."},
	{0},
};
static const struct field admission_list_query[] = {
	{"since", FIELD_TIME, FIELD_QUERY, .doc = "Lists tickets that changed since then."},
	{"after", FIELD_UUID, FIELD_QUERY, .doc = "Goes on after a response."},
	{0},
};
static const struct resource admission_list = {.title = "Admission list",
	.name = "admissionList",
	.fields = admission_list_fields,
	.parent = &event,
	.parent_param = "eventId"};

/* Orders that were made, or of which a ticket changed. */
static const struct statement changed_orders = {
	"admission_orders",
	"SELECT c.id, o.reference, o.buyer_name AS buyerName"
	" FROM (SELECT n.id FROM (SELECT o.id FROM orders o FORCE INDEX (order_event)"
	" WHERE o.org_id = :org AND o.event_id = :eventId AND o.id > :after AND o.id >= :sinceId"
	" ORDER BY o.id LIMIT :take) n"
	" UNION SELECT t.order_id FROM (SELECT DISTINCT s.order_id"
	" FROM issued_tickets s FORCE INDEX (issued_changed)"
	" WHERE s.org_id = :org AND s.event_id = :eventId AND s.changed_at >= :since"
	" AND s.order_id > :after ORDER BY s.order_id LIMIT :take) t) c"
	" JOIN orders o ON o.id = c.id"
	" ORDER BY c.id"
	" LIMIT :take",
	SQL_READ,
};
static const struct statement list_types = {
	"admission_types",
	"SELECT t.id, t.name"
	" FROM ticket_types t"
	" WHERE t.event_id = :eventId AND t.org_id = :org"
	" ORDER BY t.position, t.id",
	SQL_READ,
};

static const struct statement newest_change = {
	"admission_newest",
	"SELECT (SELECT o.id FROM orders o FORCE INDEX (order_event)"
	" WHERE o.org_id = :org AND o.event_id = :eventId ORDER BY o.id DESC LIMIT 1) AS newest,"
	" (SELECT MAX(s.changed_at) FROM issued_tickets s FORCE INDEX (issued_changed)"
	" WHERE s.org_id = :org AND s.event_id = :eventId) AS changedAt",
	SQL_READ,
};

/* Where the next request goes on: not by the clock, so that a list in which nothing happens stays
 * the same, and its ETag, too. */
static int64_t next_since(const struct rows *newest)
{
	struct val id = rows_get(newest, 0, "newest");
	int64_t last = rows_int(newest, 0, "changedAt");
	if (id.type == VAL_UUID)
		last = MAX(last, uuid_time(&id.id));
	return MAX(last - LIST_OVERLAP_MS, 0);
}

/* The first word of a name. */
static const char *first_name(struct arena *a, const char *name)
{
	return arena_printf(a, "%.*s", (int)strcspn(text_or(name, ""), " "), text_or(name, ""));
}

/* A list that is being written, at row i of the orders. */
struct list_writer {
	struct req *r;
	struct json *json;
	const struct rows *orders;
	size_t i;
};

static void write_entry(
	const struct list_writer *w, const struct issued_ticket *t, const char *code)
{
	struct req *r = w->r;
	struct json *j = w->json;
	const struct rows *orders = w->orders;
	uint8_t digest[32];
	char hash[65];
	struct params p;
	bool old = strcmp(code, t->code) != 0, in = t->status == ISSUED_CHECKED_IN && !old;
	sha256(code, strlen(code), digest);
	hex_print(digest, sizeof digest, hash);
	params_init(&p, r->arena);
	params_set(&p, "hash", val_text(hash));
	params_set(&p, "unit", val_text(arena_printf(r->arena, "%u.%u", t->number, t->unit)));
	params_set(&p, "orderId", rows_get(orders, w->i, "id"));
	params_set(&p, "ticketId", val_uuid(t->ticket_id));
	params_set(&p, "firstName",
		val_text(first_name(
			r->arena, t->holder ? t->holder : rows_text(orders, w->i, "buyerName"))));
	params_set(&p, "status", val_text(old ? "REISSUED" : issued_statuses[t->status]));
	params_set(&p, "checkedInAt", in ? val_time(t->checked_in_at) : val_null());
	params_set(&p, "gate", val_text(in ? t->gate : NULL));
	struct rows row = rows_from_params(&p);
	write_object(j, NULL);
	fields_print(j, list_entry_fields, &row, 0, "");
	write_end_object(j);
}

/* Writes a ticket, and its older codes, which a device must not admit. */
static void write_codes(
	const struct list_writer *w, const struct issued_order *o, const struct issued_ticket *t)
{
	struct issued_unit unit = {o->id, t->item_id, t->unit, 1};
	write_entry(w, t, t->code);
	for (; unit.generation < t->generation; unit.generation++) {
		char code[ISSUED_CODE_MAX + 1];
		issued_code_print(
			w->r->app->conf->ticket_key, o->reference, t->number, &unit, code);
		write_entry(w, t, code);
	}
}

/* Writes the tickets of the orders; returns the number of orders that the response has room for. */
static size_t write_entries(
	struct req *r, struct json *j, const struct rows *orders, const struct issued_order *list)
{
	size_t n = 0, i = 0;
	for (; i < orders->n && i < LIST_ORDERS && n < LIST_TICKETS; i++) {
		struct issued_walk w;
		struct issued_ticket t;
		issued_walk_begin(&w, &list[i], r->app->conf->ticket_key);
		for (; issued_walk_next(&w, &t); n++)
			write_codes(&(struct list_writer){r, j, orders, i}, &list[i], &t);
	}
	return i;
}

static enum err list_admission(struct req *r)
{
	struct params p;
	struct rows orders, types, newest;
	const char *arg;
	struct val since = params_get(&r->filters, "since"),
		   after = params_get(&r->filters, "after");
	bool all = since.type != VAL_TIME;
	enum err err = crud_path(r, &admission_list, false, &p, &arg);
	if (!err)
		err = crud_check_parent(r, &admission_list);
	if (err)
		return err;
	int64_t from = all ? 0 : since.i;
	params_set(&p, "since", all ? val_null() : since);
	params_set(&p, "sinceId", val_uuid(uuid_of_time(from, false)));
	params_set(&p, "after", after.type == VAL_UUID ? after : val_uuid((struct uuid){{0}}));
	params_set(&p, "take", val_int(LIST_ORDERS + 1));
	err = req_sql(
		r, &newest_change, &p, &newest); /* first: what comes meanwhile is for later */
	if (!err)
		err = req_sql(r, &changed_orders, &p, &orders);
	if (!err)
		err = req_sql(r, &list_types, &p, &types);
	struct issued_order *list = arena_array(r->arena, LIST_ORDERS + 1, sizeof *list);
	if (!err && orders.n)
		err = issued_orders_read(r->db, r->arena, &r->who->org, &orders, list);
	if (err)
		return err;
	struct json *j = response_begin(r, 200);
	struct params own;
	params_init(&own, r->arena);
	params_set(&own, "eventId", params_get(&p, "eventId"));
	params_set(&own, "next", val_time(next_since(&newest)));
	write_object(j, NULL);
	write_rows(j, "ticketTypes", list_type_fields, &types);
	write_array(j, "tickets");
	size_t written = write_entries(r, j, &orders, list);
	write_end_array(j);
	params_set(&own, "after",
		written < orders.n ? rows_get(&orders, written - 1, "id") : val_null());
	struct rows row = rows_from_params(&own);
	fields_print(j, admission_list_fields, &row, 0, "");
	write_end_object(j);
	response_end(r);
	etag_add(r, 0);
	return OK;
}

/* ---- how many are in ---- */

static const struct field gate_fields[] = {
	{"gate", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Gate; null: none was named."},
	{"checkedIn", FIELD_INT, FIELD_OUT, .doc = "Number of tickets that were checked in there."},
	{0},
};
static const struct field type_fields[] = {
	{"ticketId", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name of the ticket type."},
	{"expected", FIELD_INT, FIELD_OUT, .doc = "Number of tickets that are valid."},
	{"checkedIn", FIELD_INT, FIELD_OUT, .doc = "Number of them that are checked in."},
	{0},
};
static const struct field admission_fields[] = {
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"expected", FIELD_INT, FIELD_OUT, .doc = "Number of tickets that are valid."},
	{"checkedIn", FIELD_INT, FIELD_OUT, .doc = "Number of them that are checked in."},
	{"lastCheckInAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "Time of the last one."},
	{"ticketTypes", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = type_fields,
		.doc = "The same by ticket type."},
	{"gates", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = gate_fields,
		.doc = "Check-ins by gate."},
	{0},
};
static const struct resource admission = {.title = "Admission",
	.name = "admission",
	.fields = admission_fields,
	.parent = &event,
	.parent_param = "eventId"};

/* What was sold and not restocked, less what was refunded and not restocked. Only orders with a
 * refund are read for the latter. */
static const struct statement count_types = {
	"admission_by_type",
	"SELECT t.id AS ticketId, t.name,"
	" CAST(t.sold - COALESCE(f.n, 0) AS SIGNED) AS expected,"
	" CAST(COALESCE(c.n, 0) AS SIGNED) AS checkedIn"
	" FROM ticket_types t"
	" LEFT JOIN (SELECT i.ticket_id, SUM(i.refunded_quantity - i.restocked_quantity) AS n"
	" FROM orders o FORCE INDEX (order_event) STRAIGHT_JOIN order_items i ON i.order_id = o.id"
	" WHERE o.org_id = :org AND o.event_id = :eventId AND o.status <> 'COMPLETED'"
	" GROUP BY i.ticket_id) f ON f.ticket_id = t.id"
	" LEFT JOIN (SELECT s.ticket_id, COUNT(*) AS n"
	" FROM issued_tickets s FORCE INDEX (issued_checked_in)"
	" WHERE s.org_id = :org AND s.event_id = :eventId AND s.checked_in_at IS NOT NULL"
	" AND s.refunded_at IS NULL"
	" GROUP BY s.ticket_id) c ON c.ticket_id = t.id"
	" WHERE t.event_id = :eventId AND t.org_id = :org"
	" ORDER BY t.position, t.id",
	SQL_READ,
};
/* Gates are names: those that differ in case or accents alone are different. */
static const struct statement count_gates = {
	"admission_by_gate",
	"SELECT MIN(s.gate) AS gate, COUNT(*) AS checkedIn, MAX(s.checked_in_at) AS lastAt"
	" FROM issued_tickets s FORCE INDEX (issued_checked_in)"
	" WHERE s.org_id = :org AND s.event_id = :eventId AND s.checked_in_at IS NOT NULL"
	" AND s.refunded_at IS NULL"
	" GROUP BY CAST(s.gate AS BINARY)"
	" ORDER BY gate, MIN(CAST(s.gate AS BINARY))",
	SQL_READ,
};

static int64_t sum_of(const struct rows *rows, const char *column)
{
	int64_t sum = 0;
	for (size_t i = 0; i < rows->n; i++)
		sum += rows_int(rows, i, column);
	return sum;
}

static enum err show_admission(struct req *r)
{
	struct params p, own;
	struct rows types, gates;
	const char *arg;
	int64_t last = 0;
	enum err err = crud_path(r, &admission, false, &p, &arg);
	if (!err)
		err = crud_check_parent(r, &admission);
	if (!err)
		err = req_sql(r, &count_types, &p, &types);
	if (!err)
		err = req_sql(r, &count_gates, &p, &gates);
	if (err)
		return err;
	for (size_t i = 0; i < gates.n; i++)
		if (rows_int(&gates, i, "lastAt") > last)
			last = rows_int(&gates, i, "lastAt");
	params_init(&own, r->arena);
	params_set(&own, "eventId", params_get(&p, "eventId"));
	params_set(&own, "expected", val_int(sum_of(&types, "expected")));
	params_set(&own, "checkedIn", val_int(sum_of(&gates, "checkedIn")));
	params_set(&own, "lastCheckInAt", last ? val_time(last) : val_null());
	struct rows row = rows_from_params(&own);
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	fields_print(j, admission_fields, &row, 0, "");
	write_rows(j, "ticketTypes", type_fields, &types);
	write_rows(j, "gates", gate_fields, &gates);
	write_end_object(j);
	response_end(r);
	etag_add(r, 0);
	return OK;
}

#define DOOR SCOPE_DOOR_SCAN
#define LOOK SCOPE_ORDERS_READ | SCOPE_DOOR_SCAN

static const struct route admission_routes[] = {
	{METHOD_GET, "/door", DOOR, ROUTE_READ, "door.get", list_door_events, &door,
		.doc = "Returns the events that a door may be for."},
	{METHOD_GET, "/events/{idOrSlug}/admission-list", DOOR, ROUTE_READ | ROUTE_NESTED,
		"admissionList.get", list_admission, &admission_list, .query = admission_list_query,
		.doc = "Returns the tickets of an event for a device that may lose the network, "
		       "without "
		       "their codes."},
	{METHOD_GET, "/events/{idOrSlug}/admission", LOOK, ROUTE_READ | ROUTE_NESTED,
		"admission.get", show_admission, &admission,
		.doc = "Returns how many tickets are checked in, by ticket type and gate."},
	{0},
};

const struct module admission_module = {
	.routes = admission_routes,
	.mount = MOUNT_BOX_OFFICE,
	.statements =
		(const struct statement *const[]){
			&door_events,
			&changed_orders,
			&list_types,
			&newest_change,
			&count_types,
			&count_gates,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&door,
			&admission_list,
			&admission,
			NULL,
		},
};
