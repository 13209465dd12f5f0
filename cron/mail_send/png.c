/* png: a QR code as a picture (ISO/IEC 15948), for mail programs, which do not show SVG. */
#include "cron/mail_send/png.h"

#include <string.h>
#include <zlib.h>

#define MODULE 6 /* pixels of the side of a module */

static void put_length(uint8_t out[4], uint32_t n)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(n >> (24 - 8 * i));
}

static void chunk(struct buf *out, const char type[4], const uint8_t *p, size_t n)
{
	uint8_t number[4];
	uLong sum = crc32(crc32(0, Z_NULL, 0), (const Bytef *)type, 4);

	put_length(number, (uint32_t)n);
	buf_put(out, number, 4);
	buf_put(out, type, 4);
	if (n > 0) {
		buf_put(out, p, n);
		sum = crc32(sum, p, (uInt)n);
	}
	put_length(number, (uint32_t)sum);
	buf_put(out, number, 4);
}

/* Whether the pixel is dark. */
static bool is_dark(const struct qr *qr, int x, int y)
{
	x = x / MODULE - QR_QUIET;
	y = y / MODULE - QR_QUIET;
	return x >= 0 && y >= 0 && x < qr->size && y < qr->size && qr->dark[y * qr->size + x];
}

/* One row: its filter, which is none, and a bit per pixel, 1 being white. */
static void draw_row(const struct qr *qr, int y, int width, uint8_t *row)
{
	for (int x = 0; x < width; x++)
		if (!is_dark(qr, x, y))
			row[1 + x / 8] |= (uint8_t)(0x80 >> x % 8);
}

int qr_png_side(const struct qr *qr)
{
	return (qr->size + 2 * QR_QUIET) * MODULE;
}

void qr_png(struct buf *out, struct arena *a, const struct qr *qr)
{
	int width = qr_png_side(qr);
	size_t row = 1 + ((size_t)width + 7) / 8, n = row * (size_t)width;
	uint8_t *rows = arena_alloc(a, n), head[13] = {[8] = 1};
	uLongf packed_n = compressBound(n);
	uint8_t *packed = arena_alloc(a, packed_n);

	memset(rows, 0, n);
	for (int y = 0; y < width; y++)
		draw_row(qr, y, width, rows + row * (size_t)y);
	if (compress2(packed, &packed_n, rows, n, Z_BEST_COMPRESSION) != Z_OK)
		out->full = true;
	put_length(head, (uint32_t)width);
	put_length(head + 4, (uint32_t)width);
	buf_put(out, "\x89PNG\r\n\x1a\n", 8);
	chunk(out, "IHDR", head, sizeof head); /* 1 bit of gray */
	chunk(out, "IDAT", packed, packed_n);
	chunk(out, "IEND", NULL, 0);
}
