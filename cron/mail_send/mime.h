/* mime: writes the header fields and parts of a message (RFC 5322, 2045 to 2047, 2387, 2392). */
#ifndef TG_MAIL_SEND_MIME_H
#define TG_MAIL_SEND_MIME_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/span.h"

#include <stdint.h>

/* All lines end with CR LF and have at most 78 characters, unless an address is longer; everything
 * is ASCII but for addresses that are not (RFC 6532). Texts of fields may contain anything: control
 * characters and line separators become spaces. */

/* A field with a text: as it is, or as encoded words. */
void mime_text_field(struct buf *out, struct arena *a, const char *name, const char *text);
/* A field with one mailbox; an empty name is left out. The address is checked by the caller. */
void mime_mailbox_field(struct buf *out, struct arena *a, const char *name, struct span display,
	const char *address);
void mime_date_field(struct buf *out, int64_t ms);

/* Bodies. */
void mime_quoted_printable(struct buf *out, const char *p, size_t n); /* LF are line ends */
void mime_base64(struct buf *out, const void *p, size_t n); /* in lines, with a line end */

#endif
