/* config: the configuration file and the table of its keys. */
#ifndef TG_RUNTIME_CONFIG_H
#define TG_RUNTIME_CONFIG_H

#include "common/text/cidr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The file has `key = value` lines, `#` comments and blank lines. Lines after `[events]` apply to
 * that program only and override the common ones. A value is the rest of the line, trimmed; there
 * are no quotes, escapes or continuations. An unknown key, a key twice in one section or an invalid
 * value is an error that names file and line. Strings belong to the struct. */
struct config {
	char *path; /* of the file that was read */
	/* database */
	char *db_host; /* comma-separated host[:port] list, see common/db/hosts.h; empty: the socket
	                */
	char *db_socket; /* empty: the usual places, then TCP */
	char *db_name, *db_user, *db_password;
	char *db_ca; /* CA file for TLS, which verifies the server's name; empty: no TLS */
	/* "3s", "500ms" or a number of seconds in the file */
	int64_t db_connect_ms, db_statement_ms, db_lock_ms, db_idle_ms;
	/* secrets */
	/* file of 64 hex digits, mode 0600; all relative paths are relative to the configuration
	 * file's directory */
	char *key_file;
	/* HMAC-SHA-256(master secret, "ticketgate api key pepper"), derived by config_load() */
	uint8_t pepper[32];
	/* the same with "ticketgate webhook secrets": encrypts table webhook_secrets */
	uint8_t secrets_key[32];
	/* the same with "ticketgate stored answers": encrypts table idempotency */
	uint8_t answers_key[32];
	/* the same with "ticketgate issued tickets": codes of tickets, tokens of orders */
	uint8_t ticket_key[32];
	/* this node */
	/* default: /dev/shm/ticketgate- and 12 hex digits of the SHA-256 of the file's real path */
	char *shm_path;
	int64_t workers; /* 0: a single process without a master */
	int64_t worker_requests; /* after which a worker exits; 0: never */
	char *log_file; /* empty: standard error */
	char *log_level; /* debug, info, warn, error */
	/* HTTP */
	/* path prefix before /open-api/v1, such as "/shop": empty, or a leading slash and no
	 * trailing slash */
	char *base_path;
	char *public_url; /* scheme and host for absolute links; empty: links are path-only */
	char *trusted_proxies; /* CIDR list, parsed into proxies */
	struct cidr proxies[CIDR_MAX];
	char *public_origins; /* see common/http/cors.h; empty: any */
	size_t proxy_count;
	/* limits */
	int64_t rate_standard, rate_plus, auth_failures; /* per minute */
	int64_t public_rate, public_holds, public_held, public_share; /* per minute and address */
	int64_t key_cache_ms, answer_cache_ms; /* 0 to 2000; 0: no caching */
	int64_t single_node_cache_ms;
	/* webhooks */
	char *webhook_allow; /* CIDR list; see url_guard_configure() */
	int64_t webhook_require_https; /* 0 or 1 */
	char *webhook_ca;
	char *cron_secret; /* of /-/cron/SECRET; empty: there is no such URL */
	int64_t webhook_after_sale; /* 0 or 1 */
	int64_t webhook_retry_first_ms, webhook_retry_second_ms;
	int64_t webhook_recover_rate; /* per minute */
	/* mail */
	char *mail_url; /* see common/text/mail_address.h; empty: no mail */
	char *mail_from, *mail_ca;
	int64_t mail_rate; /* per minute */
	int64_t mail_retry_first_ms, mail_retry_second_ms;
	int64_t session_idle_ms, session_life_ms;
	int64_t signin_account, signin_account_total, signin_address; /* per 15 minutes */
	int64_t hold_history_days;
	int64_t idempotency_keys, org_idempotency_keys; /* per key, organization; in 24 hours */
	int64_t org_keys, org_webhooks, org_users, org_exports; /* per organization */
};

/* Whether mail is sent: mail_url and mail_from are set. */
bool config_has_mail(const struct config *c);

/* A key of the file and the member it sets. */
struct config_key {
	const char *name;
	enum config_type { CONFIG_TEXT, CONFIG_INT, CONFIG_DURATION, CONFIG_PATH } type;
	size_t offset; /* of the member in struct config */
	const char *default_value; /* as written in the file */
	int64_t min, max; /* CONFIG_INT; CONFIG_DURATION in ms; ignored for text */
	const char *doc; /* also in the README's table and --describe */
	bool secret; /* never printed */
};
#define CONFIG_KEYS 56 /* rows of the table */
extern const struct config_key config_keys[]; /* ends with a NULL name */

/* Reads the file for `program` ("events", "ticketgate", …). NULL on failure, with a message in
 * `why` (file, line, problem and fix). Freed by config_free(). */
struct config *config_load(const char *path, const char *program, char *why, size_t why_size);
void config_free(struct config *c); /* wipes secrets; NULL is allowed */

/* The configuration file to use, NULL when there is none:
 * - `given`, when not NULL, else $TG_CONF, whether the file exists or not
 * - ticketgate.conf in the directory above the program's, or in etc, ticketgate or private in it;
 *   then in each directory further up that belongs to the owner of the program's file
 * - SYSCONFDIR/ticketgate.conf
 *
 * The result is in static storage. */
const char *config_find(const char *given);

/* config_find() and config_load(): the start of every program. NULL with the reason in `why`. */
struct config *config_open(const char *given, const char *program, char *why, size_t why_size);
/* Whether the file lies below the document root, where a web server may send it to anyone. An empty
 * document root, or one that is "/", says nothing. */
bool config_is_served(const char *file, const char *document_root);
/* Sends the log to log_file from log_level on. */
void config_open_log(const struct config *c);

#endif
