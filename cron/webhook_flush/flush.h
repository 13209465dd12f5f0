/* flush: the limits, data structures and functions that the parts of webhook-flush share. */
#ifndef TG_WEBHOOK_FLUSH_FLUSH_H
#define TG_WEBHOOK_FLUSH_FLUSH_H

#include "cron/core/sender.h"
#include "cron/core/turns.h"

#include "common/base/map.h"
#include "common/crypto/seal.h"
#include "common/net/http_client.h"

#include <stdbool.h>
#include <stdint.h>

#define FLYING_MAX 256 /* transfers at once */
/* of these, transfers to slow endpoints: those that did not respond the last time, or have not
 * responded in this run and failed before */
#define SUSPECTS_MAX 128
/* transfers in flight, and as many queued, to the endpoints of one organization; of these in
 * flight, to slow ones: the others' places stay free however many endpoints one has */
#define TENANT_FLYING_MAX (FLYING_MAX / 4 * 3)
#define TENANT_SUSPECTS_MAX (SUSPECTS_MAX / 4 * 3)
/* transfers at once to one endpoint; the window starts small and grows with successes */
#define WINDOW_MAX 32
/* transfers at once to the slow endpoints of one host; beyond it each endpoint may have one, */
#define HOST_SUSPECTS WINDOW_MAX
/* up to this number: a host that is down must not take the places of other slow ones */
#define HOST_SUSPECTS_MAX 64
#define BUDGET_MS 10000 /* total timeout of a transfer */
#define LEASE_SPARE_MS 15000 /* what must remain of the lease when the transfer starts */
/* bytes of bodies in memory; beyond it a body is read when it is sent */
#define BODIES_MAX ((size_t)16 << 20)
#define REST_MAX_MS INT64_C(3600000) /* limit of a receiver's Retry-After */
#define DISABLE_AFTER 10 /* consecutive failed deliveries that disable an endpoint */
#define BATCH 256 /* deliveries taken in one transaction */
#define RECEIVERS_MAX 64 /* endpoints that are read in one transaction */
#define SECRETS_MAX 12 /* per endpoint */
#define FANOUT_EVENTS 256 /* outbox events in one transaction of the fan-out */
#define FANOUT_TENANTS 16 /* organizations in one such transaction, */
#define FANOUT_MAX 512 /* and deliveries: each organization has an equal share of them, */
#define FANOUT_SHARE 128 /* of at most this many */

struct receiver;

/* An organization with endpoints that this run knows. Its endpoints take turns among themselves,
 * and it takes turns with the other organizations. */
struct tenant {
	struct turn_group group; /* its endpoints */
	size_t flying, slow_count, queued; /* as in struct flush, of this organization */
	/* deliveries that one of its events made, the last time, or may make at most; 0: not known
	 */
	size_t width;
	size_t chosen; /* endpoints in this round of taking deliveries */
	size_t leased; /* as in struct flush, of this organization */
};

/* A host that endpoints point to. When it does not respond for one endpoint, it is not going to
 * respond for the others. */
struct host {
	struct host *bucket; /* next in the hash bucket */
	size_t slow_count; /* transfers in flight to its slow endpoints */
	char name[];
};

/* A delivery that this run has leased. Queued, then in flight, then finished; freed when its result
 * is stored. */
struct job {
	struct job *next;
	struct receiver *to;
	/* subject: the id of the event, which is the outbox row's, or the delivery's own if it has
	 * its own body */
	struct uuid delivery, subject;
	int64_t attempts, tries; /* automatic attempts; all attempts; both with this one */
	int64_t lease_until; /* Unix ms */
	/* spent: the last attempt was started by a sender that died, and there is none left */
	bool manual, spent;
	bool body_read, bodyless; /* bodyless: the event was purged */
	bool done; /* in the list of finished jobs */
	char *body, *url; /* malloc */
	size_t body_n;
	struct http_request post;
};

/* An endpoint as this run knows it. */
struct receiver {
	struct receiver *bucket; /* next in the hash bucket */
	struct uuid id, org;
	struct tenant *tenant;
	uint64_t round; /* the last round of taking deliveries that it was chosen in */
	char *url;
	struct host *host;
	char secrets[SECRETS_MAX][SECRET_TEXT_MAX + 1]; /* newest first; wiped at the end */
	size_t n_secrets;
	/* deliveries with that number of attempts may be due */
	bool due[ATTEMPTS + 1];
	/* the earliest due time (Unix ms) of these: deliveries taken before leave deleted index
	 * entries that need not be read again */
	int64_t from[ATTEMPTS + 1];
	bool ended; /* disabled or deleted: its pending deliveries are to be cancelled */
	bool slow; /* see SUSPECTS_MAX */
	int64_t rest_until; /* Unix ms before which nothing is sent (Retry-After); 0: none */
	unsigned window, flying, taken; /* maximum in flight; in flight; in flight and queued */
	struct job *queue, **queue_end;
};

/* The endpoints of one transaction. */
struct receivers {
	struct receiver *list[RECEIVERS_MAX];
	size_t n;
};

/* Where the fan-out of the outbox is. */
struct fanout_state {
	struct uuid after; /* the organization that was served last */
	bool busy; /* events were taken since the round of all organizations began */
	size_t alone; /* so many next organizations have a transaction of their own */
	/* by id: organizations whose events could not be fanned out; the next run tries again */
	struct map failed;
};

