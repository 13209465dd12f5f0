/* flush: what the parts of webhook-flush share. */
#ifndef TG_WEBHOOK_FLUSH_FLUSH_H
#define TG_WEBHOOK_FLUSH_FLUSH_H

#include "common/runtime/config.h"
#include "common/db/connection.h"
#include "common/text/json_writer.h"
#include "common/net/http_client.h"
#include "common/crypto/seal.h"
#include "common/db/statement.h"

#include <stdbool.h>
#include <stdint.h>

#define FLYING_MAX 256 /* transfers at once */
/* of these, to endpoints that did not answer the last time, or never yet and not lately */
#define SUSPECTS_MAX 128
/* transfers at once to one endpoint; it begins with few and earns more */
#define WINDOW_MAX 32
/* of the suspects' transfers to one host, whatever the number of its endpoints; past it each
 * endpoint has one, */
#define HOST_SUSPECTS WINDOW_MAX
/* up to so many: a host that is down must not take the place of others that are slow */
#define HOST_SUSPECTS_MAX 64
#define ATTEMPTS 3
#define BUDGET_MS 10000 /* for one transfer, all in all */
#define LEASE_MS 60000 /* a delivery that was taken is ours for so long */
#define LEASE_SPARE_MS 15000 /* what must be left of it when the transfer begins */
/* bytes of bodies in memory; past it a body is read when its turn comes */
#define BODIES_MAX ((size_t)16 << 20)
#define REST_MAX_MS INT64_C(3600000)
#define DISABLE_AFTER 10
#define BATCH 256
#define SECRETS_MAX 12

struct receiver;

/* Where endpoints lead. A host that does not answer for one does not answer for another. */
struct host {
	struct host *bucket; /* of the hash */
	size_t slow_count; /* transfers under way of its suspect endpoints */
	char name[];
};

/* A delivery that was taken. */
struct job {
	struct job *next;
	struct receiver *to;
	/* the subject's id is the notice's: the outbox row's, or the delivery's own when it brings
	 * its body */
	struct uuid delivery, subject;
	int64_t attempts, tries; /* this one included */
	int64_t lease_until;
	/* spent: its last attempt was begun by somebody who never ended it */
	bool manual, spent;
	bool body_read, bodyless; /* bodyless: what it should say is no longer kept */
	bool done;
	char *body, *url;
	size_t body_n;
	struct http_request post;
};

/* An endpoint, as far as this run knows it. */
struct receiver {
	struct receiver *bucket; /* of the hash */
	struct uuid id, org;
	char *url;
	struct host *host;
	char secrets[SECRETS_MAX][SECRET_TEXT_MAX + 1]; /* the newest first */
	size_t n_secrets;
	/* there may be deliveries with so many attempts behind them that are due */
	bool due[ATTEMPTS + 1];
	/* since when, at the earliest: what was taken before leaves marks in the index that need
	 * not be read again and again */
	int64_t from[ATTEMPTS + 1];
	bool ended; /* disabled or deleted: what is due is to be cancelled */
	bool slow;
	int64_t rest_until;
	unsigned window, flying, taken; /* taken: flying and queued */
	struct job *queue, **queue_end;
};

struct flush {
	const struct config *conf;
	struct db *db;
	struct arena *arena; /* of one step */
	struct buf text; /* JSON for statements */
	struct http_client *http_client;
	struct uuid run; /* whose leases these are */
	struct receiver **buckets, **list;
	struct host **hosts;
	size_t n_list, list_room, turn, send_turn;
	size_t flying, slow_count, queued, body_bytes;
	struct job *finished, **finished_end;
	size_t n_finished;
	int64_t finished_ns; /* since when the first of them waits */
	int64_t delivered, failed;
	bool trouble; /* something could not be done the last time it was tried */
};

/* cron/webhook_flush/endpoints.c */
struct receiver *receiver_by_id(struct flush *f, struct uuid id);
/* where it leads to now */
void receiver_set_url(struct flush *f, struct receiver *r, const char *url);
void receiver_due(struct receiver *r, int64_t attempts, int64_t from);
void receiver_all_due(struct receiver *r);
void receivers_free(struct flush *f);
struct job *job_new(struct receiver *r);
void job_free(struct flush *f, struct job *j);
void job_queue(struct flush *f, struct job *j);
void job_done(struct flush *f, struct job *j); /* into the finished ones */
/* A JSON array is begun in f->text; params for a statement that takes it. */
struct json *rows_begin(struct flush *f);
struct val rows_end(struct flush *f);
/* One transaction, run again when it lost against another; the arena is the step's. */
typedef enum err flush_step(struct flush *f, void *ctx);
NODISCARD enum err flush_transact(struct flush *f, flush_step *step, void *ctx);

/* fanout.c: from the outbox to the endpoints that want it. */
NODISCARD enum err fanout_waiting(struct flush *f, bool *waiting);
NODISCARD enum err fanout(struct flush *f, size_t *n); /* how many outbox rows were handed on */

/* cron/webhook_flush/dequeue.c: what is due, and taking it. */
NODISCARD enum err due_scan(struct flush *f, int64_t now);
/* there may be something to take, now or when there is room */
bool dequeue_wanted(const struct flush *f, int64_t now);
/* may one more transfer to this suspect endpoint be under way? */
bool may_send_to_slow(const struct flush *f, const struct receiver *r);
NODISCARD enum err claim(struct flush *f, bool *any);
/* gives back what was taken and not begun; frees it */
NODISCARD enum err release(struct flush *f, struct job *list);

/* The deliveries' ids for a statement, as a JSON array in hex. */
struct val job_ids(struct flush *f, const struct job *list);

/* cron/webhook_flush/bodies.c */
/* Reads the bodies of a list as long as they fit into `most` bytes of all that are held. */
NODISCARD enum err read_bodies(struct flush *f, struct job *list, size_t most);
NODISCARD enum err read_body(struct flush *f, struct job *j);
extern const struct statement *const bodies_statements[]; /* ends with NULL */

/* cron/webhook_flush/results.c: what became of them. */
NODISCARD enum err settle(struct flush *f);
NODISCARD enum err cancel_ended(struct flush *f, struct receiver *r);

/* send.c */
void send_queued(struct flush *f, bool releasing);
void send_harvest(struct flush *f);

extern const struct statement *const fanout_statements[], *const dequeue_statements[],
								  *const results_statements[];

#endif
