/* modules: what public.fcgi is made of: event pages and public checkout without a key. */
#include "fcgi/public/modules.h"

#include "common/ticketing/checkout.h"
#include "common/ticketing/expired_holds.h"
#include "common/ticketing/hold.h"
#include "common/ticketing/issued_ticket_view.h"
#include "common/ticketing/joint_sale.h"
#include "common/ticketing/mail_queue.h"
#include "common/ticketing/outbox.h"
#include "fcgi/public/checkout.h"
#include "fcgi/public/event.h"
#include "fcgi/public/event_page.h"
#include "fcgi/public/lost_tickets.h"
#include "fcgi/public/organizer.h"
#include "fcgi/public/tenant.h"
#include "fcgi/public/ticket_name.h"
#include "fcgi/public/ticket_page.h"
#include "fcgi/public/ticket_source.h"
#include "fcgi/public/visitor_limit.h"

static const struct module issued_tickets = {.statements = issued_ticket_statements};
static const struct module lapsed = {.statements = expired_holds_statements};

const struct module *const public_modules[] = {
	&organizer_module, /* before the event's: calendar.ics is no event */
	&event_page_module,
	&public_event_module,
	&public_checkout_module,
	&order_page_module,
	&ticket_page_module,
	&ticket_source_module,
	&ticket_name_module,
	&lost_tickets_module,
	&mail_order_module,
	&issued_ticket_find_module,
	&issued_ticket_lock_module,
	&issued_tickets,
	&tenant_module,
	&visitor_limit_module,
	&hold_statements_module,
	&checkout_statements_module,
	&expired_holds_module,
	&lapsed,
	&inventory_module,
	&joint_sale_module,
	&availability_module,
	&mail_queue_module,
	&outbox_module,
	NULL,
};
