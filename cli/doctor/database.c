/* database: checks the database: connection, version, settings, clock, migrations and contents. */
#include "cli/doctor/findings.h"

#include "common/base/clock.h"
#include "common/db/dialect.h"
#include "common/db/login.h"
#include "common/db/migrate.h"
#include "common/crypto/seal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK (SQL_READ | SQL_GLOBAL | SQL_QUIET)
static const struct statement server = {"doctor_server",
	"SELECT VERSION() AS version, @@global.sql_mode AS mode,"
	" @@default_storage_engine AS engine, @@innodb_flush_log_at_trx_commit AS flush,"
	" @@global.max_allowed_packet AS packet, @@max_connections AS connections",
	ASK};
static const struct statement server_clock = {
	"doctor_clock", "SELECT UTC_TIMESTAMP(3) AS now", ASK};
static const struct statement keys = {"doctor_keys",
	"SELECT COUNT(*) AS n,"
	" COUNT(CASE WHEN revoked_at IS NULL"
	" AND expires_at <= :now THEN 1 END) AS expired,"
	" COUNT(revoked_at) AS revoked,"
	" COUNT(CASE WHEN revoked_at IS NULL AND rotated_to IS NULL AND expires_at > :now"
	" AND expires_at < :soon THEN 1 END) AS soon"
	" FROM api_keys",
	ASK};
static const struct statement doctor_secrets = {"doctor_secrets",
	"SELECT id, sealed"
	" FROM webhook_secrets"
	" LIMIT 1000",
	ASK};
static const struct statement venues = {"doctor_venues",
	"SELECT COUNT(*) AS n, (SELECT venues FROM venue_index WHERE id = 1) AS indexed"
	" FROM venues",
	ASK};

#define HOLDS_LEAST 50 /* with fewer holds nothing is said of their addresses */
#define HOLDS_EACH 10 /* from as many per address on there may be a proxy */
#define RECENT_HOLDS(status)                                                            \
	"(SELECT visitor FROM holds FORCE INDEX (hold_due) WHERE status = '" status "'" \
	" AND expires_at > :since ORDER BY expires_at DESC LIMIT 1000)"
#define AND_HOLDS(status) " UNION ALL " RECENT_HOLDS(status)
/* Reads at most 4,000 index entries and rows. */
static const struct statement visitors = {"doctor_visitors",
	"SELECT COUNT(visitor) AS n, COUNT(DISTINCT visitor) AS addresses"
	" FROM (" RECENT_HOLDS("ACTIVE") AND_HOLDS("USED") AND_HOLDS("RELEASED")
		AND_HOLDS("EXPIRED") ") h",
	ASK};

/* `version` is the server's VERSION(). */
static void check_version(struct doctor *d, const char *version)
{
	struct server_version v;
	enum server_support support = server_support(version, &v);
	const char *name = v.mysql ? "MySQL" : "MariaDB";
	const char *fix = arena_printf(d->c->arena, "Use one of: %s.", server_requirements);

	switch (support) {
	case SERVER_UNKNOWN:
		found(d, FINDING_FAIL, "server version", fix, "unknown server: %s", version);
		break;
	case SERVER_TOO_OLD:
		found(d, FINDING_FAIL, "server version", fix, "%s %s is too old", name, version);
		break;
	case SERVER_UNTESTED:
		found(d, FINDING_WARN, "server version", fix,
			"%s %s is newer than the supported versions", name, version);
		break;
	case SERVER_SUPPORTED:
		found(d, FINDING_OK, "server version", NULL,
			"%s %s: supported, but tested with others", name, version);
		break;
	case SERVER_TESTED:
		found(d, FINDING_OK, "server version", NULL, "%s %s: tested", name, version);
	}
}

/* Server variables that affect integrity or durability; `r` is the row of doctor_server. */
static void check_settings(struct doctor *d, const struct rows *r)
{
	const char *mode = rows_text(r, 0, "mode"), *engine = rows_text(r, 0, "engine");
	long long flush = rows_int(r, 0, "flush"), packet = rows_int(r, 0, "packet");

	if (!mode || (!strstr(mode, "STRICT_TRANS_TABLES") && !strstr(mode, "STRICT_ALL_TABLES")))
		found(d, FINDING_WARN, "sql_mode",
			"Set sql_mode = STRICT_ALL_TABLES globally (the programs set their own "
			"mode; imports and other tools do not).",
			"the server's sql_mode is not strict");
	else
		found(d, FINDING_OK, "sql_mode", NULL, "strict");
	if (!engine || strcmp(engine, "InnoDB") != 0)
		found(d, FINDING_WARN, "storage engine", "Set default_storage_engine = InnoDB.",
			"the default is %s", text_or(engine, "unknown"));
	else
		found(d, FINDING_OK, "storage engine", NULL, "InnoDB");
	if (flush != 1)
		found(d, FINDING_WARN, "flush at commit",
			"Set innodb_flush_log_at_trx_commit = 1, unless a cluster of several nodes "
			"stores every commit.",
			"innodb_flush_log_at_trx_commit is %lld: a power failure can lose the last "
			"second of sales",
			flush);
	else
		found(d, FINDING_OK, "flush at commit", NULL, "every commit is flushed to disk");
	if (packet < 16 << 20)
		found(d, FINDING_WARN, "max_allowed_packet",
			"Set max_allowed_packet = 16M or more.",
			"only %lld KiB: large responses cannot be stored", packet >> 10);
	else
		found(d, FINDING_OK, "max_allowed_packet", NULL, "%lld MiB", packet >> 20);
}

