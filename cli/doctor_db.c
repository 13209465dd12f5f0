/* doctor_db: the checks of the database: reachable, settings, rights, clock, keys. */
#include "doctor.h"

#include "clock.h"
#include "migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK (SQL_READ | SQL_GLOBAL | SQL_QUIET)
static const struct statement server = {"doctor_server",
	"SELECT VERSION() AS version, @@global.sql_mode AS mode, @@default_storage_engine AS engine, @@innodb_flush_log_at_trx_commit AS flush,"
	" @@global.max_allowed_packet AS packet, @@max_connections AS connections", ASK};
static const struct statement server_clock = {"doctor_clock", "SELECT UTC_TIMESTAMP(3) AS now", ASK};
static const struct statement keys = {"doctor_keys",
	"SELECT COUNT(*) AS n, COUNT(CASE WHEN revoked_at IS NULL AND expires_at <= :now THEN 1 END) AS expired, COUNT(revoked_at) AS revoked,"
	" COUNT(CASE WHEN revoked_at IS NULL AND rotated_to IS NULL AND expires_at > :now AND expires_at < :soon THEN 1 END) AS soon FROM api_keys", ASK};
static const struct statement venues = {"doctor_venues", "SELECT COUNT(*) AS n, (SELECT venues FROM venue_index WHERE id = 1) AS indexed FROM venues", ASK};

