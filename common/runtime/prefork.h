/* prefork: holds the listen socket, keeps n workers alive, recycles and drains them. */
#ifndef TG_RUNTIME_PREFORK_H
#define TG_RUNTIME_PREFORK_H

#include <stdbool.h>

#define MASTER_MAX 256 /* workers */

struct prefork {
	/* The life of one worker; the process exits with what it returns. `last`: serve what waits
	 * on the listen socket, then return. */
	int (*work)(void *ctx, bool last);
	void *ctx;
	int workers;
	const char *unlink; /* the socket's path if it is ours to take away at the end, or NULL */
};

/* Is this process a master that replaced its own image (SIGHUP)? Then fd 0 is the listen socket
 * already. */
bool prefork_reexecuted(void);
/* Runs until told to stop; the exit status. fd 0 is the listen socket. */
int prefork_run(const struct prefork *m);
/* Said by a worker when it is ready to accept; nothing outside a master. */
void prefork_ready(void);

#endif
