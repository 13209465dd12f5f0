/* modules: what orders.fcgi is made of: orders to organizers. */
#include "fcgi/orders/modules.h"

#include "common/access/epoch.h"
#include "common/ticketing/issued_ticket_view.h"
#include "fcgi/orders/orders.h"
#include "fcgi/orders/ticket_walk.h"

static const struct module epochs = {.statements = epoch_reader_statements};
static const struct module issued_tickets = {.statements = issued_ticket_statements};

const struct module *const orders_modules[] = {
	&orders_module,
	&order_lists_module,
	&order_mail_module,
	&order_refunds_module,
	&issued_tickets,
	&issued_ticket_find_module,
	&issued_ticket_lists_module,
	&ticket_walk_module,
	&epochs,
	NULL,
};
