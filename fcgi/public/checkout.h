/* checkout: visitors of an event's page take tickets: a hold, and the order it becomes when
 * nothing is to be paid. */
#ifndef TG_PUBLIC_CHECKOUT_H
#define TG_PUBLIC_CHECKOUT_H

#include "common/api/module.h"

extern const struct module public_checkout_module;

/* A checkout's URL for a hold: the id joins its query, what stands behind # stays last. In the
 * arena. */
char *checkout_url(struct arena *a, const char *checkout, const struct uuid *id);

#endif
