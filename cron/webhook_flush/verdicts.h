/* verdicts: what the end of each attempt means for its delivery and its endpoint. */
#ifndef TG_WEBHOOK_FLUSH_VERDICTS_H
#define TG_WEBHOOK_FLUSH_VERDICTS_H

#include "cron/webhook_flush/flush.h"

enum outcome { DELIVERED, RETRY, FAILED, CANCELLED };

struct verdict {
	struct job *job;
	struct health *of;
	enum outcome outcome;
	int64_t due;
	bool ours; /* nobody took it from us meanwhile */
};

/* What a batch does to one endpoint. */
struct health {
	struct receiver *to;
	int64_t delivered, failed, cancelled, failures, rest, last;
	bool active, reset, gone, too_often;
};

struct settling {
	struct verdict *list;
	size_t n, n_health;
	struct health *health;
	int64_t now;
};

/* A verdict for each finished job, and a health for each endpoint among them, by id. In the arena
 * of the step. */
void verdicts_begin(struct flush *f, struct settling *s);
/* Adds the verdicts that are ours to their endpoints' health, in the order in which they ended. */
void verdicts_score(struct settling *s);

#endif
