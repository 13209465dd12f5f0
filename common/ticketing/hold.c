/* hold: tickets reserved for a buyer during checkout. */
#include "common/ticketing/hold.h"

#include "common/access/rate_limit.h"
#include "common/api/crud.h"
#include "common/base/clock.h"
#include "common/http/etag.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/ticketing/joint_sale.h"

#include <assert.h>
#include <string.h>

#define HOLD_PER_ITEM_MAX                                                       \
	1000 /* tickets of one type in one order, whatever the organizer allows \
	      */

const char *const hold_statuses[] = {"ACTIVE", "USED", "RELEASED", "EXPIRED", NULL};

const struct field line_item_fields[] = {
	{"ticketId", FIELD_UUID, FIELD_CREATE | FIELD_REQUIRED,
		.doc = "Id of a ticket type of the event."},
	{"quantity", FIELD_INT, FIELD_CREATE | FIELD_REQUIRED, 1, HOLD_PER_ITEM_MAX,
		.doc = "Number of tickets."},
	{0},
};

const struct field hold_item_fields[] = {
	{"ticketId", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name of the ticket type at the time of the hold."},
	{"quantity", FIELD_INT, FIELD_OUT, .doc = "Number of held tickets."},
	{"unitPrice", FIELD_MONEY, FIELD_OUT, .doc = "Price of one ticket."},
	{"subtotal", FIELD_MONEY, FIELD_OUT, .doc = "Amount: quantity times unitPrice."},
	{0},
};

const struct statement hold_get = {
	"hold_get",
	"SELECT id, event_id AS eventId,"
	" IF(status = 'ACTIVE' AND expires_at <= :now, 'EXPIRED', status) AS status,"
	" expires_at AS expiresAt, extended, items, currency,"
	" subtotal, fees, total, version, created_at AS createdAt"
	" FROM holds"
	" WHERE id = :id AND org_id = :org",
	SQL_READ,
};
static const struct statement hold_lock = {
	"hold_lock",
	HOLD_LOCK_COLUMNS " FROM holds"
			  " WHERE id = :id AND org_id = :org"
			  " FOR UPDATE",
	SQL_READ,
};
static const struct statement hold_items_of = {
	"hold_items_of",
	HOLD_ITEM_COLUMNS " FROM hold_items"
			  " WHERE hold_id = :id AND org_id = :org"
			  " ORDER BY ticket_id",
	SQL_READ,
};
static const struct statement hold_insert = {
	"hold_insert",
	"INSERT INTO holds (id, org_id, event_id, items, currency, subtotal, fees, total,"
	" ttl_seconds, expires_at, created_at, tickets, visitor, site)"
	" VALUES (:id, :org, :eventId, :items, :currency, :subtotal, :fees, :total,"
	" :ttlSeconds, :expiresAt, :now, :tickets, :visitor, :site)",
	SQL_WRITE,
};
static const struct statement hold_item_insert = {
	"hold_item_insert",
	"INSERT INTO hold_items (hold_id, ticket_id, org_id, event_id, name, quantity,"
	" unit_price, unit_fee, expires_at)"
	" VALUES (:id, :ticketId, :org, :eventId, :name, :quantity, :unitPrice, :unitFee,"
	" :expiresAt)",
	SQL_WRITE,
};
static const struct statement hold_end = {
	"hold_end",
	"UPDATE holds"
	" SET status = :to, order_id = :orderId, version = version + 1"
	" WHERE id = :id AND org_id = :org AND status = 'ACTIVE'",
	SQL_WRITE | SQL_GUARDED,
};
static const struct statement hold_items_drop = {"hold_items_drop",
	"DELETE"
	" FROM hold_items"
	" WHERE hold_id = :id AND org_id = :org",
	SQL_WRITE};

/* For crud_resolve and resource_not_found. */
static const struct resource hold_any = {.title = "Hold", .name = "hold", .sql.get = &hold_get};

void line_items_read(struct req *r, struct val items, struct line_items *out)
{
	out->n = 0;
	if (items.type == VAL_LIST && items.count == 0)
		problem_add(&r->problems, "items", "items should not be empty");
	if (items.type != VAL_LIST || r->problems.n)
		return;
	assert(items.count <= ITEMS_MAX); /* the field table's limit */
	for (size_t i = 0; i < items.count; i++)
		out->list[i] =
			(struct line_item){.ticket = params_get(&items.items[i], "ticketId").id,
				.quantity = params_get(&items.items[i], "quantity").i};
	out->n = items.count;
}

struct totals totals_of(const struct line_items *items, const struct availability *offer)
{
	struct totals b = {0};
	for (size_t i = 0; i < items->n; i++) {
		int64_t price = rows_int(&offer->rows, items->list[i].row, "price");
		b.subtotal += price * items->list[i].quantity;
		b.fees += availability_unit_fee(price, offer) * items->list[i].quantity;
	}
	return b;
}

static enum err apply_stock(struct req *r, void *ctx)
{
	return inventory_apply(r, ctx);
}

/* A handler may be retried: the moves are on the arena, and the last call wins. */
void inventory_apply_before_commit(struct req *r, struct inventory_moves *stock)
{
	assert(r->route->flags & ROUTE_TX);
	assert(!(r->route->flags & ROUTE_BLOCKING_IO));
	r->before_commit = apply_stock;
	r->before_commit_ctx = stock;
}

/* The items as all responses show them: stored as JSON with the hold. */
static char *hold_items_json(
	struct req *r, const struct line_items *items, const struct availability *offer)
{
	static struct buf out = {.max = 65536};
	struct json j;
	char text[UUID_TEXT + 1];
	buf_clear(&out);
	write_start(&j, &out);
	write_currency(&j, offer->currency);
	write_array(&j, NULL);
	for (size_t i = 0; i < items->n; i++) {
		int64_t price = rows_int(&offer->rows, items->list[i].row, "price");
		uuid_print(&items->list[i].ticket, text);
		write_object(&j, NULL);
		write_text(&j, "ticketId", text);
		write_text(&j, "name", rows_text(&offer->rows, items->list[i].row, "name"));
		write_int(&j, "quantity", items->list[i].quantity);
		write_money(&j, "unitPrice", price);
		write_money(&j, "subtotal", price * items->list[i].quantity);
		write_end_object(&j);
	}
	write_end_array(&j);
	return arena_dup(r->arena, out.p, out.n);
}

/* Adds one item to the hold and its movement to the inventory. */
static enum err hold_add_item(struct req *r, struct params *p, const struct line_item *w,
	const struct availability *offer, struct inventory_moves *stock)
{
	int64_t price = rows_int(&offer->rows, w->row, "price");
	params_set(p, "ticketId", val_uuid(w->ticket));
	params_set(p, "name", rows_get(&offer->rows, w->row, "name"));
	params_set(p, "quantity", val_int(w->quantity));
	params_set(p, "unitPrice", val_int(price));
	params_set(p, "unitFee", val_int(availability_unit_fee(price, offer)));
	const struct inventory_change change = {
		.ticket = w->ticket,
		.event = params_get(p, "eventId").id,
		.kind = MOVE_HOLD,
		.quantity = w->quantity,
		.source = r->audit.subject,
	};
	enum err err = req_defer(r, &hold_item_insert, p);
	if (!err)
		err = inventory_move(r, stock, &change);
	availability_reserve(stock, offer, w);
	return err;
}

void hold_visitor_params(const struct req *r, struct params *p)
{
	if (r->who->kind != PRINCIPAL_ANONYMOUS)
		return;
	uint64_t *tags = arena_array(p->arena, 2, sizeof *tags);
	tags[0] = rate_limit_tag(r, HOLD_TAG);
	tags[1] = rate_limit_site_tag(r, HOLD_TAG);
	params_set(p, "visitor", val_bytes(&tags[0], sizeof tags[0]));
	params_set(p, "site", val_bytes(&tags[1], sizeof tags[1]));
}

/* The values of a new hold, under the names of statements and of fields. */
static void hold_params(struct req *r, struct params *p, const struct line_items *items,
	const struct availability *offer, const struct totals *bill)
{
	req_params(r, p, &r->input);
	params_set(p, "id", val_uuid(r->audit.subject));
	params_set(p, "status", val_text("ACTIVE"));
	params_set(p, "extended", val_bool(false));
	params_set(p, "items", val_text(hold_items_json(r, items, offer)));
	params_set(p, "currency", val_text(offer->currency));
	params_set(p, "subtotal", val_int(bill->subtotal));
	params_set(p, "fees", val_int(bill->fees));
	params_set(p, "total", val_int(bill->subtotal + bill->fees));
	params_set(p, "createdAt", val_time(r->now));
	params_set(p, "tickets", val_int(line_items_tickets(items)));
	hold_visitor_params(r, p);
}

enum err hold_create(struct req *r, struct uuid id, int64_t seconds, struct created_hold *out)
{
	struct line_items items;
	struct availability offer;
	struct params p;
	struct inventory_moves *stock = arena_alloc(r->arena, sizeof *stock);
	line_items_read(r, params_get(&r->input, "items"), &items);
	if (r->problems.n)
		return ERR_VALIDATION;
	enum err err =
		availability_read(r, params_get(&r->input, "eventId").id, &items, &offer, stock);
	if (err)
		return err;
	out->bill = totals_of(&items, &offer);
	r->audit.subject = id;
	r->audit.has_subject = true;
	hold_params(r, &p, &items, &offer, &out->bill);
	params_set(&p, "ttlSeconds", val_int(seconds));
	params_set(&p, "expiresAt", val_time(r->now + seconds * 1000));
	err = req_defer(r, &hold_insert, &p);
	out->shown = p;
	req_params(r, &p, &out->shown);
	for (size_t i = 0; i < items.n && !err; i++)
		err = hold_add_item(r, &p, &items.list[i], &offer, stock);
	inventory_apply_before_commit(r, stock);
	return err;
}

enum err hold_send_created(
	struct req *r, const struct resource *as, const struct created_hold *hold)
{
	struct rows row = rows_from_params(&hold->shown);
	struct json *j = response_begin(r, 201);
	write_object(j, NULL);
	fields_print(j, as->fields, &row, 0, "");
	enum err err = as->hooks.embed ? as->hooks.embed(r, j, &row, NULL) : OK;
	write_end_object(j);
	response_end(r);
	etag_add(r, 1);
	return err;
}

static enum err hold_not_usable(struct req *r, const char *status)
{
	const char *hint = "Create a new hold.";
	if (strcmp(status, "USED") == 0)
		return fail(r, ERR_CONFLICT,
			"Find the order that was created from it, or create a new hold.",
			"The hold was already used for an order.");
	return fail(r, ERR_CONFLICT, hint,
		strcmp(status, "RELEASED") == 0 ? "The hold was released."
						: "The hold has expired.");
}

/* Locks and reads a hold. */
static enum err hold_lock_row(struct req *r, const char *arg, struct rows *row)
{
	struct params p;
	struct uuid id;
	enum err err = crud_resolve(r, &hold_any, arg, &id);
	if (err)
		return err;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(id));
	err = r->joint ? joint_sale_hold(r, id, row) : req_sql(r, &hold_lock, &p, row);
	if (!err && row->n == 0)
		return resource_not_found(r, &hold_any, arg);
	if (!err)
		req_event(r, rows_get(row, 0, "eventId").id);
	return err;
}

