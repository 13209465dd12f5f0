/* ticket_name: the public route that changes the name on an issued ticket. */
#ifndef TG_PUBLIC_TICKET_NAME_H
#define TG_PUBLIC_TICKET_NAME_H

#include "common/api/module.h"

extern const struct module ticket_name_module;

#endif