/* One row for each table a program reads: what must be granted to its user. */
static const struct need {
	const char *program, *table;
	struct statement st;
} needs[] = {
	{"boxoffice", "organizations", {"doctor_right", "SELECT 1 AS x FROM organizations LIMIT 0", ASK}},
	{"boxoffice", "api_keys", {"doctor_right", "SELECT 1 AS x FROM api_keys LIMIT 0", ASK}},
	{"boxoffice", "api_key_allowlist", {"doctor_right", "SELECT 1 AS x FROM api_key_allowlist LIMIT 0", ASK}},
	{"boxoffice", "events", {"doctor_right", "SELECT 1 AS x FROM events LIMIT 0", ASK}},
	{"boxoffice", "ticket_types", {"doctor_right", "SELECT 1 AS x FROM ticket_types LIMIT 0", ASK}},
	{"boxoffice", "event_stock", {"doctor_right", "SELECT 1 AS x FROM event_stock LIMIT 0", ASK}},
	{"boxoffice", "holds", {"doctor_right", "SELECT 1 AS x FROM holds LIMIT 0", ASK}},
	{"boxoffice", "hold_items", {"doctor_right", "SELECT 1 AS x FROM hold_items LIMIT 0", ASK}},
	{"boxoffice", "orders", {"doctor_right", "SELECT 1 AS x FROM orders LIMIT 0", ASK}},
	{"boxoffice", "order_items", {"doctor_right", "SELECT 1 AS x FROM order_items LIMIT 0", ASK}},
	{"boxoffice", "idempotency", {"doctor_right", "SELECT 1 AS x FROM idempotency LIMIT 0", ASK}},
	{"boxoffice", "audit", {"doctor_right", "SELECT 1 AS x FROM audit LIMIT 0", ASK}},
	{"events", "organizations", {"doctor_right", "SELECT 1 AS x FROM organizations LIMIT 0", ASK}},
	{"events", "api_keys", {"doctor_right", "SELECT 1 AS x FROM api_keys LIMIT 0", ASK}},
	{"events", "api_key_allowlist", {"doctor_right", "SELECT 1 AS x FROM api_key_allowlist LIMIT 0", ASK}},
	{"events", "venues", {"doctor_right", "SELECT 1 AS x FROM venues LIMIT 0", ASK}},
	{"events", "events", {"doctor_right", "SELECT 1 AS x FROM events LIMIT 0", ASK}},
	{"events", "event_words", {"doctor_right", "SELECT 1 AS x FROM event_words LIMIT 0", ASK}},
	{"events", "ticket_types", {"doctor_right", "SELECT 1 AS x FROM ticket_types LIMIT 0", ASK}},
	{"events", "performers", {"doctor_right", "SELECT 1 AS x FROM performers LIMIT 0", ASK}},
	{"events", "schedules", {"doctor_right", "SELECT 1 AS x FROM schedules LIMIT 0", ASK}},
	{"events", "schedule_performers", {"doctor_right", "SELECT 1 AS x FROM schedule_performers LIMIT 0", ASK}},
	{"events", "brands", {"doctor_right", "SELECT 1 AS x FROM brands LIMIT 0", ASK}},
	{"events", "idempotency", {"doctor_right", "SELECT 1 AS x FROM idempotency LIMIT 0", ASK}},
	{"events", "counters", {"doctor_right", "SELECT 1 AS x FROM counters LIMIT 0", ASK}},
	{"events", "audit", {"doctor_right", "SELECT 1 AS x FROM audit LIMIT 0", ASK}},
	{"keys", "organizations", {"doctor_right", "SELECT 1 AS x FROM organizations LIMIT 0", ASK}},
	{"keys", "api_keys", {"doctor_right", "SELECT 1 AS x FROM api_keys LIMIT 0", ASK}},
	{"keys", "api_key_allowlist", {"doctor_right", "SELECT 1 AS x FROM api_key_allowlist LIMIT 0", ASK}},
	{"orders", "organizations", {"doctor_right", "SELECT 1 AS x FROM organizations LIMIT 0", ASK}},
	{"orders", "api_keys", {"doctor_right", "SELECT 1 AS x FROM api_keys LIMIT 0", ASK}},
	{"orders", "api_key_allowlist", {"doctor_right", "SELECT 1 AS x FROM api_key_allowlist LIMIT 0", ASK}},
	{"orders", "events", {"doctor_right", "SELECT 1 AS x FROM events LIMIT 0", ASK}},
	{"orders", "orders", {"doctor_right", "SELECT 1 AS x FROM orders LIMIT 0", ASK}},
	{"orders", "order_items", {"doctor_right", "SELECT 1 AS x FROM order_items LIMIT 0", ASK}},
	{"orders", "order_tallies", {"doctor_right", "SELECT 1 AS x FROM order_tallies LIMIT 0", ASK}},
	{"tickets", "organizations", {"doctor_right", "SELECT 1 AS x FROM organizations LIMIT 0", ASK}},
	{"tickets", "api_keys", {"doctor_right", "SELECT 1 AS x FROM api_keys LIMIT 0", ASK}},
	{"tickets", "api_key_allowlist", {"doctor_right", "SELECT 1 AS x FROM api_key_allowlist LIMIT 0", ASK}},
	{"tickets", "events", {"doctor_right", "SELECT 1 AS x FROM events LIMIT 0", ASK}},
	{"tickets", "ticket_types", {"doctor_right", "SELECT 1 AS x FROM ticket_types LIMIT 0", ASK}},
	{"tickets", "idempotency", {"doctor_right", "SELECT 1 AS x FROM idempotency LIMIT 0", ASK}},
	{"tickets", "audit", {"doctor_right", "SELECT 1 AS x FROM audit LIMIT 0", ASK}},
	{"venues", "organizations", {"doctor_right", "SELECT 1 AS x FROM organizations LIMIT 0", ASK}},
	{"venues", "api_keys", {"doctor_right", "SELECT 1 AS x FROM api_keys LIMIT 0", ASK}},
	{"venues", "api_key_allowlist", {"doctor_right", "SELECT 1 AS x FROM api_key_allowlist LIMIT 0", ASK}},
	{"venues", "venues", {"doctor_right", "SELECT 1 AS x FROM venues LIMIT 0", ASK}},
	{"venues", "venue_entries", {"doctor_right", "SELECT 1 AS x FROM venue_entries LIMIT 0", ASK}},
	{"venues", "venue_index", {"doctor_right", "SELECT 1 AS x FROM venue_index LIMIT 0", ASK}},
};

