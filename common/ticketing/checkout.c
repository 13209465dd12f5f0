/* checkout: creates orders from holds or from items of an event. */
#include "common/ticketing/checkout.h"

#include "common/http/etag.h"
#include "common/ticketing/hold.h"
#include "common/ticketing/issued_ticket_view.h"
#include "common/ticketing/mail_queue.h"
#include "common/ticketing/order.h"
#include "common/ticketing/outbox.h"
#include "common/ticketing/order_reference.h"
#include "common/http/response.h"

#include <assert.h>
#include <string.h>

const struct field buyer_input_fields[] = {
	{"name", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, 1, 200, .doc = "Full name."},
	{"email", FIELD_EMAIL, FIELD_CREATE | FIELD_REQUIRED,
		.doc = "Email address for the tickets."},
	{"phone", FIELD_TEXT, FIELD_CREATE | FIELD_NULLABLE, 1, 40, .doc = "Phone number."},
	{0},
};

static const struct statement order_insert = {
	"sale_order_insert",
	"INSERT INTO orders (id, org_id, event_id, reference, status, buyer_name,"
	" buyer_email, buyer_phone, currency, subtotal, fees, total, payment_provider,"
	" payment_reference, created_at, completed_at)"
	" VALUES (:id, :org, :eventId, :reference, 'COMPLETED', :buyerName, :buyerEmail,"
	" :buyerPhone, :currency, :subtotal,"
	" :fees, :total, :paymentProvider, :paymentReference, :createdAt, :createdAt)",
	SQL_WRITE,
};
static const struct statement item_insert = {
	"sale_item_insert",
	"INSERT INTO order_items (order_id, id, org_id, ticket_id, name, quantity,"
	" unit_price, unit_fee, subtotal)"
	" VALUES (:id, :itemId, :org, :ticketId, :name, :quantity, :unitPrice, :unitFee,"
	" :subtotal)",
	SQL_WRITE,
};
/* An order that is being created. */
struct sale {
	struct params order; /* named like the fields and columns */
	struct params items[ITEMS_MAX];
	size_t n; /* items */
	struct inventory_moves moves;
};

static void order_assign_reference(struct params *p)
{
	char *reference = arena_alloc(p->arena, ORDER_REFERENCE_TEXT + 1);
	order_reference_make(reference);
	params_set(p, "reference", val_text(reference));
}

/* One item of the order being sold; stored amounts. */
struct sold_item {
	struct uuid ticket;
	struct val name;
	int64_t quantity, price, fee; /* price and fee of one */
};

/* Adds an item to the order and its movement to the inventory. */
static enum err add_item(
	struct req *r, struct sale *s, const struct sold_item *item, enum movement kind)
{
	assert(s->n < ITEMS_MAX);
	struct params *p = &s->items[s->n++];
	params_init(p, r->arena);
	struct uuid id = uuid_make();
	params_set(p, "itemId", val_uuid(id)); /* the statement's :id is the order */
	params_set(p, "id", val_uuid(id));
	params_set(p, "ticketId", val_uuid(item->ticket));
	params_set(p, "name", item->name);
	params_set(p, "quantity", val_int(item->quantity));
	params_set(p, "unitPrice", val_int(item->price));
	params_set(p, "unitFee", val_int(item->fee));
	params_set(p, "subtotal", val_int(item->price * item->quantity));
	params_set(p, "refundedQuantity", val_int(0));
	const struct inventory_change change = {
		.ticket = item->ticket,
		.event = params_get(&s->order, "eventId").id,
		.kind = kind,
		.quantity = item->quantity,
		.source = r->audit.subject,
	};
	return inventory_move(r, &s->moves, &change);
}

static void set_totals(struct sale *s, const char *currency, int64_t subtotal, int64_t fees)
{
	params_set(&s->order, "currency", val_text(currency));
	params_set(&s->order, "subtotal", val_int(subtotal));
	params_set(&s->order, "fees", val_int(fees));
	params_set(&s->order, "total", val_int(subtotal + fees));
}

