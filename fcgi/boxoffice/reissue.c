/* reissue: issues a ticket again, under a new code. */
#include "fcgi/boxoffice/check_in.h"

#include "common/http/principal.h"
#include "common/ticketing/mail_queue.h"

static const struct statement reissue_ticket = {
	"ticket_reissue",
	"UPDATE issued_tickets"
	" SET generation = generation + 1, holder_name = NULL"
	" WHERE order_id = :orderId AND item_id = :itemId AND unit = :unit AND org_id = :org"
	" AND generation = :generation AND refunded_at IS NULL AND check_in_id IS NULL",
	SQL_WRITE,
};

static enum err check_reissue(struct req *r, const struct issued_ticket *t)
{
	if (t->status == ISSUED_REFUNDED)
		return fail(r, ERR_TICKET_REFUNDED, "Only a valid ticket can be issued again.",
			"The ticket was refunded.");
	if (t->status == ISSUED_CHECKED_IN)
		return fail(r, ERR_ALREADY_CHECKED_IN,
			"Undo the check-in first, if the ticket was checked in by mistake.",
			"The ticket is checked in.");
	if (t->generation >= ISSUED_GENERATIONS)
		return fail(r, ERR_CONFLICT, "Refund the ticket and sell another one.",
			"A ticket can be issued %d times.", ISSUED_GENERATIONS);
	return OK;
}

static enum err reissue(struct req *r)
{
	struct params p;
	struct rows done;
	struct found_ticket found;
	enum err err = issued_ticket_find_unit(r, r->args[0], r->args[1], &found);
	if (!err)
		err = check_reissue(r, &found.ticket);
	if (err)
		return err;
	r->audit.subject = found.order.id;
	r->audit.has_subject = true;
	req_params(r, &p, NULL);
	params_set(&p, "generation", val_int(found.ticket.generation));
	err = issued_ticket_touch(r, &found, &p);
	if (!err)
		err = req_sql(r, &reissue_ticket, &p, &done);
	if (!err && done.affected == 0)
		return ERR_RETRY;
	if (!err)
		err = mail_queue_order(r, MAIL_REISSUE, &found.order.id);
	if (!err)
		err = issued_order_read(
			r->db, r->arena, &r->who->org, &found.order.id, &found.order);
	if (err)
		return err;
	if (!issued_ticket_at(&found.order, r->app->conf->ticket_key, found.ticket.number,
		    found.ticket.unit, &found.ticket))
		return ERR_INTERNAL;
	issued_ticket_send(r, 200, &found, rows_int(&found.row, 0, "version") + 1);
	return OK;
}

static const struct route reissue_routes[] = {
	{METHOD_POST, "/orders/{idOrReference}/issued-tickets/{unit}/reissue", SCOPE_BOXOFFICE_SELL,
		ROUTE_TX, "ticket.reissue", reissue, &issued_ticket,
		.doc = "Issues a ticket again under a new code, for example because it was lost or "
		       "passed on. The old code is no longer admitted. The unit is that of the "
		       "code, such as 1.2."},
	{0},
};

const struct module reissue_module = {
	.routes = reissue_routes,
	.mount = MOUNT_BOX_OFFICE,
	.statements =
		(const struct statement *const[]){
			&reissue_ticket,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&issued_ticket,
			NULL,
		},
};
