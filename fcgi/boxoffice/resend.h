/* resend: the route that sends an order's mail again. */
#ifndef TG_BOXOFFICE_RESEND_H
#define TG_BOXOFFICE_RESEND_H

#include "common/api/module.h"

extern const struct module resend_module;

#endif
