/* config: the configuration file, as a table of keys. */
#ifndef TG_RUNTIME_CONFIG_H
#define TG_RUNTIME_CONFIG_H

#include "common/text/cidr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `key = value` lines, `#` comments, blank lines. After `[events]` the lines are for that program
   only and win over the common ones. Values run to the end of the line, trimmed; no quotes, no
   escapes, no continuation. An unknown key, a key twice in one section or a bad value is an error
   that names file and line. */
struct config {
	char *path; /* of the file read */
	/* database */
	char *db_host; /* comma-separated host[:port] list, tried in order; empty: the socket */
	char *db_socket;
	char *db_name, *db_user, *db_password;
	char *db_ca; /* CA file: TLS with the server's name checked */
	/* "3s", "500ms" or a bare number of seconds in the file */
	int64_t db_connect_ms, db_statement_ms, db_lock_ms;
	/* secrets */
	/* 64 hex digits; mode 0600. Relative paths are relative to the configuration file's folder,
	 * here and everywhere */
	char *key_file;
	/* HMAC-SHA-256(master, "ticketgate api key pepper"), filled by config_load from key_file */
	uint8_t pepper[32];
	/* the same with "ticketgate webhook secrets": seals table webhook_secrets */
	uint8_t secrets_key[32];
	/* the same with "ticketgate stored answers": seals table idempotency */
	uint8_t answers_key[32];
	/* this node */
	/* default: /dev/shm/ticketgate-<12 hex digits of SHA-256 of the real path of the file> */
	char *shm_path;
	int64_t workers; /* 0: one process, no master */
	int64_t worker_requests; /* a worker ends itself after so many; 0 never */
	char *log_file; /* empty: standard error */
	char *log_level; /* debug, info, warn, error */
	/* HTTP */
	/* what stands before /open-api/v1 in the URL, e.g. "/shop"; empty or starts with / and does
	 * not end in it */
	char *base_path;
	char *public_url; /* scheme and host, for absolute links; empty: links are path-only */
	char *trusted_proxies; /* cidr list */
	struct cidr proxies[CIDR_MAX];
	size_t proxy_count;
	/* limits */
	int64_t rate_standard, rate_plus, auth_failures; /* a minute */
	int64_t public_rate, public_holds; /* a minute, for one address */
	int64_t key_cache_ms, answer_cache_ms; /* 0..2000 */
	/* webhooks */
	char *webhook_allow; /* cidr list; config_load makes it the process's policy
	                        (common/net/url_guard.h) */
	int64_t webhook_require_https; /* 0 or 1, likewise */
	char *webhook_ca;
	int64_t webhook_retry_first_ms, webhook_retry_second_ms;
	int64_t session_idle_ms, session_life_ms;
	int64_t signin_account, signin_address; /* in a quarter of an hour */
};

struct config_key {
	const char *name;
	enum config_type { CONFIG_TEXT, CONFIG_INT, CONFIG_DURATION, CONFIG_PATH } type;
	size_t offset;
	const char *default_value; /* the default, as it would stand in the file */
	int64_t min, max; /* CONFIG_INT; CONFIG_DURATION in ms; ignored for text */
	const char *doc; /* for the README's table, --describe and doctor */
	bool secret; /* never printed */
};
#define CONFIG_KEYS 34 /* rows of the table */
extern const struct config_key config_keys[]; /* ends with a NULL name */

/* Reads `path` for `program` ("events", "ticketgate", …). NULL on failure, with one sentence in
 * `why` (file, line, what, how to mend). */
struct config *config_load(const char *path, const char *program, char *why, size_t why_size);
void config_free(struct config *c); /* secrets are cleansed */

/* The file to use: `given` when not NULL, else $TG_CONF, else `ticketgate.conf` beside the folder
   of the running program (../ticketgate.conf, ../etc/ticketgate.conf), else
   SYSCONFDIR/ticketgate.conf. The first that exists; NULL when none does. Static storage. */
const char *config_find(const char *given);

#endif
