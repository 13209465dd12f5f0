/* issued_tickets: the routes by which organizers list the tickets of events and orders. */
#include "fcgi/orders/orders.h"

#include "common/api/csv_export.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/text/timezone.h"
#include "fcgi/orders/lists.h"
#include "fcgi/orders/ticket_walk.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

static const char *const csv_bom[] = {"1", NULL};
/* The first is of lists that have a CSV file. */
#define ATTENDEE_FILTERS 1
static const struct field ticket_filters[] = {
	{"bom", FIELD_CHOICE, FIELD_QUERY, .choices = csv_bom,
		.doc = "1: a CSV file begins with a byte order mark, by which spreadsheets "
		       "recognize UTF-8."},
	{"status", FIELD_CHOICE, FIELD_QUERY, .choices = issued_statuses,
		.doc = "Filters by status."},
	{"ticketId", FIELD_UUID, FIELD_QUERY, .doc = "Filters by ticket type id."},
	{"q", FIELD_TEXT, FIELD_QUERY, 1, 254,
		.doc = "Searches: the beginnings of words of the buyer's name, in any order, the "
		       "beginning of the buyer's email address, the order reference, or the code "
		       "of a ticket. The best matches come first, the others in the order of "
		       "sale."},
	{0},
};

static const struct sort_order position_sorts[] = {
	{"position", FIELD_INT, &walk_by_event, &walk_by_event}, {0}};
static const struct list_variant position_variants[] = {
	{NULL, position_sorts, &walk_total_event, &walk_total_event}, {0}};

/* ---- what is shown ---- */

/* How a route shows a ticket of the order in row i of `orders`: its arg. */
struct ticket_writer {
	void (*print)(struct req *r, struct json *j, const struct issued_ticket *t,
		const struct rows *orders, size_t i);
};

