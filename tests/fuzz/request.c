/* request: a request to any program, and what must hold of its response. */
#include "tests/fuzz/request.h"

#include "common/api/server.h"
#include "common/api/service.h"
#include "common/text/json_check.h"
#include "suite/programs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

#define HEADERS 64
/* Bytes that a request may take for each of its own: a parser takes up to 270 for a byte of JSON.
 */
#define PER_BYTE 300

struct app *request_app(const char *conf)
{
	struct app *app = app_new("fuzz", server_routes(suite_modules(NULL)), conf);

	service_configure(app, NULL);
	demand(app->conf != NULL);
	return app;
}

/* ---- the request ---- */

/* A request as a web server passes it to a CGI program, and its response. */
struct received {
	char *env[HEADERS + 8];
	size_t n; /* of env */
	const char *body;
	size_t left; /* bytes of the body that have not been read */
	bool head;
	struct conn conn;
	char sent[RESPONSE_MAX + 65536];
	size_t sent_n;
};

static void variable(struct received *in, const char *name, const char *value, size_t n)
{
	char *text = malloc(strlen(name) + n + 2);

	demand(text != NULL);
	sprintf(text, "%s=%.*s", name, (int)n, value);
	in->env[in->n++] = text;
}

/* RFC 3875 section 4.1.18: HTTP_ and the name in capitals, each other character as _. */
static void header(struct received *in, const char *line, size_t n)
{
	char name[128] = "HTTP_";
	size_t colon = text_before(line, n, ':'), k = strlen(name);

	if (colon == n || colon == 0 || colon + k >= sizeof name || in->n >= HEADERS)
		return;
	for (size_t i = 0; i < colon; i++)
		name[k + i] = isalnum((unsigned char)line[i])
			? (char)toupper((unsigned char)line[i])
			: '_';
	line += colon + 1;
	n -= colon + 1;
	while (n && *line == ' ') {
		line++;
		n--;
	}
	bool own =
		strcmp(name, "HTTP_CONTENT_TYPE") == 0 || strcmp(name, "HTTP_CONTENT_LENGTH") == 0;
	variable(in, own ? name + k : name, line, n);
}

static void receive(struct received *in, const char *p, size_t n)
{
	size_t line = text_before(p, n, '\n'), method = text_before(p, line, ' ');
	char length[32];

	variable(in, "REQUEST_METHOD", p, method);
	in->head = strcmp(in->env[0], "REQUEST_METHOD=HEAD") == 0;
	variable(in, "REQUEST_URI", p + MIN(method + 1, line), line - MIN(method + 1, line));
	variable(in, "REMOTE_ADDR", "127.0.0.1", 9);
	variable(in, "SERVER_PROTOCOL", "HTTP/1.1", 8);
	for (;;) {
		size_t next = MIN(line + 1, n);
		p += next;
		n -= next;
		line = text_before(p, n, '\n');
		if (line == 0)
			break;
		header(in, p, line);
	}
	in->body = p + MIN(1, n);
	in->left = n - MIN(1, n);
	snprintf(length, sizeof length, "%zu", in->left);
	for (size_t i = 0; i < in->n; i++)
		if (strncmp(in->env[i], "CONTENT_LENGTH=", 15) == 0)
			return;
	variable(in, "CONTENT_LENGTH", length, strlen(length));
}

static ssize_t body_read(struct conn *conn, void *p, size_t n)
{
	struct received *in = conn->impl;

	n = MIN(n, in->left);
	memcpy(p, in->body, n);
	in->body += n;
	in->left -= n;
	return (ssize_t)n;
}

/* ---- the response ---- */

static int answer_write(struct conn *conn, const void *p, size_t n)
{
	struct received *in = conn->impl;

	demand(n <= sizeof in->sent - in->sent_n);
	memcpy(in->sent + in->sent_n, p, n);
	in->sent_n += n;
	return 0;
}

/* What the head of the response says. */
struct answer {
	int status;
	long length; /* -1: not stated */
	char type[64];
	bool location, encoded;
};

/* One line of the head, without CR LF: a token, a colon and a value without control characters (RFC
 * 9110 section 5). */
