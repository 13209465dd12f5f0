/* modules: what boxoffice.fcgi is made of: holds, orders and refunds of the box office. */
#include "fcgi/boxoffice/modules.h"

#include "common/ticketing/checkout.h"
#include "common/ticketing/expired_holds.h"
#include "common/ticketing/joint_sale.h"
#include "common/ticketing/mail_queue.h"
#include "common/ticketing/outbox.h"
#include "fcgi/boxoffice/check_in.h"
#include "fcgi/boxoffice/holds.h"
#include "fcgi/boxoffice/orders.h"
#include "fcgi/boxoffice/refund_units.h"
#include "fcgi/boxoffice/refunds.h"
#include "fcgi/boxoffice/resend.h"

static const struct module issued_tickets = {.statements = issued_ticket_statements};

const struct module *const boxoffice_modules[] = {
	&holds_module,
	&hold_statements_module,
	&box_office_orders_module,
	&checkout_statements_module,
	&refunds_module,
	&refund_units_module,
	&issued_tickets,
	&issued_ticket_find_module,
	&issued_ticket_lock_module,
	&issued_ticket_touch_module,
	&check_in_module,
	&check_ins_module,
	&reissue_module,
	&admission_module,
	&resend_module,
	&expired_holds_module,
	&inventory_module,
	&joint_sale_module,
	&availability_module,
	&mail_order_module,
	&mail_queue_module,
	&outbox_module,
	NULL,
};
