/* tenant: whose event, hold or page a visitor asks about. */
#ifndef TG_PUBLIC_TENANT_H
#define TG_PUBLIC_TENANT_H

#include "common/api/module.h"
#include "common/access/anonymous.h"
#include "common/http/principal.h"

/* For routes, as their `whose`. By the slug that the path begins with; by the body's eventId or
 * holdId; by the id in the path. */
NODISCARD enum err tenant_of_slug(struct req *r, struct principal *visitor);
NODISCARD enum err tenant_of_event(
	struct req *r, struct principal *visitor); /* counts a new hold */
NODISCARD enum err tenant_of_hold(struct req *r, struct principal *visitor);
NODISCARD enum err tenant_of_order(struct req *r, struct principal *visitor);

/* Where something is that belongs to the suite: public_url and base_path stand before it. */
char *absolute_url(const struct req *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

extern const struct module tenant_module; /* its statements */

#endif
