/* prefork: the master process, which keeps n workers running, recycles and drains them. */
#ifndef TG_RUNTIME_PREFORK_H
#define TG_RUNTIME_PREFORK_H

#include <stdbool.h>

#define MASTER_MAX 256 /* maximum number of workers */

struct prefork {
	/* Runs in each worker, which exits with its result. `last`: serve the connections queued on
	 * the listen socket, then return. */
	int (*work)(void *ctx, bool last);
	void *ctx; /* passed to work() */
	int workers; /* 1 to MASTER_MAX */
	bool own_socket; /* the program listens by itself: whoever started it starts it again */
	const char *unlink; /* path of a socket to remove at the end, or NULL */
};

/* Whether this process is a master that replaced its image on SIGHUP; then fd 0 is already the
 * listen socket. */
bool prefork_reexecuted(void);
/* Runs the master until SIGTERM, SIGINT or SIGUSR1; returns the exit status. fd 0 must be the
 * listen socket. SIGHUP replaces the image and the workers. */
int prefork_run(const struct prefork *m);
/* Must be called by a worker when it is ready to accept; no effect in other processes. */
void prefork_ready(void);

#endif