/* Takes items and amounts from a hold, which is then used up: prices are those of the hold. */
static enum err from_hold(struct req *r, struct sale *s, struct uuid hold_id)
{
	struct rows row, items;
	char text[UUID_TEXT + 1];
	uuid_print(&hold_id, text);
	enum err err = hold_claim(r, text, &row, &items);
	if (err)
		return err;
	struct val event_id = rows_get(&row, 0, "eventId");
	params_set(&s->order, "eventId", event_id);
	set_totals(s, rows_text(&row, 0, "currency"), rows_int(&row, 0, "subtotal"),
		rows_int(&row, 0, "fees"));
	for (size_t i = 0; i < items.n && !err; i++) {
		const struct sold_item item = {
			.ticket = rows_get(&items, i, "ticketId").id,
			.name = rows_get(&items, i, "name"),
			.quantity = rows_int(&items, i, "quantity"),
			.price = rows_int(&items, i, "unitPrice"),
			.fee = rows_int(&items, i, "unitFee"),
		};
		err = add_item(r, s, &item, MOVE_SETTLE);
	}
	if (err)
		return err;
	return hold_consume(r, hold_id, r->audit.subject);
}

/* Takes items at current prices and availability. */
static enum err from_items(struct req *r, struct sale *s, struct uuid event_id)
{
	struct line_items items;
	struct availability offer;
	line_items_read(r, params_get(&r->input, "items"), &items);
	if (r->problems.n)
		return ERR_VALIDATION;
	enum err err = availability_read(r, event_id, &items, &offer, &s->moves);
	if (err)
		return err;
	struct totals b = totals_of(&items, &offer);
	params_set(&s->order, "eventId", val_uuid(event_id));
	set_totals(s, offer.currency, b.subtotal, b.fees);
	for (size_t i = 0; i < items.n && !err; i++) {
		const struct line_item *line = &items.list[i];
		int64_t price = rows_int(&offer.rows, line->row, "price");
		const struct sold_item item = {
			.ticket = line->ticket,
			.name = rows_get(&offer.rows, line->row, "name"),
			.quantity = line->quantity,
			.price = price,
			.fee = availability_unit_fee(price, &offer),
		};
		err = add_item(r, s, &item, MOVE_SALE);
		availability_reserve(&s->moves, &offer, line);
	}
	return err;
}

/* Sets a value under its name in the statement and under its name among the fields. */
static void both(struct params *p, const char *parameter, const char *column, struct val v)
{
	params_set(p, parameter, v);
	params_set(p, column, v);
}

/* Copies buyer and payment of the body to the order. */
static void copy_buyer(struct req *r, struct params *p)
{
	const struct params *buyer = params_get(&r->input, "buyer").items;
	struct val payment = params_get(&r->input, "payment");
	both(p, "buyerName", "buyer.name", params_get(buyer, "name"));
	both(p, "buyerEmail", "buyer.email", params_get(buyer, "email"));
	both(p, "buyerPhone", "buyer.phone", params_get(buyer, "phone"));
	if (payment.type == VAL_LIST) {
		both(p, "paymentProvider", "payment.provider",
			params_get(payment.items, "provider"));
		both(p, "paymentReference", "payment.reference",
			params_get(payment.items, "reference"));
	}
}

static enum err store_order(struct req *r, struct sale *s)
{
	/* if the reference is taken, the transaction is retried with another one */
	order_assign_reference(&s->order);
	enum err err = req_defer(r, &order_insert, &s->order);
	for (size_t i = 0; i < s->n && !err; i++) {
		struct params item;
		req_params(r, &item, &s->items[i]);
		params_set(&item, "id", params_get(&s->order, "id"));
		err = req_defer(r, &item_insert, &item);
	}
	if (err)
		return err;
	return mail_queue_sale(r, &r->audit.subject, params_text(&s->order, "buyerEmail"));
}

/* Writes the order's tickets, which have no rows yet. Items are numbered in the order of their
 * ids, which is the order they were made in. */
static void write_issued(struct req *r, struct json *j, const struct sale *s)
{
	static const char *const names[] = {
		"id", "ticketId", "name", "quantity", "refundedQuantity"};
	enum { COLUMNS = sizeof names / sizeof *names };
	struct val cells[ITEMS_MAX * COLUMNS];
	const struct issued_order units = {
		.id = r->audit.subject,
		.reference = params_text(&s->order, "reference"),
		.items = {.n = s->n, .columns = COLUMNS, .names = names, .cells = cells},
	};
	for (size_t i = 0; i < s->n * COLUMNS; i++)
		cells[i] = params_get(&s->items[i / COLUMNS], names[i % COLUMNS]);
	issued_in_order_print(r, j, &units);
}

