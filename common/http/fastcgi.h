/* fastcgi: runs a program as FastCGI worker, prefork master or plain CGI. */
#ifndef TG_HTTP_FASTCGI_H
#define TG_HTTP_FASTCGI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The connection of one request. Callers read the body first, then write the response. */
struct conn {
	/* The CGI variables as "NAME=value", NULL-terminated, in the order received, with
	 * duplicates. Valid until the request ends. */
	char **env;
	/* Reads up to n bytes of the body: 0 at its end, -1 when the client or the web server
	 * closed the connection or timed out. CONTENT_LENGTH may be absent or wrong: the end of the
	 * stream decides. */
	ssize_t (*read)(struct conn *conn, void *p, size_t n);
	/* Writes all n bytes of the CGI response (RFC 3875 section 6: "Status: 200
	 * OK\r\n…\r\n\r\nbody"); 0, or -1 when the peer has closed the connection. Streams call it
	 * several times. */
	int (*write)(struct conn *conn, const void *p, size_t n);
	/* Marks the response as incomplete: the connection is closed without FastCGI's
	 * end-of-request record, and a CGI program exits with a nonzero status, so that the web
	 * server can report it to the client. Nothing may be written afterwards. May be NULL. */
	void (*abandon)(struct conn *conn);
	/* Ends the response and closes the connection, now instead of after `handle`; `env` is
	 * invalid afterwards. */
	void (*finish)(struct conn *conn);
	/* The process serves this request only, so that its private memory limits nothing. */
	bool alone;
	void *impl; /* the implementation's own state */
};

/* Most requests that a program keeps at once. */
#define KEPT_MAX 16

/* Callbacks of the program; `start`, `settle`, `after` and `stop` may be NULL. */
struct fastcgi_app {
	/* Called once in each worker before its first request, never in the master. */
	void (*start)(void *ctx);
	/* Must write a whole response, or keep the request and return true. The part of the body
	 * that it leaves unread is drained before the response ends, up to DRAIN_MAX; then the
	 * connection is closed. */
	bool (*handle)(void *ctx, struct conn *conn);
	/* Answers all requests that `handle` has kept, and finishes their connections. Called when
	 * no whole request waits at the listen socket, or KEPT_MAX are kept. */
	void (*settle)(void *ctx);
	/* Called after a response of `handle` was sent and the connection closed, for slow
	 * housekeeping. */
	void (*after)(void *ctx);
	/* Called while no connection waits; returns the ms until it wants to be called again, -1:
	 * not before the next request. May be NULL. */
	int64_t (*idle)(void *ctx);
	/* Called when a worker ends in good order. */
	void (*stop)(void *ctx);
	void *ctx;
};

struct fastcgi_options {
	/* NULL: file descriptor 0 is the listen socket (web server, spawn-fcgi, systemd). Otherwise
	 * "/path/to.sock", "127.0.0.1:9000" or "[::1]:9000", which is opened here. */
	const char *listen;
	int workers; /* 0: serve in this process; n: run a prefork master with n workers */
	/* A worker ends after this many requests, plus up to an eighth, and is replaced; 0:
	 * never. */
	long max_requests;
};

/* Serves until a signal stops it; returns the exit status.
 * - Plain CGI, when descriptor 0 is not a listen socket and `listen` is NULL: serves one request.
 * - Master: SIGHUP replaces the workers one by one, each after its successor is ready. SIGTERM,
 * SIGINT and SIGUSR1 stop it after the current requests. A worker that dies is replaced, with a
 * delay when it lived less than a second. Workers die with the master (PR_SET_PDEATHSIG).
 * - Worker: SIGTERM, SIGINT and SIGUSR1 end it after the current request. SIGPIPE is ignored. */
int fastcgi_run(const struct fastcgi_app *t, const struct fastcgi_options *o);

#endif
