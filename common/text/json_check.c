/* json_check: is this text JSON exactly as RFC 8259 says? */
#include "common/text/json_check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One key of an object that is still open. */
struct key {
	uint64_t hash; /* of the unescaped bytes */
	const char *s; /* between the quotes, as sent */
	size_t n;
};

#define KEYS_AT_HAND 64

struct scan {
	const char *p;
	size_t n, i;
	const char *what; /* the fault, which is at i */
	size_t depth;
	char closer[JSON_DEPTH]; /* of each open container */
	size_t first[JSON_DEPTH]; /* where its keys begin in keys */
	struct key *keys;
	size_t key_count, key_size;
	struct key at_hand[KEYS_AT_HAND];
};

static bool json_check_fail(struct scan *s, size_t at, const char *what)
{
	s->what = what;
	s->i = at;
	return false;
}

/* ---- strings ---- */

static int hex4(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int digit = c >= '0' && c <= '9' ? c - '0'
			: c >= 'a' && c <= 'f'   ? c - 'a' + 10
			: c >= 'A' && c <= 'F'   ? c - 'A' + 10
						 : -1;

		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

/* At a backslash: past the whole escape, a surrogate pair included. */
static bool scan_escape(struct scan *s)
{
	const char *p = s->p + s->i;
	size_t left = s->n - s->i;
	int v;

	if (left < 2)
		return json_check_fail(s, s->n, "unterminated string");
	if (p[1] != 'u') {
		if (!memchr("\"\\/bfnrt", p[1], 8))
			return json_check_fail(s, s->i, "unknown escape in string");
		s->i += 2;
		return true;
	}
	if (left < 6 || (v = hex4(p + 2)) < 0)
		return json_check_fail(s, s->i, "\\u without four hex digits in string");
	if (v >= 0xd800 && v <= 0xdfff) {
		if (v >= 0xdc00 || left < 12 || p[6] != '\\' || p[7] != 'u' ||
			(hex4(p + 8) & ~0x3ff) != 0xdc00)
			return json_check_fail(s, s->i, "lone surrogate in string");
		s->i += 6;
	}
	s->i += 6;
	return true;
}

/* Eight bytes at a time past what needs no look: not a quote, backslash, control character or byte
 * above 7f. */
static size_t plain_run(const char *p, size_t i, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;

	for (; n - i >= 8; i += 8) {
		uint64_t w, quote, slash;

		memcpy(&w, p + i, 8);
		quote = w ^ ones * '"';
		slash = w ^ ones * '\\';
		if ((w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) & tops)
			break;
	}
	while (i < n && (unsigned char)p[i] >= 0x20 && (unsigned char)p[i] < 0x80 && p[i] != '"' &&
		p[i] != '\\')
		i++;
	return i;
}

/* At the opening quote: past the closing one. */
static bool scan_string(struct scan *s)
{
	s->i++;
	for (;;) {
		size_t length;
		unsigned char c;

		s->i = plain_run(s->p, s->i, s->n);
		if (s->i == s->n)
			return json_check_fail(s, s->n, "unterminated string");
		c = (unsigned char)s->p[s->i];
		if (c == '"') {
			s->i++;
			return true;
		}
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
			continue;
		}
		if (c < 0x20)
			return json_check_fail(s, s->i, "raw control character in string");
		length = utf8_length((const unsigned char *)s->p + s->i, s->n - s->i);
		if (length == 0)
			return json_check_fail(s, s->i, "invalid UTF-8 in string");
		s->i += length;
	}
}

/* ---- keys ---- */

/* Walks a scanned string byte by byte as it reads unescaped. */
struct unescape {
	const char *p, *end;
	unsigned char more[3]; /* the rest of an escaped character */
	int left;
};

static int unescape_u(struct unescape *u)
{
	unsigned c = (unsigned)hex4(u->p + 2);

	u->p += 6;
	if (c < 0x80)
		return (int)c;
	if (c < 0x800) {
		u->more[0] = (unsigned char)(0x80 | (c & 0x3f));
		u->left = 1;
		return (int)(0xc0 | c >> 6);
	}
	u->left = 2;
	if (c >= 0xd800 && c <= 0xdfff) {
		c = 0x10000 + ((c & 0x3ff) << 10) + ((unsigned)hex4(u->p + 2) & 0x3ff);
		u->p += 6;
		u->more[2] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
		u->left = 3;
	}
	u->more[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	u->more[0] = (unsigned char)(0x80 | (c & 0x3f));
	return (int)(u->left == 3 ? 0xf0 | c >> 18 : 0xe0 | c >> 12);
}

/* The next byte, -1 at the end. */
static int unescape_next(struct unescape *u)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *known;

	if (u->left > 0)
		return u->more[--u->left];
	if (u->p == u->end)
		return -1;
	if (*u->p != '\\')
		return (unsigned char)*u->p++;
	if (u->p[1] == 'u')
		return unescape_u(u);
	u->p += 2;
	known = strchr(from, u->p[-1]);
	if (known)
		return to[known - from];
	return u->p[-1];
}

