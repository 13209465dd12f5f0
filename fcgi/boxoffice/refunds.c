/* refunds: the route that refunds orders, in whole or in part. */
#include "fcgi/boxoffice/refunds.h"

#include "fcgi/boxoffice/refund_units.h"

#include "common/ticketing/hold.h"
#include "common/ticketing/mail_queue.h"
#include "common/http/etag.h"
#include "common/ticketing/order.h"
#include "common/ticketing/outbox.h"
#include "common/http/response.h"

#include <assert.h>
#include <string.h>

static const struct field refund_item_fields[] = {
	{"itemId", FIELD_UUID, FIELD_CREATE | FIELD_REQUIRED, .doc = "Id of an item of the order."},
	{"quantity", FIELD_INT, FIELD_CREATE | FIELD_REQUIRED, 1, 1000,
		.doc = "Number of tickets to refund."},
	{0},
};
static const struct field refund_fields[] = {
	{"items", FIELD_LIST, FIELD_CREATE | FIELD_NULLABLE, .max = ITEMS_MAX,
		.sub = refund_item_fields,
		.doc = "Items to refund; all remaining items by default. Of an item, the tickets "
		       "with the highest numbers that are not checked in are refunded."},
	{"tickets", FIELD_LIST, FIELD_CREATE | FIELD_NULLABLE, .max = REFUND_UNITS_MAX,
		.sub = refund_ticket_fields,
		.doc = "Tickets to refund, by their codes, in the place of items."},
	{"restock", FIELD_BOOL, FIELD_CREATE, .default_value = "true",
		.doc = "Whether the refunded tickets are put back on sale."},
	{"reason", FIELD_TEXT, FIELD_CREATE | FIELD_NULLABLE, 1, 500,
		.doc = "Reason, stored with the refund."},
	{0},
};

static const struct statement refund_lock = {
	"refund_order_lock",
	"SELECT id, reference, event_id AS eventId, status, total,"
	" refunded_total AS refundedTotal, version"
	" FROM orders"
	" WHERE id = :id AND org_id = :org"
	" FOR UPDATE",
	SQL_READ,
};
/* In the order of ticket ids, in which ticket types are locked. */
static const struct statement refund_items = {
	"refund_items",
	"SELECT id, ticket_id AS ticketId, name, quantity,"
	" refunded_quantity AS refundedQuantity, unit_price AS unitPrice,"
	" unit_fee AS unitFee"
	" FROM order_items"
	" WHERE order_id = :id AND org_id = :org ORDER BY ticket_id",
	SQL_READ,
};
static const struct statement refund_item = {
	"refund_item",
	"UPDATE order_items"
	" SET refunded_quantity = refunded_quantity + :quantity,"
	" restocked_quantity = restocked_quantity + :restocked"
	" WHERE order_id = :id AND id = :itemId AND org_id = :org"
	" AND refunded_quantity + :quantity <= quantity",
	SQL_WRITE,
};
static const struct statement refund_order = {
	"refund_order",
	"UPDATE orders"
	" SET status = :status, refunded_total = refunded_total + :amount,"
	" refunded_at = :now, version = version + 1"
	" WHERE id = :id AND org_id = :org AND status <> 'REFUNDED'"
	" AND refunded_total + :amount <= total",
	SQL_WRITE,
};
/* Moves the order between the status counts of its event and of the organization
 * (sql/003_orders.sql). Orders behind the mark are not counted there yet, so only those up to the
 * mark are moved. */
static const struct statement refund_tally = {
	"refund_tally",
	"INSERT INTO order_tallies (org_id, event_id, mark, refunds)"
	" VALUES (:org, :tally, REPEAT('\\0', 16), 1)"
	" ON DUPLICATE KEY UPDATE"
	" completed = completed + :completed * (mark >= :id), partially_refunded = "
	"partially_refunded + :partial * (mark >= :id),"
	" refunded = refunded + :refunded * (mark >= :id), refunds = refunds + 1",
	SQL_WRITE,
};
static const struct statement refund_note = {
	"refund_note",
	"INSERT INTO refunds (id, org_id, order_id, amount, restocked, reason, at)"
	" VALUES (:refundId, :org, :id, :amount, :restock, :reason, :now)",
	SQL_WRITE,
};

/* The quantity of an item to refund: the requested one, or all that is left. */
static int64_t part_of(const struct refund_units *units, const struct val *asked,
	const struct rows *items, size_t i)
{
	struct uuid id = rows_get(items, i, "id").id;
	if (units->named.type == VAL_LIST)
		return refund_units_named(units, &id);
	if (asked->type != VAL_LIST)
		return rows_int(items, i, "quantity") - rows_int(items, i, "refundedQuantity");
	for (size_t k = 0; k < asked->count; k++) {
		struct val item_id = params_get(&asked->items[k], "itemId");
		if (uuid_equal(&item_id.id, &id))
			return params_get(&asked->items[k], "quantity").i;
	}
	return 0;
}

