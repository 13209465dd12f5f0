/* tickets: ticket types: what an event sells. */
#ifndef TG_TICKETS_TICKETS_H
#define TG_TICKETS_TICKETS_H

#include "common/api/server.h"

#define TICKETS_PER_EVENT 100

extern const struct field ticket_fields[];
/* takes every field with FIELD_CREATE, :id, :org, :eventId, :now */
extern const struct statement ticket_insert;
/* :eventId's, in their order, behind or before :id by :bias */
extern const struct statement ticket_renumber;
extern const struct resource ticket;
extern const struct module tickets_module;

/* Rules between the fields of one ticket type. `prefix` stands before the field names in problems
 * ("tickets.0."); `free`: the event is FREE. */
void ticket_rules(struct req *r, const struct params *ticket, const char *prefix, bool free_event);

#endif
