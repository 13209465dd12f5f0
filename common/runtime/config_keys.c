/* config_keys: the table of configuration keys. */
#include "common/runtime/config.h"

#define AT(field) offsetof(struct config, field)

const struct config_key config_keys[] = {
	{"db_host", CONFIG_TEXT, AT(db_host), "", 0, 0,
		"Database hosts as a comma-separated host[:port] list, tried in order; empty: the "
		"local socket.",
		false},
	{"db_socket", CONFIG_PATH, AT(db_socket), "/run/mysqld/mysqld.sock", 0, 0,
		"Socket of a database on this machine, used when db_host is empty.", false},
	{"db_name", CONFIG_TEXT, AT(db_name), "ticketgate", 0, 0, "Name of the database.", false},
	{"db_user", CONFIG_TEXT, AT(db_user), "ticketgate", 0, 0,
		"Database user; each program may have its own, in its own section.", false},
	{"db_password", CONFIG_TEXT, AT(db_password), "", 0, 0,
		"Password of the database user; empty for socket authentication.", true},
	{"db_ca", CONFIG_PATH, AT(db_ca), "", 0, 0,
		"CA file: connect to the database with TLS and check the server's name; empty: no "
		"TLS.",
		false},
	{"db_connect", CONFIG_DURATION, AT(db_connect_ms), "3s", 1000, 60000,
		"How long connecting to the database may take.", false},
	{"db_statement", CONFIG_DURATION, AT(db_statement_ms), "10s", 100, 600000,
		"How long one database statement may run.", false},
	{"db_lock", CONFIG_DURATION, AT(db_lock_ms), "5s", 1000, 60000,
		"How long a statement may wait for a locked row.", false},
	{"key_file", CONFIG_PATH, AT(key_file), "ticketgate.key", 0, 0,
		"File with the node's master secret, 64 hex digits, mode 0600; the same on every "
		"node.",
		false},
	{"shm_path", CONFIG_PATH, AT(shm_path), "", 0, 0,
		"File for memory shared by the programs of this node; empty: one in /dev/shm named "
		"after this configuration file.",
		false},
	{"workers", CONFIG_INT, AT(workers), "0", 0, 256,
		"Worker processes of each program; 0: one process, when the web server or systemd "
		"starts as many as it wants.",
		false},
	{"worker_requests", CONFIG_INT, AT(worker_requests), "100000", 0, INT64_C(1000000000),
		"A worker is replaced after so many requests; 0: never.", false},
	{"log_file", CONFIG_PATH, AT(log_file), "", 0, 0,
		"File the log lines are appended to; empty: standard error.", false},
	{"log_level", CONFIG_TEXT, AT(log_level), "info", 0, 0,
		"Least important lines to log: debug, info, warn or error.", false},
	{"base_path", CONFIG_TEXT, AT(base_path), "", 0, 0,
		"What stands before /open-api/v1 in the URL, such as /shop; empty: nothing.",
		false},
	{"public_url", CONFIG_TEXT, AT(public_url), "", 0, 0,
		"Scheme and host for absolute links, such as https://tickets.example; empty: links "
		"are path-only.",
		false},
	{"trusted_proxies", CONFIG_TEXT, AT(trusted_proxies), "", 0, 0,
		"Addresses and ranges of reverse proxies whose X-Forwarded-For is believed, "
		"separated by commas.",
		false},
	{"rate_standard", CONFIG_INT, AT(rate_standard), "600", 1, 10000000,
		"Requests a minute for a key of the standard tier.", false},
	{"rate_plus", CONFIG_INT, AT(rate_plus), "6000", 1, 10000000,
		"Requests a minute for a key of the plus tier.", false},
	{"auth_failures", CONFIG_INT, AT(auth_failures), "60", 1, 10000000,
		"Failed authentications a minute for one address before it is answered 429.",
		false},
	{"public_rate", CONFIG_INT, AT(public_rate), "120", 1, 10000000,
		"Requests a minute that one address may make of the public pages and their API "
		"before it is answered 429.",
		false},
	{"public_holds", CONFIG_INT, AT(public_holds), "10", 1, 10000000,
		"New holds a minute that one address may make on the public pages before it is "
		"answered 429.",
		false},
	{"key_cache", CONFIG_DURATION, AT(key_cache_ms), "2s", 0, 2000,
		"How long a checked key is remembered; a revocation on another node takes effect "
		"within this time; 0: never remembered.",
		false},
	{"answer_cache", CONFIG_DURATION, AT(answer_cache_ms), "1s", 0, 2000,
		"How long an answer to a GET is remembered while nothing of the organization "
		"changes on this node; a change made on another node is seen within this time; 0: "
		"never remembered.",
		false},
	{"webhook_allow", CONFIG_TEXT, AT(webhook_allow), "", 0, 0,
		"Addresses and ranges of private networks that webhooks may be sent to, separated "
		"by commas; empty: public addresses only.",
		false},
	{"webhook_require_https", CONFIG_INT, AT(webhook_require_https), "0", 0, 1,
		"1: webhooks are sent to https URLs only; 0: to http, too.", false},
	{"webhook_ca", CONFIG_PATH, AT(webhook_ca), "", 0, 0,
		"CA file that webhook receivers' certificates may be signed by, besides the "
		"system's own.",
		false},
	{"webhook_retry_first", CONFIG_DURATION, AT(webhook_retry_first_ms), "60s", 100, 3600000,
		"Pause between a webhook's first attempt and its second, give or take a fifth.",
		false},
	{"webhook_retry_second", CONFIG_DURATION, AT(webhook_retry_second_ms), "300s", 100, 3600000,
		"Pause between a webhook's second attempt and its third, the last, give or take a "
		"fifth.",
		false},
	{"session_idle", CONFIG_DURATION, AT(session_idle_ms), "43200s", 1000, INT64_C(2592000000),
		"A dashboard session ends when nothing was asked for so long (12 hours).", false},
	{"session_life", CONFIG_DURATION, AT(session_life_ms), "604800s", 1000,
		INT64_C(31536000000),
		"A dashboard session ends so long after signing in, whatever happens (7 days).",
		false},
	{"signin_account", CONFIG_INT, AT(signin_account), "10", 1, 1000000,
		"Tries to sign in to one account within a quarter of an hour before further ones "
		"are answered 429.",
		false},
	{"signin_address", CONFIG_INT, AT(signin_address), "30", 1, 1000000,
		"Tries to sign in from one address within a quarter of an hour before further ones "
		"are answered 429.",
		false},
	{NULL, CONFIG_TEXT, 0, NULL, 0, 0, NULL, false},
};

_Static_assert(
	sizeof config_keys / sizeof *config_keys - 1 == CONFIG_KEYS, "CONFIG_KEYS is theirs");
