/* crowd: requests at given rates, each kind with connections of its own, in one thread with epoll.
 */

/* crowd PORT SECONDS KINDS: each line of the file KINDS is a name, a rate per second, a number of
 * connections, an API key ("-": none), a method, a path and a JSON body ("-": none), separated by
 * tabs. A request is due every 1/rate seconds, whatever became of those before it, and its latency
 * counts from then: what waits for a free connection is slow. A GET sends the ETag of the last
 * answer on its connection. In a path, "%" becomes a number of its own. Prints for each kind: its
 * name, requests, answers by status ("200:17,304:2983"), p50, p99 and most in microseconds; then
 * "cpu US". */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define KINDS 32
#define ROOM 131072 /* of an answer */

struct kind {
	char *name, *key, *method, *path, *body;
	int64_t rate; /* per second */
	size_t n, sent, answered; /* connections; requests */
	struct seat *seats;
	uint32_t *latency; /* microseconds */
	long status[600], lost;
};

struct seat { /* a connection */
	struct kind *kind;
	int fd;
	bool busy, close;
	int64_t due;
	size_t got, size; /* bytes of the answer; of all of it, 0 while the head is not there */
	char etag[100];
	char *in;
};

static struct kind kinds[KINDS];
static size_t n_kinds;
static struct sockaddr_in to;
static int epoll_fd;
static long number;

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void sit(struct seat *s)
{
	int one = 1;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&to, sizeof to) != 0)
		die("connect");
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
	if (fcntl(s->fd, F_SETFL, O_NONBLOCK) != 0 ||
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, s->fd, &e) != 0)
		die("socket");
	s->close = false;
}

