/* tickets: the routes by which organizers manage ticket types. */
#include "fcgi/tickets/tickets.h"

#include "common/ticketing/event_children.h"
#include "common/ticketing/inventory.h"
#include "common/ticketing/ticket.h"
#include "common/schema/money.h"

#include <assert.h>
#include <string.h>

/* Also reads stored values that differ from the shown ones: an unset threshold follows the
 * quantity, and stillHeld includes expired holds. */
static const struct statement ticket_lock = {
	"ticket_lock",
	CHILD_ONE("ticket_types",
		TICKET_COLUMNS
		", t.held AS stillHeld, t.low_inventory_threshold AS ownThreshold, t.kept,"
		" (SELECT e.type FROM events e WHERE e.id = t.event_id) AS eventType") " FOR "
										       "UPDATE",
	SQL_READ,
};
static const struct statement event_terms = {"ticket_event_terms",
	"SELECT type, currency"
	" FROM events"
	" WHERE id = :eventId AND org_id = :org",
	SQL_READ};
static const struct statement page_up = {"ticket_list_up",
	CHILD_PAGE_OF(TICKET_JOINED, TICKET_COLUMNS_JOINED, ">", "ASC"), SQL_READ};
static const struct statement page_down = {"ticket_list_down",
	CHILD_PAGE_OF(TICKET_JOINED, TICKET_COLUMNS_JOINED, "<", "DESC"), SQL_READ};
static const struct statement ticket_total = {
	"ticket_total", CHILD_TOTAL("ticket_types"), SQL_READ};
static const struct statement removal = {"ticket_remove",
	CHILD_REMOVE("ticket_types") " AND sold + held = 0 AND NOT kept", SQL_WRITE};

/* The guard: the quantity cannot fall below sold + held. low_notified is re-armed if enough
 * remain, by inventory_announce_low where the event has a capacity. */
static const struct statement ticket_update = {
	"ticket_update",
	"UPDATE ticket_types"
	" SET name = :name, description = :description, price = :price,"
	" quantity = :quantity, published = :published, min_per_order = :minPerOrder,"
	" low_notified = low_notified AND (capped"
	" OR :quantity < sold + held + COALESCE(:lowInventoryThreshold, (:quantity + 9) DIV 10)),"
	" max_per_order = :maxPerOrder, sales_start_at = :salesStartAt,"
	" sales_end_at = :salesEndAt, low_inventory_threshold = :lowInventoryThreshold,"
	" position = COALESCE(:position, position), version = version + 1, updated_at = :now"
	" WHERE id = :id AND org_id = :org AND :quantity >= sold + held",
	SQL_WRITE,
};

#define MOVE(change, guard)                                                            \
	"UPDATE ticket_types SET " change ", version = version + 1, updated_at = :now" \
	" WHERE id = :id AND org_id = :org AND " guard
/* The guards repeat the statuses of the transitions, so that of two concurrent requests one
 * fails. */
static const struct statement set_published = {
	"ticket_publish", MOVE("published = TRUE", "NOT published"), SQL_WRITE};
static const struct statement set_draft = {
	"ticket_unpublish", MOVE("published = FALSE", "published"), SQL_WRITE};
static const struct statement set_sold_out = {"ticket_sold_out",
	MOVE("marked_sold_out = TRUE", "published AND NOT marked_sold_out"), SQL_WRITE};
static const struct statement set_on_sale = {"ticket_on_sale",
	MOVE("marked_sold_out = FALSE",
		"published AND marked_sold_out AND sold + held + min_per_order <= quantity"),
	SQL_WRITE};

/* Rejects a change that only expired holds prevent: they are not shown any more, but their tickets
 * are given back by the next buyer or the sweep. */
static enum err not_yet(struct req *r, const struct rows *before)
{
	int64_t n = rows_int(before, 0, "stillHeld") - rows_int(before, 0, "held");
	assert(n > 0);
	return fail(r, ERR_CONFLICT, "Retry in a minute.",
		"Expired holds are being released: %lld tickets are not available yet.",
		(long long)n);
}

/* resource_hooks.check: the rules between fields, and that the quantity stays at least sold + held.
 * An unset threshold stays unset. */
