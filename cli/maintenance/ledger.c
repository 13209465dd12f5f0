/* ledger: `ticketgate ledger`, which shows an event's inventory movements by ticket type and kind.
 */
#include "cli/core/cli.h"

#include <string.h>
#include <sys/param.h>

#define LEDGER_COLUMNS 8

const struct option_row ledger_options[] = {
	{"org", "S", 0,
		"Organization slug; required when several organizations have an event with this "
		"slug."},
	{NULL, NULL, 0, NULL},
};

static const struct statement by_slug = {
	"ledger_event_by_slug",
	"SELECT e.id, e.org_id AS org, e.name, e.slug, o.slug AS org_slug,"
	" e.event_capacity AS capacity"
	" FROM events e"
	" JOIN organizations o ON o.id = e.org_id"
	" WHERE e.slug = :slug AND (:org_slug IS NULL OR o.slug = :org_slug)"
	" LIMIT 2",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement by_id = {
	"ledger_event_by_id",
	"SELECT e.id, e.org_id AS org, e.name, e.slug, o.slug AS org_slug,"
	" e.event_capacity AS capacity"
	" FROM events e"
	" JOIN organizations o ON o.id = e.org_id"
	" WHERE e.id = :id AND (:org_slug IS NULL OR o.slug = :org_slug)",
	SQL_READ | SQL_GLOBAL,
};
static const struct statement ledger_types_all = {
	"ledger_types",
	"SELECT t.id, t.name, t.quantity, t.sold, t.held"
	" FROM ticket_types t"
	" WHERE t.event_id = :event AND t.org_id = :org"
	" ORDER BY t.position, t.id",
	SQL_READ,
};
static const struct statement kinds_all = {
	"ledger_kinds",
	"SELECT l.ticket_id AS ticket, l.kind, COUNT(*) AS n,"
	" CAST(SUM(l.sold) AS SIGNED) AS sold, CAST(SUM(l.held) AS SIGNED) AS held,"
	" MAX(l.at) AS last"
	" FROM ledger l FORCE INDEX (ledger_event)"
	" WHERE l.event_id = :event AND l.org_id = :org"
	" GROUP BY l.ticket_id, l.kind"
	" ORDER BY l.ticket_id, l.kind",
	SQL_READ,
};
static const struct statement latest = {
	"ledger_latest",
	"SELECT l.id, l.ticket_id AS ticket, l.kind, l.sold, l.held,"
	" l.source_id AS source, l.at"
	" FROM ledger l FORCE INDEX (ledger_event)"
	" WHERE l.event_id = :event AND l.org_id = :org"
	" ORDER BY l.id DESC"
	" LIMIT 100",
	SQL_READ,
};

/* What was read, and the text table while it is built. */
struct ledger {
	struct cli *c;
	struct rows event, types, kinds, latest;
	const char **cells; /* LEDGER_COLUMNS per row, in the arena */
	size_t rows;
};

static void add_row(struct ledger *l, const char *const row[LEDGER_COLUMNS])
{
	memcpy(l->cells + l->rows++ * LEDGER_COLUMNS, row, LEDGER_COLUMNS * sizeof *row);
}

static const char *ledger_number(struct ledger *l, int64_t n)
{
	return arena_printf(l->c->arena, "%lld", (long long)n);
}

/* A row of the text table for one kind of movement of a ticket type. */
static void print_kind(struct ledger *l, size_t k)
{
	add_row(l,
		(const char *const[LEDGER_COLUMNS]){"", rows_text(&l->kinds, k, "kind"),
			ledger_number(l, rows_int(&l->kinds, k, "n")),
			ledger_number(l, rows_int(&l->kinds, k, "sold")),
			ledger_number(l, rows_int(&l->kinds, k, "held")), "", "",
			time_text(l->c->arena, rows_get(&l->kinds, k, "last"))});
}

/* The current counters of a ticket type, followed by the sums of its movements. */
static void print_type(struct ledger *l, size_t i, struct uuid id)
{
	int64_t quantity = rows_int(&l->types, i, "quantity"),
		sold = rows_int(&l->types, i, "sold"), held = rows_int(&l->types, i, "held");
	add_row(l,
		(const char *const[LEDGER_COLUMNS]){rows_text(&l->types, i, "name"), "now", "",
			ledger_number(l, sold), ledger_number(l, held),
			ledger_number(l, quantity - sold - held), ledger_number(l, quantity), ""});
	for (size_t k = 0; k < l->kinds.n; k++)
		if (memcmp(rows_get(&l->kinds, k, "ticket").id.b, id.b, sizeof id.b) == 0)
			print_kind(l, k);
}

static void print_text(struct ledger *l)
{
	struct buf *out = &l->c->out;
	buf_printf(out, "%s (%s of %s)\n", rows_text(&l->event, 0, "name"),
		rows_text(&l->event, 0, "slug"), rows_text(&l->event, 0, "org_slug"));
	if (rows_get(&l->event, 0, "capacity").type == VAL_INT)
		buf_printf(out, "Event capacity: %lld.\n",
			(long long)rows_int(&l->event, 0, "capacity"));
	buf_putc(out, '\n');
	l->cells = arena_array(
		l->c->arena, (1 + l->types.n + l->kinds.n) * LEDGER_COLUMNS, sizeof *l->cells);
	add_row(l,
		(const char *const[LEDGER_COLUMNS]){"TICKET TYPE", "KIND", "MOVEMENTS", "SOLD",
			"HELD", "REMAINING", "QUANTITY", "LAST"});
	for (size_t i = 0; i < l->types.n; i++)
		print_type(l, i, rows_get(&l->types, i, "id").id);
	table_print(out, l->cells, l->rows, LEDGER_COLUMNS);
}

static void write_kinds(struct ledger *l, struct uuid id)
{
	struct json *j = &l->c->json;
	write_array(j, "movements");
	for (size_t k = 0; k < l->kinds.n; k++) {
		if (memcmp(rows_get(&l->kinds, k, "ticket").id.b, id.b, sizeof id.b) != 0)
			continue;
		write_object(j, NULL);
		write_text(j, "kind", rows_text(&l->kinds, k, "kind"));
		write_int(j, "count", rows_int(&l->kinds, k, "n"));
		write_int(j, "sold", rows_int(&l->kinds, k, "sold"));
		write_int(j, "held", rows_int(&l->kinds, k, "held"));
		write_time(j, "lastAt", rows_int(&l->kinds, k, "last"));
		write_end_object(j);
	}
	write_end_array(j);
}

static void write_type(struct ledger *l, size_t i)
{
	struct json *j = &l->c->json;
	struct uuid id = rows_get(&l->types, i, "id").id;
	int64_t quantity = rows_int(&l->types, i, "quantity"),
		sold = rows_int(&l->types, i, "sold"), held = rows_int(&l->types, i, "held");
	write_object(j, NULL);
	write_text(j, "ticketId", uuid_text(l->c->arena, id));
	write_text(j, "name", rows_text(&l->types, i, "name"));
	write_int(j, "quantity", quantity);
	write_int(j, "sold", sold);
	write_int(j, "held", held);
	write_int(j, "remaining", quantity - sold - held);
	write_kinds(l, id);
	write_end_object(j);
}

static void write_latest(struct ledger *l)
{
	struct json *j = &l->c->json;
	struct arena *a = l->c->arena;
	write_array(j, "latest");
	for (size_t i = 0; i < l->latest.n; i++) {
		write_object(j, NULL);
		write_text(j, "id", uuid_text(a, rows_get(&l->latest, i, "id").id));
		write_text(j, "ticketId", uuid_text(a, rows_get(&l->latest, i, "ticket").id));
		write_text(j, "kind", rows_text(&l->latest, i, "kind"));
		write_int(j, "sold", rows_int(&l->latest, i, "sold"));
		write_int(j, "held", rows_int(&l->latest, i, "held"));
		write_text(j, "sourceId", uuid_text(a, rows_get(&l->latest, i, "source").id));
		write_time(j, "at", rows_int(&l->latest, i, "at"));
		write_end_object(j);
	}
	write_end_array(j);
}

static void print_json(struct ledger *l)
{
	struct json *j = &l->c->json;
	write_object(j, NULL);
	write_text(j, "eventId", uuid_text(l->c->arena, rows_get(&l->event, 0, "id").id));
	write_text(j, "slug", rows_text(&l->event, 0, "slug"));
	write_text(j, "name", rows_text(&l->event, 0, "name"));
	write_text(j, "organization", rows_text(&l->event, 0, "org_slug"));
	if (rows_get(&l->event, 0, "capacity").type == VAL_INT)
		write_int(j, "eventCapacity", rows_int(&l->event, 0, "capacity"));
	else
		write_null(j, "eventCapacity");
	write_array(j, "ticketTypes");
	for (size_t i = 0; i < l->types.n; i++)
		write_type(l, i);
	write_end_array(j);
	write_latest(l);
	write_end_object(j);
}

/* Slug columns are ASCII: a comparison with other text would fail with an error. */
static bool ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 127)
			return false;
	return true;
}