/* The request of a kind, with the seat's validator. */
static int write_request(const struct seat *s, char *out, size_t size)
{
	const struct kind *k = s->kind;
	char path[500], head[400] = "";
	size_t n = strcspn(k->path, "%");
	int m = 0;
	if (k->path[n])
		snprintf(
			path, sizeof path, "%.*s%ld%s", (int)n, k->path, number++, k->path + n + 1);
	else
		snprintf(path, sizeof path, "%s", k->path);
	if (*k->key != '-')
		m += snprintf(head + m, sizeof head - (size_t)m, "api-key: %s\r\n", k->key);
	if (*s->etag)
		m += snprintf(head + m, sizeof head - (size_t)m, "If-None-Match: %s\r\n", s->etag);
	if (*k->body == '-')
		return snprintf(out, size, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", k->method,
			path, head);
	return snprintf(out, size,
		"%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		k->method, path, head, strlen(k->body), k->body);
}

static void ask(struct seat *s, int64_t due)
{
	char out[8192];
	int n = write_request(s, out, sizeof out);
	if (n < 0 || (size_t)n >= sizeof out)
		die("a request is too long");
	if (s->fd < 0 || s->close)
		sit(s);
	s->due = due;
	s->got = s->size = 0;
	s->busy = true;
	if (send(s->fd, out, (size_t)n, MSG_NOSIGNAL) == n)
		return;
	sit(s); /* the server hung up */
	if (send(s->fd, out, (size_t)n, MSG_NOSIGNAL) != n)
		die("send");
}

/* The value of a header of the answer; NULL when it has none. */
static const char *header(const struct seat *s, const char *name)
{
	const char *at = strcasestr(s->in, name);
	if (at)
		return at + strlen(name);
	return NULL;
}

static bool whole(struct seat *s)
{
	s->in[s->got] = 0;
	if (!s->size) {
		char *end = strstr(s->in, "\r\n\r\n");
		if (!end)
			return false;
		*end = 0;
		const char *length = header(s, "\r\nContent-Length: "),
			   *tag = header(s, "\r\nETag: ");
		s->close = header(s, "\r\nConnection: close") != NULL;
		if (tag && strcmp(s->kind->method, "GET") == 0)
			snprintf(s->etag, sizeof s->etag, "%.*s",
				(int)MIN(strcspn(tag, "\r"), sizeof s->etag - 1), tag);
		s->size = (size_t)(end + 4 - s->in) + (length ? strtoul(length, NULL, 10) : 0);
		*end = '\r';
	}
	return s->got >= s->size;
}

static void hear(struct seat *s)
{
	struct kind *k = s->kind;
	ssize_t n = recv(s->fd, s->in + s->got, ROOM - 1 - s->got, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		k->lost += s->busy;
		s->busy = false;
		close(s->fd);
		s->fd = -1;
		return;
	}
	s->got += (size_t)n;
	if (!s->busy || !whole(s))
		return;
	int status = atoi(s->in + 9);
	s->busy = false;
	k->status[status >= 0 && status < 600 ? status : 0]++;
	k->latency[k->answered++] = (uint32_t)(now_us() - s->due);
}

/* Sends what is due, as far as connections are free. Returns when the next request is due. */
static int64_t send_due(struct kind *k, int64_t began, int64_t now, int64_t until)
{
	for (size_t i = 0; i < k->n; i++) {
		int64_t due = began + (int64_t)k->sent * 1000000 / k->rate;
		if (due > now || due >= until)
			return due;
		if (k->seats[i].busy)
			continue;
		k->sent++;
		ask(&k->seats[i], due);
	}
	return now + 1000; /* all are busy */
}

static bool busy(void)
{
	for (size_t k = 0; k < n_kinds; k++)
		for (size_t i = 0; i < kinds[k].n; i++)
			if (kinds[k].seats[i].busy)
				return true;
	return false;
}

static void run(int64_t began, int64_t until)
{
	struct epoll_event events[256];
	for (int64_t now = began; now < until || (busy() && now < until + 30000000);
		now = now_us()) {
		int64_t next = now + 100000;
		for (size_t k = 0; k < n_kinds && now < until; k++) {
			int64_t due = send_due(&kinds[k], began, now, until);
			next = MIN(next, due);
		}
		int64_t wait = MAX(next - now_us(), 0);
		const struct timespec t = {wait / 1000000, wait % 1000000 * 1000};
		int n = epoll_pwait2(epoll_fd, events, 256, &t, NULL);
		for (int i = 0; i < n; i++)
			hear(events[i].data.ptr);
	}
}

static void add_kind(char *line, int64_t seconds)
{
	struct kind *k = &kinds[n_kinds++];
	char *words[7];
	if (n_kinds > KINDS)
		die("too many kinds");
	for (size_t i = 0; i < 7; i++)
		words[i] = strsep(&line, "\t\n");
	if (!words[6])
		die("a line has no seven columns");
	*k = (struct kind){.name = words[0],
		.rate = MAX(atol(words[1]), 1),
		.n = (size_t)atol(words[2]),
		.key = words[3],
		.method = words[4],
		.path = words[5],
		.body = words[6]};
	k->seats = calloc(k->n, sizeof *k->seats);
	k->latency = calloc((size_t)(k->rate * seconds) + 2, sizeof *k->latency);
	if (!k->seats || !k->latency)
		abort();
	for (size_t i = 0; i < k->n; i++) {
		k->seats[i] = (struct seat){.kind = k, .fd = -1, .in = malloc(ROOM)};
		if (!k->seats[i].in)
			abort();
		sit(&k->seats[i]);
	}
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static void report(struct kind *k)
{
	const char *comma = "";
	qsort(k->latency, k->answered, sizeof *k->latency, compare);
	printf("%s %zu ", k->name, k->sent);
	for (int i = 0; i < 600; i++)
		if (k->status[i]) {
			printf("%s%d:%ld", comma, i, k->status[i]);
			comma = ",";
		}
	if (k->sent > k->answered)
		printf("%s0:%zu", comma, k->sent - k->answered);
	printf(" %u %u %u\n", k->latency[k->answered / 2], k->latency[k->answered * 99 / 100],
		k->latency[k->answered ? k->answered - 1 : 0]);
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	struct rusage u;
	if (argc != 4) {
		fprintf(stderr, "usage: crowd PORT SECONDS KINDS\n");
		return 2;
	}
	to = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(argv[1])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	FILE *f = fopen(argv[3], "r");
	if (epoll_fd < 0 || !f)
		die(argv[3]);
	while (getline(&line, &size, f) > 0)
		add_kind(strdup(line), atol(argv[2]));
	fclose(f);
	free(line);
	int64_t began = now_us();
	run(began, began + atol(argv[2]) * 1000000);
	for (size_t i = 0; i < n_kinds; i++)
		report(&kinds[i]);
	getrusage(RUSAGE_SELF, &u);
	printf("cpu %lld\n",
		(long long)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
			u.ru_stime.tv_usec);
	return 0;
}