static enum err ticket_check(struct req *r, const struct rows *before, struct params *p)
{
	struct rows rows;
	struct val quantity = params_get(p, "quantity");
	struct ticket_terms terms = {0};
	if (before) {
		terms = (struct ticket_terms){
			rows_text(before, 0, "eventType"), rows_text(before, 0, "currency")};
	} else {
		enum err err = req_sql(r, &event_terms, p, &rows);
		if (err)
			return err;
		terms = (struct ticket_terms){
			rows_text(&rows, 0, "type"), rows_text(&rows, 0, "currency")};
	}
	ticket_rules(r, p, "", &terms);
	params_set(p, "price", money_stored(params_get(p, "price"), terms.currency));
	if (!before || r->problems.n)
		return OK;
	if (!params_has(&r->input, "lowInventoryThreshold"))
		params_set(p, "lowInventoryThreshold", rows_get(before, 0, "ownThreshold"));
	int64_t sold = rows_int(before, 0, "sold"), held = rows_int(before, 0, "held");
	if (quantity.type == VAL_INT && quantity.i < sold + held)
		return fail(r, ERR_CONFLICT,
			arena_printf(r->arena, "Choose at least %lld.", (long long)(sold + held)),
			"quantity cannot be less than the sold (%lld) and held (%lld) tickets.",
			(long long)sold, (long long)held);
	if (quantity.type == VAL_INT && quantity.i < sold + rows_int(before, 0, "stillHeld"))
		return not_yet(r, before);
	return OK;
}

/* Fields of a ticket type that decide what can be bought. */
static const char *const stock_fields[] = {
	"quantity", "published", "minPerOrder", "lowInventoryThreshold", NULL};

/* resource_hooks.after_write: the change may sell the type or the event out, or put tickets on
 * sale. A new type is not announced as low: nothing of it was sold. */
static enum err ticket_after_write(
	struct req *r, const struct rows *before, const struct params *after)
{
	bool changed = !before || !after;
	for (size_t i = 0; !changed && stock_fields[i]; i++)
		changed = crud_changed(before, after, stock_fields[i]);
	if (!changed)
		return OK;
	struct uuid event_id =
		before ? rows_get(before, 0, "eventId").id : params_get(after, "eventId").id;
	enum err err = OK;
	if (before && after) {
		struct uuid id = rows_get(before, 0, "id").id;
		err = inventory_announce_low(r, event_id, &id);
	}
	if (err)
		return err;
	return inventory_announce(r, event_id);
}

/* transition.after_transition of all. */
static enum err moved(struct req *r, const struct rows *before, const struct transition *t)
{
	(void)t;
	return inventory_announce(r, rows_get(before, 0, "eventId").id);
}

/* resource_hooks.can_delete: only types without sales or holds. Refunded sales count, too, because
 * orders refer to the type. */
static enum err removable(struct req *r, const struct rows *before)
{
	int64_t sold = rows_int(before, 0, "sold"), held = rows_int(before, 0, "held");
	bool kept = rows_int(before, 0, "kept");
	if (sold + held == 0 && !kept) {
		if (rows_int(before, 0, "stillHeld"))
			return not_yet(r, before);
		return OK;
	}
	return fail(r, ERR_CONFLICT, "Unpublish it instead: it has orders.",
		"Ticket cannot be deleted: %lld are sold and %lld held%s.", (long long)sold,
		(long long)held, kept ? ", and some were sold and refunded" : "");
}

static const struct sort_order ticket_sorts[] = {
	{"position", FIELD_INT, &page_up, &page_down}, {0}};
static const struct list_variant ticket_variants[] = {
	{NULL, ticket_sorts, &ticket_total, &ticket_total}, {0}};
static const struct list_spec ticket_list = {.variants = ticket_variants};

static const struct resource ticket_resource = {
	.title = "Ticket",
	.name = "ticket",
	.fields = ticket_fields,
	.parent = &event,
	.parent_param = "eventId",
	.event_id = "eventId",
	.sql.get = &ticket_get,
	.sql.lock = &ticket_lock,
	.sql.insert = &ticket_insert,
	.sql.update = &ticket_update,
	.sql.remove = &removal,
	.sql.renumber = &ticket_renumber,
	.limit = TICKETS_PER_EVENT,
	.list = &ticket_list,
	.hooks.refresh = ticket_refresh,
	.hooks.check = ticket_check,
	.hooks.after_write = ticket_after_write,
	.hooks.can_delete = removable,
};