static void
check_version(struct doctor *d, const char *version)
{
	int major = 0, minor = 0;

	if (!strstr(version, "MariaDB") || sscanf(version, "%d.%d", &major, &minor) != 2)
		found(d, BAD, "server version", "Use MariaDB 10.6 to 11.", "%s is not MariaDB", version);
	else if (major < 10 || (major == 10 && minor < 6))
		found(d, BAD, "server version", "Upgrade MariaDB to 10.6 or later.", "%s is too old", version);
	else if (major > 11)
		found(d, DOUBT, "server version", "MariaDB 10.6 to 11 is what is tested.", "%s is newer than what is tested", version);
	else
		found(d, GOOD, "server version", NULL, "%s", version);
}

static void
check_settings(struct doctor *d, const struct rows *r)
{
	const char *mode = rows_text(r, 0, "mode"), *engine = rows_text(r, 0, "engine");
	long long flush = rows_int(r, 0, "flush"), packet = rows_int(r, 0, "packet");

	if (!mode || (!strstr(mode, "STRICT_TRANS_TABLES") && !strstr(mode, "STRICT_ALL_TABLES")))
		found(d, DOUBT, "sql_mode", "Set sql_mode = STRICT_ALL_TABLES for the server (the programs set their own; imports and other tools do not).", "the server's is not strict");
	else
		found(d, GOOD, "sql_mode", NULL, "strict");
	if (!engine || strcmp(engine, "InnoDB") != 0)
		found(d, DOUBT, "storage engine", "Set default_storage_engine = InnoDB.", "the default is %s", engine ? engine : "unknown");
	else
		found(d, GOOD, "storage engine", NULL, "InnoDB");
	if (flush != 1)
		found(d, DOUBT, "flush at commit", "Set innodb_flush_log_at_trx_commit = 1, unless a cluster of several nodes keeps every commit.",
			"innodb_flush_log_at_trx_commit is %lld: a power cut may lose the last second of sales", flush);
	else
		found(d, GOOD, "flush at commit", NULL, "every commit is on disk");
	if (packet < 16 << 20)
		found(d, DOUBT, "max_allowed_packet", "Set max_allowed_packet = 16M or more.", "only %lld KiB: large answers cannot be stored", packet >> 10);
	else
		found(d, GOOD, "max_allowed_packet", NULL, "%lld MiB", packet >> 20);
}

static void
check_clock(struct doctor *d)
{
	struct params p;
	struct rows r = {0};
	int64_t before = clock_now();

	params_init(&p, d->c->arena);
	if (sql_run(d->c->db, d->c->arena, &server_clock, &p, &r) != OK || r.n == 0) {
		found(d, DOUBT, "clock", NULL, "the database does not tell its time: %s", db_error(d->c->db));
		return;
	}
	long long off = rows_int(&r, 0, "now") - (before + clock_now()) / 2;
	if (llabs(off) >= 2000)
		found(d, BAD, "clock", "Set both machines' clocks by NTP.", "the database's clock is %lld.%03lld s %s", llabs(off) / 1000, llabs(off) % 1000, off > 0 ? "ahead" : "behind");
	else
		found(d, GOOD, "clock", NULL, "within %lld ms of the database's", llabs(off));
}

static void
check_keys(struct doctor *d)
{
	struct params p;
	struct rows r = {0};
	int64_t now = clock_now();

	params_init(&p, d->c->arena);
	params_set(&p, "now", val_time(now));
	params_set(&p, "soon", val_time(now + INT64_C(7) * 86400000));
	if (sql_run(d->c->db, d->c->arena, &keys, &p, &r) != OK || r.n == 0) {
		found(d, BAD, "keys", "Run `ticketgate migrate`, then look again.", "cannot be counted: %s", db_error(d->c->db));
		return;
	}
	long long n = rows_int(&r, 0, "n"), expired = rows_int(&r, 0, "expired"), revoked = rows_int(&r, 0, "revoked"), soon = rows_int(&r, 0, "soon");
	if (soon > 0)
		found(d, DOUBT, "keys", "Rotate them: ticketgate key list --org S, then ticketgate key rotate ID.", "%lld work, %lld of them end within 7 days; %lld expired, %lld revoked",
			n - expired - revoked, soon, expired, revoked);
	else
		found(d, GOOD, "keys", NULL, "%lld work, %lld expired, %lld revoked", n - expired - revoked, expired, revoked);
}

