/* issued_ticket_view: issued tickets as the API and webhooks show them. */
#include "common/ticketing/issued_ticket_view.h"

#include "common/http/etag.h"
#include "common/http/principal.h"
#include "common/http/response.h"

#include <string.h>

/* ---- as they are shown ---- */

static const struct field order_part[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Order id."},
	{"reference", FIELD_TEXT, FIELD_OUT, .doc = "Order reference."},
	{0},
};
static const struct field event_part[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Event name."},
	{"slug", FIELD_TEXT, FIELD_OUT, .doc = "Event slug."},
	{0},
};
static const struct field ticket_part[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name of the ticket type at the time of purchase."},
	{0},
};
#define CODE                                                                                    \
	"Code of the ticket, which its QR code contains: order reference, number of the item, " \
	"unit, check."
#define STATUS "Status."
#define HOLDER "Name on the ticket; null: the buyer's."
#define CHECKED_IN_AT "Time of admission; null when the ticket is not checked in."
#define GATE "Gate of admission, as the device named it."

const struct field issued_ticket_fields[] = {
	{"code", FIELD_TEXT, FIELD_OUT, .doc = CODE},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = issued_statuses, .doc = STATUS},
	{"order", FIELD_OBJECT, FIELD_OUT, .sub = order_part, .doc = "Order."},
	{"itemId", FIELD_UUID, FIELD_OUT, .doc = "Order item id."},
	{"event", FIELD_OBJECT, FIELD_OUT, .sub = event_part, .doc = "Event."},
	{"ticket", FIELD_OBJECT, FIELD_OUT, .sub = ticket_part, .doc = "Ticket type."},
	{"buyerName", FIELD_TEXT, FIELD_OUT, .doc = "The buyer's full name."},
	{"holderName", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = HOLDER},
	{"checkInId", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE, .doc = "Id of the check-in."},
	{"checkedInAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = CHECKED_IN_AT},
	{"gate", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = GATE},
	{0},
};
const struct field issued_in_order_fields[] = {
	{"code", FIELD_TEXT, FIELD_OUT, .doc = CODE},
	{"itemId", FIELD_UUID, FIELD_OUT, .doc = "Order item id."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = issued_statuses, .doc = STATUS},
	{"holderName", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = HOLDER},
	{"checkedInAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = CHECKED_IN_AT},
	{"gate", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = GATE},
	{0},
};
const struct resource issued_ticket = {
	.title = "Issued ticket", .name = "issuedTicket", .fields = issued_ticket_fields};

/* Sets what a ticket has by itself. */
static void own_columns(struct params *p, const struct issued_ticket *t)
{
	bool in = t->status == ISSUED_CHECKED_IN;
	params_set(p, "code", val_text(t->code));
	params_set(p, "status", val_text(issued_statuses[t->status]));
	params_set(p, "itemId", val_uuid(t->item_id));
	params_set(p, "holderName", val_text(t->holder));
	params_set(p, "checkInId", in ? val_uuid(t->check_in_id) : val_null());
	params_set(p, "checkedInAt", in ? val_time(t->checked_in_at) : val_null());
	params_set(p, "gate", val_text(in ? t->gate : NULL));
}

void issued_ticket_print(struct req *r, struct json *j, const struct issued_ticket *t,
	const struct rows *orders, size_t i)
{
	struct params p;
	params_init(&p, r->arena);
	own_columns(&p, t);
	params_set(&p, "order.id", rows_get(orders, i, "id"));
	params_set(&p, "order.reference", rows_get(orders, i, "reference"));
	params_set(&p, "event.id", rows_get(orders, i, "eventId"));
	params_set(&p, "event.name", rows_get(orders, i, "eventName"));
	params_set(&p, "event.slug", rows_get(orders, i, "eventSlug"));
	params_set(&p, "ticket.id", val_uuid(t->ticket_id));
	params_set(&p, "ticket.name", val_text(t->name));
	params_set(&p, "buyerName", rows_get(orders, i, "buyerName"));
	struct rows row = rows_from_params(&p);
	fields_print(j, issued_ticket_fields, &row, 0, "");
}

void issued_ticket_send(
	struct req *r, int status, const struct found_ticket *found, int64_t version)
{
	struct json *j = response_begin(r, status);
	write_object(j, NULL);
	issued_ticket_print(r, j, &found->ticket, &found->row, 0);
	write_end_object(j);
	response_end(r);
	etag_add(r, version);
}

void issued_in_order_print(struct req *r, struct json *j, const struct issued_order *order)
{
	struct issued_walk w;
	struct issued_ticket t;
	int n = 0;
	write_array(j, "issuedTickets");
	issued_walk_begin(&w, order, r->app->conf->ticket_key);
	while (n++ < ISSUED_IN_ORDER && issued_walk_next(&w, &t)) {
		struct params p;
		params_init(&p, r->arena);
		own_columns(&p, &t);
		struct rows row = rows_from_params(&p);
		write_object(j, NULL);
		fields_print(j, issued_in_order_fields, &row, 0, "");
		write_end_object(j);
	}
	write_end_array(j);
}

enum err issued_in_order_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children)
{
	struct issued_order order = {
		.id = rows_get(row, 0, "id").id,
		.reference = rows_text(row, 0, "reference"),
		.items = children[0],
	};
	enum err err = issued_states_read(r->db, r->arena, &r->who->org, &order);
	if (!err)
		issued_in_order_print(r, j, &order);
	return err;
}

