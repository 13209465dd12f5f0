/* buyers: the concurrent buyers of tests/bench/rush, in one thread with epoll. */

/* buyers PORT BUYERS SECONDS BODIES ACKNOWLEDGED: keeps one request under way on each of BUYERS
 * kept-alive connections. Each line of the file BODIES is an API key, a path below /box-office/v1,
 * and a JSON body, separated by tabs, of which each request takes one at random. A hold that is
 * created becomes an order by the buyer's next request. The ids of the orders that were answered
 * 201 are written to ACKNOWLEDGED, one per line. Prints lines: "status N COUNT", "orders COUNT",
 * "reason COUNT TEXT", "lost COUNT" (connections that broke under a request), "time US", "p50 US",
 * "p99 US", "most US", "cpu US". */
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <sys/param.h>

#define REASONS 40
#define ROOM 16384

struct wish {
	char *key, *path, *body;
};

struct buyer {
	int fd;
	bool busy, close;
	const struct wish *wish; /* of the request under way */
	char hold[37]; /* to be ordered next; "": none */
	int64_t began;
	size_t n, size; /* read of the answer; size: of all of it, 0 while the head is not there */
	long sent;
	char in[ROOM];
};

static struct {
	struct sockaddr_in to;
	struct wish *wishes;
	size_t n_wishes;
	int epoll;
	FILE *acknowledged;
	bool over;
	size_t busy;
	uint32_t *latency; /* microseconds */
	size_t n, room;
	long status[600], lost, orders;
	struct {
		char text[200];
		long n;
	} reasons[REASONS];
	uint64_t dice;
	char run[24];
} all;

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static size_t chance(size_t n)
{
	all.dice ^= all.dice << 13;
	all.dice ^= all.dice >> 7;
	all.dice ^= all.dice << 17;
	return (size_t)(all.dice % n);
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void join(struct buyer *b)
{
	int one = 1;
	if (b->fd >= 0)
		close(b->fd);
	b->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (b->fd < 0 || connect(b->fd, (struct sockaddr *)&all.to, sizeof all.to) != 0)
		die("connect");
	if (fcntl(b->fd, F_SETFL, O_NONBLOCK) != 0 ||
		setsockopt(b->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
		die("socket");
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = b};
	if (epoll_ctl(all.epoll, EPOLL_CTL_ADD, b->fd, &e) != 0)
		die("epoll_ctl");
	b->close = false;
}

static void ask(struct buyer *b, long number)
{
	char out[8192], use[200];
	if (!*b->hold)
		b->wish = &all.wishes[chance(all.n_wishes)];
	const char *body = b->wish->body, *path = b->wish->path;
	if (*b->hold) {
		path = "orders";
		body = use;
		snprintf(use, sizeof use,
			"{\"holdId\":\"%s\",\"buyer\":{\"name\":\"Ana Reyes\","
			"\"email\":\"ana@example.com\"}}",
			b->hold);
	}
	int n = snprintf(out, sizeof out,
		"POST /box-office/v1/%s HTTP/1.1\r\nHost: 127.0.0.1\r\napi-key: "
		"%s\r\nContent-Type: application/json\r\nIdempotency-Key: %s-%ld-%ld\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		path, b->wish->key, all.run, number, b->sent++, strlen(body), body);
	if (n < 0 || (size_t)n >= sizeof out) {
		fprintf(stderr, "a body is too long\n");
		exit(1);
	}
	if (b->fd < 0 || b->close)
		join(b);
	b->began = now_us();
	b->n = b->size = 0;
	b->busy = true;
	all.busy++;
	/* small enough for the socket's buffer; else the server hung up */
	if (send(b->fd, out, (size_t)n, MSG_NOSIGNAL) != n) {
		join(b);
		if (send(b->fd, out, (size_t)n, MSG_NOSIGNAL) != n)
			die("send");
	}
}

/* The message of a refusal, with each number as N and each name as '…'. */
static void reason(const char *body)
{
	const char *p = strstr(body, "\"message\":\"");
	char text[200];
	size_t n = 0;
	bool quoted = false;
	for (p = p ? p + 11 : ""; *p && *p != '"' && n < sizeof text - 8; p++) {
		if (*p == '\'')
			quoted = !quoted;
		if (quoted && *p != '\'')
			continue;
		if (*p >= '0' && *p <= '9') {
			if (n == 0 || text[n - 1] != 'N')
				text[n++] = 'N';
			continue;
		}
		text[n++] = *p;
	}
	text[n] = 0;
	for (size_t i = 0; i < REASONS; i++) {
		if (all.reasons[i].n && strcmp(all.reasons[i].text, text) != 0)
			continue;
		snprintf(all.reasons[i].text, sizeof all.reasons[i].text, "%s", text);
		all.reasons[i].n++;
		return;
	}
}

static void answered(struct buyer *b, const char *body)
{
	int status = atoi(b->in + 9);
	b->busy = false;
	all.busy--;
	all.status[status >= 0 && status < 600 ? status : 0]++;
	if (all.n == all.room) {
		all.room *= 2;
		all.latency = realloc(all.latency, all.room * sizeof *all.latency);
		if (!all.latency)
			abort();
	}
	all.latency[all.n++] = (uint32_t)(now_us() - b->began);
	const char *id = strstr(body, "{\"data\":{\"id\":\"");
	bool held = status == 201 && id && !*b->hold && strcmp(b->wish->path, "holds") == 0;
	*b->hold = 0;
	if (held) {
		memcpy(b->hold, id + 15, 36);
	} else if (status == 201 && id) {
		all.orders++;
		fprintf(all.acknowledged, "%.36s\n", id + 15);
	} else {
		reason(body);
	}
}

/* Whether the whole answer is there. */
static bool complete(struct buyer *b)
{
	b->in[b->n] = 0;
	if (!b->size) {
		char *end = strstr(b->in, "\r\n\r\n");
		if (!end)
			return false;
		*end = 0;
		const char *length = strcasestr(b->in, "\r\nContent-Length:");
		b->close = strcasestr(b->in, "\r\nConnection: close") != NULL;
		*end = '\r';
		b->size = (size_t)(end + 4 - b->in) + (length ? strtoul(length + 17, NULL, 10) : 0);
	}
	return b->n >= b->size;
}

static void hear(struct buyer *b)
{
	ssize_t got = recv(b->fd, b->in + b->n, ROOM - 1 - b->n, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		if (b->busy) {
			all.lost++;
			all.busy--;
		}
		b->busy = false;
		close(b->fd);
		b->fd = -1;
		return;
	}
	b->n += (size_t)got;
	if (b->busy && complete(b))
		answered(b, strstr(b->in, "\r\n\r\n") + 4);
}

static void run(struct buyer *buyers, size_t n, int64_t until)
{
	struct epoll_event events[256];
	while (all.busy > 0 && now_us() < until + 30000000) {
		int some = epoll_wait(all.epoll, events, 256, 1000);
		all.over = all.over || now_us() >= until;
		for (int i = 0; i < some; i++) {
			struct buyer *b = events[i].data.ptr;
			hear(b);
			if (!b->busy && !all.over)
				ask(b, b - buyers);
		}
	}
	for (size_t i = 0; i < n; i++)
		all.lost += buyers[i].busy;
}

/* The text up to the next tab, which becomes its end; *rest begins behind it. */
static char *word(char **rest)
{
	char *text = *rest, *tab = strchr(text, '\t');
	if (!tab) {
		fprintf(stderr, "a line has no three columns\n");
		exit(1);
	}
	*tab = 0;
	*rest = tab + 1;
	return text;
}

static void read_wishes(const char *path)
{
	char *line = NULL;
	size_t size = 0, room = 0;
	FILE *f = fopen(path, "r");
	if (!f)
		die(path);
	for (ssize_t n; (n = getline(&line, &size, f)) > 0;) {
		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		if (all.n_wishes == room) {
			room = MAX(room * 2, 64);
			all.wishes = realloc(all.wishes, room * sizeof *all.wishes);
			if (!all.wishes)
				abort();
		}
		char *rest = strdup(line), *key = word(&rest), *below = word(&rest);
		all.wishes[all.n_wishes++] = (struct wish){key, below, rest};
	}
	free(line);
	fclose(f);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static void report(int64_t took)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	qsort(all.latency, all.n, sizeof *all.latency, compare);
	for (int i = 0; i < 600; i++)
		if (all.status[i])
			printf("status %d %ld\n", i, all.status[i]);
	for (size_t i = 0; i < REASONS && all.reasons[i].n; i++)
		printf("reason %ld %s\n", all.reasons[i].n, all.reasons[i].text);
	printf("orders %ld\nlost %ld\ntime %lld\n", all.orders, all.lost, (long long)took);
	if (all.n)
		printf("p50 %u\np99 %u\nmost %u\n", all.latency[all.n / 2],
			all.latency[all.n * 99 / 100], all.latency[all.n - 1]);
	printf("cpu %lld\n",
		(long long)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
			u.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: buyers PORT BUYERS SECONDS BODIES ACKNOWLEDGED\n");
		return 2;
	}
	size_t n = (size_t)atol(argv[2]);
	all.to = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(argv[1])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	all.dice = (uint64_t)now_us() | 1;
	snprintf(all.run, sizeof all.run, "%llx", (unsigned long long)all.dice);
	all.epoll = epoll_create1(EPOLL_CLOEXEC);
	all.acknowledged = fopen(argv[5], "w");
	all.room = 1 << 16;
	all.latency = calloc(all.room, sizeof *all.latency);
	struct buyer *buyers = calloc(MAX(n, 1), sizeof *buyers);
	if (all.epoll < 0 || !all.acknowledged || !all.latency || !buyers)
		die("buyers");
	read_wishes(argv[4]);
	if (!n || !all.n_wishes)
		return 2;
	for (size_t i = 0; i < n; i++) {
		buyers[i].fd = -1;
		join(&buyers[i]);
	}
	int64_t began = now_us();
	for (size_t i = 0; i < n; i++)
		ask(&buyers[i], (long)i);
	run(buyers, n, began + atol(argv[3]) * 1000000);
	report(now_us() - began);
	return fclose(all.acknowledged) != 0;
}
