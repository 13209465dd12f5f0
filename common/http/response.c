/* response: builds the response and writes it to the connection. */
#include "common/http/response.h"

#include "common/base/clock.h"
#include "common/http/cors.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

/* The text before the data of a success response. */
#define ENVELOPE "{\"data\":"

struct json *response_begin(struct req *r, int status)
{
	assert(!r->response.begun && r->response.body->n == 0);
	r->response.status = status;
	buf_puts(r->response.body, ENVELOPE);
	write_start(&r->response.json, r->response.body);
	return &r->response.json;
}

void response_end(struct req *r)
{
	assert(r->response.status); /* response_begin was called */
	buf_putc(r->response.body, '}');
}

const char *response_data(const struct req *r, size_t *n)
{
	const size_t before = sizeof ENVELOPE - 1;
	assert(r->response.body->n > before + 1 &&
		memcmp(r->response.body->p, ENVELOPE, before) == 0);
	*n = r->response.body->n - before - 1; /* the closing brace */
	return r->response.body->p + before;
}

void response_header(struct req *r, const char *name, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *value = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	for (const char *s = value; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return;
	buf_printf(r->response.head, "%s: %s\r\n", name, value);
}

const char *response_find_header(const struct req *r, const char *name)
{
	size_t n = strlen(name);
	const struct buf *h = r->response.head;
	for (const char *s = h->p, *end = h->p ? h->p + h->n : NULL; s && s < end;
		s = strchr(s, '\n') + 1)
		if (strncasecmp(s, name, n) == 0 && s[n] == ':')
			return s + n + strlen(": ");
	return NULL;
}

void response_reset(struct req *r)
{
	buf_clear(r->response.head);
	buf_clear(r->response.body);
	r->response.status = 0;
	r->response.replayed = false;
	r->failure = (struct failure){0};
	r->problems.n = r->problems.more = 0;
	r->audit.has_subject = false;
	r->before_commit = NULL;
}

static void write_details(struct json *j, const struct problems *p)
{
	write_array(j, "details");
	for (size_t i = 0; i < p->n; i++) {
		write_object(j, NULL);
		write_text(j, "field", p->list[i].field);
		write_text(j, "message", p->list[i].message);
		write_end_object(j);
	}
	if (p->more) {
		char text[80];
		snprintf(text, sizeof text, "%zu more problems are not listed", p->more);
		write_object(j, NULL);
		write_text(j, "field", "");
		write_text(j, "message", text);
		write_end_object(j);
	}
	write_end_array(j);
}

static void write_error(struct req *r, const struct err_row *row)
{
	const struct failure *f = &r->failure;
	struct json *j = &r->response.json;
	write_start(j, r->response.body);
	write_object(j, NULL);
	write_object(j, "error");
	write_text(j, "code", row->code);
	write_text(j, "message", text_or(f->message, row->message));
	write_text(j, "hint", text_or(f->hint, row->hint));
	write_details(j, &r->problems);
	write_end_object(j);
	/* must be last: a replay overwrites it in place (common/access/idempotency.c) */
	write_text(j, "requestId", r->id);
	write_end_object(j);
}

/* The function that writes HTML error pages for this request's mount point; NULL: errors are
 * JSON. */
static void (*for_people(const struct req *r))(struct req *r, int status)
{
	for (const struct route_table *t = r->app->tables; r->http.mount_seen && t && t->routes;
		t++)
		if (t->error_page && strcmp(t->mount, r->http.mount_seen) == 0)
			return t->error_page;
	return NULL;
}

void response_error(struct req *r, enum err err)
{
	const struct err_row *row = err_row(err);
	const struct failure *f = &r->failure;
	buf_clear(r->response.head);
	buf_clear(r->response.body);
	r->response.status = row->status;
	if (for_people(r))
		for_people(r)(r, row->status);
	else
		write_error(r, row);
	if (row->status == 401)
		response_header(
			r, "WWW-Authenticate", "ApiKey realm=\"ticketgate\", header=\"api-key\"");
	if (row->status == 503 || f->retry_after)
		response_header(r, "Retry-After", "%" PRId64, MAX(f->retry_after, 1));
	if (row->status == 405) {
		char allow[64];
		method_list_print(r->allowed, allow);
		response_header(r, "Allow", "%s", allow);
	}
}

/* The reason phrase (RFC 9110 section 15). */
static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
		{200, "OK"},
		{201, "Created"},
		{204, "No Content"},
		{301, "Moved Permanently"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{409, "Conflict"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{422, "Unprocessable Content"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
	};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Status";
}

/* Writes the rate limit headers of every response: the three of the contract and the two of
 * draft-ietf-httpapi-ratelimit-headers. A request that ended before the rate limit gate shows the
 * full limit of an address. */
static void rate_headers(struct req *r, struct buf *out)
{
	struct quota q = r->rate.quota;
	const char *name = r->rate.name;
	if (!name) {
		name = "address";
		q.limit = q.remaining = r->app->conf ? r->app->conf->auth_failures : 60;
	}
	int64_t full = (q.full_ns + 999999999) / 1000000000; /* seconds, rounded up */
	buf_printf(out,
		"X-RateLimit-Limit: %" PRId64 "\r\nX-RateLimit-Remaining: %" PRId64
		"\r\nX-RateLimit-Reset: %" PRId64 "\r\n",
		q.limit, q.remaining, (r->now + 999) / 1000 + full);
	buf_printf(out,
		"RateLimit-Policy: \"%s\";q=%" PRId64 ";w=60\r\nRateLimit: \"%s\";r=%" PRId64
		";t=%" PRId64 "\r\n",
		name, q.limit, name, q.remaining, full);
}

void response_ignored_fields(const struct req *r, struct buf *out)
{
	if (!r->ignored.n)
		return;
	buf_puts(out, "Ignored-Fields: ");
	size_t begin = out->n, shown = 0;
	for (size_t i = 0; i < r->ignored.n && out->n - begin < 1000; i++) {
		if (i)
			buf_puts(out, ", ");
		for (const char *s = r->ignored.list[i]; *s && out->n - begin < 1000; s++)
			buf_putc(out, *s > 0x20 && *s < 0x7f && *s != ',' ? *s : '?');
		shown = i + 1;
	}
	if (r->ignored.n + r->ignored.more > shown)
		buf_printf(out, ", ... (%zu more)", r->ignored.n + r->ignored.more - shown);
	buf_puts(out, "\r\n");
}

static void put_status(struct req *r, struct buf *out)
{
	buf_clear(out);
	buf_printf(out, "Status: %d %s\r\n", r->response.status, reason(r->response.status));
}

static void put_head(struct req *r, struct buf *out)
{
	buf_printf(out, "X-Request-Id: %s\r\nX-Content-Type-Options: nosniff\r\n", r->id);
	if (!response_find_header(r, "Cache-Control"))
		buf_puts(out, "Cache-Control: no-store\r\n");
	rate_headers(r, out);
	response_ignored_fields(r, out);
	cors_headers(r, out);
	buf_put(out, text_or(r->response.head->p, ""), r->response.head->n);
	buf_puts(out, "\r\n");
}

bool response_stream_begin(struct req *r, const char *type)
{
	struct buf *out = &r->room->out;
	assert(!r->response.begun);
	r->response.status = 200;
	r->response.begun = true;
	put_status(r, out);
	buf_printf(out, "Content-Type: %s\r\n", type);
	put_head(r, out);
	return r->conn->write(r->conn, out->p, out->n) == 0;
}

bool response_stream_write(struct req *r, const void *p, size_t n)
{
	assert(r->response.begun);
	r->response.sent += n;
	return n == 0 || r->conn->write(r->conn, p, n) == 0;
}

void response_stream_abort(struct req *r)
{
	if (r->conn->abandon)
		r->conn->abandon(r->conn);
}

bool response_send(struct req *r)
{
	struct buf *out = &r->room->out;
	bool bare = r->response.status == 204 || r->response.status == 304; /* have no body */
	if (r->response.begun)
		return true;
	assert(r->response.status >= 200 && r->response.status < 600);
	if (r->response.body->full || r->response.head->full) {
		r->problems.n = 0;
		r->failure = (struct failure){.message = "The response is too large.",
			.hint = "Request fewer rows with a smaller take."};
		response_error(r, ERR_INTERNAL);
	}
	put_status(r, out);
	if (!bare && !response_find_header(r, "Content-Type"))
		buf_puts(out, "Content-Type: application/json; charset=utf-8\r\n");
	if (!bare)
		buf_printf(out, "Content-Length: %zu\r\n", r->response.body->n);
	put_head(r, out);
	size_t n = bare || r->http.head ? 0 : r->response.body->n;
	bool apart = n > RESPONSE_COPIED;
	if (!apart)
		buf_put(out, r->response.body->p, n);
	return r->conn->write(r->conn, out->p, out->n) == 0 &&
		(!apart || r->conn->write(r->conn, r->response.body->p, n) == 0);
}
