/* ticket_page: the HTML pages of an order with its tickets, and of one ticket. */
#ifndef TG_PUBLIC_TICKET_PAGE_H
#define TG_PUBLIC_TICKET_PAGE_H

#include "common/api/module.h"

extern const struct module order_page_module, ticket_page_module;

#endif
