/* ticket_page: the HTML pages of an order with its tickets, and of one ticket. */
#include "fcgi/public/ticket_page.h"

#include "common/http/response.h"
#include "common/messages/formats.h"
#include "fcgi/public/page_elements.h"
#include "fcgi/public/page_error.h"
#include "fcgi/public/page_head.h"
#include "fcgi/public/tenant.h"
#include "fcgi/public/ticket_card.h"
#include "fcgi/public/ticket_source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* An order of the box office may have thousands of tickets. */
#define TICKETS_PER_PAGE 50

/* ---- parts of both pages ---- */

/* The response is for whoever knows the address, and shows what may change at any time. */
static void secret_headers(struct req *r)
{
	response_header(r, "Cache-Control", "private, no-store");
	response_header(r, "Vary", "Accept-Encoding, Accept-Language");
}

static void head(struct req *r, struct html *h, const struct ticket_source *s)
{
	struct page_meta m = {.secret = true};
	m.title = arena_printf(r->arena, "%s \xc2\xb7 %s", rows_text(&s->event, 0, "name"),
		page_message(r, MSG_YOUR_TICKETS));
	r->response.status = 200;
	page_head_begin(r, h, &m);
	page_head_link(h, "stylesheet", page_asset(r, "/event/tickets.css"));
	page_head_link(h, "modulepreload",
		page_asset(r,
			arena_printf(
				r->arena, "/event/messages-%s.js", language_tag(req_language(r)))));
	page_head_script(r, h, "/event/tickets.js");
	html_close(h);
	page_begin_body(h);
	secret_headers(r);
}

/* Links to the event: its page, calendar and map. Only a published event has the first two. */
static void links(struct req *r, struct html *h, const struct ticket_source *s)
{
	const struct rows *e = &s->event;
	const char *map = page_map_url(r, e);
	char *page = absolute_url(
		r, "/e/%s/%s", rows_text(e, 0, "organization.slug"), rows_text(e, 0, "slug"));
	html_open(h, "p");
	html_attr(h, "class", "actions");
	if (strcmp(rows_text(e, 0, "eventStatus"), "PUBLISHED") == 0) {
		page_anchor(h, "button quiet", arena_printf(r->arena, "%s/calendar.ics", page),
			page_message(r, MSG_ADD_TO_CALENDAR));
		page_anchor(h, "button quiet", page_url(r, page), page_message(r, MSG_EVENT_PAGE));
	}
	if (map)
		page_anchor(h, "button quiet", map, page_message(r, MSG_OPEN_MAP));
	html_close(h);
}

/* The event, and the order when `order` is set. */
static void hero(struct req *r, struct html *h, const struct ticket_source *s, bool order)
{
	const struct rows *e = &s->event;
	html_open(h, "header");
	html_attr(h, "class", "hero");
	page_own_words(h, "p", "organizer", rows_text(e, 0, "organization.name"));
	page_own_words(h, "h1", NULL, rows_text(e, 0, "name"));
	html_open(h, "dl");
	html_attr(h, "class", "facts");
	page_when_and_where(r, h, &s->event, s->zone);
	if (order) {
		page_begin_fact(h, page_message(r, MSG_ORDER_REFERENCE));
		html_leaf(h, "span", NULL, s->order.reference);
		page_end_fact(h);
	}
	html_close(h);
	links(r, h, s);
	html_close(h);
}

static void foot(struct req *r, struct html *h, const struct ticket_source *s)
{
	page_footer(r, h,
		message_text(r->arena, req_language(r), MSG_TICKETS_BY, "organizer",
			rows_text(&s->event, 0, "organization.name"), NULL));
	html_close_all(h);
}

/* ---- an order ---- */

static void print_option(struct html *h, const char *id, const char *text, bool checked)
{
	html_open(h, "label");
	html_open(h, "input");
	html_attr(h, "type", "radio");
	html_attr(h, "name", "per-page");
	html_attr(h, "id", id);
	if (checked)
		html_flag(h, "checked");
	html_close(h);
	html_text(h, " ");
	html_text(h, text);
	html_close(h);
}

/* How the page is printed, which tickets.css does; tickets.js adds a button. */
static void print_choice(struct req *r, struct html *h)
{
	html_open(h, "form");
	html_attr(h, "class", "print-choice");
	html_open(h, "fieldset");
	html_leaf(h, "legend", NULL, page_message(r, MSG_PRINT_LAYOUT));
	print_option(h, "print-one", page_message(r, MSG_PRINT_ONE), true);
	print_option(h, "print-four", page_message(r, MSG_PRINT_FOUR), false);
	html_close(h);
	html_close(h);
}

static int64_t tickets_of(const struct issued_order *o)
{
	int64_t sum = 0;
	for (size_t i = 0; i < o->items.n; i++)
		sum += rows_int(&o->items, i, "quantity");
	return sum;
}

