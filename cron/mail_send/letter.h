/* letter: a message as its text, its HTML with pictures, and a calendar entry. */
#ifndef TG_MAIL_SEND_LETTER_H
#define TG_MAIL_SEND_LETTER_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/span.h"
#include "common/base/uuid.h"

#include <stdint.h>

struct letter {
	struct uuid id; /* makes the Message-ID and the boundaries: the same at each attempt */
	int64_t date; /* Unix ms */
	struct span from_name;
	const char *from, *to, *to_name, *subject;
	const char *language; /* BCP 47 */
	struct buf text, html; /* lines end with LF */
	struct buf calendar; /* iCalendar; empty: none */
	struct buf *pictures; /* PNG; cid:ticket-1 and so on in the HTML */
	size_t n_pictures;
};

/* Appends the message: multipart/mixed of multipart/alternative (text, and multipart/related of
 * HTML and pictures) and the calendar entry; parts that have one part only are that part. */
void letter_write(struct buf *out, struct arena *a, const struct letter *l);

#endif
