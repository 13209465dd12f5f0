/* connection: a MariaDB connection, its transactions and its errors. */
#include "common/db/connection.h"

#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/uuid.h"
#include "common/db/dialect.h"
#include "common/db/error_map.h"
#include "common/db/hosts.h"
#include "common/db/login.h"
#include "common/db/prepared.h"

#include <assert.h>
#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define BACKOFF_FIRST_MS 50
#define BACKOFF_LAST_MS 1000
#define TURN_NS                                                                          \
	INT64_C(10000000000) /* most time to wait for a connection that another gives up \
	                      */
#define TURN_PAUSE_MS 25 /* most time between two attempts meanwhile */
#define CROWDED_NS INT64_C(1000000000) /* for which one such attempt makes all give way */
#define REST_LOOK_MS 1000 /* between two looks of an idle process whether others wait */

struct db {
	const struct config *conf;
	struct hosts *hosts;
	struct shm *shm; /* NULL: not shared */
	MYSQL *my; /* NULL: not connected */
	const struct host *host; /* of the connection */
	bool replicated; /* the host is a node of a Galera cluster */
	struct prepared *prepared;
	bool open; /* a transaction is open, */
	bool begun; /* and the server knows it */
	/* not OK: the open transaction can only be rolled back. Its further statements must fail,
	 * or they would run outside of it in autocommit mode */
	enum err must_rollback;
	bool wrote; /* see db_wrote() */
	void (*before_change)(void *ctx); /* see db_before_change() */
	void *before_change_ctx;
	bool no_timeout; /* db_script() was used: no statement time limits */
	int64_t rest_ns; /* clock_mono_ns() since when db_rest() has seen it idle; 0: it was not */
	bool down; /* the connection failure has been logged */
	int64_t retry_ns; /* clock_mono_ns() before which no connection is attempted */
	int64_t backoff_ms; /* 0 or BACKOFF_FIRST_MS..BACKOFF_LAST_MS */
	unsigned number; /* of the last failure, with its text and the duplicate key's name */
	char text[512];
	char key[128];
};

struct db *db_new(const struct config *conf)
{
	struct db *db = oom_check(calloc(1, sizeof *db));
	db->conf = conf;
	db->hosts = hosts_new(conf);
	return db;
}

void db_share(struct db *db, struct shm *shm)
{
	db->shm = shm;
	hosts_share(db->hosts, shm);
}

void db_free(struct db *db)
{
	if (!db)
		return;
	db_drop(db);
	hosts_free(db->hosts);
	free(db);
}

/* mysql_close() detaches the prepared statements first, so that freeing them sends nothing. */
static void disconnect(struct db *db)
{
	if (db->my)
		mysql_close(db->my);
	db->my = NULL;
	prepared_free(db->prepared);
	db->prepared = NULL;
}

static void forget_transaction(struct db *db)
{
	db->open = db->begun = false;
	db->must_rollback = OK;
}

void db_drop(struct db *db)
{
	disconnect(db);
	forget_transaction(db);
}

static void remember(struct db *db, unsigned number, const char *text)
{
	db->number = number;
	snprintf(db->text, sizeof db->text, "%s", text_or(text, ""));
}

/* Extracts the key from "Duplicate entry 'x' for key 'name'" (MySQL: 'table.name'). The entry
 * itself may contain these words, so the last occurrence counts. */
static void remember_key(struct db *db)
{
	static const char words[] = "for key '";
	const char *at = NULL;
	db->key[0] = '\0';
	for (const char *p = db->text; (p = strstr(p, words)); p++)
		at = p + strlen(words);
	if (!at)
		return;
	const char *end = strchr(at, '\'');
	size_t n = end ? (size_t)(end - at) : strlen(at);
	for (const char *dot = memchr(at, '.', n); dot; dot = memchr(at, '.', n)) {
		n -= (size_t)(dot + 1 - at);
		at = dot + 1;
	}
	snprintf(db->key, sizeof db->key, "%.*s", (int)n, at);
}

/* Failures that are caused by the client or will be retried are logged as debug only. */
static void db_report(const struct db *db, enum err err, const char *what)
{
	enum log_level level = err == ERR_INTERNAL ? LOG_ERROR : LOG_WARN;
	if (err == ERR_RETRY || err == ERR_DUPLICATE)
		level = LOG_DEBUG;
	log_msg(level, "database: %s: %u %s", what, db->number, db->text);
}

/* MariaDB's number of an error. To MySQL a killed connection is a statement that was interrupted.
 */
static unsigned common_number(const struct db *db, unsigned number)
{
	if (!db_is_mysql(db))
		return number;
	if (number == ER_QUERY_INTERRUPTED && mysql_ping(db->my))
		return ER_CONNECTION_KILLED;
	return dialect_error(number);
}

/* `text` may belong to the connection, so it is copied before that is closed. With a NULL `what`, a
 * lock wait timeout leaves the transaction usable (the server rolls back the statement only). */
