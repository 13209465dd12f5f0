/* listen: opens the socket on which a program listens. */
#include "common/http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/log.h"

#define BACKLOG 1024 /* of listen(2) */

bool listen_is_open(int fd)
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

bool listen_open(const char *where)
{
	int fd = strchr(where, '/') != NULL ? listen_unix(where) : listen_tcp(where);

	if (fd < 0)
		return false;
	if (fd != STDIN_FILENO) {
		dup2(fd, STDIN_FILENO);
		close(fd);
	}
	return true;
}
