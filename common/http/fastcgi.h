/* fastcgi: FastCGI worker, prefork master, plain CGI: one binary, three lives. */
#ifndef TG_HTTP_FASTCGI_H
#define TG_HTTP_FASTCGI_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One request as the web server hands it over. */
struct conn {
	/* "NAME=value", NULL-terminated, duplicates and all, in the order received; dies with the
	 * request */
	char **env;
	/* Up to n bytes of the body: 0 at its end (CONTENT_LENGTH may be absent or a lie: the end
	 * of the stream decides), -1 when the client or server broke off. */
	ssize_t (*read)(struct conn *conn, void *p, size_t n);
	/* All n bytes of the CGI response (RFC 3875 section 6: "Status: 200 OK\r\n…\r\n\r\nbody"),
	 * or -1 when the peer is gone. May be called several times (streams). */
	int (*write)(struct conn *conn, const void *p, size_t n);
	/* What was written is not the whole response and never will be: the connection ends without
	   FastCGI's word that all is well, a CGI program with a status other than 0, so that a
	   server can tell its client. Nothing may be written afterwards. May be NULL. */
	void (*abandon)(struct conn *conn);
	void *impl;
};

struct fastcgi_app {
	/* Once in each worker before its first request, never in the master. */
	void (*start)(void *ctx);
	/* Must write a whole response. What of the body it left unread is drained (bounded: 2 MiB,
	 * then the connection is closed) before the reply's end. */
	void (*handle)(void *ctx, struct conn *conn);
	/* After the reply has left and the connection is given back: slow housekeeping goes here.
	 */
	void (*after)(void *ctx);
	/* When a worker ends in good order. */
	void (*stop)(void *ctx);
	void *ctx;
};

struct fastcgi_options {
	/* NULL: fd 0 is the listen socket (web server, spawn-fcgi, systemd); "/path/to.sock" or
	 * "127.0.0.1:9000" or "[::1]:9000": made here */
	const char *listen;
	int workers; /* 0: serve in this process; n: become a prefork master of n */
	/* a worker ends itself after so many (a little jitter), and is replaced; 0 never */
	long max_requests;
};

/* Serves until told to stop; returns the exit status. fd 0 not a listen socket and no `listen`:
   plain CGI, one request from the environment and standard input, then 0. Master: SIGHUP recycles
   workers one by one (the next only after the new one is up), SIGTERM/SIGINT/SIGUSR1 drain (each
   worker ends its request, then all end), a dead worker is replaced (throttled when it dies within
   a second), workers die with the master (PR_SET_PDEATHSIG). Worker: SIGTERM/SIGUSR1 end it after
   the current request; SIGPIPE ignored. */
int fastcgi_run(const struct fastcgi_app *t, const struct fastcgi_options *o);

#endif
