/* ticket_name: the public route that changes the name on an issued ticket. */
#include "fcgi/public/ticket_name.h"

#include "common/access/anonymous.h"
#include "common/access/rate_limit.h"
#include "common/http/etag.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/ticketing/issued_ticket_view.h"
#include "fcgi/public/event.h"
#include "fcgi/public/tenant.h"
#include "fcgi/public/ticket_source.h"

#include <string.h>

static const struct field name_change[] = {
	{"code", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED | FIELD_OUT, 1, ISSUED_CODE_MAX,
		.doc = "Code of the ticket, which is the only credential."},
	{"name", FIELD_TEXT, FIELD_CREATE | FIELD_REQUIRED | FIELD_OUT, 1, 200,
		.doc = "Full name of the person who will use the ticket."},
	{0},
};
static const struct resource ticket_name = {
	.title = "Ticket name", .name = "publicTicketName", .fields = name_change};

static const struct statement name_rules = {
	"ticket_name_rules",
	"SELECT g.ticket_names AS allowed, e.date_time AS startsAt, e.end_date_time AS endsAt"
	" FROM events e"
	" JOIN organizations g ON g.id = e.org_id"
	" WHERE e.id = :eventId AND e.org_id = :org",
	SQL_READ,
};
static const struct statement name_update = {
	"ticket_name_update",
	"UPDATE issued_tickets"
	" SET holder_name = :name"
	" WHERE order_id = :orderId AND item_id = :itemId AND unit = :unit AND org_id = :org"
	" AND generation = :generation AND refunded_at IS NULL AND check_in_id IS NULL",
	SQL_WRITE,
};

/* By the body's code, before the body is validated; an address can try a limited number. The code,
 * which is secret, scopes the Idempotency-Key. */
static enum err tenant_of_name_change(struct req *r, struct principal *visitor)
{
	enum err err = rate_limit_anonymous(
		r, "ticket name", r->app->conf->public_holds, "changes of names");
	if (err)
		return err;
	struct json_object *code = body_string(r, "code");
	if (!code)
		return OK;
	const char *text = json_object_get_string(code);
	visitor->id = anonymous_id(r, text, strlen(text), true);
	return ticket_code_tenant(r, text, visitor);
}

static enum err check_rules(struct req *r, const struct found_ticket *found)
{
	struct params p;
	struct rows rules;
	req_params(r, &p, NULL);
	params_set(&p, "eventId", rows_get(&found->row, 0, "eventId"));
	enum err err = req_sql(r, &name_rules, &p, &rules);
	if (err)
		return err;
	if (rules.n == 0 || !rows_int(&rules, 0, "allowed"))
		return fail(r, ERR_CONFLICT, "Ask the organizer to change it.",
			"The organizer does not let holders change the names on tickets.");
	if (public_event_ends_at(&rules) <= r->now)
		return fail(r, ERR_CONFLICT, NULL, "The event has ended.");
	return OK;
}

static enum err check_ticket(struct req *r, const struct found_ticket *found)
{
	if (found->reissued)
		return fail(r, ERR_CONFLICT, "Use the code that was issued last.",
			"The ticket was issued again under another code.");
	if (found->ticket.status == ISSUED_REFUNDED)
		return fail(r, ERR_CONFLICT, NULL, "The ticket was refunded.");
	if (found->ticket.status == ISSUED_CHECKED_IN)
		return fail(r, ERR_CONFLICT, NULL, "The ticket is checked in.");
	return OK;
}

static void answer_name(struct req *r, const struct found_ticket *found)
{
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_text(j, "code", found->ticket.code);
	write_text(j, "name", params_text(&r->input, "name"));
	write_end_object(j);
	response_end(r);
	etag_add(r, rows_int(&found->row, 0, "version") + 1); /* issued_ticket_touch() counts */
}

static enum err change_name(struct req *r)
{
	struct params p;
	struct rows done;
	struct found_ticket found;
	enum err err = ticket_source_find(r, params_text(&r->input, "code"), true, &found);
	if (!err)
		err = check_ticket(r, &found);
	if (!err)
		err = check_rules(r, &found);
	if (err)
		return err;
	req_event(r, rows_get(&found.row, 0, "eventId").id);
	r->audit.subject = found.order.id;
	r->audit.has_subject = true;
	req_params(r, &p, NULL);
	params_set(&p, "generation", val_int(found.ticket.generation));
	params_set(&p, "name", params_get(&r->input, "name"));
	err = issued_ticket_touch(r, &found, &p);
	if (!err)
		err = req_sql(r, &name_update, &p, &done);
	if (!err && done.affected == 0)
		return ERR_RETRY;
	if (!err)
		answer_name(r, &found);
	return err;
}

static const struct route ticket_name_routes[] = {
	{METHOD_POST, "/ticket-names", SCOPE_PUBLIC, ROUTE_TX, "public.ticket.rename", change_name,
		&ticket_name, .resolve_tenant = tenant_of_name_change, .body = name_change,
		.body_mode = FIELD_CREATE,
		.doc = "Changes the name on a valid ticket, if the organizer lets holders do so. "
		       "The code is in the body, because paths are logged."},
	{0},
};

const struct module ticket_name_module = {
	.routes = ticket_name_routes,
	.mount = MOUNT_PUBLIC,
	.statements =
		(const struct statement *const[]){
			&name_rules,
			&name_update,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&ticket_name,
			NULL,
		},
};
