/* config_keys: the table of configuration keys. */
#include "common/runtime/config.h"

#define AT(field) offsetof(struct config, field)

/* Type, member, default, minimum and maximum of each key; the README's table repeats the last text.
 */
const struct config_key config_keys[] = {
	{"db_host", CONFIG_TEXT, AT(db_host), "", 0, 0,
		"Database hosts as a comma-separated host[:port] list: the first one that works is "
		"used, and another one after 8 s without a reply; empty: the local socket.",
		false},
	{"db_socket", CONFIG_PATH, AT(db_socket), "", 0, 0,
		"Socket of a database on this machine, used when db_host is empty or localhost; "
		"empty: the usual places, then TCP to 127.0.0.1.",
		false},
	{"db_name", CONFIG_TEXT, AT(db_name), "ticketgate", 0, 0, "Name of the database.", false},
	{"db_user", CONFIG_TEXT, AT(db_user), "ticketgate", 0, 0,
		"Database user; each program may have its own, in its own section.", false},
	{"db_password", CONFIG_TEXT, AT(db_password), "", 0, 0,
		"Password of the database user; empty for socket authentication.", true},
	{"db_ca", CONFIG_PATH, AT(db_ca), "", 0, 0,
		"CA file for TLS connections to the database, which verify the server's name; "
		"empty: no TLS.",
		false},
	{"db_connect", CONFIG_DURATION, AT(db_connect_ms), "3s", 1000, 60000,
		"Timeout for connecting to the database.", false},
	{"db_statement", CONFIG_DURATION, AT(db_statement_ms), "10s", 100, 600000,
		"Maximum run time of a database statement.", false},
	{"db_lock", CONFIG_DURATION, AT(db_lock_ms), "5s", 1000, 60000,
		"Maximum time that a statement waits for a row lock.", false},
	{"db_idle", CONFIG_DURATION, AT(db_idle_ms), "60s", 0, 3600000,
		"Idle time after which a program closes its database connection, and opens one at "
		"the next request; 0: never.",
		false},
	{"key_file", CONFIG_PATH, AT(key_file), "ticketgate.key", 0, 0,
		"File with the node's master secret, 64 hex digits, mode 0600; the same on every "
		"node.",
		false},
	{"shm_path", CONFIG_PATH, AT(shm_path), "", 0, 0,
		"File for memory shared by the programs of this node; empty: a file in /dev/shm "
		"named after this configuration file.",
		false},
	{"workers", CONFIG_INT, AT(workers), "0", 0, 256,
		"Worker processes of each program; 0: a single process, for web servers and "
		"systemd units that start processes themselves.",
		false},
	{"worker_requests", CONFIG_INT, AT(worker_requests), "100000", 0, INT64_C(1000000000),
		"Requests after which a worker is replaced; 0: never.", false},
	{"log_file", CONFIG_PATH, AT(log_file), "", 0, 0,
		"File that log lines are appended to; empty: standard error.", false},
	{"log_level", CONFIG_TEXT, AT(log_level), "info", 0, 0,
		"Minimum level of log lines: debug, info, warn or error.", false},
	{"base_path", CONFIG_TEXT, AT(base_path), "", 0, 0,
		"URL path prefix before /open-api/v1, such as /shop; empty: none.", false},
	{"public_url", CONFIG_TEXT, AT(public_url), "", 0, 0,
		"Scheme and host for absolute links, such as https://tickets.example; empty: links "
		"are path-only.",
		false},
	{"trusted_proxies", CONFIG_TEXT, AT(trusted_proxies), "", 0, 0,
		"Comma-separated addresses and CIDR ranges of reverse proxies whose "
		"X-Forwarded-For is trusted.",
		false},
	{"rate_standard", CONFIG_INT, AT(rate_standard), "600", 1, 10000000,
		"Requests per minute for a key of the standard tier.", false},
	{"rate_plus", CONFIG_INT, AT(rate_plus), "6000", 1, 10000000,
		"Requests per minute for a key of the plus tier.", false},
	{"auth_failures", CONFIG_INT, AT(auth_failures), "60", 1, 10000000,
		"Failed authentications per minute and address before 429 is returned.", false},
	{"public_origins", CONFIG_TEXT, AT(public_origins), "", 0, 0,
		"Origins whose pages may call /public/v1, such as https://shop.example; empty: any "
		"origin.",
		false},
	{"public_rate", CONFIG_INT, AT(public_rate), "6000", 1, 10000000,
		"Requests per minute and address to the public pages and their API before 429 is "
		"returned; a 304 counts as a tenth. An IPv6 /48 may send four times as many.",
		false},
	{"public_holds", CONFIG_INT, AT(public_holds), "120", 1, 10000000,
		"New holds, changes of names on tickets and requests for lost tickets, each per "
		"minute and address on the public pages before 429 is returned.",
		false},
	{"public_held", CONFIG_INT, AT(public_held), "100", 1, 10000000,
		"Tickets of one event that one address may hold at once on the public pages, or "
		"have ordered for nothing within 24 hours. An IPv6 /48 may have twice as many.",
		false},
	{"public_share", CONFIG_INT, AT(public_share), "25", 1, 100,
		"The same as a percentage of the event's tickets, but at least 20 tickets; the "
		"smaller of both applies.",
		false},
	{"key_cache", CONFIG_DURATION, AT(key_cache_ms), "2s", 0, 2000,
		"How long a validated key is cached; a revocation on another node takes effect "
		"within this time; 0: no caching.",
		false},
	{"answer_cache", CONFIG_DURATION, AT(answer_cache_ms), "1s", 0, 2000,
		"How long a GET response is cached: changes on another node, and sales and holds "
		"on the public pages, are visible within this time, all other changes on this "
		"node at once; 0: no caching.",
		false},
	{"single_node_cache", CONFIG_DURATION, AT(single_node_cache_ms), "0s", 0, 3600000,
		"Where one machine with one configuration file makes all changes of the database: "
		"how long a GET response that shows one event is cached while nothing changes; 0: "
		"as answer_cache.",
		false},
	{"webhook_allow", CONFIG_TEXT, AT(webhook_allow), "", 0, 0,
		"Comma-separated addresses and CIDR ranges of private networks that webhooks may "
		"be sent to; empty: public addresses only.",
		false},
	{"webhook_require_https", CONFIG_INT, AT(webhook_require_https), "0", 0, 1,
		"1: webhooks are sent to https URLs only; 0: http is allowed.", false},
	{"webhook_ca", CONFIG_PATH, AT(webhook_ca), "", 0, 0,
		"CA file trusted for webhook receivers' certificates, in addition to the system's.",
		false},
	{"webhook_after_sale", CONFIG_INT, AT(webhook_after_sale), "0", 0, 1,
		"1: the program of the portable bundle sends webhooks and mail for a few seconds "
		"after a sale, for hosts where cron runs rarely.",
		false},
	{"cron_secret", CONFIG_TEXT, AT(cron_secret), "", 0, 0,
		"Of the URL /-/cron/SECRET of the portable bundle, which sends webhooks and mail "
		"for up to 20 s and sweeps, for hosts without cron jobs; empty: there is no such "
		"URL.",
		true},
	{"webhook_retry_first", CONFIG_DURATION, AT(webhook_retry_first_ms), "60s", 100, 3600000,
		"Delay between the first and second attempt of a delivery, with 20 % jitter.",
		false},
	{"webhook_retry_second", CONFIG_DURATION, AT(webhook_retry_second_ms), "300s", 100, 3600000,
		"Delay between the second and third (last) attempt of a delivery, with 20 % "
		"jitter.",
		false},
	{"webhook_recover_rate", CONFIG_INT, AT(webhook_recover_rate), "600", 1, 1000000,
		"Deliveries per minute that POST /webhooks/{id}/recover makes due, for each "
		"organization and host of a receiver.",
		false},
	{"mail_url", CONFIG_TEXT, AT(mail_url), "", 0, 0,
		"Mail server: smtp://user:password@host:587, smtps://user:password@host:465 (both "
		"parts percent-encoded, or left out), or the absolute path of sendmail; empty: no "
		"mail is sent.",
		true},
	{"mail_from", CONFIG_TEXT, AT(mail_from), "", 0, 0,
		"Sender of mail: an address, or a name and an address, such as Tickets "
		"<tickets@shop.example>; required with mail_url.",
		false},
	{"mail_rate", CONFIG_INT, AT(mail_rate), "60", 1, 60000,
		"Messages per minute that all senders hand over together.", false},
	{"mail_ca", CONFIG_PATH, AT(mail_ca), "", 0, 0,
		"CA file trusted for the mail server's certificate, in addition to the system's; "
		"when it is set, TLS is required of a mail server on this machine, too.",
		false},
	{"mail_retry_first", CONFIG_DURATION, AT(mail_retry_first_ms), "60s", 100, 86400000,
		"Delay between the first and second attempt of a message, with 20 % jitter.",
		false},
	{"mail_retry_second", CONFIG_DURATION, AT(mail_retry_second_ms), "900s", 100, 86400000,
		"Delay between the second and third (last) attempt of a message, with 20 % "
		"jitter.",
		false},
	{"session_idle", CONFIG_DURATION, AT(session_idle_ms), "43200s", 1000, INT64_C(2592000000),
		"Idle time after which a dashboard session expires (12 hours).", false},
	{"session_life", CONFIG_DURATION, AT(session_life_ms), "604800s", 1000,
		INT64_C(31536000000), "Maximum lifetime of a dashboard session (7 days).", false},
	{"signin_account", CONFIG_INT, AT(signin_account), "10", 1, 1000000,
		"Failed sign-ins per account and address within 15 minutes before 429 is returned.",
		false},
	{"signin_account_total", CONFIG_INT, AT(signin_account_total), "100", 1, 1000000,
		"Failed sign-ins per account from all addresses within 15 minutes before 429 is "
		"returned; browsers that signed in before are not counted.",
		false},
	{"signin_address", CONFIG_INT, AT(signin_address), "30", 1, 1000000,
		"Sign-in attempts per address within 15 minutes before 429 is returned.", false},
	{"hold_history_days", CONFIG_INT, AT(hold_history_days), "30", 1, 3650,
		"Days that ended holds, their movements in the ledger and visitors' entries of the "
		"audit log are kept.",
		false},
	{"idempotency_keys", CONFIG_INT, AT(idempotency_keys), "200000", 1, 10000000,
		"Idempotency-Keys per API key or user within 24 hours before 429 is returned; each "
		"full 4 KiB of a stored response count as one more.",
		false},
	{"org_idempotency_keys", CONFIG_INT, AT(org_idempotency_keys), "1000000", 1, 100000000,
		"The same for all API keys and users of an organization together.", false},
	{"org_keys", CONFIG_INT, AT(org_keys), "50", 1, 100000, "Valid API keys per organization.",
		false},
	{"org_webhooks", CONFIG_INT, AT(org_webhooks), "20", 1, 100000,
		"Webhooks per organization, not counting callback URLs of keys and events.", false},
	{"org_users", CONFIG_INT, AT(org_users), "50", 1, 100000, "Users per organization.", false},
	{"org_exports", CONFIG_INT, AT(org_exports), "2", 1, 256,
		"CSV files that are sent at once per organization and node; at most one less than "
		"a master's workers, so that slow readers leave one to others.",
		false},
	{NULL, CONFIG_TEXT, 0, NULL, 0, 0, NULL, false},
};

_Static_assert(
	sizeof config_keys / sizeof *config_keys - 1 == CONFIG_KEYS, "CONFIG_KEYS is theirs");