static void answer_header(struct answer *a, const char *line, size_t n)
{
	size_t colon = text_before(line, n, ':');

	demand(colon > 0 && colon + 2 <= n && line[colon + 1] == ' ');
	for (size_t i = 0; i < n; i++)
		demand(i < colon ? isalnum((unsigned char)line[i]) || line[i] == '-'
				 : (unsigned char)line[i] >= 0x20 && line[i] != 0x7f);
	const char *value = line + colon + 2;
	n -= colon + 2;
	if (colon == 6 && strncasecmp(line, "Status", colon) == 0)
		a->status = atoi(value);
	else if (colon == 8 && strncasecmp(line, "Location", colon) == 0)
		a->location = n > 0;
	else if (colon == 16 && strncasecmp(line, "Content-Encoding", colon) == 0)
		a->encoded = true;
	else if (colon == 14 && strncasecmp(line, "Content-Length", colon) == 0)
		a->length = strtol(value, NULL, 10);
	else if (colon == 12 && strncasecmp(line, "Content-Type", colon) == 0)
		snprintf(a->type, sizeof a->type, "%.*s", (int)n, value);
}

static void check_body(const struct answer *a, const char *p, size_t n)
{
	struct json_fault fault;

	if (a->encoded)
		return;
	if (strncmp(a->type, "application/json", 16) == 0) {
		demand(json_check(p, n, SIZE_MAX, &fault));
		return;
	}
	demand(utf8_valid(p, n, NULL));
	if (strncmp(a->type, "text/html", 9) == 0)
		demand(n > 15 && strncasecmp(p, "<!doctype html>", 15) == 0);
	else if (strncmp(a->type, "application/atom+xml", 20) == 0)
		demand(n > 5 && memcmp(p, "<?xml", 5) == 0);
	else
		demand(n == 0 || strncmp(a->type, "text/", 5) == 0);
}

static int check_answer(const struct received *in)
{
	struct answer a = {.length = -1};
	size_t n = in->sent_n;
	const char *p = in->sent;

	demand(n > 8 && strncmp(p, "Status: ", 8) == 0);
	for (size_t line; (line = text_before(p, n, '\r')) > 0;) {
		demand(line + 2 <= n && p[line + 1] == '\n');
		answer_header(&a, p, line);
		p += line + 2;
		n -= line + 2;
	}
	demand(n >= 2 && p[1] == '\n');
	p += 2;
	n -= 2;
	demand(a.status >= 200 && a.status <= 503 && a.status != 500);
	demand(a.location || (a.status != 301 && a.status != 302));
	if (a.status == 204 || a.status == 304)
		demand(n == 0 && a.length < 0);
	else if (in->head)
		demand(n == 0);
	else
		demand(a.length < 0 || (size_t)a.length == n);
	if (n > 0)
		check_body(&a, p, n);
	return a.status;
}

/* The bytes of the first request of an input; *next: where the second one begins. */
static size_t first_request(const char *p, size_t n, size_t *next)
{
	const char *end = memmem(p, n, REQUEST_NEXT, sizeof REQUEST_NEXT - 1);

	*next = end ? (size_t)(end - p) + sizeof REQUEST_NEXT - 1 : n;
	return end ? (size_t)(end - p) : n;
}

size_t request_answer(
	struct app *app, const uint8_t *data, size_t size, size_t kept, bool *unavailable)
{
	static struct received all[REQUESTS_MAX]; /* pages that are not used take no memory */
	const char *p = (const char *)data;
	size_t n = 0, left = size;

	*unavailable = false;
	do {
		struct received *in = &all[n++];
		size_t next, length = first_request(p, left, &next);

		in->n = in->sent_n = 0;
		in->conn = (struct conn){
			.env = in->env, .read = body_read, .write = answer_write, .impl = in};
		receive(in, p, length);
		in->env[in->n] = NULL;
		p += next;
		left -= next;
	} while (left && n < REQUESTS_MAX);
	memory_begin();
	for (size_t i = 0; i < n; i++)
		if (!service_handle(app, &all[i].conn))
			service_finish(app);
	service_settle(app);
	memory_end(n * ((size_t)1 << 20) + size * PER_BYTE, kept);
	for (size_t i = 0; i < n; i++) {
		*unavailable |= check_answer(&all[i]) == 503;
		for (size_t k = 0; k < all[i].n; k++)
			free(all[i].env[k]);
	}
	return n;
}
