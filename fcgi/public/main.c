/* main: public.fcgi, which serves event pages and public checkout without a key. */
#include "common/api/server.h"
#include "fcgi/public/event_page.h"
#include "common/ticketing/hold.h"
#include "common/ticketing/expired_holds.h"
#include "common/ticketing/joint_sale.h"
#include "common/ticketing/outbox.h"
#include "common/ticketing/checkout.h"
#include "fcgi/public/checkout.h"
#include "fcgi/public/event.h"
#include "fcgi/public/organizer.h"
#include "fcgi/public/tenant.h"
#include "fcgi/public/visitor_limit.h"

int main(int argc, char **argv)
{
	static const struct module lapsed = {.statements = expired_holds_statements};
	static const struct module *const modules[] = {
		&organizer_module, /* before the event's: calendar.ics is no event */
		&event_page_module,
		&public_event_module,
		&public_checkout_module,
		&tenant_module,
		&visitor_limit_module,
		&hold_statements_module,
		&checkout_statements_module,
		&expired_holds_module,
		&lapsed,
		&inventory_module,
		&joint_sale_module,
		&availability_module,
		&outbox_module,
		NULL,
	};
	return server_main(argc, argv, "public", modules);
}
