/* ticket_card: one issued ticket on a page: its QR code, or why there is none. */
#include "fcgi/public/ticket_card.h"

#include "common/messages/formats.h"
#include "common/ticketing/qr.h"
#include "fcgi/public/page_elements.h"
#include "fcgi/public/tenant.h"

/* What is shown in the place of the QR code of a ticket that is not valid. */
static void state_box(struct html *h, const char *state, const char *why)
{
	html_open(h, "div");
	html_attr(h, "class", "state");
	html_leaf(h, "strong", NULL, state);
	html_leaf(h, "p", NULL, why);
	html_close(h);
}

static const char *checked_in_text(
	struct req *r, const struct ticket_source *s, const struct issued_ticket *t)
{
	enum language l = req_language(r);
	char *when = day_text(r->arena, l, s->zone, t->checked_in_at);
	if (!t->gate || !*t->gate)
		return message_text(r->arena, l, MSG_STATE_CHECKED_IN_AT, "when", when, NULL);
	return message_text(
		r->arena, l, MSG_STATE_CHECKED_IN_GATE, "when", when, "gate", t->gate, NULL);
}

static void qr_code(struct req *r, struct html *h, const char *code)
{
	struct qr qr;
	if (!qr_encode(r->arena, code, &qr)) { /* a code is short, so it always fits */
		h->out->full = true;
		return;
	}
	html_text(h, ""); /* ends the start tag */
	qr_svg(h->out, &qr,
		message_text(r->arena, req_language(r), MSG_QR_CODE_OF, "code", code, NULL));
}

static void qr_or_state(
	struct req *r, struct html *h, const struct ticket_source *s, const struct issued_ticket *t)
{
	html_open(h, "div");
	html_attr(h, "class", "admits");
	if (s->reissued)
		state_box(h, page_message(r, MSG_STATE_REISSUED),
			page_message(r, MSG_STATE_REISSUED_WHY));
	else if (t->status == ISSUED_REFUNDED)
		state_box(h, page_message(r, MSG_STATE_REFUNDED),
			page_message(r, MSG_STATE_REFUNDED_WHY));
	else if (t->status == ISSUED_CHECKED_IN)
		state_box(h, page_message(r, MSG_STATE_CHECKED_IN), checked_in_text(r, s, t));
	else
		qr_code(r, h, t->code);
	html_close(h);
}

/* What the page's header says, for a ticket that is printed. */
static void event_lines(struct req *r, struct html *h, const struct ticket_source *s)
{
	const struct rows *e = &s->event;
	const char *place = venue_text(r->arena, e, 0);
	html_open(h, "div");
	html_attr(h, "class", "printed");
	page_own_words(h, "p", "event", rows_text(e, 0, "name"));
	html_leaf(h, "p", NULL,
		span_text(r->arena, req_language(r), s->zone, rows_int(e, 0, "startsAt"),
			rows_get(e, 0, "endsAt")));
	if (place)
		page_own_words(h, "p", NULL, place);
	page_own_words(h, "p", NULL, rows_text(e, 0, "organization.name"));
	html_close(h);
}

void ticket_card_write(struct req *r, struct html *h, const struct ticket_source *s,
	const struct issued_ticket *t, bool link)
{
	bool valid = !s->reissued && t->status == ISSUED_VALID;
	const char *code = s->reissued ? r->args[0] : t->code;
	html_open(h, "article");
	html_attr(h, "class", "issued");
	if (valid && s->names && !link) { /* on its own page tickets.js adds a form */
		html_attr(h, "data-code", code);
		html_attr(h, "data-api",
			arena_printf(r->arena, "%s%s", r->app->conf->base_path, MOUNT_PUBLIC));
	}
	html_attr(h, "data-state", s->reissued ? "REISSUED" : issued_statuses[t->status]);
	qr_or_state(r, h, s, t);
	html_open(h, "div");
	html_attr(h, "class", "words");
	event_lines(r, h, s);
	page_own_words(h, "h2", NULL, t->name);
	html_open(h, "dl");
	html_attr(h, "class", "facts");
	if (!s->reissued) {
		page_begin_fact(h, page_message(r, MSG_NAME));
		page_own_words(h, "span", "holder",
			t->holder ? t->holder : rows_text(&s->event, 0, "buyer"));
		page_end_fact(h);
	}
	page_begin_fact(h, page_message(r, MSG_TICKET_CODE));
	html_leaf(h, "code", NULL, code);
	page_end_fact(h);
	html_close(h);
	if (valid)
		html_leaf(h, "p", "hint", page_message(r, MSG_SHOW_AT_ENTRANCE));
	if (link) {
		html_open(h, "p");
		html_attr(h, "class", "alone");
		page_anchor(h, NULL, page_url(r, absolute_url(r, "%s/%s", MOUNT_TICKET, t->code)),
			page_message(r, MSG_OPEN_TICKET));
		html_close(h);
	}
	html_close(h);
	html_close(h);
}
