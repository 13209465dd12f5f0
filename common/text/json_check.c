/* json_check: a strict JSON validator (RFC 8259). */
#include "common/text/json_check.h"

#include "common/base/hash.h"
#include "common/base/hex.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A key of an object that is still open. */
struct key {
	uint64_t hash; /* of the unescaped bytes */
	const char *s; /* between the quotes, as sent */
	size_t n;
};

#define KEYS_AT_HAND 64 /* keys kept without allocating memory */

/* The state of one run: a stack of open containers and the keys of all open objects. */
struct scan {
	const char *p;
	size_t n, i; /* length of the text; position */
	const char *what; /* the fault found at i */
	size_t left; /* values that may still come */
	size_t depth; /* open containers */
	char closer[JSON_DEPTH]; /* of each open container */
	size_t first[JSON_DEPTH]; /* index of its first key in keys */
	struct key *keys; /* at_hand, or malloc */
	size_t key_count, key_size; /* keys; keys allocated */
	struct key at_hand[KEYS_AT_HAND];
};

static bool json_check_fail(struct scan *s, size_t at, const char *what)
{
	s->what = what;
	s->i = at;
	return false;
}

static const char too_many[] = "too many values";

/* Counts one value or key. */
static bool count_value(struct scan *s)
{
	if (s->left == 0)
		return json_check_fail(s, s->i, too_many);
	s->left--;
	return true;
}

/* ---- strings ---- */

/* The value of four hexadecimal digits, or -1. */
static int hex4(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);
		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

/* Skips an escape sequence, or a pair of them that make a surrogate pair. */
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

/* The first position from i on that is not plain ASCII: a quote, backslash, control character or
 * byte above 7f. Tests eight bytes at a time; a subtraction borrows into the top bit of a byte that
 * is smaller (Hacker's Delight, section 6-1). */
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

/* Skips a string, from its opening quote to behind its closing quote. */
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

/* Iterates over the unescaped bytes of a string that scan_string() has validated. */
struct unescape {
	const char *p, *end;
	unsigned char more[3]; /* remaining bytes of an escaped character, in reverse */
	int left; /* number of bytes in more */
};

/* Decodes \uXXXX, or a surrogate pair, to UTF-8: returns the first byte and keeps the others. */
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

/* Compares keys by hash, then by their unescaped bytes. */
static int key_compare(const struct key *a, const struct key *b)
{
	struct unescape ua = {.p = a->s, .end = a->s + a->n}, ub = {.p = b->s, .end = b->s + b->n};
	int ca, cb;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	do {
		ca = unescape_next(&ua);
		cb = unescape_next(&ub);
	} while (ca == cb && ca >= 0);
	return ca - cb;
}

/* For qsort(3): equal keys are ordered by their position in the text. */
static int key_order(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;
	int order = key_compare(a, b);

	return order ? order : (a->s > b->s) - (a->s < b->s);
}

/* Checks the keys of an object at its end; fails at the first key that repeats an earlier one.
 * Small objects are compared pairwise, large ones sorted. */
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

/* Makes room for one more key. */
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

/* Records a key with its FNV-1a hash. Collisions do not make it slow: equal hashes are ordered by
 * their text. */
static bool remember_key(struct scan *s, size_t start, size_t n)
{
	struct unescape u = {.p = s->p + start, .end = s->p + start + n};
	uint64_t hash = HASH_START;

	if (!key_room(s))
		return false;
	for (int c; (c = unescape_next(&u)) >= 0;) {
		/* json-c would end the key there, and "name\u0000" would overwrite "name" */
		if (c == 0)
			return json_check_fail(s, start - 1, "\\u0000 in key");
		hash = hash_byte(hash, (unsigned char)c);
	}
	assert(s->key_count < s->key_size);
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

/* Scans a key and its colon, with white space before each. */
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
	if (!count_value(s) || !scan_string(s) || !remember_key(s, start, s->i - 1 - start))
		return false;
	skip_space(s);
	if (s->i == s->n)
		return json_check_fail(s, s->i, "unexpected end");
	if (s->p[s->i] != ':')
		return json_check_fail(s, s->i, "colon missing");
	s->i++;
	return true;
}

/* Ends the innermost container and drops its keys. */
static bool close_container(struct scan *s)
{
	size_t first, end = s->i + 1;

	assert(s->depth > 0);
	s->depth--;
	first = s->first[s->depth];
	if (!check_keys(s, s->keys + first, s->key_count - first))
		return false;
	s->key_count = first;
	s->i = end;
	return true;
}

/* Starts a container at a bracket or brace; *closed: it is empty and ends here. */
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

/* After a value: ends all containers that end here and skips the comma. *done: no container is
 * open. */
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
		if (!count_value(s))
			return false;
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
	return json_check_fail(s, s->i, "unexpected data after the value");
}

bool json_check(const char *p, size_t n, size_t values, struct json_fault *fault)
{
	struct scan s;
	bool ok;

	/* not at_hand: zeroing it would cost more than scanning a small body */
	memset(&s, 0, offsetof(struct scan, at_hand));
	s.p = p;
	s.n = n;
	s.left = values;
	s.keys = s.at_hand;
	s.key_size = KEYS_AT_HAND;
	ok = scan_document(&s);
	if (s.keys != s.at_hand)
		free(s.keys);
	if (!ok && fault)
		*fault = (struct json_fault){
			.what = s.what, .at = s.i, .too_many = s.what == too_many};
	return ok;
}
