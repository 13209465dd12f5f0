/* fastcgi: runs a program as FastCGI worker, prefork master or plain CGI. */
#include "common/http/fastcgi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <sys/param.h>

#include "common/http/cgi.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/runtime/prefork.h"

/* Time limits. Some servers forward a body as it arrives (mod_proxy_fcgi), so without them a slow
 * client could occupy a worker for any time. */
#define SECOND_NS INT64_C(1000000000)
#define BODY_SECONDS 30 /* reading a body: clients time out after 30 s, too */
#define DRAIN_SECONDS 3 /* draining an unread body after the response */
#define SILENT_SECONDS 5 /* waiting for the next byte from the peer */
#define DEAF_SECONDS 30 /* waiting until the peer accepts more of the response */
#define SLOWEST 8192 /* bytes of a response per second of waiting, after DEAF_SECONDS of it */
#define PIECE 65536 /* bytes of a response between two looks at its pace */
#define BACKLOG 1024 /* of listen(2) */
#define LEFTOVER 64 /* most queued requests served after a stop signal */

static volatile sig_atomic_t stopping;
static int null_fd = -1;
static int listen_fd = STDIN_FILENO;

/* Stops the worker without a race in which the signal is missed or a request lost: /dev/null
 * replaces the listen socket. A waiting accept() is restarted (SA_RESTART) and fails with ENOTSOCK,
 * as does every later one; an accept() that has succeeded is served. Other system calls are
 * restarted, so the current request is not disturbed. */
static void on_stop(int sig)
{
	int e = errno;

	(void)sig;
	stopping = 1;
	dup2(null_fd, STDIN_FILENO);
	errno = e;
}

static const int stop_signals[] = {SIGTERM, SIGUSR1, SIGINT};