/* The index of a requested item in the order; items->n when the order has no such item. */
static size_t asked_item(const struct val *asked, size_t k, const struct rows *items)
{
	struct val id = params_get(&asked->items[k], "itemId");
	size_t i = 0;
	while (i < items->n && !val_equal(rows_get(items, i, "id"), id))
		i++;
	return i;
}

/* Checks that every requested item belongs to the order and is named once. */
static enum err check_names(struct req *r, const struct val *asked, const struct rows *items)
{
	if (asked->type != VAL_LIST)
		return OK;
	if (params_get(&r->input, "tickets").type == VAL_LIST)
		problem_add(
			&r->problems, "tickets", "tickets must not be sent together with items");
	if (asked->count == 0)
		problem_add(&r->problems, "items", "items should not be empty");
	for (size_t k = 0; k < asked->count; k++) {
		const char *field = arena_printf(r->arena, "items.%zu.itemId", k);
		struct val id = params_get(&asked->items[k], "itemId");
		if (asked_item(asked, k, items) == items->n)
			problem_add(&r->problems, field,
				"%s must be the id of an item of this order", field);
		for (size_t earlier = 0; earlier < k; earlier++)
			if (val_equal(params_get(&asked->items[earlier], "itemId"), id))
				problem_add(
					&r->problems, field, "%s must not be named twice", field);
	}
	if (r->problems.n)
		return ERR_VALIDATION;
	return OK;
}

/* Checks the names, and that no item is refunded beyond its quantity. */
static enum err check_parts(struct req *r, const struct val *asked, const struct rows *items)
{
	enum err err = check_names(r, asked, items);
	for (size_t k = 0; !err && asked->type == VAL_LIST && k < asked->count; k++) {
		size_t i = asked_item(asked, k, items);
		int64_t left =
			rows_int(items, i, "quantity") - rows_int(items, i, "refundedQuantity");
		if (params_get(&asked->items[k], "quantity").i > left)
			err = fail(r, ERR_CONFLICT,
				left ? arena_printf(
					       r->arena, "Refund at most %lld.", (long long)left)
				     : "Select another item.",
				"Only %lld of '%s' %s left to refund.", (long long)left,
				rows_text(items, i, "name"), left == 1 ? "is" : "are");
	}
	return err;
}

/* A refund in progress. */
struct refund {
	struct params p;
	struct refund_units units;
	struct inventory_moves *moves;
	struct uuid event_id;
	int64_t amount; /* refunded so far, a stored amount */
	bool restock; /* put the tickets back on sale */
	bool whole; /* nothing of the order is left */
};

static int64_t left_of(const struct rows *items, size_t i)
{
	return rows_int(items, i, "quantity") - rows_int(items, i, "refundedQuantity");
}

/* Refunds `quantity` of one item; the guarded update fails if another request was faster. */
static enum err refund_item_part(
	struct req *r, struct refund *f, const struct rows *items, size_t i, int64_t quantity)
{
	struct rows done;
	if (quantity == 0)
		return OK;
	assert(quantity > 0);
	f->amount += quantity * (rows_int(items, i, "unitPrice") + rows_int(items, i, "unitFee"));
	params_set(&f->p, "itemId", rows_get(items, i, "id"));
	params_set(&f->p, "quantity", val_int(quantity));
	params_set(&f->p, "restocked", val_int(f->restock ? quantity : 0));
	const struct refund_part part = {
		.item = rows_get(items, i, "id").id,
		.ticket = rows_get(items, i, "ticketId").id,
		.quantity = quantity,
		.whole = quantity == left_of(items, i),
	};
	enum err err = req_sql(r, &refund_item, &f->p, &done);
	if (!err && done.affected == 0)
		return ERR_RETRY;
	if (!err)
		err = refund_units_write(r, &f->units, &part, &f->p);
	if (err || !f->restock)
		return err;
	const struct inventory_change change = {
		.ticket = rows_get(items, i, "ticketId").id,
		.event = f->event_id,
		.kind = MOVE_REFUND,
		.quantity = quantity,
		.source = r->audit.subject,
	};
	return inventory_move(r, f->moves, &change);
}

/* Updates the counts by status, unless the status stays the same. */
static enum err refund_tally_row(
	struct req *r, struct refund *f, const char *before, const char *after)
{
	static const struct {
		const char *status, *param;
	} columns[] = {{"COMPLETED", "completed"}, {"PARTIALLY_REFUNDED", "partial"},
		{"REFUNDED", "refunded"}};
	struct uuid rows[2] = {{{0}}, f->event_id};
	if (strcmp(before, after) == 0)
		return OK;
	for (size_t i = 0; i < 3; i++)
		params_set(&f->p, columns[i].param,
			val_int((strcmp(after, columns[i].status) == 0) -
				(strcmp(before, columns[i].status) == 0)));
	enum err err = OK;
	for (size_t i = 0; i < 2 && !err; i++) {
		params_set(&f->p, "tally", val_uuid(rows[i]));
		err = req_defer(r, &refund_tally, &f->p);
	}
	return err;
}