/* Reads the event named on the command line, by id or slug; leaves l->event empty when there is
 * none, with two rows when the slug is ambiguous. */
static enum err find_event(struct ledger *l, struct params *p)
{
	const char *org = option(l->c, "org"), *named = l->c->argument;
	struct uuid id;
	params_init(p, l->c->arena);
	params_set(p, "org_slug", val_text(org));
	if (!ascii(named) || (org && !ascii(org)))
		return OK;
	bool is_id = uuid_parse(named, strlen(named), &id);
	params_set(p, is_id ? "id" : "slug", is_id ? val_uuid(id) : val_text(named));
	return sql_run(l->c->db, l->c->arena, is_id ? &by_id : &by_slug, p, &l->event);
}

/* Reads the counters and the movements; they must add up, so all come from one snapshot. */
static enum err read_all(struct cli *c, void *ctx)
{
	struct ledger *l = ctx;
	struct params p;
	enum err err = find_event(l, &p);
	if (err || l->event.n != 1)
		return err;
	params_set(&p, "event", rows_get(&l->event, 0, "id"));
	params_set(&p, "org", rows_get(&l->event, 0, "org"));
	err = sql_run(c->db, c->arena, &ledger_types_all, &p, &l->types);
	if (!err)
		err = sql_run(c->db, c->arena, &kinds_all, &p, &l->kinds);
	if (err || !c->as_json)
		return err;
	return sql_run(c->db, c->arena, &latest, &p, &l->latest);
}

static enum err in_snapshot(struct cli *c, struct ledger *l)
{
	enum err err = db_script(c->db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
	if (!err)
		err = db_script(c->db, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
	if (!err)
		err = read_all(c, l);
	if (err)
		return err;
	return db_script(c->db, "COMMIT");
}

int ledger(struct cli *c)
{
	struct ledger l = {.c = c};
	enum err err = in_snapshot(c, &l);
	if (err)
		return reject_db(c, err, "reading the ledger");
	if (l.event.n == 0)
		return refuse("event %s%s%s does not exist", c->argument,
			option(c, "org") ? " of " : "", text_or(option(c, "org"), ""));
	if (l.event.n > 1)
		return refuse("several organizations have an event %s; choose one with --org",
			c->argument);
	if (c->as_json)
		print_json(&l);
	else
		print_text(&l);
	return DONE;
}
