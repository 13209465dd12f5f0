/* send: starts queued transfers in turn, within each endpoint's window. */
#include "cron/webhook_flush/flush.h"

#include "common/base/hex.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#include <assert.h>
#include <stdio.h>

#define SLOW_MS 2000 /* a response time that makes an endpoint slow */

/* Adds to the transfers in flight to slow endpoints; wraps around to subtract. */
static void count_slow(struct flush *f, struct receiver *r, size_t by)
{
	f->slow_count += by;
	r->tenant->slow_count += by;
	r->host->slow_count += by;
}

/* Counts a transfer that starts (1) or ends (-1). */
static void flying(struct flush *f, struct receiver *r, int by)
{
	assert(by > 0 || (r->flying > 0 && f->flying > 0));
	r->flying += (unsigned)by;
	f->flying += (size_t)by;
	r->tenant->flying += (size_t)by;
	if (r->slow)
		count_slow(f, r, (size_t)by);
}

/* Marks an endpoint as slow or not, and moves its transfers between the counts. */
static void set_slow(struct flush *f, struct receiver *r, bool is)
{
	if (r->slow == is)
		return;
	r->slow = is;
	count_slow(f, r, is ? r->flying : 0U - (size_t)r->flying);
}

/* Sets up the request with its signatures; j->post.error is set when that is not possible. */
static void sign(struct flush *f, struct job *j)
{
	const char *secrets[SECRETS_MAX];
	char id[5 + 2 * sizeof j->subject.b] = "evt_";

	hex_print(j->subject.b, sizeof j->subject.b, id + 4);
	for (size_t i = 0; i < j->to->n_secrets; i++)
		secrets[i] = j->to->secrets[i];
	http_request_init(&j->post, j->url, j->body, j->body_n);
	j->post.ctx = j;
	j->post.budget_ms = BUDGET_MS;
	const struct webhook_signing signing = {
		id, clock_now(), j->attempts, secrets, j->to->n_secrets};
	if (webhook_signature_add(&j->post, &signing))
		return;
	log_msg(LOG_ERROR, "%s: cannot decrypt the endpoint's secret (wrong key_file?); not sent",
		id);
	f->s.trouble = true;
	j->post.error = "no_secret";
	j->post.started_at = clock_now();
}

static void send_one(struct flush *f, struct job *j)
{
	if (j->body)
		sign(f, j);
	if (!j->body || j->post.error) {
		job_done(f, j);
		return;
	}
	flying(f, j->to, 1);
	http_client_start(f->http_client, &j->post);
}

static struct job *unqueue(struct flush *f, struct receiver *r)
{
	struct job *j = r->queue;

	r->queue = j->next;
	if (!r->queue)
		r->queue_end = &r->queue;
	assert(f->queued > 0 && r->tenant->queued > 0);
	f->queued--;
	r->tenant->queued--;
	return j;
}

/* Gives a delivery back that cannot be sent now: its lease may expire during the transfer, or it
 * was not found. */
static void give_up(struct flush *f, struct job *j)
{
	j->next = NULL;
	if (release(f, j) != OK)
		f->s.trouble = true;
}

static bool may_send(void *ctx, const void *item)
{
	const struct receiver *r = item;
	const struct flush *f = ctx;

	return r->queue && r->flying < r->window && f->flying < FLYING_MAX &&
		r->tenant->flying < TENANT_FLYING_MAX && (!r->slow || may_send_to_slow(f, r));
}

static bool send_next(void *ctx, void *item)
{
	struct receiver *r = item;
	struct flush *f = ctx;
	struct job *j = r->queue;

	if (!j->body_read && read_body(f, j) != OK)
		return false;
	unqueue(f, r);
	if (!j->body_read || j->lease_until - clock_now() < LEASE_SPARE_MS)
		give_up(f, j);
	else
		send_one(f, j);
	return true;
}

/* Starts one transfer per organization and endpoint in turn, so that many deliveries of one do not
 * delay a single one of another. */
void send_queued(struct flush *f, bool releasing)
{
	const struct turn_visitor v = {may_send, send_next, NULL, f};

	if (f->queued > 0 && !releasing)
		turns_visit(&f->turns, &v);
	struct job *list = NULL;
	for (size_t i = 0; i < f->n_list && releasing; i++)
		while (f->list[i]->queue) {
			struct job *j = unqueue(f, f->list[i]);
			j->next = list;
			list = j;
		}
	if (list && release(f, list) != OK)
		f->s.trouble = true;
}

/* Adapts an endpoint's window: one more with each success, half after an error response, one
 * without a response. */
static void adapt_window(struct flush *f, struct receiver *r, const struct http_request *p)
{
	if (!p->error) {
		r->window += r->window < WINDOW_MAX;
		set_slow(f, r, p->ms > SLOW_MS);
	} else if (p->status > 0) {
		r->window = r->window > 3 ? r->window / 2 : 2;
		set_slow(f, r, p->ms > SLOW_MS);
	} else {
		r->window = 1;
		set_slow(f, r, true);
	}
	assert(r->window >= 1 && r->window <= WINDOW_MAX);
}

void send_harvest(struct flush *f)
{
	struct http_request *p;

	while ((p = http_client_finished(f->http_client)) != NULL) {
		struct job *j = p->ctx;

		flying(f, j->to, -1);
		adapt_window(f, j->to, p);
		job_done(f, j);
	}
}
