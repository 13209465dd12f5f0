/* joint_sale: sells to several buyers in one transaction (common/api/joint.h). */
#ifndef TG_TICKETING_JOINT_SALE_H
#define TG_TICKETING_JOINT_SALE_H

#include "common/api/joint.h"
#include "common/ticketing/availability.h"

/* For the routes that create and release holds, and create orders. Each reads a hold, named by
 * holdId of the body or by the path, or the ticket types named by the items of the body. */
extern const struct joint joint_sale;
extern const struct module joint_sale_module; /* the statements */

/* For a request of a shared transaction, in place of a statement of its own. ERR_RETRY: the request
 * cannot be shared.
 * A locked hold; each is given out once. */
NODISCARD enum err joint_sale_hold(struct req *r, struct uuid id, struct rows *row);
/* The items of a hold that was given out. */
void joint_sale_hold_items(const struct req *r, struct uuid id, struct rows *items);
/* The offers of the items, less what was sold to members before. */
NODISCARD enum err joint_sale_offers(
	struct req *r, struct uuid event_id, const struct line_items *items, struct rows *offers);
/* Tickets of the items, or with `event` (may be NULL) its places, are missing: these offers are
 * closed for the members behind this one, so that the last tickets go in order of arrival. Returns
 * ERR_RETRY. */
NODISCARD enum err joint_sale_short(
	struct req *r, const struct line_items *items, const struct uuid *event);

#endif
