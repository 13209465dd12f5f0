/* hosts: the list in db_host, and which of its hosts is in use. */
#ifndef TG_DB_HOSTS_H
#define TG_DB_HOSTS_H

#include "common/runtime/config.h"
#include "common/runtime/shm.h"

#include <stdbool.h>
#include <stddef.h>

/* The first host that works is used by all: on a cluster, two nodes that both write get in each
 * other's way. A host that failed is passed over by all processes of this web node, without trying
 * it, until one of them has found that it answers again. So a host that is down or hangs costs one
 * connection timeout, not one for each connection. */
struct hosts;

struct host {
	char name[256]; /* "" for the local socket */
	unsigned port; /* 0: the default */
};

/* `conf` must outlive it. Freed by hosts_free(). */
struct hosts *hosts_new(const struct config *conf);
void hosts_free(struct hosts *h);
/* The marks of failed hosts are shared through `shm`, which must outlive it; NULL: this process has
 * its own. */
void hosts_share(struct hosts *h, struct shm *shm);
size_t hosts_count(const struct hosts *h);

/* The host to connect to: `attempt` counts from 0; NULL when all have been tried. Those that failed
 * lately come last. */
const struct host *hosts_pick(struct hosts *h, size_t attempt);
/* The host could not be connected to, or does not do its work. */
void hosts_failed(struct hosts *h, const struct host *host);
void hosts_works(struct hosts *h, const struct host *host);
/* A host before `current` in the list that may work again, or NULL. Never waits, and does nothing
 * more often than once per second; one process at a time looks whether a failed host answers. */
const struct host *hosts_preferred(struct hosts *h, const struct host *current);

#endif
