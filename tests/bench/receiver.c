/* receiver: a fast webhook receiver for tests/bench/flush. */

/* receiver LOG: listens on a free port of 127.0.0.1 and prints it. /dead never gets a response;
 * everything else gets 200 immediately. On SIGTERM writes LOG: a line per request with its path,
 * webhook-id and time (Unix ms). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <sys/param.h>

#define FDS 8192
#define ROOM 65536

struct seen {
	char path[24], id[40];
	int64_t at;
};
static struct seen *log_rows;
static size_t n_rows, room_rows;

struct client {
	char *p;
	size_t n;
};
static struct client clients[FDS];
static volatile sig_atomic_t over;

static void end(int number)
{
	over = number;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The value of a header, up to the line's end. */
static const char *header(const char *head, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = strchr(head, '\n'); p; p = strchr(p + 1, '\n'))
		if (strncasecmp(p + 1, name, n) == 0)
			return p + 1 + n + strspn(p + 1 + n, " ");
	return NULL;
}

static void note(const char *head)
{
	if (n_rows == room_rows) {
		room_rows = MAX(2 * room_rows, 1024);
		log_rows = realloc(log_rows, room_rows * sizeof *log_rows);
		if (!log_rows)
			abort();
	}
	struct seen *s = &log_rows[n_rows++];
	const char *path = strchr(head, ' '), *id = header(head, "webhook-id:");
	memset(s, 0, sizeof *s);
	s->at = now_ms();
	if (path)
		memcpy(s->path, path + 1, MIN(strcspn(path + 1, " "), sizeof s->path - 1));
	if (id)
		memcpy(s->id, id, MIN(strcspn(id, "\r"), sizeof s->id - 1));
}

static void disconnect(int fd)
{
	free(clients[fd].p);
	clients[fd] = (struct client){.p = NULL};
	close(fd);
}

/* Answers each whole request that is there. False: the connection is of no more use. */
static bool serve(int fd, struct client *c)
{
	static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	for (;;) {
		c->p[c->n] = '\0';
		char *body = strstr(c->p, "\r\n\r\n");
		if (!body)
			return c->n < ROOM - 1;
		const char *length = header(c->p, "content-length:");
		size_t whole = (size_t)(body + 4 - c->p) + (length ? strtoul(length, NULL, 10) : 0);
		if (whole >= ROOM)
			return false;
		if (c->n < whole)
			return true;
		note(c->p);
		if (strncmp(c->p, "POST /dead", 10) != 0 &&
			write(fd, reply, sizeof reply - 1) != (ssize_t)sizeof reply - 1)
			return false;
		memmove(c->p, c->p + whole, c->n - whole);
		c->n -= whole;
	}
}

static void read_from(int fd)
{
	struct client *c = &clients[fd];
	if (!c->p && !(c->p = malloc(ROOM)))
		abort();
	ssize_t n = read(fd, c->p + c->n, ROOM - 1 - c->n);
	if (n > 0)
		c->n += (size_t)n;
	if (n == 0 || (n < 0 && errno != EAGAIN) || !serve(fd, c))
		disconnect(fd);
}

static void take(int listener, int loop)
{
	int fd;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		if (fd >= FDS ||
			epoll_ctl(loop, EPOLL_CTL_ADD, fd,
				&(struct epoll_event){.events = EPOLLIN, .data.fd = fd}))
			close(fd);
}

static int listen_somewhere(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1024) ||
		getsockname(fd, (struct sockaddr *)&a, &n))
		return -1;
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

static int write_log(const char *path)
{
	FILE *f = fopen(path, "w");
	if (!f)
		return 1;
	for (size_t i = 0; i < n_rows; i++)
		fprintf(f, "%s %s %lld\n", log_rows[i].path, log_rows[i].id,
			(long long)log_rows[i].at);
	return fclose(f) != 0;
}

int main(int argc, char **argv)
{
	struct rlimit l = {FDS, FDS};
	struct sigaction a = {.sa_handler = end};
	struct epoll_event events[256];
	int loop = epoll_create1(0), listener;
	if (argc != 2)
		return 2;
	setrlimit(RLIMIT_NOFILE, &l);
	sigaction(SIGTERM, &a, NULL);
	signal(SIGPIPE, SIG_IGN);
	listener = listen_somewhere();
	if (listener < 0 ||
		epoll_ctl(loop, EPOLL_CTL_ADD, listener,
			&(struct epoll_event){.events = EPOLLIN, .data.fd = listener}))
		return 1;
	while (!over) {
		int n = epoll_wait(loop, events, 256, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				take(listener, loop);
			else
				read_from(events[i].data.fd);
		}
	}
	return write_log(argv[1]);
}
