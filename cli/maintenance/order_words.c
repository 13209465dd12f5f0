/* order_words: adds the words of buyers' names to the index that order lists search. */
#include "cli/maintenance/order_words.h"

#include "common/text/words.h"

#include <assert.h>
#include <sys/param.h>

/* words of an organization's orders in one turn, which is one transaction: the order that reaches
 * it is the last one */
#define INDEX_WINDOW 1000
#define WORDS 20 /* of one name; the rest is not found */

#define NO_ORDER "x'00000000000000000000000000000000'"

static const struct statement orgs = {
	"cli_words_orgs", "SELECT id, slug FROM organizations", SQL_READ | SQL_GLOBAL};
static const struct statement words_touch = {"cli_words_touch",
	"INSERT IGNORE INTO order_word_marks (org_id, mark)"
	" VALUES (:org, " NO_ORDER ")",
	SQL_WRITE};
/* Two sweeps at once wait for each other here. */
static const struct statement words_lock = {"cli_words_lock",
	"SELECT mark"
	" FROM order_word_marks"
	" WHERE org_id = :org"
	" FOR UPDATE",
	SQL_READ};
static const struct statement words_window = {"cli_words_window",
	"SELECT o.id, o.buyer_name AS name"
	" FROM orders o FORCE INDEX (order_org)"
	" WHERE o.org_id = :org AND o.id > :mark AND o.id <= :to"
	" ORDER BY o.id"
	" LIMIT :most",
	SQL_READ};
static const struct statement words_insert = {"cli_words_insert",
	"INSERT IGNORE INTO order_words (org_id, word, order_id)"
	" SELECT :org, j.word, UNHEX(j.id)"
	" FROM JSON_TABLE(:rows, '$[*]' COLUMNS ("
	"word VARCHAR(40) PATH '$[0]', id CHAR(32) PATH '$[1]')) j",
	SQL_WRITE};
static const struct statement words_move = {"cli_words_move",
	"UPDATE order_word_marks"
	" SET mark = :mark"
	" WHERE org_id = :org",
	SQL_WRITE};

/* The state of one run. */
struct indexing {
	struct arena *arena; /* reset for each window */
	struct buf text; /* the words of a window, as JSON */
	int64_t until; /* ms; later orders are not indexed */
	struct uuid org, bound; /* bound: no order beyond it is indexed */
	bool more; /* the window was full */
	int64_t orders; /* indexed so far */
	size_t window; /* of these by the last transaction */
	int64_t most; /* words in one transaction */
};

/* [[word, id of the order in hex], …] of a window, which may end before the last of `orders`. */
static struct val words_of(struct indexing *x, const struct rows *orders)
{
	struct json j;
	int64_t taken = 0;

	buf_clear(&x->text);
	write_start(&j, &x->text);
	write_array(&j, NULL);
	for (x->window = 0; x->window < orders->n && taken < x->most; x->window++) {
		const char *words[WORDS];
		struct uuid id = rows_get(orders, x->window, "id").id;
		size_t n = words_split(
			x->arena, rows_text(orders, x->window, "name"), WORDS_BOTH, words, WORDS);

		taken += (int64_t)MIN(n, WORDS);
		for (size_t k = 0; k < n && k < WORDS; k++) {
			write_array(&j, NULL);
			write_text(&j, NULL, words[k]);
			write_hex(&j, NULL, id.b, sizeof id.b);
			write_end_array(&j);
		}
	}
	write_end_array(&j);
	assert(!x->text.full); /* names have at most 200 characters */
	return (struct val){.type = VAL_TEXT, .s = x->text.p, .n = x->text.n};
}

/* Indexes the orders behind the mark and moves it; runs inside transact(). */
static enum err index_window(struct cli *c, void *ctx)
{
	struct indexing *x = ctx;
	struct rows r = {0}, orders = {0};
	struct params p;
	int64_t most = x->most / 2; /* names have two words, mostly */
	enum err err;

	x->window = 0;
	x->more = false;
	params_init(&p, x->arena);
	params_set(&p, "org", val_uuid(x->org));
	params_set(&p, "to", val_uuid(x->bound));
	params_set(&p, "most", val_int(most));
	if ((err = sql_run(c->db, x->arena, &words_touch, &p, NULL)) != OK ||
		(err = sql_run(c->db, x->arena, &words_lock, &p, &r)) != OK)
		return err;
	params_set(&p, "mark", rows_get(&r, 0, "mark"));
	err = sql_run(c->db, x->arena, &words_window, &p, &orders);
	if (err != OK || orders.n == 0)
		return err;
	params_set(&p, "rows", words_of(x, &orders));
	x->more = x->window < orders.n || (int64_t)orders.n == most;
	params_set(&p, "mark", rows_get(&orders, x->window - 1, "id"));
	if ((err = sql_run(c->db, x->arena, &words_insert, &p, NULL)) != OK)
		return err;
	return sql_run(c->db, x->arena, &words_move, &p, NULL);
}

static enum err index_org(
	struct cli *c, struct rows *organizations, size_t row, void *ctx, bool *more)
{
	struct indexing *x = ctx;

	x->org = rows_get(organizations, row, "id").id;
	enum err err = org_settled(c, x->org, x->until, &x->bound);
	if (err)
		return err;
	arena_reset(x->arena);
	err = transact(c, index_window, x);
	if (err)
		return err;
	*more = x->more;
	x->orders += (int64_t)x->window;
	progress("Indexed the buyers of %lld orders ...", (long long)x->orders);
	return OK;
}

enum err order_words_turn(struct cli *c, struct job_run *run)
{
	struct indexing x = {
		.arena = arena_new((size_t)64 << 20),
		.text = {.max = 8 << 20},
		.until = run->now,
		.orders = run->total,
		.most = job_share(run, INDEX_WINDOW),
	};
	const struct org_job job = {"indexing the buyers of", &orgs, index_org, &x};
	enum err err = each_org(c, &job, run);

	run->total = x.orders;
	buf_free(&x.text);
	arena_free(x.arena);
	return err;
}
