/* verdicts: decides what each attempt's result means for its delivery and its endpoint. */
#ifndef TG_WEBHOOK_FLUSH_VERDICTS_H
#define TG_WEBHOOK_FLUSH_VERDICTS_H

#include "cron/webhook_flush/flush.h"

enum outcome { DELIVERED, RETRY, FAILED, CANCELLED };

/* The result of one attempt. */
struct verdict {
	struct job *job;
	struct health *of; /* its endpoint's */
	enum outcome outcome;
	int64_t due; /* of the next attempt, Unix ms; 0: none */
	bool ours; /* this run still has the lease */
};

/* What a batch means for one endpoint: numbers of deliveries by outcome, consecutive failures, end
 * of the pause asked for and time of the last success (Unix ms, 0: none). */
struct health {
	struct receiver *to;
	int64_t delivered, failed, cancelled, failures, rest, last;
	bool active, reset, gone, too_often; /* gone: 410; too_often: DISABLE_AFTER failures */
};

/* A batch of results. */
struct settling {
	struct verdict *list;
	size_t n, n_health;
	struct health *health;
	int64_t now;
};

/* Creates a verdict for each finished job, and a health record for each of their endpoints, sorted
 * by id; all in the step's arena. */
void verdicts_begin(struct flush *f, struct settling *s);
/* Adds the verdicts whose lease this run still has to their endpoints' health, in the order of
 * finishing. */
void verdicts_score(struct settling *s);

#endif