static int key_compare(const struct key *a, const struct key *b)
{
	struct unescape ua = {.p = a->s, .end = a->s + a->n}, ub = {.p = b->s, .end = b->s + b->n};
	int ca, cb;

	if (a->hash != b->hash) {
		if (a->hash < b->hash)
			return -1;
		return 1;
	}
	do {
		ca = unescape_next(&ua);
		cb = unescape_next(&ub);
	} while (ca == cb && ca >= 0);
	return ca - cb;
}

/* For qsort(3): equal keys stay in the order of the text. */
static int key_order(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;
	int order = key_compare(a, b);

	if (order)
		return order;
	if (a->s < b->s)
		return -1;
	return a->s > b->s;
}

/* The keys of the object that ends here: fails at the first one that stood there before. */
static bool check_keys(struct scan *s, struct key *keys, size_t count)
{
	const char *twice = NULL;

	if (count <= 12) {
		for (size_t i = 1; i < count; i++)
			for (size_t j = 0; j < i; j++)
				if (keys[i].hash == keys[j].hash &&
					key_compare(&keys[i], &keys[j]) == 0)
					return json_check_fail(
						s, (size_t)(keys[i].s - s->p) - 1, "duplicate key");
		return true;
	}
	qsort(keys, count, sizeof *keys, key_order);
	for (size_t i = 1; i < count; i++)
		if (key_compare(&keys[i - 1], &keys[i]) == 0 && (!twice || keys[i].s < twice))
			twice = keys[i].s;
	if (twice)
		return json_check_fail(s, (size_t)(twice - s->p) - 1, "duplicate key");
	return true;
}

static bool key_room(struct scan *s)
{
	size_t size = s->key_size * 4;
	struct key *more;

	if (s->key_count < s->key_size)
		return true;
	more = realloc(s->keys == s->at_hand ? NULL : s->keys, size * sizeof *more);
	if (!more)
		return json_check_fail(s, s->i, "out of memory");
	if (s->keys == s->at_hand)
		memcpy(more, s->at_hand, sizeof s->at_hand);
	s->keys = more;
	s->key_size = size;
	return true;
}

/* FNV-1a. Keys made to collide cost nothing extra: equal hashes are ordered by their text. */
static bool remember_key(struct scan *s, size_t start, size_t n)
{
	struct unescape u = {.p = s->p + start, .end = s->p + start + n};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	if (!key_room(s))
		return false;
	for (int c; (c = unescape_next(&u)) >= 0;) {
		/* json-c ends a key there: "name\u0000" would then overwrite "name". */
		if (c == 0)
			return json_check_fail(s, start - 1, "\\u0000 in key");
		hash = (hash ^ (unsigned char)c) * UINT64_C(0x100000001b3);
	}
	s->keys[s->key_count++] = (struct key){.hash = hash, .s = s->p + start, .n = n};
	return true;
}

/* ---- the rest of the grammar ---- */

static void skip_space(struct scan *s)
{
	while (s->i < s->n &&
		(s->p[s->i] == ' ' || s->p[s->i] == '\n' || s->p[s->i] == '\r' ||
			s->p[s->i] == '\t'))
		s->i++;
}

static bool scan_digits(struct scan *s)
{
	size_t start = s->i;

	while (s->i < s->n && s->p[s->i] >= '0' && s->p[s->i] <= '9')
		s->i++;
	if (s->i > start)
		return true;
	return json_check_fail(s, s->i, s->i == s->n ? "unexpected end" : "malformed number");
}

static bool scan_number(struct scan *s)
{
	size_t start;

	if (s->p[s->i] == '-')
		s->i++;
	start = s->i;
	if (!scan_digits(s))
		return false;
	if (s->p[start] == '0' && s->i > start + 1)
		return json_check_fail(s, start, "leading zero in number");
	if (s->i < s->n && s->p[s->i] == '.') {
		s->i++;
		if (!scan_digits(s))
			return false;
	}
	if (s->i < s->n && (s->p[s->i] == 'e' || s->p[s->i] == 'E')) {
		s->i++;
		if (s->i < s->n && (s->p[s->i] == '+' || s->p[s->i] == '-'))
			s->i++;
		return scan_digits(s);
	}
	return true;
}

