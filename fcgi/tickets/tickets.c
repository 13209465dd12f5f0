/* tickets: ticket types: what an event sells. */
#include "fcgi/tickets/tickets.h"

#include "common/ticketing/event_children.h"
#include "common/ticketing/expired_holds.h"

#include <string.h>

#define QUANTITY_MAX 10000000
#define PRICE_MAX INT64_C(1000000000000) /* minor units: ten thousand million */

static const char *const ticket_statuses[] = {"DRAFT", "PUBLISHED", "SOLD_OUT", NULL};

const struct field ticket_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the ticket type."},
	{"eventId", FIELD_UUID, FIELD_OUT, .doc = "The event it belongs to."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 120,
		.doc = "What a buyer reads, such as VIP Standing."},
	{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 2000,
		.doc = "What the ticket gives."},
	{"price", FIELD_MONEY, FIELD_RW | FIELD_REQUIRED, 0, PRICE_MAX,
		.doc = "In whole currency units, up to two decimals; 0 for events of type FREE."},
	{"quantity", FIELD_INT, FIELD_RW | FIELD_REQUIRED, 0, QUANTITY_MAX,
		.doc = "How many there are to sell in all."},
	{"published", FIELD_BOOL, FIELD_RW, .default_value = "false",
		.doc = "Whether it is on offer once the event is published."},
	{"minPerOrder", FIELD_INT, FIELD_RW, 1, QUANTITY_MAX, .default_value = "1",
		.doc = "The fewest that one order may have."},
	{"maxPerOrder", FIELD_INT, FIELD_RW, 1, QUANTITY_MAX, .default_value = "10",
		.doc = "The most that one order may have."},
	{"salesStartAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE,
		.doc = "Not sold before this instant."},
	{"salesEndAt", FIELD_TIME, FIELD_RW | FIELD_NULLABLE,
		.doc = "Not sold from this instant on."},
	{"lowInventoryThreshold", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, QUANTITY_MAX,
		.doc = "Fewer remaining than this sends ticket.inventory_low; a tenth of the "
		       "quantity, rounded up, unless set."},
	{"position", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 0, 1000000,
		.doc = "Order among the event's ticket types, from 0; the order sent unless set."},
	{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "The event's currency."},
	{"sold", FIELD_INT, FIELD_OUT, .doc = "How many are sold."},
	{"held", FIELD_INT, FIELD_OUT, .doc = "How many are held for buyers who are checking out."},
	{"remaining", FIELD_INT, FIELD_OUT, .doc = "quantity less sold and held."},
	{"soldOut", FIELD_BOOL, FIELD_OUT, .doc = "None remain, or it was marked sold out."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = ticket_statuses,
		.doc = "DRAFT until published, SOLD_OUT when published and soldOut."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "When an organizer last changed it."},
	{0},
};

#define SOLD_OUT "(t.marked_sold_out OR t.sold + t.held >= t.quantity)"

/* The event's currency and type by subquery, not by join: locking a ticket type must not lock its
 * event's row. */
#define COLUMNS_OF(currency)                                                                 \
	"t.id, t.event_id AS eventId, t.name, t.description, t.price, t.quantity,"           \
	" t.published, t.min_per_order AS minPerOrder, t.max_per_order AS maxPerOrder,"      \
	" t.sales_start_at AS salesStartAt, t.sales_end_at AS salesEndAt,"                   \
	" COALESCE(t.low_inventory_threshold,"                                               \
	" (t.quantity + 9) DIV 10) AS lowInventoryThreshold,"                                \
	" t.position,"                                                                       \
	" " currency                                                                         \
	" AS currency, t.sold, t.held, t.quantity - t.sold - t.held AS remaining, " SOLD_OUT \
	" AS soldOut,"                                                                       \
	" CASE WHEN NOT t.published THEN 'DRAFT' WHEN " SOLD_OUT                             \
	" THEN 'SOLD_OUT' ELSE 'PUBLISHED' END AS status,"                                   \
	" t.marked_sold_out AS marked, t.version, t.created_at AS createdAt,"                \
	" t.updated_at AS updatedAt"
