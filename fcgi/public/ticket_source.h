/* ticket_source: the order, tickets and event that the address of a ticket page names. */
#ifndef TG_PUBLIC_TICKET_SOURCE_H
#define TG_PUBLIC_TICKET_SOURCE_H

#include "common/api/module.h"
#include "common/http/principal.h"
#include "common/ticketing/issued_ticket_view.h"

/* route.resolve_tenant: the organization of the order whose token, or of the ticket whose code, is
 * the path's argument; none when there is none. */
NODISCARD enum err tenant_of_order_token(struct req *r, struct principal *visitor);
NODISCARD enum err tenant_of_ticket_code(struct req *r, struct principal *visitor);

/* The same by a code that is elsewhere in the request. */
NODISCARD enum err ticket_code_tenant(struct req *r, const char *text, struct principal *visitor);

/* Finds the ticket as issued_ticket_find() does. ERR_NOT_FOUND when there is none, or no
 * organization; ERR_RATE when the address has tried many. */
NODISCARD enum err ticket_source_find(
	struct req *r, const char *code, bool lock, struct found_ticket *out);

/* What the pages show, in the request's arena. */
struct ticket_source {
	/* One row: buyer, slug, name, eventStatus, startsAt, endsAt, timezone, organization.name,
	 * organization.slug, EVENT_VENUE. */
	struct rows event;
	struct issued_order order;
	struct issued_ticket ticket; /* the code's; its newest generation */
	bool reissued; /* the code is of an older one */
	bool names; /* holders may change the names on tickets */
	const char *zone; /* IANA time zone in which times are shown */
};

/* Read what the token or code names. ERR_NOT_FOUND when it is unknown: unknown ones are limited by
 * address, ERR_RATE above. */
NODISCARD enum err ticket_source_by_token(
	struct req *r, const char *token, struct ticket_source *out);
NODISCARD enum err ticket_source_by_code(
	struct req *r, const char *code, struct ticket_source *out);

extern const struct module ticket_source_module; /* the statements */

#endif
