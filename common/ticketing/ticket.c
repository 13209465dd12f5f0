/* ticket: the fields, statements and the resource of ticket types that all programs share. */
#include "common/ticketing/ticket.h"

#include "common/ticketing/event_children.h"
#include "common/ticketing/expired_holds.h"
#include "common/schema/money.h"

#include <string.h>
#include <sys/param.h>

#define QUANTITY_MAX 10000000
#define PRICE_MAX INT64_C(10000000000) /* whole units */

static const char *const ticket_statuses[] = {"DRAFT", "PUBLISHED", "SOLD_OUT", NULL};
enum { DRAFT, PUBLISHED, SOLD_OUT }; /* indexes of ticket_statuses */

/* The columns mostly come in this order. */
int64_t ticket_left(const struct rows *rows, size_t row)
{
	size_t at = 0;
	int64_t quantity = val_int_or(rows_next(rows, row, "quantity", &at), 0),
		sold = val_int_or(rows_next(rows, row, "sold", &at), 0),
		held = val_int_or(rows_next(rows, row, "held", &at), 0),
		places = val_int_or(rows_next(rows, row, "places", &at), INT64_MAX);
	return MAX(MIN(quantity - sold - held, places), 0);
}

bool ticket_sold_out(const struct rows *rows, size_t row)
{
	return rows_int(rows, row, "marked") ||
		ticket_left(rows, row) < rows_int(rows, row, "minPerOrder");
}

struct val ticket_remaining(const struct rows *rows, size_t row)
{
	return val_int(ticket_left(rows, row));
}

static struct val sold_out(const struct rows *rows, size_t row)
{
	return val_bool(ticket_sold_out(rows, row));
}

static struct val status(const struct rows *rows, size_t row)
{
	if (!rows_int(rows, row, "published"))
		return val_text(ticket_statuses[DRAFT]);
	return val_text(ticket_statuses[ticket_sold_out(rows, row) ? SOLD_OUT : PUBLISHED]);
}