#define COLUMNS COLUMNS_OF("(SELECT e.currency FROM events e WHERE e.id = t.event_id)")

static const struct statement get = {"ticket_get", CHILD_ONE("ticket_types", COLUMNS), SQL_READ};
static const struct statement all = {
	"ticket_all",
	"SELECT " COLUMNS_OF("e.currency") " FROM ticket_types t"
					   " JOIN events e ON e.id = t.event_id"
					   " WHERE t.org_id = :org AND t.event_id = :eventId"
					   " ORDER BY t.position, t.id",
	SQL_READ,
};
/* With what is stored, not shown: an unset threshold follows the quantity. */
static const struct statement lock = {
	"ticket_lock",
	CHILD_ONE("ticket_types",
		COLUMNS
		", t.held AS stillHeld, t.low_inventory_threshold AS ownThreshold, t.kept,"
		" (SELECT e.type FROM events e WHERE e.id = t.event_id) AS eventType") " FOR "
										       "UPDATE",
	SQL_READ,
};
static const struct statement event_type = {"ticket_event_type",
	"SELECT type"
	" FROM events"
	" WHERE id = :eventId AND org_id = :org",
	SQL_READ};
static const struct statement page_up = {
	"ticket_list_up", CHILD_PAGE("ticket_types", COLUMNS, ">", "ASC"), SQL_READ};
static const struct statement page_down = {
	"ticket_list_down", CHILD_PAGE("ticket_types", COLUMNS, "<", "DESC"), SQL_READ};
static const struct statement total = {"ticket_total", CHILD_TOTAL("ticket_types"), SQL_READ};
const struct statement ticket_renumber = {
	"ticket_renumber", CHILD_RENUMBER("ticket_types"), SQL_WRITE};
static const struct statement removal = {"ticket_remove",
	CHILD_REMOVE("ticket_types") " AND sold + held = 0 AND NOT kept", SQL_WRITE};

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
static const struct statement update = {
	"ticket_update",
	"UPDATE ticket_types"
	" SET name = :name, description = :description, price = :price,"
	" quantity = :quantity, published = :published, min_per_order = :minPerOrder,"
	" low_notified = low_notified"
	" AND :quantity < sold + held + COALESCE(:lowInventoryThreshold,"
	" (:quantity + 9) DIV 10),"
	" max_per_order = :maxPerOrder, sales_start_at = :salesStartAt,"
	" sales_end_at = :salesEndAt, low_inventory_threshold = :lowInventoryThreshold,"
	" position = COALESCE(:position, position), version = version + 1, updated_at = :now"
	" WHERE id = :id AND org_id = :org AND :quantity >= sold + held",
	SQL_WRITE,
};

/* More may be on offer than before: event.sold_out is to be told again when that goes. After the
 * ticket type, as everybody locks them. */
static const struct statement rearm = {"ticket_rearm_event",
	"UPDATE event_stock"
	" SET sold_out = FALSE"
	" WHERE event_id = :eventId AND org_id = :org AND sold_out",
	SQL_WRITE};

#define MOVE(change, guard)                                                            \
	"UPDATE ticket_types SET " change ", version = version + 1, updated_at = :now" \
	" WHERE id = :id AND org_id = :org AND " guard
static const struct statement set_published = {
	"ticket_publish", MOVE("published = TRUE", "NOT published"), SQL_WRITE};
static const struct statement set_draft = {
	"ticket_unpublish", MOVE("published = FALSE", "published"), SQL_WRITE};
static const struct statement set_sold_out = {"ticket_sold_out",
	MOVE("marked_sold_out = TRUE", "published AND NOT marked_sold_out"), SQL_WRITE};
static const struct statement set_on_sale = {"ticket_on_sale",
	MOVE("marked_sold_out = FALSE", "published AND marked_sold_out AND sold + held < quantity"),
	SQL_WRITE};