static void
check_venues(struct doctor *d)
{
	struct rows r = {0};

	if (sql_run(d->c->db, d->c->arena, &venues, NULL, &r) != OK || r.n == 0)
		found(d, BAD, "venue search", "Run `ticketgate migrate`, then look again.", "cannot be looked at: %s", db_error(d->c->db));
	else if (rows_int(&r, 0, "n") != rows_int(&r, 0, "indexed"))
		found(d, DOUBT, "venue search", "Run `ticketgate venue index`.", "of %lld venues, %lld are in the search index: somebody changed the table by hand", (long long)rows_int(&r, 0, "n"),
			(long long)rows_int(&r, 0, "indexed"));
	else
		found(d, GOOD, "venue search", NULL, "%lld venues", (long long)rows_int(&r, 0, "n"));
}

/* A program's own user: can it connect, and read what it must? */
static void
check_program_user(struct doctor *d, const char *program)
{
	struct arena *a = d->c->arena;
	const char *check = arena_printf(a, "database for %s", program), *missing = "";
	char why[600];
	struct conf *conf = conf_load(d->c->conf->path, program, why, sizeof why);
	struct db *db = conf ? db_new(conf) : NULL;
	struct params p;
	struct rows r;

	if (!conf) {
		found(d, BAD, check, NULL, "%s", why);
		return;
	}
	params_init(&p, a);
	if (db_ready(db) != OK) {
		found(d, BAD, check, NULL, "%s", db_sentence(conf, db_errno(db), db_error(db), a));
		goto out;
	}
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		if (strcmp(needs[i].program, program) != 0)
			continue;
		memset(&r, 0, sizeof r);
		if (sql_run(db, a, &needs[i].st, &p, &r) == OK)
			continue;
		if (db_errno(db) == 1146)
			missing = arena_printf(a, "%s%s%s (no such table)", missing, *missing ? ", " : "", needs[i].table);
		else
			missing = arena_printf(a, "%s%s%s", missing, *missing ? ", " : "", needs[i].table);
	}
	if (*missing)
		found(d, BAD, check, "Run `ticketgate migrate`, and GRANT what is missing, as sql/grants.sql shows.", "the user %s cannot read: %s", conf->db_user, missing);
	else
		found(d, GOOD, check, NULL, "the user %s reads what it needs", conf->db_user);
out:
	db_free(db);
	conf_free(conf);
}

void
doctor_database(struct doctor *d)
{
	struct cli *c = d->c;
	struct params p;
	struct rows r = {0};

	c->db = db_new(c->conf);
	if (db_ready(c->db) != OK) {
		found(d, BAD, "database", NULL, "%s", db_sentence(c->conf, db_errno(c->db), db_error(c->db), c->arena));
		return;
	}
	found(d, GOOD, "database", NULL, "%s at %s", c->conf->db_name, c->conf->db_host && *c->conf->db_host ? c->conf->db_host : c->conf->db_socket);
	params_init(&p, c->arena);
	if (sql_run(c->db, c->arena, &server, &p, &r) == OK && r.n > 0) {
		check_version(d, rows_text(&r, 0, "version") ? rows_text(&r, 0, "version") : "");
		check_settings(d, &r);
	} else {
		found(d, DOUBT, "server settings", NULL, "cannot be read: %s", db_error(c->db));
	}
	check_clock(d);
	doctor_migrations(d);
	for (const char *const *program = doctor_programs; *program; program++)
		check_program_user(d, *program);
	check_keys(d);
	check_venues(d);
}
