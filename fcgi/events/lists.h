/* lists: the filters, sort orders and statements of event lists. */
#ifndef TG_EVENTS_LISTS_H
#define TG_EVENTS_LISTS_H

#include "common/api/crud.h"

extern const struct field event_filters[]; /* query parameters */
extern const struct list_spec event_list;
extern const struct statement *const event_list_statements[]; /* ends with NULL */

#endif
