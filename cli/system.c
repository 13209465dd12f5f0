/* system: version and sweeping, the commands about the installation itself. */
#include "cli.h"

#include "clock.h"
#include "tallies.h"

#define IDEMPOTENCY_KEPT_MS (INT64_C(24) * 3600 * 1000)
#define BATCH 1000
#define SETTLED_MS 60000 /* no transaction that makes an order is open for so long */

static const struct statement idempotency_sweep = {"cli_idempotency_sweep",
	"DELETE FROM idempotency WHERE created_at < :before ORDER BY created_at LIMIT 1000", SQL_WRITE | SQL_GLOBAL};

int
version(struct cli *c)
{
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_text(&c->json, "version", TG_VERSION);
		write_end_object(&c->json);
	} else {
		buf_puts(&c->out, "ticketgate " TG_VERSION "\n");
	}
	return DONE;
}

struct batch {
	struct params p;
	struct rows r;
};

static enum err
sweep_batch(struct cli *c, void *ctx)
{
	struct batch *b = ctx;

	b->r = (struct rows){0};
	return sql_run(c->db, c->arena, &idempotency_sweep, &b->p, &b->r);
}

/* Small batches from the oldest on: no long lock, and a cluster takes each as one small write set. */
int
sweep(struct cli *c)
{
	struct batch b;
	uint64_t total = 0;
	int64_t orders;
	enum err err;

	params_init(&b.p, c->arena);
	params_set(&b.p, "before", val_time(clock_now() - IDEMPOTENCY_KEPT_MS));
	do {
		if ((err = transact(c, sweep_batch, &b)) != OK) {
			progress(NULL);
			return refuse_db(c, err, "deleting old answers");
		}
		total += b.r.affected;
		progress("Deleted %llu stored answers ...", (unsigned long long)total);
	} while (b.r.affected == BATCH);
	err = tallies_fold(c, clock_now() - SETTLED_MS, &orders);
	progress(NULL);
	if (err != OK)
		return refuse_db(c, err, "counting orders");
	if (c->as_json) {
		write_object(&c->json, NULL);
		write_int(&c->json, "idempotencyDeleted", (int64_t)total);
		write_int(&c->json, "ordersCounted", orders);
		write_end_object(&c->json);
	} else {
		buf_printf(&c->out, "Deleted %llu stored answers older than 24 hours, counted %lld new orders.\n", (unsigned long long)total, (long long)orders);
	}
	return DONE;
}
