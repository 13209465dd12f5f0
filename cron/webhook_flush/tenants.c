/* tenants: shares the sender between organizations, so that the endpoints of one cannot take the
 * places of another's. */
#include "cron/webhook_flush/flush.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/param.h>

struct tenant *tenant_by_org(struct flush *f, struct uuid org)
{
	if (!f->tenant_of.key)
		map_init(&f->tenant_of, NULL, sizeof org.b, sizeof(struct tenant *));
	struct tenant **at = map_at(&f->tenant_of, org.b);
	if (*at)
		return *at;
	struct tenant *t = *at = oom_check(calloc(1, sizeof *t));
	if (f->n_tenants == f->tenant_room) {
		f->tenant_room = MAX(2 * f->tenant_room, 16);
		f->tenants =
			oom_check(realloc(f->tenants, f->tenant_room * sizeof(struct tenant *)));
	}
	f->tenants[f->n_tenants++] = t;
	return t;
}

void tenant_add(struct tenant *t, struct receiver *r)
{
	if (t->n == t->room) {
		t->room = MAX(2 * t->room, 4);
		t->list = oom_check(realloc(t->list, t->room * sizeof(struct receiver *)));
	}
	t->list[t->n++] = r;
}

void tenants_free(struct flush *f)
{
	for (size_t i = 0; i < f->n_tenants; i++) {
		free(f->tenants[i]->list);
		free(f->tenants[i]);
	}
	free(f->tenants);
	if (f->tenant_of.key)
		map_free(&f->tenant_of);
}

/* The tenant's next endpoint that the visitor accepts; NULL when there is none. */
static struct receiver *next_of(struct tenant *t, const struct visitor *v)
{
	for (size_t looked = 0; looked < t->n; looked++) {
		struct receiver *r = t->list[t->turn];
		t->turn = (t->turn + 1) % t->n;
		if (v->accepts(v->ctx, r))
			return r;
	}
	return NULL;
}

void tenants_visit(struct flush *f, const struct visitor *v)
{
	size_t idle = 0; /* tenants in a row that have nothing more */

	for (size_t i = 0; i < f->n_tenants; i++)
		f->tenants[i]->idle = false;
	while (idle < f->n_tenants) {
		struct tenant *t = f->tenants[f->turn % f->n_tenants];
		struct receiver *r = NULL;
		if (!t->idle)
			r = next_of(t, v);
		t->idle = !r;
		idle = r ? 0 : idle + 1;
		if (r && !v->visit(v->ctx, r))
			t->idle = true;
		f->turn = (f->turn + 1) % f->n_tenants;
		if (v->enough && v->enough(v->ctx))
			return;
	}
}