/* Compares the database's clock with the middle of the query's duration. */
static void check_clock(struct doctor *d)
{
	struct params p;
	struct rows r = {0};
	int64_t before = clock_now();

	params_init(&p, d->c->arena);
	if (sql_run(d->c->db, d->c->arena, &server_clock, &p, &r) != OK || r.n == 0) {
		found(d, FINDING_WARN, "clock", NULL, "cannot read the server time: %s",
			db_error(d->c->db));
		return;
	}
	long long off = rows_int(&r, 0, "now") - (before + clock_now()) / 2;
	if (llabs(off) >= 2000)
		found(d, FINDING_FAIL, "clock", "Synchronize both machines' clocks with NTP.",
			"the database clock is %lld.%03lld s %s", llabs(off) / 1000,
			llabs(off) % 1000, off > 0 ? "ahead" : "behind");
	else
		found(d, FINDING_OK, "clock", NULL, "within %lld ms of the database clock",
			llabs(off));
}

static void check_keys(struct doctor *d)
{
	struct params p;
	struct rows r = {0};
	int64_t now = clock_now();

	params_init(&p, d->c->arena);
	params_set(&p, "now", val_time(now));
	params_set(&p, "soon", val_time(now + INT64_C(7) * 86400000));
	if (sql_run(d->c->db, d->c->arena, &keys, &p, &r) != OK || r.n == 0) {
		found(d, FINDING_FAIL, "keys", "Run `ticketgate migrate`, then run doctor again.",
			"cannot count keys: %s", db_error(d->c->db));
		return;
	}
	long long n = rows_int(&r, 0, "n"), expired = rows_int(&r, 0, "expired"),
		  revoked = rows_int(&r, 0, "revoked"), soon = rows_int(&r, 0, "soon");
	if (soon > 0)
		found(d, FINDING_WARN, "keys",
			"Rotate them: ticketgate key list --org S, then ticketgate key rotate ID.",
			"%lld active, %lld of them expire within 7 days; %lld expired, %lld "
			"revoked",
			n - expired - revoked, soon, expired, revoked);
	else
		found(d, FINDING_OK, "keys", NULL, "%lld active, %lld expired, %lld revoked",
			n - expired - revoked, expired, revoked);
}

static void check_venues(struct doctor *d)
{
	struct rows r = {0};

	if (sql_run(d->c->db, d->c->arena, &venues, NULL, &r) != OK || r.n == 0)
		found(d, FINDING_FAIL, "venue search",
			"Run `ticketgate migrate`, then run doctor again.", "check failed: %s",
			db_error(d->c->db));
	else if (rows_int(&r, 0, "n") != rows_int(&r, 0, "indexed"))
		found(d, FINDING_WARN, "venue search", "Run `ticketgate venue index`.",
			"of %lld venues, %lld are in the search index: the table was changed "
			"manually",
			(long long)rows_int(&r, 0, "n"), (long long)rows_int(&r, 0, "indexed"));
	else
		found(d, FINDING_OK, "venue search", NULL, "%lld venues",
			(long long)rows_int(&r, 0, "n"));
}

/* Visitors who all have the address of a proxy share the limits of one address. But few addresses
 * may also be few visitors, hence a warning only, and from HOLDS_LEAST holds on. */
