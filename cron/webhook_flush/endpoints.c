/* endpoints: the endpoints and jobs that a run keeps in memory, and its transactions. */
#include "cron/webhook_flush/flush.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/hash.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define BUCKETS 4096 /* of endpoints */
#define HOSTS 1024 /* buckets of hosts */

/* The last bytes of a UUIDv7 are random. */
static size_t bucket_of(const struct uuid *id)
{
	return (size_t)(id->b[12] << 8 | id->b[13] | (id->b[14] & 0xf) << 16) % BUCKETS;
}

struct tenant *tenant_by_org(struct flush *f, struct uuid org)
{
	return turns_group(&f->turns, org);
}

struct receiver *receiver_by_id(struct flush *f, struct uuid org, struct uuid id)
{
	if (!f->buckets)
		f->buckets = oom_check(calloc(BUCKETS, sizeof *f->buckets));
	struct receiver **at = &f->buckets[bucket_of(&id)];
	while (*at && !uuid_equal(&(*at)->id, &id))
		at = &(*at)->bucket;
	if (*at)
		return *at;
	struct receiver *r = *at = oom_check(calloc(1, sizeof *r));
	r->id = id;
	r->org = org;
	r->tenant = tenant_by_org(f, org);
	turns_add(&r->tenant->group, r);
	r->window = 2; /* until the first results */
	r->queue_end = &r->queue;
	if (f->n_list == f->list_room) {
		f->list_room = MAX(2 * f->list_room, 64);
		f->list = oom_check(realloc(f->list, f->list_room * sizeof *f->list));
	}
	f->list[f->n_list++] = r;
	return r;
}

/* The entry of a host name, created when new. */
static struct host *host_of(struct flush *f, const char *name)
{
	uint64_t sum = hash_bytes(HASH_START, name, strlen(name));

	if (!f->hosts)
		f->hosts = oom_check(calloc(HOSTS, sizeof *f->hosts));
	struct host **at = &f->hosts[sum % HOSTS];
	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->bucket;
	if (!*at) {
		*at = oom_check(calloc(1, sizeof **at + strlen(name) + 1));
		memcpy((*at)->name, name, strlen(name) + 1);
	}
	return *at;
}

/* Transfers in flight count for the new host from now on. A URL that is no longer allowed counts
 * for the host "". */
void receiver_set_url(struct flush *f, struct receiver *r, const char *url)
{
	struct guarded_url t;

	if (r->url && strcmp(r->url, url) == 0)
		return;
	free(r->url);
	r->url = oom_check(strdup(url));
	if (r->slow && r->host) {
		assert(r->host->slow_count >= r->flying);
		r->host->slow_count -= r->flying;
	}
	r->host = host_of(f, url_guard_parse(url, strlen(url), &t) ? "" : t.host);
	if (r->slow)
		r->host->slow_count += r->flying;
}

void receiver_due(struct receiver *r, int64_t attempts, int64_t from)
{
	int64_t class = MIN(attempts, ATTEMPTS);

	if (!r->due[class] || from < r->from[class])
		r->from[class] = from;
	r->due[class] = true;
}

/* They may be due; the next round finds out. */
void receiver_all_due(struct receiver *r)
{
	for (int i = 0; i <= ATTEMPTS; i++)
		receiver_due(r, i, 0);
}

struct job *job_new(struct receiver *r)
{
	struct job *j = oom_check(calloc(1, sizeof *j));

	j->to = r;
	r->taken++;
	return j;
}

/* Frees what is needed for sending only. */
static void job_empty(struct flush *f, struct job *j)
{
	assert(f->body_bytes >= j->body_n);
	f->body_bytes -= j->body_n;
	j->body_n = 0;
	http_request_clear(&j->post);
	free(j->body);
	free(j->url);
	j->body = j->url = NULL;
}

void job_free(struct flush *f, struct job *j)
{
	assert(j->done || j->to->taken > 0);
	j->to->taken -= !j->done;
	job_empty(f, j);
	free(j);
}

void job_queue(struct flush *f, struct job *j)
{
	j->next = NULL;
	*j->to->queue_end = j;
	j->to->queue_end = &j->next;
	f->queued++;
	j->to->tenant->queued++;
}

void job_done(struct flush *f, struct job *j)
{
	if (!f->finished) {
		f->finished_end = &f->finished;
		f->finished_ns = clock_mono_ns();
	}
	assert(!j->done && j->to->taken > 0);
	j->done = true;
	j->to->taken--;
	job_empty(f, j);
	j->next = NULL;
	*f->finished_end = j;
	f->finished_end = &j->next;
	f->n_finished++;
}

static void list_free(struct flush *f, struct job *j)
{
	while (j) {
		struct job *next = j->next;
		job_free(f, j);
		j = next;
	}
}

void receivers_free(struct flush *f)
{
	list_free(f, f->finished);
	f->finished = NULL;
	for (size_t i = 0; i < f->n_list; i++) {
		struct receiver *r = f->list[i];
		list_free(f, r->queue);
		free(r->url);
		OPENSSL_cleanse(r->secrets, sizeof r->secrets);
		free(r);
	}
	for (size_t i = 0; f->hosts && i < HOSTS; i++)
		for (struct host *h = f->hosts[i], *next; h; h = next) {
			next = h->bucket;
			free(h);
		}
	turns_free(&f->turns);
	if (f->fanout.failed.key)
		map_free(&f->fanout.failed);
	free(f->hosts);
	free(f->list);
	free(f->buckets);
}

struct val job_ids(struct flush *f, const struct job *list)
{
	struct json *j = rows_begin(&f->s);

	for (; list; list = list->next)
		write_hex(j, NULL, list->delivery.b, sizeof list->delivery.b);
	return rows_end(&f->s);
}
