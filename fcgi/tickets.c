/* tickets: ticket types: what an event sells. */
#include "fcgi/tickets.h"

#define QUANTITY_MAX 10000000
#define PRICE_MAX INT64_C(1000000000000) /* minor units: ten thousand million */

static const char *const ticket_statuses[] = {"DRAFT", "PUBLISHED", "SOLD_OUT", NULL};

const struct field ticket_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .sentence = "Identifies the ticket type."},
	{"eventId", FIELD_UUID, FIELD_OUT, .sentence = "The event it belongs to."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 120, .sentence = "What a buyer reads, such as VIP Standing."},
	{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 2000, .sentence = "What the ticket gives."},
	{"price", FIELD_MONEY, FIELD_RW | FIELD_REQUIRED, 0, PRICE_MAX, .sentence = "In whole currency units, up to two decimals; 0 for events of type FREE."},
	{"quantity", FIELD_INT, FIELD_RW | FIELD_REQUIRED, 0, QUANTITY_MAX, .sentence = "How many there are to sell in all."},
	{"published", FIELD_BOOL, FIELD_RW, .fallback = "false", .sentence = "Whether it is on offer once the event is published."},
	{"minPerOrder", FIELD_INT, FIELD_RW, 1, QUANTITY_MAX, .fallback = "1", .sentence = "The fewest that one order may have."},
	{"maxPerOrder", FIELD_INT, FIELD_RW, 1, QUANTITY_MAX, .fallback = "10", .sentence = "The most that one order may have."},
	{"salesStartAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .sentence = "Not sold before this instant."},
	{"salesEndAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE, .sentence = "Not sold from this instant on."},
	{"lowInventoryThreshold", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, QUANTITY_MAX,
	 .sentence = "Fewer remaining than this sends ticket.inventory_low; a tenth of the quantity, rounded up, unless set."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000, .sentence = "Order among the event's ticket types, from 0; the order sent unless set."},
	{"currency", FIELD_CURRENCY, FIELD_OUT, .sentence = "The event's currency."},
	{"sold", FIELD_INT, FIELD_OUT, .sentence = "How many are sold."},
	{"held", FIELD_INT, FIELD_OUT, .sentence = "How many are held for buyers who are checking out."},
	{"remaining", FIELD_INT, FIELD_OUT, .sentence = "quantity less sold and held."},
	{"soldOut", FIELD_BOOL, FIELD_OUT, .sentence = "None remain, or it was marked sold out."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = ticket_statuses, .sentence = "DRAFT until published, SOLD_OUT when published and soldOut."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .sentence = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .sentence = "When an organizer last changed it."},
	{0},
};

#define SOLD_OUT "(t.marked_sold_out OR t.sold + t.held >= t.quantity)"

const struct statement ticket_list = {
	"ticket_list",
	"SELECT t.id, t.event_id AS eventId, t.name, t.description, t.price, t.quantity, t.published, t.min_per_order AS minPerOrder, t.max_per_order AS maxPerOrder,"
	" t.sales_start_at AS salesStartAt, t.sales_end_at AS salesEndAt, COALESCE(t.low_inventory_threshold, (t.quantity + 9) DIV 10) AS lowInventoryThreshold, t.position,"
	" e.currency, t.sold, t.held, t.quantity - t.sold - t.held AS remaining, " SOLD_OUT " AS soldOut,"
	" CASE WHEN NOT t.published THEN 'DRAFT' WHEN " SOLD_OUT " THEN 'SOLD_OUT' ELSE 'PUBLISHED' END AS status,"
	" t.version, t.created_at AS createdAt, t.updated_at AS updatedAt"
	" FROM ticket_types t JOIN events e ON e.id = t.event_id WHERE t.event_id = :eventId AND t.org_id = :org ORDER BY t.position, t.id",
	SQL_READ,
};

const struct statement ticket_insert = {
	"ticket_insert",
	"INSERT INTO ticket_types (id, org_id, event_id, name, description, price, quantity, published, min_per_order, max_per_order, sales_start_at, sales_end_at,"
	" low_inventory_threshold, position, created_at, updated_at)"
	" VALUES (:id, :org, :eventId, :name, :description, :price, :quantity, :published, :minPerOrder, :maxPerOrder, :salesStartAt, :salesEndAt,"
	" :lowInventoryThreshold, :position, :now, :now)",
	SQL_WRITE,
};

void ticket_rules(struct req *r, const struct params *t, const char *prefix, bool free_event)
{
	struct val price = params_get(t, "price"), least = params_get(t, "minPerOrder"), most = params_get(t, "maxPerOrder");
	struct val start = params_get(t, "salesStartAt"), end = params_get(t, "salesEndAt");
	const char *name;
	if (free_event && price.type == VAL_INT && price.i != 0) {
		name = arena_printf(r->arena, "%sprice", prefix);
		problem_add(&r->problems, name, "%s must be 0 for an event of type FREE", name);
	}
	if (least.type == VAL_INT && most.type == VAL_INT && most.i < least.i) {
		name = arena_printf(r->arena, "%smaxPerOrder", prefix);
		problem_add(&r->problems, name, "%s must not be less than minPerOrder", name);
	}
	if (start.type == VAL_TIME && end.type == VAL_TIME && end.i <= start.i) {
		name = arena_printf(r->arena, "%ssalesEndAt", prefix);
		problem_add(&r->problems, name, "%s must be after salesStartAt", name);
	}
}

const struct resource ticket = {
	.noun = "Ticket",
	.name = "ticket",
	.fields = ticket_fields,
};
