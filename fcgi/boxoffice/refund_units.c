/* refund_units: which tickets of an order a refund takes. */
#include "fcgi/boxoffice/refund_units.h"

#include "common/http/principal.h"

#include <assert.h>
#include <string.h>

const struct field refund_ticket_fields[] = {
	{"code", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED, 1, 300, .doc = "Code of a ticket."},
	{0},
};

static const struct statement refund_unit = {
	"refund_unit",
	"INSERT INTO issued_tickets (order_id, item_id, unit, org_id, event_id, ticket_id,"
	" refunded_at, changed_at)"
	" VALUES (:id, :itemId, :unit, :org, :eventId, :ticketId, :now, :now)"
	" ON DUPLICATE KEY UPDATE refunded_at = :now, changed_at = :now",
	SQL_WRITE,
};

/* The rows of an item whose units are all refunded. */
static const struct statement refund_all_units = {
	"refund_all_units",
	"UPDATE issued_tickets"
	" SET refunded_at = :now, changed_at = :now"
	" WHERE order_id = :id AND item_id = :itemId AND org_id = :org AND refunded_at IS NULL",
	SQL_WRITE,
};

/* The ticket that the code names, if it can be refunded. Adds a problem otherwise. */
static bool find_named(
	struct req *r, struct refund_units *u, size_t k, struct issued_ticket *ticket)
{
	const uint8_t *key = r->app->conf->ticket_key;
	const char *code = params_text(&u->named.items[k], "code"),
		   *field = arena_printf(r->arena, "tickets.%zu.code", k);
	struct issued_code parsed;
	bool known = code && issued_code_parse(code, strlen(code), &parsed) &&
		strcmp(parsed.reference, u->order.reference) == 0 &&
		issued_ticket_by_code(&u->order, key, &parsed, ticket) != 0;
	if (!known)
		problem_add(&r->problems, field, "%s must be the code of a ticket of this order",
			field);
	else if (ticket->status == ISSUED_REFUNDED)
		problem_add(&r->problems, field, "%s is refunded already", field);
	return known && ticket->status != ISSUED_REFUNDED;
}

enum err refund_units_read(struct req *r, const struct uuid *order, const char *reference,
	struct val named, struct refund_units *out)
{
	*out = (struct refund_units){.named = named, .order.reference = reference};
	enum err err = issued_order_read(r->db, r->arena, &r->who->org, order, &out->order);
	if (err || named.type != VAL_LIST)
		return err;
	if (named.count == 0)
		problem_add(&r->problems, "tickets", "tickets should not be empty");
	out->tickets = arena_array(r->arena, named.count ? named.count : 1, sizeof *out->tickets);
	for (size_t k = 0; k < named.count; k++) {
		struct issued_ticket *t = &out->tickets[k];
		if (!find_named(r, out, k, t))
			continue;
		for (size_t i = 0; i < k; i++)
			if (strcmp(out->tickets[i].code, t->code) == 0)
				problem_add(&r->problems,
					arena_printf(r->arena, "tickets.%zu.code", k),
					"tickets.%zu.code must not be named twice", k);
	}
	return r->problems.n ? ERR_VALIDATION : OK;
}

int64_t refund_units_named(const struct refund_units *u, const struct uuid *item)
{
	int64_t n = 0;
	for (size_t k = 0; k < u->named.count; k++)
		n += uuid_equal(&u->tickets[k].item_id, item);
	return n;
}

static enum err write_unit(
	struct req *r, const struct refund_part *part, uint32_t unit, const struct params *given)
{
	struct params p;
	req_params(r, &p, given);
	params_set(&p, "itemId", val_uuid(part->item));
	params_set(&p, "ticketId", val_uuid(part->ticket));
	params_set(&p, "unit", val_int(unit));
	return req_defer(r, &refund_unit, &p);
}

/* The units of an item that are not refunded, in ascending order; returns how many. */
struct unit_list {
	uint32_t *free, *inside; /* issued; checked in */
	size_t n_free, n_inside;
};

/* Keeps the last `keep` ones of each kind, which are the highest. */
static void list_units(
	struct req *r, const struct refund_units *u, const struct uuid *item, struct unit_list *l)
{
	struct issued_walk w;
	struct issued_ticket t;
	*l = (struct unit_list){
		.free = arena_array(r->arena, REFUND_UNITS_MAX, sizeof *l->free),
		.inside = arena_array(r->arena, REFUND_UNITS_MAX, sizeof *l->inside),
	};
	issued_walk_begin(&w, &u->order, r->app->conf->ticket_key);
	while (issued_walk_next(&w, &t)) {
		if (!uuid_equal(&t.item_id, item))
			continue;
		if (t.status == ISSUED_VALID)
			l->free[l->n_free++ % REFUND_UNITS_MAX] = t.unit;
		else if (t.status == ISSUED_CHECKED_IN)
			l->inside[l->n_inside++ % REFUND_UNITS_MAX] = t.unit;
	}
}

/* Takes the highest units that are not checked in, then the highest of the others. */
static enum err write_highest(struct req *r, const struct refund_units *u,
	const struct refund_part *part, const struct params *p)
{
	struct unit_list l;
	enum err err = OK;
	list_units(r, u, &part->item, &l);
	for (int64_t i = 0; i < part->quantity && !err; i++) {
		bool inside = l.n_free == 0;
		assert(l.n_free || l.n_inside);
		const uint32_t *from = inside ? l.inside : l.free;
		size_t *left = inside ? &l.n_inside : &l.n_free;
		err = write_unit(r, part, from[--*left % REFUND_UNITS_MAX], p);
	}
	return err;
}

enum err refund_units_write(struct req *r, const struct refund_units *u,
	const struct refund_part *part, const struct params *p)
{
	enum err err = OK;
	if (part->whole) {
		struct params all;
		req_params(r, &all, p);
		params_set(&all, "itemId", val_uuid(part->item));
		err = write_unit(r, part, 1, p);
		return err ? err : req_defer(r, &refund_all_units, &all);
	}
	assert(part->quantity <= REFUND_UNITS_MAX);
	if (u->named.type != VAL_LIST)
		return write_highest(r, u, part, p);
	for (size_t k = 0; k < u->named.count && !err; k++)
		if (uuid_equal(&u->tickets[k].item_id, &part->item))
			err = write_unit(r, part, u->tickets[k].unit, p);
	return err;
}

const struct module refund_units_module = {.statements = (const struct statement *const[]){
						   &refund_unit,
						   &refund_all_units,
						   NULL,
					   }};