/* Updates the order and adds the refund's row. */
static enum err refund_store(struct req *r, struct refund *f, const struct rows *row)
{
	struct rows done;
	const char *status = f->whole ? "REFUNDED" : "PARTIALLY_REFUNDED";
	assert(f->amount >= 0);
	params_set(&f->p, "amount", val_int(f->amount));
	params_set(&f->p, "status", val_text(status));
	params_set(&f->p, "refundId", val_uuid(uuid_make()));
	params_set(&f->p, "restock", val_bool(f->restock));
	params_set(&f->p, "reason", params_get(&r->input, "reason"));
	enum err err = req_sql(r, &refund_order, &f->p, &done);
	if (!err && done.affected == 0)
		return ERR_RETRY;
	if (!err)
		err = req_defer(r, &refund_note, &f->p);
	if (!err)
		err = mail_queue_order(r, MAIL_REFUND, &r->audit.subject);
	if (err)
		return err;
	return refund_tally_row(r, f, rows_text(row, 0, "status"), status);
}

/* Responds with the order and publishes order.refunded with the same data. */
static enum err refund_answer(struct req *r, struct refund *f)
{
	struct outbox_event published = {.event = WEBHOOK_ORDER_REFUNDED,
		.event_id = f->event_id,
		.subject = r->audit.subject};
	enum err err = crud_send_one(r, &order, &f->p, r->args[0], 200);
	if (err)
		return err;
	published.data = response_data(r, &published.data_n);
	return outbox_publish(r, &published);
}

/* Locks the order, checks the request, refunds item by item in the order of ticket ids, and updates
 * the order. Inventory changes are applied right before COMMIT. */
static enum err refund(struct req *r)
{
	struct refund f = {.moves = arena_alloc(r->arena, sizeof *f.moves),
		.restock = params_get(&r->input, "restock").i != 0,
		.whole = true};
	struct rows row, items;
	struct val asked = params_get(&r->input, "items");
	struct uuid id;
	enum err err = crud_resolve(r, &order, r->args[0], &id);
	if (err)
		return err;
	r->audit.subject = id;
	r->audit.has_subject = true;
	req_params(r, &f.p, NULL);
	params_set(&f.p, "id", val_uuid(id));
	err = req_sql(r, &refund_lock, &f.p, &row);
	if (!err && row.n == 0)
		return resource_not_found(r, &order, r->args[0]);
	if (!err)
		err = etag_check_if_match(r, rows_int(&row, 0, "version"));
	if (!err && strcmp(rows_text(&row, 0, "status"), "REFUNDED") == 0)
		return fail(r, ERR_CONFLICT, "Nothing is left to refund.",
			"The order has already been refunded.");
	if (!err)
		err = req_sql(r, &refund_items, &f.p, &items);
	if (!err)
		err = check_parts(r, &asked, &items);
	if (!err)
		err = refund_units_read(r, &id, rows_text(&row, 0, "reference"),
			params_get(&r->input, "tickets"), &f.units);
	if (!err) {
		f.event_id = rows_get(&row, 0, "eventId").id;
		params_set(&f.p, "eventId", val_uuid(f.event_id));
		req_event(r, f.event_id);
	}
	for (size_t i = 0; !err && i < items.n; i++) {
		int64_t quantity = part_of(&f.units, &asked, &items, i);
		f.whole = f.whole && quantity == left_of(&items, i);
		err = refund_item_part(r, &f, &items, i, quantity);
	}
	if (!err)
		err = refund_store(r, &f, &row);
	if (!err)
		err = refund_answer(r, &f);
	inventory_apply_before_commit(r, f.moves);
	return err;
}

static const struct route refund_routes[] = {
	{METHOD_POST, "/orders/{id}/refund", SCOPE_BOXOFFICE_SELL, ROUTE_TX | ROUTE_INVENTORY,
		"sale.refund", refund, &order, .body = refund_fields, .body_mode = FIELD_CREATE,
		.doc = "Refunds an order, in whole or in part. The tickets are put back on sale "
		       "unless restock is false."},
	{0},
};

const struct module refunds_module = {
	.routes = refund_routes,
	.mount = MOUNT_BOX_OFFICE,
	.statements =
		(const struct statement *const[]){
			&refund_lock,
			&refund_items,
			&refund_item,
			&refund_order,
			&refund_tally,
			&refund_note,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&order,
			NULL,
		},
};
