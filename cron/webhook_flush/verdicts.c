/* verdicts: decides what each attempt's result means for its delivery and its endpoint. */
#include "cron/webhook_flush/verdicts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

static int64_t asked_rest(const struct job *j)
{
	int64_t ms = MAX(j->post.rest_s, 0) * 1000;

	if (ms < REST_MAX_MS)
		return ms;
	return REST_MAX_MS;
}

/* When to try again (Unix ms); 0: never. */
static int64_t next_try(const struct flush *f, const struct job *j, int64_t now)
{
	int64_t pause, asked = asked_rest(j);

	if (j->attempts >= ATTEMPTS || j->spent)
		return 0;
	pause = retry_pause(
		j->attempts, f->s.conf->webhook_retry_first_ms, f->s.conf->webhook_retry_second_ms);
	return now + (MAX(pause, asked));
}

static struct verdict classify(const struct flush *f, struct job *j, int64_t now)
{
	struct verdict v = {.job = j};

	if (j->bodyless)
		v.outcome = CANCELLED; /* the event was purged */
	else if (!j->post.error && !j->spent)
		v.outcome = DELIVERED;
	else if (j->post.status != 410 && (v.due = next_try(f, j, now)) > 0)
		v.outcome = RETRY;
	else
		v.outcome = FAILED;
	return v;
}

static int by_endpoint(const void *a, const void *b)
{
	return memcmp(&((const struct health *)a)->to->id, &((const struct health *)b)->to->id,
		sizeof(struct uuid));
}

static struct health *health_of(struct settling *s, const struct receiver *r)
{
	for (size_t i = 0; i < s->n_health; i++)
		if (s->health[i].to == r)
			return &s->health[i];
	return NULL;
}

void verdicts_begin(struct flush *f, struct settling *s)
{
	s->list = arena_array(f->s.arena, f->n_finished, sizeof *s->list);
	s->health = arena_array(f->s.arena, f->n_finished, sizeof *s->health);
	s->n = s->n_health = 0;
	for (struct job *j = f->finished; j; j = j->next) {
		s->list[s->n++] = classify(f, j, s->now);
		if (!health_of(s, j->to))
			s->health[s->n_health++] = (struct health){.to = j->to};
	}
	assert(s->n == f->n_finished && s->n_health <= s->n);
	qsort(s->health, s->n_health, sizeof *s->health, by_endpoint);
	for (size_t i = 0; i < s->n; i++)
		s->list[i].of = health_of(s, s->list[i].job->to);
}

/* Counts in the order of finishing: ten failures disable the endpoint even when a success follows
 * in the same batch. */
void verdicts_score(struct settling *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct verdict *v = &s->list[i];
		const struct http_request *post = &v->job->post;
		struct health *h = v->of;

		if (post->status == 429 || post->status == 503)
			h->rest = post->rest_s > 0 ? s->now + asked_rest(v->job) : h->rest;
		else if (v->outcome != DELIVERED && post->status == 0)
			/* marks that it did not respond, without a pause */
			h->rest = MAX(h->rest, s->now);
		if (v->outcome == DELIVERED) {
			h->failures = 0;
			h->reset = true;
			h->rest = 0;
			h->last = s->now;
		}
		if (!v->ours)
			continue;
		h->delivered += v->outcome == DELIVERED;
		h->failed += v->outcome == FAILED;
		h->cancelled += v->outcome == CANCELLED;
		h->gone |= v->outcome == FAILED && post->status == 410;
		if (v->outcome == FAILED && !v->job->manual && !h->too_often &&
			++h->failures >= DISABLE_AFTER)
			h->too_often = true;
	}
}
