/* page_error: the error page of the public pages. */
#ifndef TG_PUBLIC_PAGE_ERROR_H
#define TG_PUBLIC_PAGE_ERROR_H

#include "common/api/module.h"

/* module.error_page: writes an error page with the request id in the footer. 400 (a malformed path)
 * is shown as 404. */
void page_error(struct req *r, int status);
/* The same for the pages of orders and tickets. */
void ticket_page_error(struct req *r, int status);

#endif
