/* lost_tickets: the public route that mails the links of orders to the address that bought. */
#ifndef TG_PUBLIC_LOST_TICKETS_H
#define TG_PUBLIC_LOST_TICKETS_H

#include "common/api/module.h"

extern const struct module lost_tickets_module;

#endif