void ticket_rules(struct req *r, const struct params *t, const char *prefix, bool free_event)
{
	struct val price = params_get(t, "price"), least = params_get(t, "minPerOrder"),
		   most = params_get(t, "maxPerOrder");
	const char *name;
	if (free_event && price.type == VAL_INT && price.i != 0) {
		name = arena_printf(r->arena, "%sprice", prefix);
		problem_add(&r->problems, name, "%s must be 0 for an event of type FREE", name);
	}
	if (least.type == VAL_INT && most.type == VAL_INT && most.i < least.i) {
		name = arena_printf(r->arena, "%smaxPerOrder", prefix);
		problem_add(&r->problems, name, "%s must not be less than minPerOrder", name);
	}
	crud_in_order(r, t, "salesStartAt", "salesEndAt", prefix);
}

/* Holds that are over are not shown any more; the row gets their tickets back when a buyer wants
 * them, or with the sweep. */
static enum err not_yet(struct req *r, const struct rows *before)
{
	int64_t n = rows_int(before, 0, "stillHeld") - rows_int(before, 0, "held");
	return fail(r, ERR_CONFLICT, "Try again in a minute.",
		"%lld tickets of holds that have just ended are still on their way back.",
		(long long)n);
}

static enum err check(struct req *r, const struct rows *before, struct params *p)
{
	struct rows rows;
	struct val quantity = params_get(p, "quantity");
	const char *type = before ? rows_text(before, 0, "eventType") : NULL;
	if (!before) {
		enum err err = req_sql(r, &event_type, p, &rows);
		if (err)
			return err;
		type = rows_text(&rows, 0, "type");
	}
	ticket_rules(r, p, "", type && strcmp(type, "FREE") == 0);
	if (!before || r->problems.n)
		return OK;
	if (!params_has(&r->in, "lowInventoryThreshold"))
		params_set(p, "lowInventoryThreshold", rows_get(before, 0, "ownThreshold"));
	int64_t sold = rows_int(before, 0, "sold"), held = rows_int(before, 0, "held");
	if (quantity.type == VAL_INT && quantity.i < sold + held)
		return fail(r, ERR_CONFLICT,
			arena_printf(r->arena, "Choose at least %lld.", (long long)(sold + held)),
			"quantity cannot fall below what is sold (%lld) and held (%lld).",
			(long long)sold, (long long)held);
	return quantity.type == VAL_INT && quantity.i < sold + rows_int(before, 0, "stillHeld")
		? not_yet(r, before)
		: OK;
}

static enum err stored(struct req *r, const struct rows *before, const struct params *after)
{
	bool more = after &&
		(!before || crud_changed(before, after, "quantity") ||
			crud_changed(before, after, "published"));
	return more ? req_sql(r, &rearm, after, NULL) : OK;
}

static enum err moved(struct req *r, const struct rows *before, const struct transition *t)
{
	struct params p;
	(void)t;
	req_params(r, &p, NULL);
	params_set(&p, "eventId", rows_get(before, 0, "eventId"));
	return req_sql(r, &rearm, &p, NULL);
}

static enum err removable(struct req *r, const struct rows *before)
{
	int64_t sold = rows_int(before, 0, "sold"), held = rows_int(before, 0, "held");
	bool kept = rows_int(before, 0, "kept");
	if (sold + held == 0 && !kept)
		return rows_int(before, 0, "stillHeld") ? not_yet(r, before) : OK;
	return fail(r, ERR_CONFLICT,
		"Unpublish it instead: buyers' orders must keep their ticket type.",
		"Ticket cannot be deleted: %lld are sold and %lld held%s.", (long long)sold,
		(long long)held, kept ? ", and some were sold and refunded" : "");
}

static enum err freshen(struct req *r, struct rows *rows)
{
	return lapsed_uncount(r, rows, "id", rows_get(rows, 0, "eventId").id);
}

static const struct sort_order orders[] = {{"position", FIELD_INT, &page_up, &page_down}, {0}};
static const struct list_variant variants[] = {{NULL, orders, &total, &total}, {0}};
static const struct list_spec listing = {.variants = variants};