/* ---- by a code ---- */

#define FIND(name, by, lock)                                                   \
	{                                                                      \
		name,                                                          \
			"SELECT " ISSUED_ORDER_COLUMNS ", o.status, o.version" \
			" FROM orders o JOIN events e ON e.id = o.event_id"    \
			" WHERE o.org_id = :org AND " by lock,                 \
			SQL_READ                                               \
	}
static const struct statement find_by_reference =
	FIND("issued_order_find", "o.reference = :reference", "");
static const struct statement find_by_id = FIND("issued_order_find_id", "o.id = :id", "");
/* Without the join: a lock of the event's row would make all doors of an event wait for each
 * other. */
static const struct statement lock_by_reference = {
	"issued_order_lock",
	"SELECT o.id"
	" FROM orders o"
	" WHERE o.org_id = :org AND o.reference = :reference"
	" FOR UPDATE",
	SQL_READ,
};
static const struct statement lock_by_id = {
	"issued_order_lock_id",
	"SELECT o.id"
	" FROM orders o"
	" WHERE o.org_id = :org AND o.id = :id"
	" FOR UPDATE",
	SQL_READ,
};
static const struct statement touch_order = {
	"issued_order_touch",
	"UPDATE orders"
	" SET version = version + 1"
	" WHERE id = :orderId AND org_id = :org",
	SQL_WRITE,
};
static const struct statement touch_ticket = {
	"issued_ticket_touch",
	"INSERT INTO issued_tickets (order_id, item_id, unit, org_id, event_id, ticket_id, "
	"changed_at)"
	" VALUES (:orderId, :itemId, :unit, :org, :eventId, :ticketId, :now)"
	" ON DUPLICATE KEY UPDATE turn = turn + 1, changed_at = :now",
	SQL_WRITE,
};

static enum err not_found(struct req *r, const char *code)
{
	return fail(r, ERR_NOT_FOUND,
		"Check the code; it is printed below the QR code. It may be of another organizer.",
		"Issued ticket not found: %s", code);
}

/* Reads the order and the tickets that `p` says. */
static enum err find_order(struct req *r, const struct statement *lock,
	const struct statement *find, const struct params *p, struct found_ticket *out)
{
	enum err err = lock ? req_sql(r, lock, p, NULL) : OK;
	if (!err)
		err = req_sql(r, find, p, &out->row);
	if (err)
		return err;
	if (out->row.n == 0)
		return ERR_NOT_FOUND;
	struct uuid id = rows_get(&out->row, 0, "id").id;
	out->order.reference = rows_text(&out->row, 0, "reference");
	return issued_order_read(r->db, r->arena, &r->who->org, &id, &out->order);
}

