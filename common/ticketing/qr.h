/* qr: QR codes (ISO/IEC 18004), as the codes of tickets are shown. */
#ifndef TG_TICKETING_QR_H
#define TG_TICKETING_QR_H

#include "common/base/arena.h"
#include "common/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define QR_QUIET 4 /* modules of the quiet zone on each side (ISO/IEC 18004, section 5.3.8) */

struct qr {
	int size; /* modules of one side, without the quiet zone */
	const uint8_t *dark; /* size * size, row by row; 1: dark */
};

/* Encodes a text at error correction level M, in the smallest version that has room, in the arena.
 * Capital letters and digits take the least room. False when the text is empty or longer than a
 * code can hold. */
bool qr_encode(struct arena *a, const char *text, struct qr *out);

/* Appends the code as an <svg> with its quiet zone, dark on white whatever the colours around it,
 * a module being one unit of the viewBox. `label` is what it is called for those who do not see it,
 * and escaped here. */
void qr_svg(struct buf *out, const struct qr *qr, const char *label);

#endif
