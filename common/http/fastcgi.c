/* fastcgi: runs a program as FastCGI worker, prefork master or plain CGI. */
#include "common/http/fastcgi.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <sys/param.h>

#include "common/http/cgi.h"
#include "common/http/listen.h"
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
#define LEFTOVER 64 /* most queued requests served after a stop signal */
#define ROUND_MAX (KEPT_MAX * 2) /* most requests that others, which are kept, wait for */
#define LOOK_EVERY 16 /* requests between two looks for a stop signal while more are waiting */
#define PEEK 65536 /* bytes of a request that is looked at before it is read */

static volatile sig_atomic_t stopping;
static const int listen_fd = STDIN_FILENO;
static int epoll_fd = -1; /* waits for connections; one for each worker */

static void on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

/* They are blocked except in wait_for_connection() and look_for_stop(), so that none is missed
 * between a look at `stopping` and the wait, and none disturbs a request. */
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

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++)
		sigaction(stop_signals[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	mask_signals(SIG_BLOCK);
}

static void look_for_stop(void)
{
	mask_signals(SIG_UNBLOCK);
	mask_signals(SIG_BLOCK);
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
	bool finished; /* wire_finish() has run */
};

/* Whether the whole body was read, by its CONTENT_LENGTH: then another read does not wait. */
static bool body_read(const struct wire *w)
{
	long n = cgi_content_length(FCGX_GetParam("CONTENT_LENGTH", w->r.envp));

	return n != UNTIL_EOF && w->got >= n;
}

/* Sets time limits on the connection's socket and a deadline for the body. System calls with a
 * socket timeout are not restarted after a signal (signal(7)): the stop signals are blocked. */
static void limit(struct wire *w)
{
	static const struct timeval silent = {.tv_sec = SILENT_SECONDS},
				    deaf = {.tv_sec = DEAF_SECONDS};

	if (w->end != 0)
		return;
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
static void wire_finish(struct conn *conn)
{
	struct wire *w = conn->impl;

	if (w->finished)
		return;
	w->finished = true;
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

/* ---- accepting ---- */

/* Waits until a connection may be there, or a stop signal arrives. With EPOLLEXCLUSIVE (Linux 4.5)
 * a connection wakes one worker and not all. */
static void wait_for_connection(const struct fastcgi_app *t)
{
	int ms = t->idle ? (int)t->idle(t->ctx) : -1;
	struct epoll_event event;
	sigset_t none;

	sigemptyset(&none);
	if (stopping || epoll_fd < 0 || epoll_pwait(epoll_fd, &event, 1, ms, &none) <= 0)
		return;
	/* the listen socket was shut down (common/runtime/standby.c); no signal is taken while
	 * events are there */
	if (event.events & EPOLLHUP)
		stopping = 1;
}

static bool epoll_open(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		return false;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &event) == 0)
		return true;
	event.events = EPOLLIN;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &event) == 0;
}

/* A connection that waits at the listen socket; -1: none. */
static int accept_now(void)
{
	return accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
}

/* Waits for a connection. -1: the worker was stopped, or accept() failed. */
static int accept_next(const struct fastcgi_app *app)
{
	struct timespec t = {0, 100000000};
	int fd;

	while ((fd = accept_now()) < 0 && !stopping && (errno == EAGAIN || errno == EWOULDBLOCK))
		wait_for_connection(app);
	if (fd >= 0 || stopping)
		return fd;
	if (errno == EINVAL) { /* the same, where it is a TCP socket */
		stopping = 1;
		return -1;
	}
	if (errno == ENOTSOCK || errno == EBADF) {
		log_msg(LOG_ERROR, "accept: %s", strerror(errno));
		exit(1);
	}
	nanosleep(&t, NULL); /* temporary, such as too many open files */
	return -1;
}

/* Whether the connection has input within SILENT_SECONDS; it is closed otherwise. */
static bool has_input(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int k;

	while ((k = poll(&p, 1, SILENT_SECONDS * 1000)) < 0 && errno == EINTR)
		;
	if (k <= 0)
		close(fd);
	return k > 0;
}

/* Whether a whole request has arrived, so that reading it does not wait: up to the empty
 * FCGI_STDIN record (FastCGI specification 1.0, section 6.2). */
static bool has_whole_request(int fd)
{
	static unsigned char seen[PEEK];
	ssize_t n = recv(fd, seen, sizeof seen, MSG_PEEK | MSG_DONTWAIT);

	for (ssize_t at = 0; at + FCGI_HEADER_LEN <= n;) {
		const unsigned char *head = seen + at;
		ssize_t content = head[4] << 8 | head[5];

		if (head[1] == FCGI_STDIN && content == 0)
			return true;
		at += FCGI_HEADER_LEN + content + head[6];
	}
	return false;
}

