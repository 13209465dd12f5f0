/* qr: QR codes (ISO/IEC 18004), as the codes of tickets are shown. */
#include "common/ticketing/qr.h"

#include "common/text/html.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

bool qr_encode(struct arena *a, const char *text, struct qr *out)
{
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	if (!code && errno == ENOMEM)
		oom_check(NULL);
	if (!code)
		return false;
	size_t modules = (size_t)code->width * (size_t)code->width;
	uint8_t *dark = arena_alloc(a, modules);
	for (size_t i = 0; i < modules; i++)
		dark[i] = code->data[i] & 1;
	*out = (struct qr){.size = code->width, .dark = dark};
	QRcode_free(code);
	return true;
}

/* The dark modules of one row as rectangles, one for each run. */
static void row_path(struct buf *out, const uint8_t *row, int size, int y)
{
	for (int x = 0, n; x < size; x += n) {
		for (n = 1; x + n < size && row[x + n] == row[x]; n++)
			;
		if (row[x])
			buf_printf(out, "M%d %dh%dv1h-%dz", x + QR_QUIET, y + QR_QUIET, n, n);
	}
}

void qr_svg(struct buf *out, const struct qr *qr, const char *label)
{
	int side = qr->size + 2 * QR_QUIET;
	buf_printf(out,
		"<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
		"shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"",
		side, side);
	html_escape(out, label, strlen(label));
	buf_printf(out, "\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
		side, side);
	for (int y = 0; y < qr->size; y++)
		row_path(out, qr->dark + y * qr->size, qr->size, y);
	buf_puts(out, "\"/></svg>");
}