const struct field ticket_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 120,
		.doc = "Display name, such as VIP Standing."},
	{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 2000,
		.doc = "Description for buyers."},
	{"price", FIELD_MONEY, FIELD_RW | FIELD_REQUIRED, 0, PRICE_MAX,
		.doc = "Price in whole currency units, with at most the decimals that ISO 4217 "
		       "gives the currency: 2 for PHP, none for JPY, 3 for KWD; must be 0 for "
		       "events of type FREE."},
	{"quantity", FIELD_INT, FIELD_RW | FIELD_REQUIRED, 0, QUANTITY_MAX,
		.doc = "Total number of tickets."},
	{"published", FIELD_BOOL, FIELD_RW, .default_value = "false",
		.doc = "Whether the ticket type is on sale when the event is published."},
	{"minPerOrder", FIELD_INT, FIELD_RW, 1, QUANTITY_MAX, .default_value = "1",
		.doc = "Minimum number per order."},
	{"maxPerOrder", FIELD_INT, FIELD_RW, 1, QUANTITY_MAX, .default_value = "10",
		.doc = "Maximum number per order."},
	{"salesStartAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .doc = "Start of sales."},
	{"salesEndAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .doc = "End of sales."},
	{"lowInventoryThreshold", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, QUANTITY_MAX,
		.doc = "Threshold of ticket.inventory_low, which is sent when fewer tickets "
		       "remain. Default: a tenth of the quantity, rounded up."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000,
		.doc = "Position among the event's ticket types, from 0; the sent order by "
		       "default."},
	{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Currency of the event."},
	{"sold", FIELD_INT, FIELD_OUT, .doc = "Number of sold tickets."},
	{"held", FIELD_INT, FIELD_OUT, .doc = "Number of tickets on hold during checkout."},
	{"remaining", FIELD_INT, FIELD_OUT, .compute = ticket_remaining,
		.doc = "Number of remaining tickets: quantity minus sold and held, and no more "
		       "than "
		       "the event's capacity leaves."},
	{"soldOut", FIELD_BOOL, FIELD_OUT, .compute = sold_out,
		.doc = "Whether fewer than minPerOrder remain, or the ticket type was marked sold "
		       "out."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = ticket_statuses, .compute = status,
		.doc = "Status: DRAFT until published, SOLD_OUT when published and soldOut."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "Time of the organizer's last change."},
	{0},
};

const struct statement ticket_get = {
	"ticket_get", CHILD_ONE_OF(TICKET_JOINED, TICKET_COLUMNS_JOINED), SQL_READ};
const struct statement ticket_by_parent = {
	"ticket_all",
	CHILD_ALL("ticket_types", TICKET_COLUMNS_OF("NULL", "NULL") ", t.capped"),
	SQL_READ,
};
const struct statement ticket_renumber = {
	"ticket_renumber", CHILD_RENUMBER("ticket_types"), SQL_WRITE};
const struct statement ticket_insert = {
	"ticket_insert",
	"INSERT INTO ticket_types (id, org_id, event_id, name, description, price,"
	" quantity, published, min_per_order, max_per_order, sales_start_at,"
	" sales_end_at,"
	" low_inventory_threshold, position, capped, created_at, updated_at)"
	" SELECT :id, e.org_id, e.id, :name, :description, :price, :quantity, :published,"
	" :minPerOrder, :maxPerOrder, :salesStartAt, :salesEndAt,"
	" :lowInventoryThreshold, :position, e.event_capacity IS NOT NULL, :now, :now"
	" FROM events e"
	" WHERE e.id = :eventId AND e.org_id = :org",
	SQL_WRITE,
};

void ticket_rules(
	struct req *r, const struct params *t, const char *prefix, const struct ticket_terms *terms)
{
	struct val price = params_get(t, "price"), least = params_get(t, "minPerOrder"),
		   most = params_get(t, "maxPerOrder");
	const char *name = arena_printf(r->arena, "%sprice", prefix);
	if (terms->type && strcmp(terms->type, "FREE") == 0 && val_is_set(price) && price.i != 0)
		problem_add(&r->problems, name, "%s must be 0 for an event of type FREE", name);
	else if (terms->currency)
		money_check(price, terms->currency, name, &r->problems);
	if (least.type == VAL_INT && most.type == VAL_INT && most.i < least.i) {
		name = arena_printf(r->arena, "%smaxPerOrder", prefix);
		problem_add(&r->problems, name, "%s must not be less than minPerOrder", name);
	}
	crud_check_time_order(r, t, "salesStartAt", "salesEndAt", prefix);
}

/* All types of the event are there, and what they have taken of its capacity. */
void ticket_inherit(struct rows *rows, const struct rows *events, size_t row)
{
	int64_t taken = 0;
	struct val capacity = rows_get(events, row, "eventCapacity");
	for (size_t i = 0; i < rows->n; i++)
		taken += rows_int(rows, i, "sold") + rows_int(rows, i, "held");
	for (size_t i = 0; i < rows->n; i++) {
		rows_set(rows, i, "currency", rows_get(events, row, "currency"));
		if (rows_int(rows, i, "capped") && capacity.type == VAL_INT)
			rows_set(rows, i, "places", val_int(capacity.i - taken));
	}
}

enum err ticket_refresh(struct req *r, struct rows *rows)
{
	return expired_holds_subtract(r, rows, "id", rows_get(rows, 0, "eventId").id);
}

const struct resource ticket = {
	.title = "Ticket",
	.name = "ticket",
	.fields = ticket_fields,
	.parent = &event,
	.parent_param = "eventId",
	.sql.get = &ticket_get,
	.sql.by_parent = &ticket_by_parent,
	.hooks.inherit = ticket_inherit,
	.hooks.refresh = ticket_refresh,
};