const struct resource ticket = {
	.title = "Ticket",
	.name = "ticket",
	.fields = ticket_fields,
	.parent = &event,
	.parent_param = "eventId",
	.sql.get = &get,
	.sql.by_parent = &all,
	.sql.lock = &lock,
	.sql.insert = &ticket_insert,
	.sql.update = &update,
	.sql.remove = &removal,
	.sql.renumber = &ticket_renumber,
	.limit = TICKETS_PER_EVENT,
	.list = &listing,
	.hooks.refresh = freshen,
	.hooks.check = check,
	.hooks.after_write = stored,
	.hooks.can_delete = removable,
};

static const char *const from_draft[] = {"DRAFT", NULL},
			 *const from_shown[] = {"PUBLISHED", "SOLD_OUT", NULL},
			 *const from_published[] = {"PUBLISHED", NULL},
			 *const from_sold_out[] = {"SOLD_OUT", NULL};
static const struct transition publish = {
	"publish", from_draft, "PUBLISHED", &set_published, NULL, moved};
static const struct transition unpublish = {
	"unpublish", from_shown, "DRAFT", &set_draft, NULL, NULL};
static const struct transition sold_out = {
	"sold-out", from_published, "SOLD_OUT", &set_sold_out, NULL, NULL};
static const struct transition on_sale = {"on-sale", from_sold_out, "PUBLISHED", &set_on_sale,
	"None remain: raise the quantity, or wait until held tickets come back.", moved};

#define LIST "/events/{idOrSlug}/tickets"
#define UNDER LIST "/{id}"
#define ALONE "/tickets/{id}"
#define READ SCOPE_TICKETS_READ, ROUTE_READ | ROUTE_RECALL
#define WRITE SCOPE_TICKETS_WRITE, ROUTE_TX

/* Everything about one ticket type, at both of its places. */
#define ONE_TICKET(path, name, flags)                                                              \
	{METHOD_GET, path, READ | flags, name "get", crud_get, &ticket,                            \
		.doc = "Shows one ticket type."},                                                  \
		{METHOD_PATCH, path, WRITE | flags, name "update", crud_patch, &ticket,            \
			.body = ticket_fields, .body_mode = FIELD_PATCH,                           \
			.doc = "Changes the fields that are sent."},                               \
		{METHOD_DELETE, path, WRITE | flags, name "delete", crud_delete, &ticket,          \
			.doc = "Deletes a ticket type of which nothing was ever sold and "         \
			       "nothing is held."},                                                \
		{METHOD_POST, path "/publish", WRITE | flags, name "publish", crud_transition,     \
			&ticket, &publish, .doc = "DRAFT becomes PUBLISHED."},                     \
		{METHOD_POST, path "/unpublish", WRITE | flags, name "unpublish", crud_transition, \
			&ticket, &unpublish, .doc = "Becomes DRAFT again."},                       \
		{METHOD_POST, path "/sold-out", WRITE | flags, name "markSoldOut",                 \
			crud_transition, &ticket, &sold_out,                                       \
			.doc = "Marks it sold out, whatever remains."},                            \
	{                                                                                          \
		METHOD_POST, path "/on-sale", WRITE | flags, name "putOnSale", crud_transition,    \
			&ticket, &on_sale, .doc = "Takes the mark away while some remain."         \
	}

static const struct route routes[] = {
	{METHOD_GET, LIST, READ | ROUTE_UNDER | ROUTE_LIST, "ticket.list", crud_list, &ticket,
		.doc = "Lists an event's ticket types in their order."},
	{METHOD_POST, LIST, WRITE | ROUTE_UNDER | ROUTE_CREATES, "ticket.create", crud_create,
		&ticket, .body = ticket_fields, .body_mode = FIELD_CREATE,
		.doc = "Adds a ticket type."},
	ONE_TICKET(UNDER, "event.ticket.", ROUTE_UNDER),
	ONE_TICKET(ALONE, "ticket.", 0),
	{0},
};

const struct module tickets_module = {
	.routes = routes,
	.statements =
		(const struct statement *const[]){
			&get,
			&all,
			&lock,
			&event_type,
			&page_up,
			&page_down,
			&total,
			&ticket_renumber,
			&removal,
			&ticket_insert,
			&update,
			&set_published,
			&set_draft,
			&set_sold_out,
			&set_on_sale,
			&rearm,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&ticket,
			NULL,
		},
};
