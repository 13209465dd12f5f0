/* checkout: the public routes that create holds and free orders. */
#ifndef TG_PUBLIC_CHECKOUT_H
#define TG_PUBLIC_CHECKOUT_H

#include "common/api/module.h"

extern const struct module public_checkout_module;

/* The organization's checkout URL with hold=<id> added to its query, before a fragment; in the
 * arena. */
char *checkout_url(struct arena *a, const char *checkout, const struct uuid *id);

#endif
