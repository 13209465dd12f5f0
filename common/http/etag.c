/* etag: entity tags and the conditional requests that use them (RFC 9110 sections 8.8.3 and 13). */
#include "common/http/etag.h"

#include "common/crypto/digest.h"
#include "common/http/response.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What a listed tag must begin with, its opening quote included. */
struct stem {
	const char *text;
	size_t n;
	bool whole; /* nothing may follow but what a proxy appends; otherwise anything may */
};

/* Whether a listed tag, of `n` bytes without its closing quote, begins with the stem. A proxy that
 * compresses appends the coding to the tag: "x-gzip" or "x-br" (Apache's DeflateAlterETag). */
static bool tag_matches(const char *tag, size_t n, const struct stem *stem)
{
	if (n < stem->n || memcmp(tag, stem->text, stem->n) != 0)
		return false;
	const char *rest = tag + stem->n;
	return !stem->whole || n == stem->n ||
		(*rest == '-' && strspn(rest, "-abcdefghijklmnopqrstuvwxyz") == n - stem->n);
}

/* Whether a tag that begins with the stem is in a list of entity tags (RFC 9110 section 8.8.3), or
 * the list is "*". W/ is ignored, also where RFC 9110 asks for the strong comparison: a proxy that
 * compresses weakens the tags of responses, and its clients could change nothing otherwise. */
static bool tag_listed(const char *list, const struct stem *stem)
{
	const char *s = list;
	while (*(s += strspn(s, ", \t"))) {
		const char *open = strncmp(s, "W/", 2) == 0 ? s + 2 : s;
		if (*open == '*')
			return true;
		if (*open != '"')
			return false;
		const char *close = strchr(open + 1, '"');
		if (!close)
			return false;
		if (tag_matches(open, (size_t)(close - open), stem))
			return true;
		s = close + 1;
	}
	return false;
}

void etag_add(struct req *r, int64_t version)
{
	uint8_t hash[32];
	char text[48], tag[64];
	/* 12 bytes of the hash are enough to detect a change */
	sha256(text_or(r->response.body->p, ""), r->response.body->n, hash);
	text[b64url_print(hash, 12, text)] = 0;
	snprintf(tag, sizeof tag, "\"v%" PRId64 ".%s\"", version, text);
	response_header(r, "ETag", "%s", tag);
}

void etag_append(struct req *r, const char *coding)
{
	struct buf *head = r->response.head;
	const char *tag = response_find_header(r, "ETag");
	if (!tag)
		return;
	size_t at = (size_t)(tag - head->p) + strcspn(tag, "\r") - 1; /* the closing quote */
	size_t n = head->n;
	const char *was = arena_dup(r->arena, head->p, n);
	buf_clear(head);
	buf_printf(head, "%.*s%s%s", (int)at, was, coding, was + at);
}

/* The bytes of the response's tag, its opening quote included, that a listed tag must begin with:
 * without the closing quote and the coding. A web server may have taken the coding off. */
static size_t stem_of(const char *tag)
{
	size_t n = strcspn(tag, "\r") - 1, coding = strlen(ETAG_GZIP);
	if (n > coding && memcmp(tag + n - coding, ETAG_GZIP, coding) == 0)
		return n - coding;
	return n;
}

void etag_not_modified(struct req *r)
{
	const char *known = req_header(r, "HTTP_IF_NONE_MATCH", NULL),
		   *tag = response_find_header(r, "ETag");
	if (!known || !tag || r->response.status != 200 || r->http.method != METHOD_GET ||
		r->response.begun)
		return;
	const struct stem stem = {tag, stem_of(tag), true};
	if (tag_listed(known, &stem)) {
		r->response.status = 304;
		buf_clear(r->response.body);
	}
}

enum err etag_check_if_match(struct req *r, int64_t version)
{
	char tag[32];
	const char *wanted;
	enum err err = req_single(r, "HTTP_IF_MATCH", "If-Match", &wanted);
	if (err || !wanted)
		return err;
	int n = snprintf(tag, sizeof tag, "\"v%" PRId64 ".", version);
	const struct stem stem = {tag, (size_t)n, false};
	if (tag_listed(wanted, &stem))
		return OK;
	return ERR_PRECONDITION;
}