static bool scan_word(struct scan *s, const char *word, size_t n)
{
	if (s->n - s->i < n || memcmp(s->p + s->i, word, n) != 0)
		return json_check_fail(s, s->i, "not a JSON value");
	s->i += n;
	return true;
}

static bool scan_scalar(struct scan *s)
{
	switch (s->p[s->i]) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true", 4);
	case 'f':
		return scan_word(s, "false", 5);
	case 'n':
		return scan_word(s, "null", 4);
	case '\'':
		return json_check_fail(s, s->i, "single quotes");
	case '/':
		return json_check_fail(s, s->i, "comment");
	case ']':
	case '}':
	case ',':
		return json_check_fail(s, s->i, "value missing");
	default:
		if (s->p[s->i] == '-' || (s->p[s->i] >= '0' && s->p[s->i] <= '9'))
			return scan_number(s);
		return json_check_fail(s, s->i, "not a JSON value");
	}
}

/* A key and its colon, white space before each. */
static bool scan_key(struct scan *s)
{
	size_t start;

	skip_space(s);
	if (s->i == s->n)
		return json_check_fail(s, s->i, "unexpected end");
	if (s->p[s->i] != '"')
		return json_check_fail(
			s, s->i, s->p[s->i] == '\'' ? "single quotes" : "key missing");
	start = s->i + 1;
	if (!scan_string(s) || !remember_key(s, start, s->i - 1 - start))
		return false;
	skip_space(s);
	if (s->i == s->n)
		return json_check_fail(s, s->i, "unexpected end");
	if (s->p[s->i] != ':')
		return json_check_fail(s, s->i, "colon missing");
	s->i++;
	return true;
}

static bool close_container(struct scan *s)
{
	size_t first, end = s->i + 1;

	s->depth--;
	first = s->first[s->depth];
	if (!check_keys(s, s->keys + first, s->key_count - first))
		return false;
	s->key_count = first;
	s->i = end;
	return true;
}

/* At a bracket or brace. *closed: it was empty, and is done with. */
static bool open_container(struct scan *s, bool *closed)
{
	char closer = s->p[s->i] == '{' ? '}' : ']';

	if (s->depth == JSON_DEPTH)
		return json_check_fail(s, s->i, "nested too deeply");
	s->closer[s->depth] = closer;
	s->first[s->depth++] = s->key_count;
	s->i++;
	skip_space(s);
	*closed = s->i < s->n && s->p[s->i] == closer;
	if (*closed)
		return close_container(s);
	if (closer == '}')
		return scan_key(s);
	return true;
}

/* After a value: closes what ends here and passes the comma. *done: nothing is open any more. */
static bool after_value(struct scan *s, bool *done)
{
	while (s->depth > 0) {
		char closer = s->closer[s->depth - 1];

		skip_space(s);
		if (s->i == s->n)
			return json_check_fail(s, s->i, "unexpected end");
		if (s->p[s->i] == ',') {
			s->i++;
			if (closer == '}')
				return scan_key(s);
			return true;
		}
		if (s->p[s->i] != closer)
			return json_check_fail(s, s->i,
				closer == '}' ? "comma or } missing" : "comma or ] missing");
		if (!close_container(s))
			return false;
	}
	*done = true;
	return true;
}

static bool scan_document(struct scan *s)
{
	bool done = false;

	if (s->n >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
		return json_check_fail(s, 0, "byte order mark");
	while (!done) {
		bool whole = true;

		skip_space(s);
		if (s->i == s->n)
			return json_check_fail(s, s->i, s->depth ? "unexpected end" : "no value");
		if (s->p[s->i] == '{' || s->p[s->i] == '[') {
			if (!open_container(s, &whole))
				return false;
		} else if (!scan_scalar(s)) {
			return false;
		}
		if (whole && !after_value(s, &done))
			return false;
	}
	skip_space(s);
	if (s->i == s->n)
		return true;
	return json_check_fail(s, s->i, "something after the value");
}

bool json_check(const char *p, size_t n, struct json_fault *fault)
{
	struct scan s;
	bool ok;

	/* Not the whole struct: zeroing the keys at hand would cost more than reading a small body.
	 */
	memset(&s, 0, offsetof(struct scan, at_hand));
	s.p = p;
	s.n = n;
	s.keys = s.at_hand;
	s.key_size = KEYS_AT_HAND;
	ok = scan_document(&s);
	if (s.keys != s.at_hand)
		free(s.keys);
	if (!ok && fault)
		*fault = (struct json_fault){.what = s.what, .at = s.i};
	return ok;
}
