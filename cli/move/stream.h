/* stream: the form in which an organization travels: lines of JSON, counted and authenticated.
 *
 *   {"ticketgate": "organization", "version": 1, ...}   who, when, migrations, the keys'
 * fingerprint
 *   {"table": "orders", "columns": ["id", ...]}         then one line for each of its rows:
 *   ["b019a...", 1500, null, "tSold", "d1764438109123"]
 *   {"rows": 12345, "mac": "..."}                       of all the lines before
 *
 * A cell is null, an integer, or a string whose first letter says what follows: t text (DECIMAL,
 * ENUM and SET as well), b bytes in hexadecimal, d Unix milliseconds of a DATETIME. */
#ifndef TG_CLI_MOVE_STREAM_H
#define TG_CLI_MOVE_STREAM_H

#include "cli/move/tables.h"
#include "common/crypto/digest.h"

#include <stdio.h>

#define STREAM_KIND "organization"
#define STREAM_VERSION 1
#define STREAM_LINE_MAX ((size_t)64 << 20) /* bytes */
#define STREAM_MAC 64 /* hexadecimal digits */

struct stream {
	FILE *file;
	struct digest *digest; /* of all lines so far */
	struct buf line; /* the current one; when read, without its newline */
	struct buf cell;
	struct json json; /* writes into `line` */
	int64_t rows; /* lines that are rows */
};
void stream_open(struct stream *s, FILE *file);
void stream_close(struct stream *s);

/* ---- writing ---- */
/* Begins a line, to be written with s->json. */
void stream_begin(struct stream *s);
/* Ends it. ERR_INTERNAL: it is too long; ERR_UNAVAILABLE: it cannot be written, see errno. */
NODISCARD enum err stream_end(struct stream *s);
void stream_cell(struct stream *s, const struct val *v);

/* ---- reading ---- */
/* Reads the next line into s->line; false at the end, for a line that is too long or not ended. */
bool stream_next(struct stream *s);
/* The line belongs to what the MAC is about. */
void stream_count(struct stream *s);
/* Reads the cells of a row, with `n` columns, into the arena; false when it is not such a row. */
bool stream_row(struct stream *s, struct arena *a, size_t n, struct val *out);

/* The MAC of all lines, in hexadecimal; ends the digest. */
void stream_mac(struct stream *s, const struct config *conf, char out[STREAM_MAC + 1]);
/* Tells key files apart without telling anything about the keys. */
void key_fingerprint(const struct config *conf, char out[STREAM_MAC + 1]);

#endif