/* Reads the head of a request from a connection that has input. The accept() of libfcgi is not
 * used: it has a race with signals, and drops a connection when a signal interrupts its poll().
 * FCGX_Accept_r reads from a connection that is marked as kept, and with a listen socket of -1 it
 * cannot accept another. */
static bool receive(struct wire *w, int fd)
{
	FCGX_Request r = w->r;

	*w = (struct wire){.conn = {.read = wire_read,
				   .write = wire_write,
				   .abandon = wire_abandon,
				   .finish = wire_finish,
				   .impl = w},
		.r = r};
	w->r.ipcFd = fd;
	w->r.keepConnection = 1;
	if (FCGX_Accept_r(&w->r) < 0)
		return false;
	w->conn.env = w->r.envp;
	return true;
}

/* ---- serving ---- */

/* What a worker needs: the connections of the requests that the program keeps, and of one more. */
struct worker {
	const struct fastcgi_app *t;
	struct wire wires[KEPT_MAX + 1];
	size_t kept;
	long served;
	int waiting; /* a connection that was accepted but has no whole request yet; -1: none */
};

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

/* Serves the request of a connection, if it has one, unless the program keeps it. */
static void serve_one(struct worker *k, int fd)
{
	struct wire *w = &k->wires[k->kept];

	if (!has_input(fd) || !receive(w, fd))
		return;
	if (++k->served % LOOK_EVERY == 0)
		look_for_stop();
	if (k->t->handle(k->t->ctx, &w->conn)) {
		k->kept++;
		return;
	}
	wire_finish(&w->conn);
	if (k->t->after != NULL)
		k->t->after(k->t->ctx);
}

/* The next connection for a worker whose program keeps requests: one that does not make them wait.
 * -1: there is none. */
static int another(struct worker *k)
{
	int fd = k->kept < KEPT_MAX ? accept_now() : -1;

	if (fd < 0 || has_whole_request(fd))
		return fd;
	k->waiting = fd;
	return -1;
}

/* Serves one request, if one arrives. While the program keeps requests it also gets those that wait
 * already, so that they are settled together. */
static void serve_round(struct worker *k)
{
	int fd = k->waiting >= 0 ? k->waiting : accept_next(k->t);

	k->waiting = -1;
	for (int n = 1; fd >= 0; n++) {
		serve_one(k, fd);
		fd = k->kept > 0 && n < ROUND_MAX ? another(k) : -1;
	}
	if (k->kept == 0)
		return;
	k->t->settle(k->t->ctx);
	for (size_t i = 0; i < k->kept; i++)
		wire_finish(&k->wires[i].conn);
	k->kept = 0;
}

/* The loop of a worker; returns its exit status. `last`: the master is stopping, so only queued
 * requests are served. */
static int serve(void *ctx, bool last)
{
	static struct worker k;
	const struct life *l = ctx;
	const struct fastcgi_app *t = l->t;
	long max = lifetime(l->o->max_requests);
	bool alone = l->o->workers == 0;

	k = (struct worker){.t = t, .waiting = -1};
	if (FCGX_Init() != 0 || !epoll_open())
		return 1;
	for (size_t i = 0; i <= KEPT_MAX; i++)
		if (FCGX_InitRequest(&k.wires[i].r, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
			return 1;
	catch_signals();
	if (t->start != NULL)
		t->start(t->ctx);
	prefork_ready();
	while (k.waiting >= 0 || (!stopping && (max == 0 || k.served < max) && (!last || queued())))
		serve_round(&k);
	/* A process that is alone on its socket (mod_fcgid, spawn-fcgi) must serve the queued
	 * connections before it exits, or they are lost. */
	for (int i = 0; i < LEFTOVER && alone && (k.waiting >= 0 || queued()); i++)
		serve_round(&k);
	if (t->stop != NULL)
		t->stop(t->ctx);
	return 0;
}

int fastcgi_run(const struct fastcgi_app *t, const struct fastcgi_options *o)
{
	struct life l = {t, o};
	const char *path = o->listen != NULL && strchr(o->listen, '/') != NULL ? o->listen : NULL;
	struct prefork m = {.work = serve,
		.ctx = &l,
		.workers = MIN(o->workers, MASTER_MAX),
		.own_socket = o->listen != NULL,
		.unlink = path};
	int flags, rc;

	if (o->listen != NULL && !prefork_reexecuted() && !listen_open(o->listen))
		return 1;
	if (!listen_is_open(STDIN_FILENO))
		return cgi_serve(t);
	flags = fcntl(STDIN_FILENO, F_GETFL);
	/* for accept_now(): several workers may see the same connection */
	fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK);
	if (o->workers > 0)
		return prefork_run(&m);
	rc = serve(&l, false);
	if (path != NULL)
		unlink(path);
	return rc;
}
