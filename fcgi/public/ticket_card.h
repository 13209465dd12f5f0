/* ticket_card: one issued ticket on a page: its QR code, or why there is none. */
#ifndef TG_PUBLIC_TICKET_CARD_H
#define TG_PUBLIC_TICKET_CARD_H

#include "common/text/html.h"
#include "fcgi/public/ticket_source.h"

/* Writes the ticket, with what it needs alone on a sheet of paper. `link`: with a link to its own
 * page. A ticket that is not valid has its state in the place of the QR code. */
void ticket_card_write(struct req *r, struct html *h, const struct ticket_source *s,
	const struct issued_ticket *t, bool link);

#endif
