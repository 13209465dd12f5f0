/* handover: one transaction of the fan-out. */
#ifndef TG_FLUSH_HANDOVER_H
#define TG_FLUSH_HANDOVER_H

#include "cron/webhook_flush/flush.h"

struct handover {
	int64_t now;
	struct uuid org[FANOUT_TENANTS]; /* whose turn it is */
	size_t n_orgs;
	struct uuid before; /* whose turn was before */
	/* the events taken, by organization in turn and then by id; turn: an index in org; the
	 * values are in the step's arena */
	struct taken {
		struct uuid id;
		size_t turn;
		struct val event, type, created;
	} list[FANOUT_EVENTS];
	size_t taken;
	/* the deliveries to create: n, an index in list, and endpoint; in this order */
	struct rows wanted;
	bool leased[FANOUT_MAX]; /* which of them are sent right away: */
	struct job *jobs; /* the newest first */
	struct receivers free; /* endpoints that may have some */
	size_t handed; /* of the taken events, those that have all their deliveries now */
	size_t served; /* of the organizations, those that had their turn */
};

/* Fans out events of h->org in a transaction: a sender_step, ctx is the struct handover. */
NODISCARD enum err handover_run(struct sender *s, void *ctx);
/* Frees the deliveries that were leased and not queued. */
void handover_drop(struct flush *f, struct handover *h);
/* The event and the endpoint of h->wanted's row i. */
const struct taken *handover_event(const struct handover *h, size_t i);
struct receiver *handover_receiver(struct flush *f, const struct handover *h, size_t i);
/* The events taken, for read_event_bodies(). */
struct val handover_events(struct flush *f, const struct handover *h);

extern const struct statement *const handover_statements[];

#endif