enum err issued_ticket_find(struct req *r, const char *code, bool lock, struct found_ticket *out)
{
	const uint8_t *key = r->app->conf->ticket_key;
	struct issued_code parsed;
	struct params p;
	*out = (struct found_ticket){0};
	if (!issued_code_parse(code, strlen(code), &parsed))
		return not_found(r, code);
	req_params(r, &p, NULL);
	params_set(&p, "reference", val_text(arena_strdup(r->arena, parsed.reference)));
	enum err err = find_order(r, lock ? &lock_by_reference : NULL, &find_by_reference, &p, out);
	if (err == ERR_NOT_FOUND)
		return not_found(r, code);
	if (err)
		return err;
	uint32_t generation = issued_ticket_by_code(&out->order, key, &parsed, &out->ticket);
	if (!generation)
		return not_found(r, code);
	out->reissued = generation < out->ticket.generation;
	return OK;
}

enum err issued_order_find(struct req *r, const char *order, bool lock, struct found_ticket *out)
{
	struct params p;
	struct uuid id;
	bool by_id = uuid_parse(order, strlen(order), &id);
	const char *reference =
		by_id ? NULL : order_reference_parse(r->arena, order, strlen(order));
	*out = (struct found_ticket){0};
	if (!by_id && !reference)
		return fail(r, ERR_NOT_FOUND, NULL, "Order not found: %s", order);
	req_params(r, &p, NULL);
	params_set(&p, "id", by_id ? val_uuid(id) : val_null());
	params_set(&p, "reference", val_text(reference));
	const struct statement *locked = by_id ? &lock_by_id : &lock_by_reference;
	enum err err = find_order(
		r, lock ? locked : NULL, by_id ? &find_by_id : &find_by_reference, &p, out);
	if (err == ERR_NOT_FOUND)
		return fail(r, ERR_NOT_FOUND, NULL, "Order not found: %s", order);
	return err;
}

/* Reads "2.15"; false: it is nothing of the kind. */
static bool read_unit(const char *s, uint32_t *number, uint32_t *unit)
{
	const char *dot = strchr(s, '.');
	if (!dot)
		return false;
	*number = issued_number_parse(s, (size_t)(dot - s), ISSUED_NUMBER_MAX);
	*unit = issued_number_parse(dot + 1, strlen(dot + 1), ISSUED_UNIT_MAX);
	return *number && *unit;
}

enum err issued_ticket_find_unit(
	struct req *r, const char *order, const char *unit, struct found_ticket *out)
{
	uint32_t number, n;
	enum err err = issued_order_find(r, order, true, out);
	if (err)
		return err;
	if (!read_unit(unit, &number, &n) ||
		!issued_ticket_at(&out->order, r->app->conf->ticket_key, number, n, &out->ticket))
		return not_found(r, unit);
	return OK;
}

enum err issued_ticket_touch(struct req *r, const struct found_ticket *found, struct params *p)
{
	params_set(p, "orderId", val_uuid(found->order.id));
	params_set(p, "itemId", val_uuid(found->ticket.item_id));
	params_set(p, "unit", val_int(found->ticket.unit));
	params_set(p, "eventId", rows_get(&found->row, 0, "eventId"));
	params_set(p, "ticketId", val_uuid(found->ticket.ticket_id));
	enum err err = req_sql(r, &touch_order, p, NULL);
	if (err)
		return err;
	return req_sql(r, &touch_ticket, p, NULL);
}

const struct module issued_ticket_find_module = {.statements = (const struct statement *const[]){
							 &find_by_reference,
							 &find_by_id,
							 NULL,
						 }};
const struct module issued_ticket_lock_module = {.statements = (const struct statement *const[]){
							 &lock_by_reference,
							 &lock_by_id,
							 NULL,
						 }};
const struct module issued_ticket_touch_module = {.statements = (const struct statement *const[]){
							  &touch_order,
							  &touch_ticket,
							  NULL,
						  }};
