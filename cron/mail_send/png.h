/* png: a QR code as a picture (ISO/IEC 15948), for mail programs, which do not show SVG. */
#ifndef TG_MAIL_SEND_PNG_H
#define TG_MAIL_SEND_PNG_H

#include "common/base/buf.h"
#include "common/ticketing/qr.h"

int qr_png_side(const struct qr *qr); /* pixels */
/* Appends the picture: dark on white with the quiet zone, one bit per pixel. */
void qr_png(struct buf *out, struct arena *a, const struct qr *qr);

#endif
