/* visitor_limit: limits what one address takes of an event. */
#ifndef TG_FCGI_PUBLIC_VISITOR_LIMIT_H
#define TG_FCGI_PUBLIC_VISITOR_LIMIT_H

#include "common/access/anonymous.h"
#include "common/api/module.h"
#include "common/http/principal.h"

/* Finds the organization of a published event for a new hold of the visitor, as tenant_of_event()
 * does, and in the same statement reads what visitor_limit_check() needs. */
NODISCARD enum err visitor_limit_read(struct req *r, struct uuid event, struct principal *visitor);
/* Checks the event and items of r->input, a new hold: ERR_RATE with Retry-After when the address,
 * or its site, would hold more tickets of the event at once than it may, tickets that it ordered
 * for nothing within a day included; ERR_CONFLICT when the event has ended. The box office may sell
 * then, at the door. An unknown event is left to hold_create. Requests of one node that run at the
 * same moment count each other's tickets; those of several nodes do not. */
NODISCARD enum err visitor_limit_check(struct req *r);

extern const struct module visitor_limit_module; /* the statements */

#endif
