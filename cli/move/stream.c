/* stream: the form in which an organization travels: lines of JSON, counted and authenticated. */
#include "cli/move/stream.h"

#include "common/base/hex.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 65536
#define NUMBER 24 /* characters of an int64_t */

void stream_open(struct stream *s, FILE *file)
{
	*s = (struct stream){.file = file, .digest = digest_new()};
	buf_init(&s->line, STREAM_LINE_MAX);
	buf_init(&s->cell, STREAM_LINE_MAX);
}

void stream_close(struct stream *s)
{
	uint8_t unused[32];

	if (s->digest)
		digest_end(s->digest, unused);
	buf_free(&s->line);
	buf_free(&s->cell);
}

/* ---- writing ---- */

void stream_begin(struct stream *s)
{
	buf_clear(&s->line);
	write_start(&s->json, &s->line);
}

enum err stream_end(struct stream *s)
{
	buf_putc(&s->line, '\n');
	if (s->line.full || s->cell.full)
		return ERR_INTERNAL;
	if (s->digest)
		digest_add(s->digest, s->line.p, s->line.n);
	if (fwrite(s->line.p, 1, s->line.n, s->file) != s->line.n)
		return ERR_UNAVAILABLE;
	return OK;
}

static void put_hex(struct buf *out, const void *p, size_t n)
{
	buf_putc(out, 'b');
	char *room = buf_room(out, 2 * n);
	if (!room)
		return;
	hex_print(p, n, room);
	out->n += 2 * n;
}

void stream_cell(struct stream *s, const struct val *v)
{
	buf_clear(&s->cell);
	switch (v->type) {
	case VAL_BOOL:
	case VAL_INT:
		write_int(&s->json, NULL, v->i);
		return;
	case VAL_TEXT:
		buf_putc(&s->cell, 't');
		buf_put(&s->cell, v->s, v->n);
		break;
	case VAL_TIME:
		buf_printf(&s->cell, "d%" PRId64, v->i);
		break;
	case VAL_UUID:
		put_hex(&s->cell, v->id.b, sizeof v->id.b);
		break;
	case VAL_BYTES:
		put_hex(&s->cell, v->s, v->n);
		break;
	default:
		write_null(&s->json, NULL);
		return;
	}
	write_text_n(&s->json, NULL, s->cell.p, s->cell.n);
}

/* ---- reading ---- */

bool stream_next(struct stream *s)
{
	char chunk[CHUNK];

	buf_clear(&s->line);
	while (!s->line.full && fgets(chunk, sizeof chunk, s->file)) {
		size_t n = strlen(chunk); /* a NUL leaves a line that is no JSON */
		buf_put(&s->line, chunk, n);
		if (n > 0 && chunk[n - 1] == '\n') {
			s->line.p[--s->line.n] = '\0';
			return !s->line.full;
		}
	}
	return false;
}

void stream_count(struct stream *s)
{
	digest_add(s->digest, s->line.p, s->line.n);
	digest_add(s->digest, "\n", 1);
}

/* A string: its first letter says what it is. */
static bool read_marked(struct arena *a, const char *s, size_t n, struct val *out)
{
	char *end;

	switch (n > 0 ? s[0] : '\0') {
	case 't':
		*out = (struct val){.type = VAL_TEXT, .s = arena_dup(a, s + 1, n - 1), .n = n - 1};
		return true;
	case 'b': {
		char *bytes = arena_alloc(a, n / 2 + 1);
		*out = val_bytes(bytes, n / 2);
		return n % 2 == 1 && hex_parse(s + 1, n / 2, bytes);
	}
	case 'd':
		*out = val_time(strtoll(s + 1, &end, 10));
		return n > 1 && n < NUMBER && end == s + n;
	default:
		return false;
	}
}

static bool read_cell(struct arena *a, struct json_object *o, struct val *out)
{
	switch (json_object_get_type(o)) {
	case json_type_null:
		*out = val_null();
		return true;
	case json_type_int:
		*out = val_int(json_object_get_int64(o));
		return true;
	case json_type_string:
		return read_marked(
			a, json_object_get_string(o), (size_t)json_object_get_string_len(o), out);
	default:
		return false;
	}
}

bool stream_row(struct stream *s, struct arena *a, size_t n, struct val *out)
{
	char why[JSON_WHY];
	struct json_object *o = json_read(s->line.p, s->line.n, COLUMNS_MAX + 1, why);
	bool good =
		o && json_object_is_type(o, json_type_array) && json_object_array_length(o) == n;

	for (size_t i = 0; good && i < n; i++)
		good = read_cell(a, json_object_array_get_idx(o, i), &out[i]);
	json_object_put(o);
	return good;
}

/* ---- keys ---- */

static void keyed_hex(
	const struct config *conf, const char *about, const uint8_t hash[32], char out[65])
{
	uint8_t text[64] = {0}, mac[32];

	memcpy(text, about, strlen(about));
	memcpy(text + 32, hash, 32);
	hmac_sha256(conf->pepper, sizeof conf->pepper, text, sizeof text, mac);
	hex_print(mac, sizeof mac, out);
}

void stream_mac(struct stream *s, const struct config *conf, char out[STREAM_MAC + 1])
{
	uint8_t hash[32];

	digest_end(s->digest, hash);
	s->digest = NULL;
	keyed_hex(conf, "ticketgate organization stream", hash, out);
}

void key_fingerprint(const struct config *conf, char out[STREAM_MAC + 1])
{
	static const uint8_t nothing[32];

	keyed_hex(conf, "ticketgate key fingerprint", nothing, out);
}