/* Reads the items of a locked hold. */
static enum err read_items(struct req *r, const struct rows *row, struct rows *items)
{
	struct params p;
	struct uuid id = rows_get(row, 0, "id").id;
	if (r->joint) {
		joint_sale_hold_items(r, id, items);
		return OK;
	}
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(id));
	return req_sql(r, &hold_items_of, &p, items);
}

enum err hold_claim(struct req *r, const char *arg, struct rows *row, struct rows *items)
{
	enum err err = hold_lock_row(r, arg, row);
	if (err)
		return err;
	const char *status = rows_text(row, 0, "status");
	if (strcmp(status, "ACTIVE") != 0 || rows_int(row, 0, "expiresAt") <= r->now)
		return hold_not_usable(r, strcmp(status, "ACTIVE") == 0 ? "EXPIRED" : status);
	return read_items(r, row, items);
}

/* Ends a hold that this transaction has locked, and deletes its items. The transaction fails with
 * ERR_RETRY when it is not active any more. */
static enum err hold_finish(struct req *r, struct uuid id, const char *to, struct val order_id)
{
	struct params p;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(id));
	params_set(&p, "to", val_text(to));
	params_set(&p, "orderId", order_id);
	enum err err = req_defer(r, &hold_end, &p);
	if (err)
		return err;
	return req_defer(r, &hold_items_drop, &p);
}

