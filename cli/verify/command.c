/* command: `ticketgate verify`, which recomputes all counters in one read-only snapshot. */
#include "cli/verify/mismatch.h"

#include "common/base/clock.h"

#include <stdio.h>
#include <string.h>

const struct option_row verify_options[] = {
	{"org", "S", 0, "Only this organization (slug)."},
	{NULL, NULL, 0, NULL},
};

static enum err all_parts(struct verify *v)
{
	enum err err = verify_stock(v);
	if (!err)
		err = verify_rules(v);
	if (!err)
		err = verify_orders(v);
	if (!err)
		err = verify_admissions(v);
	if (!err)
		err = verify_ledger(v);
	if (!err)
		err = verify_outbox(v);
	if (!err)
		err = verify_webhooks(v);
	if (!err)
		err = verify_sales(v);
	if (!err)
		verify_sums(v);
	return err;
}

/* Runs all checks in one snapshot, so that verify can run while tickets are sold. db_script() also
 * lifts the statement time limits. A lost connection ends the run: statements inside a transaction
 * are not continued on another connection. */
static enum err in_snapshot(struct verify *v)
{
	enum err err = db_script(v->c->db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
	if (!err)
		err = db_script(v->c->db, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
	if (!err)
		err = all_parts(v);
	if (err)
		return err;
	return db_script(v->c->db, "COMMIT");
}

static int64_t total_found(const struct verify *v)
{
	int64_t n = 0;
	for (size_t i = 0; i < CHECKS; i++)
		n += v->found[i];
	return n;
}

static void report_json(struct verify *v)
{
	struct json *j = &v->c->json;
	write_end_array(j);
	write_object(j, "found");
	for (size_t i = 0; i < CHECKS; i++)
		if (v->found[i])
			write_int(j, verify_checks[i].name, v->found[i]);
	write_end_object(j);
	write_object(j, "read");
	write_int(j, "ticketTypes", (int64_t)v->types.n);
	write_int(j, "holds", v->holds);
	write_int(j, "orders", v->orders);
	write_int(j, "items", v->items);
	write_int(j, "movements", v->ledger);
	write_end_object(j);
	write_bool(j, "ok", total_found(v) == 0);
	write_end_object(j);
}

static void verify_report(struct verify *v, double seconds)
{
	struct buf *out = &v->c->out;
	int64_t found = total_found(v);
	for (size_t i = 0; i < CHECKS; i++)
		if (v->found[i] > LINES_PER_CHECK)
			buf_printf(out, "%s: %lld more mismatches\n", verify_checks[i].name,
				(long long)(v->found[i] - LINES_PER_CHECK));
	buf_printf(out,
		"Read %lld orders with %lld items, %lld movements, %lld active holds and %zu "
		"ticket types in %.1f s: ",
		(long long)v->orders, (long long)v->items, (long long)v->ledger,
		(long long)v->holds, v->types.n, seconds);
	if (found)
		buf_printf(out, "%lld %s.\n", (long long)found,
			found == 1 ? "mismatch" : "mismatches");
	else
		buf_puts(out, "no mismatches.\n");
}

static enum err verify_run(struct verify *v, const char *slug)
{
	struct uuid org;
	params_init(&v->p, v->c->arena);
	params_set(&v->p, "org", val_null());
	enum err err = slug ? org_find(v->c, slug, &org) : OK;
	if (slug && !err)
		params_set(&v->p, "org", val_uuid(org));
	if (err)
		return err;
	return in_snapshot(v);
}

int verify(struct cli *c)
{
	struct verify v = {.c = c, .now = clock_now()};
	const char *slug = option(c, "org");
	int64_t began = clock_mono_ns();
	map_init(&v.types, NULL, sizeof(struct uuid), sizeof(struct type_sums));
	map_init(&v.events, NULL, sizeof(struct uuid), sizeof(struct event_sums));
	map_init(&v.orgs, NULL, sizeof(struct uuid), sizeof(struct org_sums));
	map_init(&v.tallies, NULL, sizeof(struct uuid), sizeof(struct tally_sums));
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_array(&c->json, "disagreements");
	}
	enum err err = verify_run(&v, slug);
	progress(NULL);
	if (err)
		buf_clear(&c->out);
	else if (c->as_json)
		report_json(&v);
	else
		verify_report(&v, (double)(clock_mono_ns() - began) / 1e9);
	bool good = !err && total_found(&v) == 0;
	map_free(&v.types);
	map_free(&v.events);
	map_free(&v.orgs);
	map_free(&v.tallies);
	if (err == ERR_NOT_FOUND)
		return refuse(
			"organization %s does not exist; run `ticketgate org list` to list all",
			slug);
	if (err)
		return reject_db(c, err, "verifying");
	if (good)
		return DONE;
	return REFUSED;
}