enum err db_failed(struct db *db, unsigned number, const char *text, const char *what)
{
	remember(db, number, text);
	number = db->number = common_number(db, number);
	struct db_meaning m = db_meaning(number);
	if (m.err == ERR_DUPLICATE)
		remember_key(db);
	if (what)
		db_report(db, m.err, what);
	if (db->my && db_is_host_error(number))
		hosts_failed(db->hosts, db->host);
	if (m.drop)
		disconnect(db);
	if (db->open && m.drop)
		db->must_rollback = ERR_LOST;
	if (db->open && m.err == ERR_RETRY && (what || number != ER_LOCK_WAIT_TIMEOUT))
		db->must_rollback = ERR_RETRY;
	return m.err;
}

/* Logs a connection failure once, until a connection succeeds. */
static void say_down(struct db *db)
{
	if (db->down)
		return;
	db->down = true;
	const char *hint = db_connect_hint(db->number);
	log_msg(LOG_ERROR, "database: cannot connect: %u %s%s%s", db->number, db->text,
		*hint ? "; " : "", hint);
}

/* Doubles the back-off and sets the time of the next attempt. */
static enum err connect_failed(struct db *db)
{
	db->backoff_ms = MAX(db->backoff_ms * 2, BACKOFF_FIRST_MS);
	if (db->backoff_ms > BACKOFF_LAST_MS)
		db->backoff_ms = BACKOFF_LAST_MS;
	assert(db->backoff_ms >= BACKOFF_FIRST_MS && db->backoff_ms <= BACKOFF_LAST_MS);
	db->retry_ns = clock_mono_ns() + db->backoff_ms * 1000000;
	say_down(db);
	return ERR_UNAVAILABLE;
}

/* Logs in at a host, in place of the present connection if that succeeds. */
static bool connect_to(struct db *db, const struct host *host)
{
	struct login login;
	if (!login_open(db->conf, host, db->no_timeout, &login)) {
		hosts_failed(db->hosts, host);
		remember(db, login.number, login.text);
		return false;
	}
	disconnect(db);
	hosts_works(db->hosts, host);
	db->my = login.my;
	db->replicated = login.replicated;
	db->host = host;
	db->backoff_ms = 0;
	if (db->down)
		log_msg(LOG_INFO, "database: reconnected");
	db->down = false;
	return true;
}

/* Moves to a host that stands before the present one in db_host, once that works; also between
 * db_begin() and the first statement, which is all that a worker does that only sells. */
static void return_to_preferred(struct db *db)
{
	const struct host *host = db->begun ? NULL : hosts_preferred(db->hosts, db->host);
	if (host && connect_to(db, host))
		log_msg(LOG_INFO, "database: back on %s", host->name);
}

/* ---- accounts with few connections ---- */

static uint64_t crowded_tag(const struct db *db)
{
	static const char kind[] = "db crowded ";
	const char *user = text_or(db->conf->db_user, "");
	return hash_bytes(hash_bytes(HASH_START, kind, strlen(kind)), user, strlen(user)) | 1;
}

static bool others_wait(const struct db *db, int64_t now)
{
	return db->shm && shm_shared(db->shm) && shm_marked(db->shm, crowded_tag(db), now);
}

void db_give_way(struct db *db)
{
	if (db->my && !db->open && others_wait(db, clock_mono_ns()))
		disconnect(db);
}

int64_t db_rest(struct db *db)
{
	int64_t now = clock_mono_ns(), left = db->conf->db_idle_ms;
	if (!db->my || db->open)
		return -1;
	if (!db->rest_ns)
		db->rest_ns = now;
	left -= (now - db->rest_ns) / 1000000;
	if (others_wait(db, now) || (db->conf->db_idle_ms > 0 && left <= 0)) {
		disconnect(db);
		return -1;
	}
	if (db->conf->db_idle_ms == 0)
		return -1;
	return MIN(left, REST_LOOK_MS);
}

/* Tries all hosts. */
static bool connect_any(struct db *db)
{
	const struct host *host;
	for (size_t i = 0; (host = hosts_pick(db->hosts, i)); i++)
		if (connect_to(db, host))
			return true;
	return false;
}

/* Waits for another process to give its connection up, which the mark asks of all. */
static bool connect_in_turn(struct db *db)
{
	int64_t now = clock_mono_ns(), end = now + TURN_NS;
	while (db_all_in_use(db->number, db->text) && now < end) {
		if (db->shm)
			shm_mark(db->shm, crowded_tag(db), now + CROWDED_NS, now);
		clock_pause_ms(1 + uuid_make().b[15] % TURN_PAUSE_MS);
		if (connect_any(db))
			return true;
		now = clock_mono_ns();
	}
	return false;
}

static enum err connect_once(struct db *db)
{
	db->rest_ns = 0;
	if (db->my) {
		return_to_preferred(db);
		return OK;
	}
	if (db->backoff_ms && clock_mono_ns() < db->retry_ns)
		return ERR_UNAVAILABLE;
	if (connect_any(db) || connect_in_turn(db))
		return OK;
	return connect_failed(db);
}