enum err hold_consume(struct req *r, struct uuid id, struct uuid order_id)
{
	return hold_finish(r, id, "USED", val_uuid(order_id));
}

/* Also releases a hold that has expired but was not swept yet. */
enum err hold_release(struct req *r)
{
	struct rows row, items;
	struct inventory_moves *stock = arena_alloc(r->arena, sizeof *stock);
	enum err err = hold_lock_row(r, r->args[0], &row);
	if (err)
		return err;
	if (strcmp(rows_text(&row, 0, "status"), "ACTIVE") != 0)
		return hold_not_usable(r, rows_text(&row, 0, "status"));
	r->audit.subject = rows_get(&row, 0, "id").id;
	r->audit.has_subject = true;
	err = read_items(r, &row, &items);
	for (size_t i = 0; !err && i < items.n; i++) {
		const struct inventory_change change = {
			.ticket = rows_get(&items, i, "ticketId").id,
			.event = rows_get(&row, 0, "eventId").id,
			.kind = MOVE_RELEASE,
			.quantity = rows_int(&items, i, "quantity"),
			.source = r->audit.subject,
		};
		err = inventory_move(r, stock, &change);
	}
	if (!err)
		err = hold_finish(r, r->audit.subject, "RELEASED", val_null());
	if (err)
		return err;
	inventory_apply_before_commit(r, stock);
	crud_send_deleted(r);
	return OK;
}

const struct module hold_statements_module = {.statements = (const struct statement *const[]){
						      &hold_get,
						      &hold_lock,
						      &hold_items_of,
						      &hold_insert,
						      &hold_item_insert,
						      &hold_end,
						      &hold_items_drop,
						      NULL,
					      }};
