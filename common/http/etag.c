/* etag: entity tags and the conditional requests that use them (RFC 9110 sections 8.8.3 and 13). */
#include "common/http/etag.h"

#include "common/crypto/digest.h"
#include "common/http/response.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Whether `tag` is in a list of entity tags (RFC 9110 section 8.8.3), or the list is "*". Weak
 * comparison ignores W/. With a nonzero `prefix` only that many bytes of each tag are compared. */
static bool tag_listed(const char *list, const char *tag, size_t prefix, bool weak)
{
	const char *s = list;
	while (*(s += strspn(s, ", \t"))) {
		bool is_weak = strncmp(s, "W/", 2) == 0;
		const char *open = is_weak ? s + 2 : s;
		if (*open == '*')
			return true;
		if (*open != '"')
			return false;
		const char *close = strchr(open + 1, '"');
		if (!close)
			return false;
		size_t n = (size_t)(close - open) + 1;
		if ((weak || !is_weak) && n >= prefix &&
			(prefix ? strncmp(open, tag, prefix) == 0
				: strlen(tag) == n && memcmp(open, tag, n) == 0))
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

void etag_not_modified(struct req *r)
{
	const char *known = req_header(r, "HTTP_IF_NONE_MATCH", NULL),
		   *tag = response_find_header(r, "ETag");
	if (!known || !tag || r->response.status != 200 || r->http.method != METHOD_GET ||
		r->response.begun)
		return;
	if (tag_listed(
		    known, arena_printf(r->arena, "%.*s", (int)strcspn(tag, "\r"), tag), 0, true)) {
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
	if (tag_listed(wanted, tag, (size_t)n, false))
		return OK;
	return ERR_PRECONDITION;
}
