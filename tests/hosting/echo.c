/* echo: a FastCGI program that reports what it received and misbehaves on request. */

/* The query string asks for it: status=N, sleep=MS, big=BYTES, stream=N (N lines, 20 ms apart),
 * unread, crash, crashlate, quiet, html (as text/html), public (with the headers of public pages),
 * tag=N (the version in their ETag), cookie. */
#include "common/http/fastcgi.h"

#include <fcgiapp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BODY_MAX (1L * 1024 * 1024)

struct out {
	char *p;
	size_t n, size;
};

static long requests, starts, afters;

static void put(struct out *o, const char *s, size_t n)
{
	if (o->n + n > o->size) {
		o->size = (o->n + n) * 2;
		o->p = realloc(o->p, o->size);
		if (o->p == NULL)
			abort();
	}
	memcpy(o->p + o->n, s, n);
	o->n += n;
}

static void say(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

static void number(struct out *o, const char *name, long v)
{
	char b[96];

	put(o, b, (size_t)snprintf(b, sizeof b, "\"%s\":%ld,", name, v));
}

/* Bytes above 0x7f are written as the Latin-1 characters of the same number, so that any bytes make
 * valid JSON. */
static void quoted(struct out *o, const char *s, size_t n)
{
	char b[8];

	say(o, "\"");
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
			put(o, b, (size_t)snprintf(b, sizeof b, "\\u%04x", c));
		else
			put(o, s + i, 1);
	}
	say(o, "\"");
}

static const char *param(struct conn *conn, const char *name)
{
	size_t n = strlen(name);

	for (char **e = conn->env; *e != NULL; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

static void text(struct out *o, struct conn *conn, const char *key, const char *name)
{
	const char *v = param(conn, name);

	quoted(o, key, strlen(key));
	say(o, ":");
	if (v != NULL)
		quoted(o, v, strlen(v));
	else
		say(o, "null");
	say(o, ",");
}

/* The value of a query member, -1 when absent. */
static long asked(struct conn *conn, const char *name)
{
	const char *q = param(conn, "QUERY_STRING");
	size_t n = strlen(name);

	for (; q != NULL && *q != '\0'; q = strchr(q, '&') ? strchr(q, '&') + 1 : "")
		if (strncmp(q, name, n) == 0 && (q[n] == '=' || q[n] == '&' || q[n] == '\0'))
			return q[n] == '=' ? atol(q + n + 1) : 0;
	return -1;
}

static void rest(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&t, &t) != 0)
		;
}

static long read_body(struct conn *conn, uint64_t *hash)
{
	static char b[65536];
	long total = 0;
	ssize_t k;

	*hash = 14695981039346656037u; /* FNV-1a, 64 bit */
	while ((k = conn->read(conn, b, sizeof b)) > 0) {
		total += k;
		for (ssize_t i = 0; i < k; i++)
			*hash = (*hash ^ (unsigned char)b[i]) * 1099511628211u;
		if (total > BODY_MAX)
			return total;
	}
	return k < 0 ? -1 : total;
}

static void everything(struct out *o, struct conn *conn)
{
	say(o, "\"params\":[");
	for (char **e = conn->env; *e != NULL; e++) {
		const char *eq = strchr(*e, '=');

		if (eq == NULL)
			continue;
		say(o, e == conn->env ? "[" : ",[");
		quoted(o, *e, (size_t)(eq - *e));
		say(o, ",");
		quoted(o, eq + 1, strlen(eq + 1));
		say(o, "]");
	}
	say(o, "],");
}

static void describe(
	struct out *o, struct conn *conn, const char *program, long body, uint64_t hash)
{
	char b[64];

	say(o, "{\"data\":{\"program\":");
	quoted(o, program, strlen(program));
	say(o, ",");
	text(o, conn, "method", "REQUEST_METHOD");
	text(o, conn, "uri", "REQUEST_URI");
	text(o, conn, "query", "QUERY_STRING");
	text(o, conn, "contentLength", "CONTENT_LENGTH");
	number(o, "body", body);
	put(o, b, (size_t)snprintf(b, sizeof b, "\"hash\":\"%016llx\",", (unsigned long long)hash));
	if (asked(conn, "quiet") < 0)
		everything(o, conn);
	say(o, "\"conf\":");
	if (getenv("TG_CONF") != NULL)
		quoted(o, getenv("TG_CONF"), strlen(getenv("TG_CONF")));
	else
		say(o, "null");
	say(o, ",");
	number(o, "pid", getpid());
	number(o, "parent", getppid());
	number(o, "starts", starts);
	number(o, "afters", afters);
	put(o, b, (size_t)snprintf(b, sizeof b, "\"requests\":%ld}}\n", requests));
}

/* The headers of a public page, some of which are of one response only. */
static void public_headers(struct out *o, struct conn *conn)
{
	char b[384];

	put(o, b,
		(size_t)snprintf(b, sizeof b,
			"Cache-Control: public, max-age=0, s-maxage=2, "
			"stale-while-revalidate=10\r\n"
			"ETag: \"v%ld\"\r\nX-Request-Id: req_%d.%ld\r\nIgnored-Fields: x\r\n"
			"X-RateLimit-Limit: 9\r\nX-RateLimit-Remaining: 8\r\nX-RateLimit-Reset: "
			"7\r\nRateLimit-Policy: \"address\";q=9;w=60\r\n"
			"RateLimit: \"address\";r=8;t=7\r\n",
			asked(conn, "tag"), (int)getpid(), requests));
}