/* The number of the page that the query asks for, from 1; one that there is. */
static int64_t page_number(struct req *r, int64_t tickets)
{
	int64_t last = MAX((tickets + TICKETS_PER_PAGE - 1) / TICKETS_PER_PAGE, 1),
		page = strtoll(text_or(req_page_query(r, "page"), "1"), NULL, 10);
	return MIN(MAX(page, 1), last);
}

static void page_link(struct req *r, struct html *h, int64_t page, enum message_id text)
{
	(void)req_language(r);
	const char *lang = r->language.named
		? arena_printf(r->arena, "&lang=%s", language_tag(req_language(r)))
		: "";
	page_anchor(h, "button quiet",
		arena_printf(r->arena, "?page=%lld%s", (long long)page, lang),
		page_message(r, text));
}

/* "Tickets 51 to 100 of 240", with links to those before and after. */
static void pager(struct req *r, struct html *h, int64_t page, int64_t tickets)
{
	int64_t from = (page - 1) * TICKETS_PER_PAGE + 1,
		until = MIN(from + TICKETS_PER_PAGE - 1, tickets);
	if (tickets <= TICKETS_PER_PAGE)
		return;
	html_open(h, "nav");
	html_attr(h, "class", "actions");
	if (page > 1)
		page_link(r, h, page - 1, MSG_PREVIOUS_TICKETS);
	html_leaf(h, "span", NULL,
		message_text(r->arena, req_language(r), MSG_TICKETS_RANGE, "from",
			count_text(r->arena, from), "until", count_text(r->arena, until), "count",
			count_text(r->arena, tickets), NULL));
	if (until < tickets)
		page_link(r, h, page + 1, MSG_NEXT_TICKETS);
	html_close(h);
}

/* Moves the walk past the first `skip` tickets. */
static void skip_tickets(struct issued_walk *w, int64_t skip)
{
	const struct rows *items = &w->order->items;
	size_t i = 0;
	for (; i < items->n && skip >= rows_int(items, i, "quantity"); i++)
		skip -= rows_int(items, i, "quantity");
	if (i < items->n)
		issued_walk_seek(w, (uint32_t)i + 1, (uint32_t)skip + 1);
}

static void cards(struct req *r, struct html *h, const struct ticket_source *s, int64_t page)
{
	struct issued_walk w;
	struct issued_ticket t;
	issued_walk_begin(&w, &s->order, r->app->conf->ticket_key);
	skip_tickets(&w, (page - 1) * TICKETS_PER_PAGE);
	html_open(h, "div");
	html_attr(h, "class", "issued-list");
	for (int i = 0; i < TICKETS_PER_PAGE && issued_walk_next(&w, &t); i++)
		ticket_card_write(r, h, s, &t, true);
	html_close(h);
}

static enum err order_page(struct req *r)
{
	struct ticket_source s;
	struct html h;
	enum err err = ticket_source_by_token(r, r->args[0], &s);
	if (err)
		return err;
	int64_t tickets = tickets_of(&s.order), page = page_number(r, tickets);
	head(r, &h, &s);
	hero(r, &h, &s, true);
	html_open(&h, "main");
	html_leaf(&h, "p", "keep", page_message(r, MSG_KEEP_LINK));
	print_choice(r, &h);
	cards(r, &h, &s, page);
	pager(r, &h, page, tickets);
	html_close(&h);
	foot(r, &h, &s);
	return OK;
}

/* ---- a ticket ---- */

static enum err ticket_page(struct req *r)
{
	struct ticket_source s;
	struct html h;
	enum err err = ticket_source_by_code(r, r->args[0], &s);
	if (err)
		return err;
	head(r, &h, &s);
	hero(r, &h, &s, false);
	html_open(&h, "main");
	html_open(&h, "div");
	html_attr(&h, "class", "issued-list");
	ticket_card_write(r, &h, &s, &s.ticket, false);
	html_close(&h);
	html_close(&h);
	foot(r, &h, &s);
	return OK;
}

#define TICKET_ROUTE SCOPE_PUBLIC, ROUTE_READ | ROUTE_PAGE

static const struct route order_routes[] = {
	{METHOD_GET, "/{token}", TICKET_ROUTE, "page.order", order_page, NULL,
		.resolve_tenant = tenant_of_order_token,
		.doc = "Returns the HTML page of an order with its tickets. The token is the only "
		       "credential."},
	{0},
};
static const struct route ticket_routes[] = {
	{METHOD_GET, "/{code}", TICKET_ROUTE, "page.ticket", ticket_page, NULL,
		.resolve_tenant = tenant_of_ticket_code,
		.doc = "Returns the HTML page of an issued ticket."},
	{0},
};

const struct module order_page_module = {.routes = order_routes,
	.mount = MOUNT_ORDER,
	.error_page = ticket_page_error,
	.secret = true};
const struct module ticket_page_module = {.routes = ticket_routes,
	.mount = MOUNT_TICKET,
	.error_page = ticket_page_error,
	.secret = true};