static void check_visitors(struct doctor *d)
{
	struct params p;
	struct rows r = {0};

	params_init(&p, d->c->arena);
	params_set(&p, "since", val_time(clock_now() - INT64_C(86400000)));
	if (sql_run(d->c->db, d->c->arena, &visitors, &p, &r) != OK || r.n == 0) {
		found(d, FINDING_FAIL, "visitor addresses",
			"Run `ticketgate migrate`, then run doctor again.", "check failed: %s",
			db_error(d->c->db));
		return;
	}
	long long n = rows_int(&r, 0, "n"), addresses = rows_int(&r, 0, "addresses");
	bool few = n >= HOLDS_LEAST && n >= HOLDS_EACH * addresses;
	found(d, few ? FINDING_WARN : FINDING_OK, "visitor addresses",
		few ? "If a reverse proxy or CDN is in front of the web server, add its addresses "
		      "to trusted_proxies: otherwise all its visitors share the limits of one."
		    : NULL,
		"%lld recent holds on public pages, from %lld addresses", n, addresses);
}

/* Tries to decrypt the webhook secrets: with a different key file no delivery could be signed. */
static void check_secrets(struct doctor *d)
{
	struct rows r = {0};
	uint8_t text[256];
	size_t opened = 0;

	if (sql_run(d->c->db, d->c->arena, &doctor_secrets, NULL, &r) != OK) {
		found(d, FINDING_FAIL, "webhook secrets",
			"Run `ticketgate migrate`, then run doctor again.", "cannot read: %s",
			db_error(d->c->db));
		return;
	}
	assert(r.n <= 1000); /* the statement's LIMIT: this check must stay cheap */
	for (size_t i = 0; i < r.n; i++) {
		struct val id = rows_get(&r, i, "id"), sealed = rows_get(&r, i, "sealed");
		opened += sealed.n <= sizeof text &&
			unseal(d->c->conf->secrets_key, (struct span){id.id.b, sizeof id.id.b},
				(struct span){sealed.s, sealed.n}, text);
	}
	explicit_bzero(text, sizeof text);
	if (opened < r.n)
		found(d, FINDING_FAIL, "webhook secrets",
			"Restore the key file they were encrypted with, or rotate the secret of "
			"each webhook.",
			"%zu of %zu cannot be decrypted with the key file %s", r.n - opened, r.n,
			d->c->conf->key_file);
	else
		found(d, FINDING_OK, "webhook secrets", NULL,
			"%zu, all decryptable with the key file", r.n);
}

void doctor_database(struct doctor *d)
{
	struct cli *c = d->c;
	struct params p;
	struct rows r = {0};

	c->db = db_new(c->conf);
	if (db_ready(c->db) != OK) {
		found(d, FINDING_FAIL, "database", NULL, "%s",
			db_sentence(c->conf, db_errno(c->db), db_error(c->db), c->arena));
		return;
	}
	found(d, FINDING_OK, "database", NULL, "%s at %s", c->conf->db_name, login_place(c->conf));
	params_init(&p, c->arena);
	if (sql_run(c->db, c->arena, &server, &p, &r) == OK && r.n > 0) {
		check_version(d, text_or(rows_text(&r, 0, "version"), ""));
		check_settings(d, &r);
	} else {
		found(d, FINDING_WARN, "server settings", NULL, "cannot read: %s", db_error(c->db));
	}
	doctor_cluster(d);
	check_clock(d);
	doctor_migrations(d);
	for (const char *const *program = doctor_programs; *program; program++)
		doctor_program_user(d, *program);
	check_keys(d);
	check_venues(d);
	check_visitors(d);
	check_secrets(d);
	doctor_cron(d);
	doctor_mail(d);
}

/* The pending migrations as they are reported. */
struct pending {
	struct cli *c;
	const char *last; /* their names, comma-separated, in the arena; NULL: none yet */
	size_t n;
};

static void pending_take(void *ctx, const char *name)
{
	struct pending *pending = ctx;

	pending->last = pending->last
		? arena_printf(pending->c->arena, "%s, %s", pending->last, name)
		: arena_strdup(pending->c->arena, name);
	pending->n++;
}

void doctor_migrations(struct doctor *d)
{
	struct pending pending = {.c = d->c};
	const char *folder = data_find("sql");
	size_t count = 0;

	if (!folder) {
		found(d, FINDING_FAIL, "migrations",
			"Reinstall, run ticketgate from its build directory, or set TG_DATA.",
			"directory sql not found");
		return;
	}
	switch (migrate_pending(d->c->db, folder, &count, pending_take, &pending)) {
	case OK:
		if (count > 0)
			found(d, FINDING_FAIL, "migrations", "Run `ticketgate migrate`.",
				"%zu pending: %s", count, text_or(pending.last, ""));
		else
			found(d, FINDING_OK, "migrations", NULL, "all applied");
		break;
	case ERR_CONFLICT:
		found(d, FINDING_FAIL, "migrations",
			"Restore the released files in sql/; make changes in a new migration.",
			"an applied migration file was modified");
		break;
	default:
		found(d, FINDING_FAIL, "migrations", NULL, "check failed: %s", db_error(d->c->db));
	}
}
