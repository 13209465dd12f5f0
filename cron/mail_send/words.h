/* words: the text and the HTML of messages, in the recipient's language. */
#ifndef TG_MAIL_SEND_WORDS_H
#define TG_MAIL_SEND_WORDS_H

#include "common/messages/messages.h"
#include "common/ticketing/issued_ticket.h"
#include "cron/mail_send/letter.h"
#include "cron/mail_send/mail.h"

#define TICKETS_SHOWN 50 /* with their QR codes in one message; the link shows all */

/* What a message is about. */
struct about {
	const char *kind; /* of the message */
	struct arena *arena;
	const uint8_t *key; /* config.ticket_key */
	enum language language;
	struct rows row; /* of the order and its event, or of the organization */
	struct issued_order order;
	const char *url; /* of the order's page, or the user's; NULL: there is none */
	size_t valid; /* tickets that are not refunded; set by words_order() */
};

/* Set subject, text, HTML, pictures and the recipient's name. */
void words_order(struct about *about, struct letter *l);
void words_user(struct about *about, struct letter *l);

#endif