static const char *const from_draft[] = {"DRAFT", NULL},
			 *const from_shown[] = {"PUBLISHED", "SOLD_OUT", NULL},
			 *const from_published[] = {"PUBLISHED", NULL},
			 *const from_sold_out[] = {"SOLD_OUT", NULL};
static const struct transition publish = {
	"publish", from_draft, "PUBLISHED", &set_published, NULL, moved};
static const struct transition unpublish = {
	"unpublish", from_shown, "DRAFT", &set_draft, NULL, moved};
static const struct transition sold_out = {
	"sold-out", from_published, "SOLD_OUT", &set_sold_out, NULL, moved};
static const struct transition on_sale = {"on-sale", from_sold_out, "PUBLISHED", &set_on_sale,
	"No tickets remain: increase the quantity, or wait until held tickets are released.",
	moved};

#define LIST "/events/{idOrSlug}/tickets"
#define UNDER LIST "/{id}"
#define ALONE "/tickets/{id}"
#define TICKET_READ SCOPE_TICKETS_READ, ROUTE_READ | ROUTE_CACHEABLE
#define TICKET_WRITE SCOPE_TICKETS_WRITE, ROUTE_TX

/* The routes of one ticket type, for both of its paths. */
#define ONE_TICKET(path, name, flags)                                                              \
	{METHOD_GET, path, TICKET_READ | flags, name "get", crud_get, &ticket_resource,            \
		.doc = "Returns a ticket type."},                                                  \
		{METHOD_PATCH, path, TICKET_WRITE | flags, name "update", crud_patch,              \
			&ticket_resource, .body = ticket_fields, .body_mode = FIELD_PATCH,         \
			.doc = "Updates a ticket type. Fields that are not sent keep their "       \
			       "values."},                                                         \
		{METHOD_DELETE, path, TICKET_WRITE | flags, name "delete", crud_delete,            \
			&ticket_resource, .doc = "Deletes a ticket type without sales or holds."}, \
		{METHOD_POST, path "/publish", TICKET_WRITE | flags, name "publish",               \
			crud_transition, &ticket_resource, &publish,                               \
			.doc = "Publishes a ticket type."},                                        \
		{METHOD_POST, path "/unpublish", TICKET_WRITE | flags, name "unpublish",           \
			crud_transition, &ticket_resource, &unpublish,                             \
			.doc = "Unpublishes a ticket type."},                                      \
		{METHOD_POST, path "/sold-out", TICKET_WRITE | flags, name "markSoldOut",          \
			crud_transition, &ticket_resource, &sold_out,                              \
			.doc = "Marks a ticket type as sold out, even if tickets remain."},        \
	{                                                                                          \
		METHOD_POST, path "/on-sale", TICKET_WRITE | flags, name "putOnSale",              \
			crud_transition, &ticket_resource, &on_sale,                               \
			.doc = "Puts a ticket type back on sale that was marked as sold out, if "  \
			       "tickets remain."                                                   \
	}

static const struct route ticket_routes[] = {
	{METHOD_GET, LIST, TICKET_READ | ROUTE_NESTED | ROUTE_LIST, "ticket.list", crud_list,
		&ticket_resource, .doc = "Lists the ticket types of an event in order."},
	{METHOD_POST, LIST, TICKET_WRITE | ROUTE_NESTED | ROUTE_CREATES, "ticket.create",
		crud_create, &ticket_resource, .body = ticket_fields, .body_mode = FIELD_CREATE,
		.doc = "Creates a ticket type."},
	ONE_TICKET(UNDER, "event.ticket.", ROUTE_NESTED),
	ONE_TICKET(ALONE, "ticket.", 0),
	{0},
};

const struct module tickets_module = {
	.routes = ticket_routes,
	.statements =
		(const struct statement *const[]){
			&ticket_get,
			&ticket_by_parent,
			&ticket_lock,
			&event_terms,
			&page_up,
			&page_down,
			&ticket_total,
			&ticket_renumber,
			&removal,
			&ticket_insert,
			&ticket_update,
			&set_published,
			&set_draft,
			&set_sold_out,
			&set_on_sale,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&ticket_resource,
			NULL,
		},
};
