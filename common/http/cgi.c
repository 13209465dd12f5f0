/* cgi: serves one plain CGI request from the environment and standard input. */
#include "common/http/cgi.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

long cgi_content_length(const char *text)
{
	char *end;
	long n;

	if (text == NULL || *text < '0' || *text > '9')
		return UNTIL_EOF;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return UNTIL_EOF;
	return n;
}

/* The connection of a CGI program: standard input and output. */
struct pipes {
	struct conn conn;
	long left; /* bytes of the body not read yet, or UNTIL_EOF */
	size_t put; /* bytes of the response written so far */
	bool drained, broken; /* the body was read to its end; the response was aborted */
};

static ssize_t pipes_read(struct conn *conn, void *p, size_t n)
{
	struct pipes *c = conn->impl;
	ssize_t k;

	if (c->left != UNTIL_EOF && (long)n > c->left)
		n = (size_t)c->left;
	if (n == 0)
		return 0;
	while ((k = read(STDIN_FILENO, p, n)) < 0 && errno == EINTR)
		;
	if (k > 0 && c->left != UNTIL_EOF)
		c->left -= k;
	if (k < 0)
		return -1;
	return k;
}

/* Reads and discards the rest of the body, at most DRAIN_MAX bytes. */
static void pipes_drain(struct pipes *c)
{
	static char bin[16384];
	long left = DRAIN_MAX;
	ssize_t k;

	if (c->drained)
		return;
	c->drained = true;
	while (left > 0 && (k = pipes_read(&c->conn, bin, sizeof bin)) > 0)
		left -= k;
}

static int pipes_write(struct conn *conn, const void *p, size_t n)
{
	struct pipes *c = conn->impl;
	const char *s = p;

	c->put += n;
	if (c->put > REPLY_BEFORE_BODY) /* avoids the deadlock described at wire_write */
		pipes_drain(c);
	while (n > 0) {
		ssize_t k = write(STDOUT_FILENO, s, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		s += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Ends the response, so that the client does not wait for what the program does afterwards. */
static void pipes_finish(struct conn *conn)
{
	pipes_drain(conn->impl);
	dup2(STDERR_FILENO, STDOUT_FILENO);
}

static void pipes_abandon(struct conn *conn)
{
	((struct pipes *)conn->impl)->broken = true;
}

/* RFC 3875 section 4.1.2: without CONTENT_LENGTH there is no body. A chunked body is the exception:
 * it has no length and ends with the input. */
static long body_length(void)
{
	const char *length = getenv("CONTENT_LENGTH"), *method = getenv("REQUEST_METHOD");

	if ((length == NULL || *length == '\0') && getenv("HTTP_TRANSFER_ENCODING") == NULL &&
		(method == NULL || strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0))
		return 0;
	return cgi_content_length(length);
}

int cgi_serve(const struct fastcgi_app *t)
{
	struct pipes c = {.conn = {.env = environ,
				  .read = pipes_read,
				  .write = pipes_write,
				  .abandon = pipes_abandon,
				  .finish = pipes_finish,
				  .alone = true}};

	c.conn.impl = &c;
	c.left = body_length();
	signal(SIGPIPE, SIG_IGN);
	if (t->start != NULL)
		t->start(t->ctx);
	if (t->handle(t->ctx, &c.conn)) {
		t->settle(t->ctx);
	} else {
		pipes_finish(&c.conn);
		if (t->after != NULL)
			t->after(t->ctx);
	}
	if (t->stop != NULL)
		t->stop(t->ctx);
	return c.broken;
}
