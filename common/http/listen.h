/* listen: opens the socket on which a program listens. */
#ifndef TG_HTTP_LISTEN_H
#define TG_HTTP_LISTEN_H

#include <stdbool.h>

/* Whether the descriptor is a listen socket. */
bool listen_is_open(int fd);

/* Opens a listen socket as descriptor 0, where a web server passes it: "/path/to.sock",
 * "127.0.0.1:9000" or "[::1]:9000". The file of a socket on which nobody listens is replaced. False
 * after a failure, which is logged. */
bool listen_open(const char *where);

#endif