/* Runs SQL text without parameters. */
static enum err text_query(struct db *db, const char *sql, const char *what)
{
	prepared_drain(db->prepared);
	if (mysql_real_query(db->my, sql, strlen(sql)))
		return db_failed(db, mysql_errno(db->my), mysql_error(db->my), what);
	if (mysql_field_count(db->my))
		mysql_free_result(mysql_store_result(db->my));
	return OK;
}

/* Galera rolls a transaction back when another node's write wins. Usually the next statement fails
 * with 1213, but not every one does, and later ones would run outside of the transaction, or COMMIT
 * commit nothing and succeed. SERVER_STATUS_IN_TRANS is in the reply to each statement (MariaDB
 * Client/Server Protocol, OK_Packet). */
enum err db_check_transaction(struct db *db, const char *what)
{
	unsigned status = 0;
	if (!db->begun || db->must_rollback != OK ||
		mariadb_get_infov(db->my, MARIADB_CONNECTION_SERVER_STATUS, &status) != 0 ||
		status & SERVER_STATUS_IN_TRANS)
		return OK;
	log_msg(LOG_WARN, "database: %s: the server ended the transaction without an error", what);
	return db_failed(db, ER_LOCK_DEADLOCK, "the transaction is gone", what);
}

/* Tells the server of the open transaction. An idle connection may have been closed by the server;
 * no work is lost by trying a second one. */
static enum err begin(struct db *db)
{
	enum err e = ERR_LOST;
	for (int i = 0; i < 2 && e == ERR_LOST; i++) {
		e = connect_once(db);
		if (e == OK)
			e = text_query(db, "START TRANSACTION", "begin");
		db->must_rollback = OK; /* there is nothing to roll back yet */
	}
	db->begun = e == OK;
	return e;
}

enum err db_use(struct db *db)
{
	if (db->open && db->must_rollback != OK)
		return db->must_rollback;
	if (db->open && !db->begun)
		return begin(db);
	return connect_once(db);
}

enum err db_ready(struct db *db)
{
	if (!db->open)
		db->wrote = false;
	return db_use(db);
}

void db_begin(struct db *db)
{
	if (db->open)
		db_rollback(db);
	assert(!db->open && db->must_rollback == OK);
	db->wrote = false;
	db->open = true;
}

enum err db_commit(struct db *db)
{
	if (!db->open)
		return OK;
	enum err e = db->must_rollback;
	if (e != OK) {
		db_rollback(db);
		return e;
	}
	if (!db->begun) {
		forget_transaction(db);
		return OK;
	}
	e = db_check_transaction(db, "commit");
	if (e == OK)
		e = text_query(db, "COMMIT", "commit");
	if (e == OK || e == ERR_LOST)
		forget_transaction(db);
	else
		db->must_rollback = e;
	assert(!db->open || db->must_rollback != OK);
	return e;
}

void db_rollback(struct db *db)
{
	if (db->begun && db->my) {
		forget_transaction(db);
		if (text_query(db, "ROLLBACK", "rollback") != OK)
			db_drop(db);
	}
	forget_transaction(db);
	assert(!db->open);
}

bool db_in_transaction(const struct db *db)
{
	return db->open;
}

void db_before_change(struct db *db, void (*call)(void *ctx), void *ctx)
{
	db->before_change = call;
	db->before_change_ctx = ctx;
}

bool db_wrote(const struct db *db)
{
	return db->wrote;
}

const char *db_duplicate_key(const struct db *db)
{
	return db->key;
}

unsigned db_errno(const struct db *db)
{
	return db->number;
}

const char *db_error(const struct db *db)
{
	return db->text;
}

/* A migration may take long, so the first call reconnects without statement time limits. */
enum err db_script(struct db *db, const char *sql)
{
	if (!db->no_timeout && !db->open) {
		db->no_timeout = true;
		db_drop(db);
	}
	enum err e = db_use(db);
	if (e == OK)
		return text_query(db, sql, "script");
	return e;
}

struct st_mysql *db_handle(struct db *db)
{
	return db->my;
}

/* The client's own answer, which wants "MariaDB" in the version. */
bool db_is_mysql(const struct db *db)
{
	return db->my && !mariadb_connection(db->my);
}

const char *db_server_version(const struct db *db)
{
	return db->my ? mysql_get_server_info(db->my) : "";
}

bool db_is_replicated(const struct db *db)
{
	return db->replicated;
}

/* Client/Server Protocol: COM_STMT_BULK_EXECUTE; MySQL does not have it. On a Galera node it loses
 * writes: when another node's write rolls the transaction back in the middle, the rows that follow
 * are executed outside of it, and the reply is OK (10.11.19; tests/cluster/test_conflicts). */
bool db_has_bulk(const struct db *db)
{
	unsigned long server = 0, more = 0;
	return !db->replicated &&
		mariadb_get_infov(db->my, MARIADB_CONNECTION_SERVER_CAPABILITIES, &server) == 0 &&
		mariadb_get_infov(db->my, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &more) ==
		0 &&
		!(server & CLIENT_MYSQL) && (more & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32));
}

void db_mark_write(struct db *db)
{
	if (db->before_change)
		db->before_change(db->before_change_ctx);
	db->wrote = true;
}

struct prepared **db_prepared(struct db *db)
{
	return &db->prepared;
}
