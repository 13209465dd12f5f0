/* tenant: finds the organization that a public request is about. */
#ifndef TG_PUBLIC_TENANT_H
#define TG_PUBLIC_TENANT_H

#include "common/api/module.h"
#include "common/access/anonymous.h"
#include "common/http/principal.h"

/* route.resolve_tenant of public routes. They set the principal's organization and checkout URL, or
 * leave it without an organization:
 * - tenant_of_slug: by the organization's slug in the path
 * - tenant_of_event: by the body's eventId; also counts a new hold, ERR_RATE above the limit
 * - tenant_of_hold: by the hold's id in the path
 * - tenant_of_order: by the body's holdId */
NODISCARD enum err tenant_of_slug(struct req *r, struct principal *visitor);
NODISCARD enum err tenant_of_event(struct req *r, struct principal *visitor);
NODISCARD enum err tenant_of_hold(struct req *r, struct principal *visitor);
NODISCARD enum err tenant_of_order(struct req *r, struct principal *visitor);

/* The same by a slug that is elsewhere in the request. */
NODISCARD enum err tenant_by_slug(struct req *r, const char *slug, struct principal *visitor);

/* A string of the body before the body is validated; NULL: there is none. Errors are ignored here:
 * gate_input reports them later with all others. */
struct json_object *body_string(struct req *r, const char *name);

/* The absolute URL of a path (formatted) of the suite, with public_url and base_path, in the arena.
 * Without a configured public_url it is a path. */
char *absolute_url(const struct req *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with the language that the query of this page names. */
char *page_url(struct req *r, const char *url);
/* For what visitors read without a cookie: shared caches may keep it for two seconds, and answer
 * with it for ten more while they ask again (RFC 9111 section 5.2.2.10, RFC 5861 section 3);
 * browsers ask each time. The rate limit headers in a cached response are those of the visitor who
 * filled it. */
void public_cache_control(struct req *r);
/* The same for HTML pages, which are in the visitor's language; also where the query names it,
 * because caches may ignore the query (conf/apache-fcgid.conf.in makes it Accept-Language). */
void page_cache_control(struct req *r);

extern const struct module tenant_module; /* the statements */

#endif
