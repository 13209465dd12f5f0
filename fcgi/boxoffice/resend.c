/* resend: the route that sends an order's mail again. */
#include "fcgi/boxoffice/resend.h"

#include "common/http/response.h"
#include "common/ticketing/mail_queue.h"
#include "common/ticketing/order.h"

/* Two requests at once see each other's message. */
static const struct statement resend_lock = {
	"resend_order_lock",
	"SELECT id, event_id AS eventId"
	" FROM orders"
	" WHERE id = :id AND org_id = :org"
	" FOR UPDATE",
	SQL_READ,
};

static enum err resend(struct req *r)
{
	struct params p;
	struct rows row;
	struct uuid id;
	int64_t wait;
	enum err err = crud_resolve(r, &order, r->args[0], &id);
	if (err)
		return err;
	r->audit.subject = id;
	r->audit.has_subject = true;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(id));
	err = req_sql(r, &resend_lock, &p, &row);
	if (!err && row.n == 0)
		return resource_not_found(r, &order, r->args[0]);
	if (!err && !mail_is_on(r))
		return fail(r, ERR_CONFLICT,
			"Set mail_url and mail_from in the server's configuration.",
			"This server sends no mail.");
	if (!err)
		err = mail_admit(r, &id, &wait);
	if (!err && wait > 0) {
		r->failure.retry_after = wait;
		return fail(r, ERR_RATE, "Retry after the number of seconds in Retry-After.",
			"The order was mailed %d times within an hour.", MAIL_ORDER_HOURLY);
	}
	if (!err)
		err = mail_queue_order(r, MAIL_ORDER, &id);
	if (err)
		return err;
	req_event(r, rows_get(&row, 0, "eventId").id);
	return crud_send_one(r, &order, &p, r->args[0], 200);
}

static const struct route resend_routes[] = {
	{METHOD_POST, "/orders/{id}/resend", SCOPE_BOXOFFICE_SELL, ROUTE_TX, "sale.resend", resend,
		&order,
		.doc = "Sends the mail with an order's tickets to its buyer again. An order is "
		       "mailed "
		       "at most five times within an hour, its sale included."},
	{0},
};

const struct module resend_module = {
	.routes = resend_routes,
	.mount = MOUNT_BOX_OFFICE,
	.statements =
		(const struct statement *const[]){
			&resend_lock,
			NULL,
		},
};