/* Blocks (SIG_BLOCK) or unblocks (SIG_UNBLOCK) the stop signals. */
static void mask_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++)
		sigaddset(&set, stop_signals[i]);
	sigprocmask(how, &set, NULL);
}

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_stop, .sa_flags = SA_RESTART};

	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++)
		sigaction(stop_signals[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	mask_signals(SIG_UNBLOCK);
}

/* ---- FastCGI ---- */

/* The connection of one FastCGI request. */
struct wire {
	struct conn conn;
	FCGX_Request r;
	long got; /* bytes of the body read so far */
	int64_t end; /* deadline of the body, monotonic ns; 0: no limits are set yet */
	size_t put; /* bytes of the response written so far */
	int64_t waited; /* ns that writing them took */
	bool drained; /* drain() has run */
	bool broken; /* the response was aborted */
	bool clean; /* drain() saw the end of the body */
};

/* Whether the whole body was read, by its CONTENT_LENGTH: then another read does not wait. */
static bool body_read(const struct wire *w)
{
	long n = cgi_content_length(FCGX_GetParam("CONTENT_LENGTH", w->r.envp));

	return n != UNTIL_EOF && w->got >= n;
}

/* Sets time limits on the connection's socket and a deadline for the body. System calls with a
 * socket timeout are not restarted after a signal (signal(7)), so the stop signals stay blocked
 * until the request is done. */
static void limit(struct wire *w)
{
	static const struct timeval silent = {.tv_sec = SILENT_SECONDS},
				    deaf = {.tv_sec = DEAF_SECONDS};

	if (w->end != 0)
		return;
	mask_signals(SIG_BLOCK);
	setsockopt(w->r.ipcFd, SOL_SOCKET, SO_RCVTIMEO, &silent, sizeof silent);
	setsockopt(w->r.ipcFd, SOL_SOCKET, SO_SNDTIMEO, &deaf, sizeof deaf);
	w->end = clock_mono_ns() + BODY_SECONDS * SECOND_NS;
}

/* Reads the bytes that have arrived, at least one. Waiting for all n would let the client decide
 * how long the call takes, past the deadline. */
static ssize_t wire_read(struct conn *conn, void *p, size_t n)
{
	struct wire *w = conn->impl;
	FCGX_Stream *in = w->r.in;
	size_t there;
	int c;

	if (in->rdNext == in->stop && !body_read(w)) {
		limit(w);
		if (clock_mono_ns() >= w->end)
			return -1;
	}
	if (n == 0 || (c = FCGX_GetChar(in)) == EOF) {
		if (n > 0 && FCGX_GetError(in) != 0)
			return -1;
		return 0;
	}
	*(unsigned char *)p = (unsigned char)c;
	there = (size_t)(in->stop - in->rdNext);
	there = MIN(there, n - 1);
	w->got += 1 + FCGX_GetStr((char *)p + 1, (int)there, in);
	return 1 + (ssize_t)there;
}

/* Discards the rest of the body within DRAIN_MAX and DRAIN_SECONDS; true at its end. */
static bool read_to_end(struct wire *w)
{
	static char bin[16384];
	long left = DRAIN_MAX;
	ssize_t k = 1;

	if (!body_read(w)) {
		/* the client may wait for the response before it sends more */
		limit(w);
		FCGX_FFlush(w->r.out);
		w->end = clock_mono_ns() + DRAIN_SECONDS * SECOND_NS;
	}
	while (left > 0 && (k = wire_read(&w->conn, bin, sizeof bin)) > 0)
		left -= k;
	return k == 0;
}

/* Discards the rest of the body, once. True when its end was seen: then no input is unread, and
 * closing the socket does not reset the connection and lose the response. */
static bool drain(struct wire *w)
{
	if (!w->drained) {
		w->drained = true;
		w->clean = read_to_end(w);
	}
	return w->clean;
}

/* -1: the peer has closed the connection, or takes the response so slowly, if steadily, that it
 * would keep this worker from others. */
static int put_piece(struct wire *w, const char *s, size_t n)
{
	int64_t begin = clock_mono_ns();
	bool in_time = FCGX_PutStr(s, (int)n, w->r.out) == (int)n;

	w->put += n;
	w->waited += clock_mono_ns() - begin;
	if (w->waited > DEAF_SECONDS * SECOND_NS)
		in_time = in_time && (int64_t)w->put >= w->waited / SECOND_NS * SLOWEST;
	return in_time ? 0 : -1;
}

static int wire_write(struct conn *conn, const void *p, size_t n)
{
	struct wire *w = conn->impl;
	const char *s = p;

	/* A server that sends the whole body before it reads the response (mod_fcgid) would
	 * deadlock with a program that writes more than the socket buffer holds before it has read
	 * the body. */
	if (w->put + n > REPLY_BEFORE_BODY) {
		limit(w);
		drain(w);
	}
	for (; n > PIECE; n -= PIECE, s += PIECE)
		if (put_piece(w, s, PIECE) != 0)
			return -1;
	return put_piece(w, s, n);
}

static void wire_abandon(struct conn *conn)
{
	((struct wire *)conn->impl)->broken = true;
}

/* Ends the request. After FCGX_Detach the connection is closed at once; without it libfcgi waits
 * for the peer to close first, which costs three system calls and the wait. */
static void fastcgi_finish(struct wire *w)
{
	if (w->broken) {
		FCGX_FFlush(w->r.out);
		FCGX_Free(&w->r, 1);
		return;
	}
	if (drain(w))
		FCGX_Detach(&w->r);
	/* a kept connection would reserve this worker for one web server process */
	w->r.keepConnection = 0;
	FCGX_Finish_r(&w->r);
}

/* Accepts a connection that has input. -1: the worker was stopped, accept() failed, or the peer
 * sent nothing for SILENT_SECONDS. */
static int next_connection(void)
{
	struct pollfd p = {.events = POLLIN};
	int k;

	p.fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (p.fd < 0) {
		struct timespec t = {0, 100000000};

		if (!stopping && (errno == ENOTSOCK || errno == EBADF || errno == EINVAL)) {
			log_msg(LOG_ERROR, "accept: %s", strerror(errno));
			exit(1);
		}
		if (!stopping) /* temporary, such as too many open files */
			nanosleep(&t, NULL);
		return -1;
	}
	while ((k = poll(&p, 1, SILENT_SECONDS * 1000)) < 0 && errno == EINTR)
		;
	if (k > 0)
		return p.fd;
	close(p.fd);
	return -1;
}

/* Accepts a request. The accept() of libfcgi is not used: it has a race with signals, and drops a
 * connection when a signal interrupts its poll(). FCGX_Accept_r reads from a connection that is
 * marked as kept, and with a listen socket of -1 it cannot accept another. */
static bool receive(struct wire *w)
{
	int fd = next_connection();

	if (fd < 0)
		return false;
	w->r.ipcFd = fd;
	w->r.keepConnection = 1;
	w->got = 0;
	w->end = 0;
	w->put = 0;
	w->waited = 0;
	w->drained = false;
	w->broken = false;
	if (FCGX_Accept_r(&w->r) < 0)
		return false;
	w->conn.env = w->r.envp;
	return true;
}

/* Whether a connection waits on the listen socket. */
static bool queued(void)
{
	return poll(&(struct pollfd){.fd = listen_fd, .events = POLLIN}, 1, 0) > 0;
}

/* The number of requests after which this worker ends: max plus up to an eighth, derived from the
 * process id, so that workers started together do not end together. */
static long lifetime(long max)
{
	if (max <= 0)
		return 0;
	return max + (long)((unsigned)getpid() * 2654435761u % (unsigned long)(max / 8 + 1));
}

struct life { /* arguments of serve */
	const struct fastcgi_app *t;
	const struct fastcgi_options *o;
};

/* Serves one request, if one arrives. */
static void one(struct wire *w, const struct fastcgi_app *t, long *served)
{
	if (!receive(w))
		return;
	t->handle(t->ctx, &w->conn);
	fastcgi_finish(w);
	if (w->end != 0)
		mask_signals(SIG_UNBLOCK);
	++*served;
	if (t->after != NULL)
		t->after(t->ctx);
}

/* The loop of a worker; returns its exit status. `last`: the master is stopping, so only queued
 * requests are served. */
static int serve(void *ctx, bool last)
{
	static struct wire w;
	const struct life *l = ctx;
	const struct fastcgi_app *t = l->t;
	long served = 0, max = lifetime(l->o->max_requests);
	int spare = l->o->workers > 0 ? -1 : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	w = (struct wire){.conn = {.read = wire_read,
				  .write = wire_write,
				  .abandon = wire_abandon,
				  .impl = &w}};
	if (FCGX_Init() != 0 || FCGX_InitRequest(&w.r, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return 1;
	catch_signals();
	if (t->start != NULL)
		t->start(t->ctx);
	prefork_ready();
	while (!stopping && (max == 0 || served < max) && (!last || queued()))
		one(&w, t, &served);
	/* A process that is alone on its socket (mod_fcgid, spawn-fcgi) must serve the queued
	 * connections before it exits, or they are lost. */
	if (spare >= 0)
		listen_fd = spare;
	for (int i = 0; i < LEFTOVER && spare >= 0 && queued(); i++)
		one(&w, t, &served);
	if (t->stop != NULL)
		t->stop(t->ctx);
	return 0;
}

/* ---- the listen socket ---- */

static bool is_listening(int fd)
{
	int on = 0;
	socklen_t len = sizeof on;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

/* Removes a stale socket file; false when a program still listens on it, or the file is not a
 * socket. */
static bool clear_path(const struct sockaddr_un *a)
{
	struct stat st;
	int fd, refused;

	if (lstat(a->sun_path, &st) != 0)
		return errno == ENOENT;
	if (!S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	refused = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) != 0 &&
		errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return refused && unlink(a->sun_path) == 0;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	mode_t old;
	int fd, bound;

	if (strlen(path) >= sizeof a.sun_path) {
		log_msg(LOG_ERROR, "listen %s: the path is longer than %zu bytes", path,
			sizeof a.sun_path - 1);
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (!clear_path(&a)) {
		log_msg(LOG_ERROR, "listen %s: address already in use, or the file is not a socket",
			path);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	old = umask(0117); /* the socket is for the owner and the group */
	bound = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof a);
	umask(old);
	if (bound == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	log_msg(LOG_ERROR, "listen %s: %s", path, strerror(errno));
	return -1;
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Parses "127.0.0.1:9000" or "[::1]:9000" and returns the length of the address; 0 when it is
 * invalid or not a loopback address: FastCGI has no authentication. */
static socklen_t parse_address(const char *text, union address *a)
{
	char host[64] = "";
	const char *colon = strrchr(text, ':');
	size_t n = colon == NULL ? 0 : (size_t)(colon - text);
	char *end;
	long port = colon == NULL ? 0 : strtol(colon + 1, &end, 10);

	memset(a, 0, sizeof *a);
	if (port < 1 || port > 65535 || *end != '\0' || n == 0 || n >= sizeof host)
		return 0;
	memcpy(host, text, n);
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons((uint16_t)port);
		if (inet_pton(AF_INET6, host + 1, &a->in6.sin6_addr) == 1 &&
			IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr))
			return sizeof a->in6;
		return 0;
	}
	a->in.sin_family = AF_INET;
	a->in.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, host, &a->in.sin_addr) == 1 &&
		ntohl(a->in.sin_addr.s_addr) >> 24 == 127)
		return sizeof a->in;
	return 0;
}

static int listen_tcp(const char *text)
{
	union address a;
	socklen_t len = parse_address(text, &a);
	int fd, on = 1;

	if (len == 0) {
		log_msg(LOG_ERROR,
			"listen %s: must be /a/path, 127.0.0.1:port or [::1]:port (loopback only)",
			text);
		return -1;
	}
	fd = socket(a.any.sa_family, SOCK_STREAM, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		/* accepted sockets inherit TCP_NODELAY */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		if (bind(fd, &a.any, len) == 0 && listen(fd, BACKLOG) == 0)
			return fd;
	}
	log_msg(LOG_ERROR, "listen %s: %s", text, strerror(errno));
	return -1;
}

/* Opens the listen socket as descriptor 0, where a web server passes it. */
static int open_listen(const char *where)
{
	int fd = strchr(where, '/') != NULL ? listen_unix(where) : listen_tcp(where);

	if (fd < 0)
		return -1;
	if (fd != STDIN_FILENO) {
		dup2(fd, STDIN_FILENO);
		close(fd);
	}
	return 0;
}

int fastcgi_run(const struct fastcgi_app *t, const struct fastcgi_options *o)
{
	struct life l = {t, o};
	const char *path = o->listen != NULL && strchr(o->listen, '/') != NULL ? o->listen : NULL;
	struct prefork m = {
		.work = serve, .ctx = &l, .workers = MIN(o->workers, MASTER_MAX), .unlink = path};
	int flags, rc;

	if (o->listen != NULL && !prefork_reexecuted() && open_listen(o->listen) < 0)
		return 1;
	if (!is_listening(STDIN_FILENO))
		return cgi_serve(t);
	flags = fcntl(STDIN_FILENO, F_GETFL);
	if (flags & O_NONBLOCK)
		fcntl(STDIN_FILENO, F_SETFL, flags & ~O_NONBLOCK);
	if (o->workers > 0)
		return prefork_run(&m);
	rc = serve(&l, false);
	if (path != NULL)
		unlink(path);
	return rc;
}