static const struct field attendee_ticket_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name of the ticket type at the time of purchase."},
	{0},
};
static const struct field attendee_fields[] = {
	{"orderId", FIELD_UUID, FIELD_OUT, .doc = "Order id."},
	{"reference", FIELD_TEXT, FIELD_OUT, .doc = "Order reference."},
	{"unit", FIELD_TEXT, FIELD_OUT,
		.doc = "Which ticket of the order it is, such as 1.2; with orderId, a door can "
		       "check "
		       "it in."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name on the ticket, by default the buyer's."},
	{"ticket", FIELD_OBJECT, FIELD_OUT, .sub = attendee_ticket_fields, .doc = "Ticket type."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = issued_statuses, .doc = "Status."},
	{"checkInId", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE, .doc = "Id of the check-in."},
	{"checkedInAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "Time of admission."},
	{"gate", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Gate of admission."},
	{0},
};

/* Without the code: who checks tickets in cannot make one. */
static void print_attendee(struct req *r, struct json *j, const struct issued_ticket *t,
	const struct rows *orders, size_t i)
{
	struct params p;
	bool in = t->status == ISSUED_CHECKED_IN;
	params_init(&p, r->arena);
	params_set(&p, "orderId", rows_get(orders, i, "id"));
	params_set(&p, "reference", rows_get(orders, i, "reference"));
	params_set(&p, "unit", val_text(arena_printf(r->arena, "%u.%u", t->number, t->unit)));
	params_set(&p, "name", t->holder ? val_text(t->holder) : rows_get(orders, i, "buyerName"));
	params_set(&p, "ticket.id", val_uuid(t->ticket_id));
	params_set(&p, "ticket.name", val_text(t->name));
	params_set(&p, "status", val_text(issued_statuses[t->status]));
	params_set(&p, "checkInId", in ? val_uuid(t->check_in_id) : val_null());
	params_set(&p, "checkedInAt", in ? val_time(t->checked_in_at) : val_null());
	params_set(&p, "gate", val_text(in ? t->gate : NULL));
	struct rows row = rows_from_params(&p);
	fields_print(j, attendee_fields, &row, 0, "");
}

static const struct ticket_writer ticket_writer = {issued_ticket_print},
				  attendee_writer = {print_attendee};

/* ---- JSON ---- */

/* A page that is being written. */
struct ticket_page {
	struct ticket_walk *walk;
	struct json *json;
	int64_t shown;
	struct uuid last; /* the last ticket that was passed: its order, */
	int64_t last_at; /* and the key of its place */
	bool more;
};

/* Goes to the page's first ticket. */
static enum err skip_to_page(struct req *r, struct ticket_walk *w)
{
	struct issued_ticket t;
	bool found = true;
	enum err err = OK;
	if (r->page.by_cursor) {
		w->begin = r->page.id;
		w->begin_at = place_position(r);
		place_params(r, &w->p);
		return OK;
	}
	for (int64_t skip = (r->page.page - 1) * r->page.take; skip > 0 && found && !err; skip--)
		err = walk_next(w, &t, &found);
	return err;
}

static int64_t relevance_at(const struct ticket_walk *w, size_t i)
{
	return rows_int(&w->orders, i, "position");
}

static enum err write_page(struct req *r, struct ticket_page *page)
{
	const struct ticket_writer *writer = r->route->arg;
	struct ticket_walk *w = page->walk;
	struct issued_ticket t;
	bool found;
	for (;;) {
		enum err err = walk_next(w, &t, &found);
		if (err)
			return err;
		page->more = found;
		if (!found || page->shown == r->page.take)
			break;
		write_object(page->json, NULL);
		writer->print(r, page->json, &t, &w->orders, w->i);
		write_end_object(page->json);
		page->last = w->list[w->i].id;
		page->last_at = place_key(relevance_at(w, w->i), position_of(&t));
		page->shown++;
	}
	if (!page->more && !w->ended && w->orders.n) { /* the limit of one response */
		page->last = rows_get(&w->orders, w->orders.n - 1, "id").id;
		page->last_at = place_key(relevance_at(w, w->orders.n - 1), POSITION_END);
		page->more = true;
	}
	return OK;
}

static enum err check_page(struct req *r)
{
	if (r->page.down)
		return fail_field(r, "sort", "sort must be one of the following values: position");
	if ((r->page.page - 1) * r->page.take >= WALK_TOTAL_MAX)
		return fail_field(r, "page",
			"page must not begin behind entry %d: follow meta.nextCursor instead",
			WALK_TOTAL_MAX);
	return OK;
}

static enum err list_tickets(struct req *r)
{
	const struct resource *of = r->route->of;
	struct params p;
	struct ticket_page page = {0};
	const char *arg;
	int64_t total = 0;
	enum err err = crud_path(r, of, false, &p, &arg);
	if (!err)
		err = crud_check_parent(r, of);
	if (!err)
		err = check_page(r);
	if (err)
		return err;
	params_set(&p, "ticketId", params_get(&r->filters, "ticketId"));
	crud_list_begin(r, &p);
	const struct statement *orders = walk_orders_of(r, &p);
	if (csv_export_wanted(r)) {
		place_params(r, &p);
		err = crud_list_below_mark(r, &p);
		if (err)
			return err;
		return csv_export_send(r, orders, "position", &p);
	}
	err = walk_total(r, orders, &p, &total);
	if (err)
		return err;
	page.walk = walk_begin(r, orders, &p);
	err = skip_to_page(r, page.walk);
	if (err)
		return err;
	page.json = response_begin(r, 200);
	write_array(page.json, NULL);
	err = write_page(r, &page);
	if (err)
		return err;
	write_end_array(page.json);
	char *cursor = page.more
		? cursor_make(r->arena, &r->page, position_sorts, val_int(page.last_at), page.last)
		: NULL;
	crud_list_end(r, page.json, total, cursor);
	return OK;
}

/* ---- CSV ---- */

static const struct field csv_fields[] = {
	{"code", FIELD_TEXT, FIELD_OUT, .doc = "Code."},
	{"status", FIELD_TEXT, FIELD_OUT, .doc = "Status."},
	{"event", FIELD_TEXT, FIELD_OUT, .doc = "Event name."},
	{"ticket", FIELD_TEXT, FIELD_OUT, .doc = "Ticket type."},
	{"holderName", FIELD_TEXT, FIELD_OUT, .doc = "Name on the ticket."},
	{"buyerName", FIELD_TEXT, FIELD_OUT, .doc = "Buyer."},
	{"buyerEmail", FIELD_TEXT, FIELD_OUT, .doc = "The buyer's email address."},
	{"orderReference", FIELD_TEXT, FIELD_OUT, .doc = "Order reference."},
	{"checkedInAt", FIELD_TEXT, FIELD_OUT, .doc = "Local time of admission."},
	{"gate", FIELD_TEXT, FIELD_OUT, .doc = "Gate."},
	{0},
};
static const struct resource csv_ticket = {.name = "issuedTicket", .fields = csv_fields};

enum csv_column { CODE, STATUS, EVENT, TICKET, HOLDER, BUYER, EMAIL, REFERENCE, AT, GATE, WIDTH };
static const char *const csv_names[WIDTH] = {"code", "status", "event", "ticket", "holderName",
	"buyerName", "buyerEmail", "orderReference", "checkedInAt", "gate"};

/* What is read for one chunk of orders. The cells of a row are used again for the next one. */
struct csv_state {
	const struct rows *orders;
	struct issued_order *list;
	struct ticket_filter filter;
	struct issued_walk units;
	struct issued_ticket ticket;
	struct val cells[WIDTH];
	char at[ZONE_TEXT + 1];
	size_t i; /* the order that `units` is of, plus one */
};

static enum err csv_gather(struct req *r, const struct rows *orders, void **state)
{
	struct csv_state *s = arena_alloc(r->arena, sizeof *s);
	*s = (struct csv_state){.orders = orders, .filter = walk_filter(r)};
	s->list = arena_array(r->arena, MAX(orders->n, 1), sizeof *s->list);
	*state = s;
	if (orders->n == 0)
		return OK;
	return issued_orders_read(r->db, r->arena, &r->who->org, orders, s->list);
}

static void fill_csv_row(struct csv_state *s, size_t i)
{
	const struct issued_ticket *t = &s->ticket;
	bool in = t->status == ISSUED_CHECKED_IN;
	if (in)
		timezone_print(rows_text(s->orders, i, "timezone"), t->checked_in_at, s->at);
	s->cells[CODE] = val_text(t->code);
	s->cells[STATUS] = val_text(issued_statuses[t->status]);
	s->cells[EVENT] = rows_get(s->orders, i, "eventName");
	s->cells[TICKET] = val_text(t->name);
	s->cells[HOLDER] = val_text(t->holder);
	s->cells[BUYER] = rows_get(s->orders, i, "buyerName");
	s->cells[EMAIL] = rows_get(s->orders, i, "buyerEmail");
	s->cells[REFERENCE] = rows_get(s->orders, i, "reference");
	s->cells[AT] = val_text(in ? s->at : NULL);
	s->cells[GATE] = val_text(in ? t->gate : NULL);
}

static bool csv_next(struct req *r, void *state, size_t i, struct rows *out)
{
	struct csv_state *s = state;
	if (s->i != i + 1) {
		issued_walk_begin(&s->units, &s->list[i], r->app->conf->ticket_key);
		if (r->page.by_cursor && uuid_equal(&r->page.id, &s->list[i].id))
			position_seek(&s->units, place_position(r));
		s->i = i + 1;
	}
	do
		if (!issued_walk_next(&s->units, &s->ticket))
			return false;
	while (!walk_passes(&s->filter, &s->ticket));
	fill_csv_row(s, i);
	*out = (struct rows){.n = 1, .columns = WIDTH, .names = csv_names, .cells = s->cells};
	return true;
}

static const struct expansion csv_expansion = {csv_gather, csv_next};

/* ---- one ticket ---- */

static enum err show_ticket(struct req *r)
{
	struct found_ticket found;
	enum err err = issued_ticket_find(r, r->args[0], false, &found);
	if (!err && found.reissued)
		err = fail(r, ERR_TICKET_REISSUED, "Ask for the newest ticket of the order.",
			"The ticket was replaced by a newer one.");
	if (err)
		return err;
	issued_ticket_send(r, 200, &found, rows_int(&found.row, 0, "version"));
	return OK;
}

#define TICKET_LIST                                                                 \
	.variants = position_variants, .csv = "tickets.csv", .csv_of = &csv_ticket, \
	.expand = &csv_expansion, .total_max = WALK_TOTAL_MAX
static const struct list_spec order_ticket_list = {TICKET_LIST};
static const struct list_spec event_ticket_list = {TICKET_LIST, .epochs = &order_epochs};

static const struct resource event_ticket = {.title = "Issued ticket",
	.name = "issuedTicket",
	.fields = issued_ticket_fields,
	.parent = &event,
	.parent_param = "eventId",
	.list = &event_ticket_list};
static const struct list_spec attendee_list = {
	.variants = position_variants, .total_max = WALK_TOTAL_MAX, .epochs = &order_epochs};
static const struct resource attendee = {.title = "Attendee",
	.name = "attendee",
	.fields = attendee_fields,
	.parent = &event,
	.parent_param = "eventId",
	.list = &attendee_list};
static const struct resource ticket_order = {
	.title = "Order",
	.name = "order",
	.name_of = order_reference_parse,
	.sql.get = &order_get,
	.sql.by_name = &order_by_reference,
	.sql.exists = &order_get,
};
static const struct resource order_ticket = {.title = "Issued ticket",
	.name = "issuedTicket",
	.fields = issued_ticket_fields,
	.parent = &ticket_order,
	.parent_param = "orderId",
	.list = &order_ticket_list};

static const struct route ticket_routes[] = {
	{METHOD_GET, "/events/{idOrSlug}/issued-tickets", SCOPE_ORDERS_READ,
		ROUTE_READ | ROUTE_NESTED | ROUTE_LIST, "event.issuedTicket.list", list_tickets,
		&event_ticket, &ticket_writer, .query = ticket_filters,
		.doc = "Lists the tickets of an event, one for each unit that was sold. A page "
		       "that "
		       "is filtered may be short or empty although meta.nextCursor is set."},
	{METHOD_GET, "/orders/{idOrReference}/issued-tickets", SCOPE_ORDERS_READ,
		ROUTE_READ | ROUTE_NESTED | ROUTE_LIST, "order.issuedTicket.list", list_tickets,
		&order_ticket, &ticket_writer, .query = ticket_filters,
		.doc = "Lists the tickets of an order."},
	{METHOD_GET, "/events/{idOrSlug}/attendees", SCOPE_ORDERS_READ | SCOPE_DOOR_SCAN,
		ROUTE_READ | ROUTE_NESTED | ROUTE_LIST, "event.attendee.list", list_tickets,
		&attendee, &attendee_writer, .query = ticket_filters + ATTENDEE_FILTERS,
		.doc = "Lists who has a ticket for an event, with the state of admission, and "
		       "without the codes of the tickets."},
	{METHOD_GET, "/issued-tickets/{code}", SCOPE_ORDERS_READ | SCOPE_DOOR_SCAN,
		ROUTE_READ | ROUTE_SECRET_PATH, "issuedTicket.get", show_ticket, &issued_ticket,
		.doc = "Returns a ticket by its code. The code of a ticket that was issued again "
		       "gets "
		       "409 REISSUED."},
	{0},
};

const struct module issued_ticket_lists_module = {
	.routes = ticket_routes,
	.resources =
		(const struct resource *const[]){
			&issued_ticket,
			&attendee,
			NULL,
		},
};