/* The state of a run. */
struct flush {
	struct sender s;
	struct http_client *http_client;
	struct receiver **buckets, **list; /* endpoints by id, and in order of appearance */
	struct host **hosts;
	size_t n_list, list_room;
	struct turns turns; /* struct tenant and their endpoints */
	uint64_t round; /* of taking deliveries */
	struct fanout_state fanout;
	/* transfers in flight, of these to slow endpoints, queued jobs, bytes of bodies in memory
	 */
	size_t flying, slow_count, queued, body_bytes;
	size_t leased; /* deliveries that the current fan-out has created for this run */
	struct job *finished, **finished_end;
	size_t n_finished;
	int64_t finished_ns; /* when the first of them finished (clock_mono_ns()) */
	int64_t look_ns; /* when the outbox is next */
	bool behind; /* the outbox has more events than the last fan-out took */
};

static inline struct flush *flush_of(struct sender *s)
{
	return (struct flush *)s;
}

/* cron/webhook_flush/endpoints.c */
struct tenant *tenant_by_org(struct flush *f, struct uuid org); /* created when new */
/* The endpoint of an organization with an id, created when new; lives until receivers_free(). */
struct receiver *receiver_by_id(struct flush *f, struct uuid org, struct uuid id);
/* Sets the URL and the host that it points to. */
void receiver_set_url(struct flush *f, struct receiver *r, const char *url);
/* Notes that deliveries with so many attempts may be due, from a time (Unix ms) on. */
void receiver_due(struct receiver *r, int64_t attempts, int64_t from);
void receiver_all_due(struct receiver *r); /* with any number of attempts */
void receivers_free(struct flush *f);
struct job *job_new(struct receiver *r); /* counts as taken until done or freed */
void job_free(struct flush *f, struct job *j);
void job_queue(struct flush *f, struct job *j); /* appends it to its endpoint's queue */
void job_done(struct flush *f, struct job *j); /* appends it to the finished jobs */
/* The ids of the deliveries as a JSON array in hexadecimal, for a statement. */
struct val job_ids(struct flush *f, const struct job *list);

/* cron/webhook_flush/fanout.c */
/* Whether the outbox has events that are not fanned out. */
NODISCARD enum err fanout_waiting(struct flush *f, bool *waiting);
/* Fans out events of the next organizations in turn; *more: there may be others to fan out. An
 * organization whose events cannot be fanned out is logged and passed over. */
NODISCARD enum err fanout(struct flush *f, bool *more);

/* cron/webhook_flush/dequeue.c */
/* Finds the endpoints that have something due at `now` (Unix ms). */
NODISCARD enum err due_scan(struct sender *s, int64_t now);
/* Whether there may be deliveries to take, now or when there is room. */
bool dequeue_wanted(const struct flush *f, int64_t now);
/* Whether a new delivery to the endpoint can be sent before all others that wait for it, and
 * without waiting for a place. */
bool receiver_is_free(const struct flush *f, const struct receiver *r, int64_t now);
/* Updates endpoints from their rows, within a transaction; `p` has :now. */
NODISCARD enum err receivers_load(struct flush *f, struct receivers *to, struct params *p);
/* Whether one more transfer to this slow endpoint is allowed. */
bool may_send_to_slow(const struct flush *f, const struct receiver *r);
/* Takes a round of deliveries and queues them; *any: there were endpoints to take from. */
NODISCARD enum err claim(struct flush *f, bool *any);
/* A job for a delivery that this run leases at `now`; the caller sets attempts and tries. */
struct job *job_leased(struct receiver *r, struct uuid delivery, struct uuid subject, int64_t now);
/* Queues a list of jobs, the newest first; their deliveries are committed. */
void jobs_enqueue(struct flush *f, struct job *newest);
/* Gives back deliveries that were taken but not started, and frees the jobs. */
NODISCARD enum err release(struct flush *f, struct job *list);

/* cron/webhook_flush/bodies.c */
/* Reads the bodies of a list of jobs, while all bodies in memory take at most `most` bytes. */
NODISCARD enum err read_bodies(struct flush *f, struct job *list, size_t most);
NODISCARD enum err read_body(struct flush *f, struct job *j); /* of one job, without that limit */
/* Reads the bodies of jobs whose subjects are events of the outbox, `ids`: each is read once. */
NODISCARD enum err read_event_bodies(struct flush *f, struct job *list, struct val ids);
extern const struct statement *const bodies_statements[]; /* ends with NULL */

/* cron/webhook_flush/results.c */
/* Stores the results of all finished jobs and frees them. After an error they stay finished. */
NODISCARD enum err settle(struct flush *f);
/* Cancels a batch of the pending deliveries of a disabled or deleted endpoint. */
NODISCARD enum err cancel_ended(struct flush *f, struct receiver *r);

/* cron/webhook_flush/send.c */
/* Starts queued jobs as far as the limits allow, or with `releasing` gives all of them back. */
void send_queued(struct flush *f, bool releasing);
/* Moves finished transfers to the finished jobs. */
void send_harvest(struct flush *f);

extern const struct statement *const fanout_statements[],
	*const handover_statements[], *const dequeue_statements[], *const results_statements[];

/* The sender `webhook-flush` with its arguments; returns the exit status. */
int flush_main(int argc, char **argv);

#endif