/* Writes the order as the resource `as` shows it. */
static enum err order_write(
	struct req *r, struct json *j, const struct sale *s, const struct resource *as)
{
	struct rows row = rows_from_params(&s->order);
	write_object(j, NULL);
	fields_print(j, as->fields, &row, 0, "");
	write_array(j, "items");
	for (size_t i = 0; i < s->n; i++) {
		struct rows item = rows_from_params(&s->items[i]);
		write_object(j, NULL);
		fields_print(j, order_item.fields, &item, 0, "");
		write_end_object(j);
	}
	write_end_array(j);
	enum err err = OK;
	if (as == &order)
		write_issued(r, j, s);
	else if (as->hooks.embed)
		err = as->hooks.embed(r, j, &row, NULL);
	write_end_object(j);
	return err;
}

/* Writes the response and publishes order.completed. Both have the same data, made from the values
 * that were stored, without reading them back. Visitors get a smaller response than the webhook. */
static enum err answer_and_publish(struct req *r, struct sale *s)
{
	struct outbox_event published = {
		.event = WEBHOOK_ORDER_COMPLETED,
		.event_id = params_get(&s->order, "eventId").id,
		.subject = r->audit.subject,
	};
	enum err err = order_write(r, response_begin(r, 201), s, &order);
	response_end(r);
	if (!err) {
		published.data = response_data(r, &published.data_n);
		err = outbox_publish(r, &published);
	}
	if (!err && r->route->of != &order) {
		buf_clear(r->response.body);
		err = order_write(r, response_begin(r, 201), s, r->route->of);
		response_end(r);
	}
	etag_add(r, 1);
	return err;
}

/* Begins an order: its id, times, status and buyer. */
static void begin_order(struct req *r, struct sale *s)
{
	assert(r->route && (r->route->flags & ROUTE_TX));
	r->audit.subject = uuid_make();
	r->audit.has_subject = true;
	req_params(r, &s->order, NULL);
	params_set(&s->order, "id", val_uuid(r->audit.subject));
	params_set(&s->order, "createdAt", val_time(uuid_time(&r->audit.subject)));
	params_set(&s->order, "completedAt", params_get(&s->order, "createdAt"));
	params_set(&s->order, "status", val_text("COMPLETED"));
	params_set(&s->order, "refundedTotal", val_int(0));
	copy_buyer(r, &s->order);
}

static enum err end_order(struct req *r, struct sale *s)
{
	enum err err = store_order(r, s);
	if (!err)
		err = answer_and_publish(r, s);
	inventory_apply_before_commit(r, &s->moves);
	return err;
}

enum err checkout_from_hold(struct req *r, struct uuid hold_id)
{
	struct sale *s = arena_alloc(r->arena, sizeof *s);
	begin_order(r, s);
	enum err err = from_hold(r, s, hold_id);
	if (err)
		return err;
	return end_order(r, s);
}

enum err checkout_from_items(struct req *r, struct uuid event_id)
{
	struct sale *s = arena_alloc(r->arena, sizeof *s);
	begin_order(r, s);
	enum err err = from_items(r, s, event_id);
	if (err)
		return err;
	return end_order(r, s);
}

enum err checkout_free(struct req *r)
{
	struct sale *s = arena_alloc(r->arena, sizeof *s);
	begin_order(r, s);
	enum err err = from_hold(r, s, params_get(&r->input, "holdId").id);
	if (!err && params_get(&s->order, "total").i != 0)
		return fail(r, ERR_CONFLICT,
			"Open the hold's checkoutUrl to pay; the payment completes the order.",
			"Payment required: the total of this order is not 0.");
	if (err)
		return err;
	return end_order(r, s);
}

const struct module checkout_statements_module = {.statements = (const struct statement *const[]){
							  &order_insert,
							  &item_insert,
							  NULL,
						  }};