static void send_all(struct conn *conn, int status, const char *reason, const struct out *body)
{
	struct out o = {0};
	char head[256];
	const char *method = param(conn, "REQUEST_METHOD"),
		   *type = asked(conn, "html") < 0 ? "application/json" : "text/html";

	put(&o, head,
		(size_t)snprintf(head, sizeof head,
			"Status: %d %s\r\nContent-Type: %s\r\nX-Echo: 1\r\nContent-Length: "
			"%zu\r\n",
			status, reason, type, body->n));
	if (asked(conn, "public") >= 0)
		public_headers(&o, conn);
	if (asked(conn, "cookie") >= 0)
		say(&o, "Set-Cookie: a=b\r\n");
	say(&o, "\r\n");
	if (method == NULL || strcmp(method, "HEAD") != 0)
		put(&o, body->p, body->n);
	if (conn->write(conn, o.p, o.n) != 0)
		fprintf(stderr, "echo: peer gone\n");
	free(o.p);
}

static void stream(struct conn *conn, long lines)
{
	static const char head[] =
		"Status: 200 OK\r\nContent-Type: text/plain\r\nX-Echo: 1\r\n\r\n";

	conn->write(conn, head, sizeof head - 1);
	for (long i = 0; i < lines && conn->write(conn, "a line of a stream\n", 19) == 0; i++)
		rest(20);
}

/* The requests that end the worker or write in pieces. */
static bool special(struct conn *conn)
{
	static const char part[] =
		"Status: 200 OK\r\nContent-Type: text/plain\r\nX-Echo: 1\r\n\r\npartial";

	static const char ended[] =
		"Status: 503 Service Unavailable\r\nContent-Type: application/json\r\n"
		"Retry-After: 1\r\nX-Echo: 1\r\n\r\n{\"error\":{\"code\":\"SERVICE_UNAVAILABLE\","
		"\"message\":\"Ended\",\"hint\":\"Retry.\",\"details\":[]},"
		"\"requestId\":\"req_echoechoecho\"}";
	const char *failed = FCGX_GetParam("REDIRECT_STATUS", conn->env);

	if (failed != NULL && *failed == '5') { /* as gate_program_ended() of the pipeline */
		conn->write(conn, ended, sizeof ended - 1);
		return true;
	}
	if (asked(conn, "crash") >= 0)
		_exit(9);
	if (asked(conn, "crashlate") >= 0) {
		for (int i = 0; i < 400; i++)
			conn->write(conn, part, sizeof part - 1);
		_exit(9);
	}
	if (asked(conn, "stream") < 0)
		return false;
	stream(conn, asked(conn, "stream"));
	return true;
}

static bool handle(void *ctx, struct conn *conn)
{
	struct out o = {0};
	uint64_t hash = 0;
	long body = 0, big = asked(conn, "big"), status = asked(conn, "status");

	requests++;
	if (special(conn))
		return false;
	if (asked(conn, "unread") < 0)
		body = read_body(conn, &hash);
	if (asked(conn, "sleep") > 0)
		rest(asked(conn, "sleep"));
	if (body > BODY_MAX) {
		say(&o,
			"{\"error\":{\"code\":\"PAYLOAD_TOO_LARGE\",\"message\":\"Body too "
			"large\",\"hint\":\"Send at most 1 "
			"MiB.\",\"details\":[]},\"requestId\":\"req_echoechoecho\"}");
		send_all(conn, 413, "Payload Too Large", &o);
	} else {
		if (big > 0)
			for (long i = 0; i < big; i++)
				put(&o, i % 64 == 63 ? "\n" : "x", 1);
		else
			describe(&o, conn, ctx, body, hash);
		send_all(conn, status > 0 ? (int)status : 200, "As Asked", &o);
	}
	free(o.p);
	return false;
}

static void start(void *ctx)
{
	(void)ctx;
	starts++;
}

static void after(void *ctx)
{
	(void)ctx;
	afters++;
}

static void stop(void *ctx)
{
	if (getenv("ECHO_TRACE") != NULL)
		fprintf(stderr, "%s[%d]: stopped in good order after %ld requests\n", (char *)ctx,
			(int)getpid(), requests);
}

int main(int argc, char **argv)
{
	char *slash = strrchr(argv[0], '/');
	struct fastcgi_app t = {.start = start,
		.handle = handle,
		.after = after,
		.stop = stop,
		.ctx = slash ? slash + 1 : argv[0]};
	struct fastcgi_options o = {0};

	/* RFC 3875 4.4: a query without "=" is the command line of a CGI program, so under CGI
	 * there is no command line */
	for (int i = 1; i < argc && getenv("GATEWAY_INTERFACE") == NULL; i++) {
		if (strcmp(argv[i], "--version") == 0)
			return puts("echo 1") == EOF;
		if (i + 1 < argc && strcmp(argv[i], "--listen") == 0)
			o.listen = argv[++i];
		else if (i + 1 < argc && strcmp(argv[i], "--workers") == 0)
			o.workers = atoi(argv[++i]);
		else if (i + 1 < argc && strcmp(argv[i], "--max-requests") == 0)
			o.max_requests = atol(argv[++i]);
		else
			return fprintf(stderr,
				       "usage: echo [--listen WHERE] [--workers N] [--max-requests "
				       "N]\n"),
			       2;
	}
	return fastcgi_run(&t, &o);
}
