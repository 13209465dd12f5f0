/* key: the `ticketgate key` commands, which create, list, rotate and revoke API keys. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "common/runtime/shm.h"
#include "common/ticketing/api_key_store.h"
#include "common/schema/scope.h"

#include <stdlib.h>
#include <string.h>

const struct option_row key_create_options[] = {
	{"org", "S", REQUIRED, "The organization's slug."},
	{"name", "N", REQUIRED, "Key name, 1 to 120 characters."},
	{"scopes", "A,B", REQUIRED,
		"Comma-separated scopes: events:read, events:write, tickets:read, tickets:write, "
		"orders:read, webhooks:manage, boxoffice:sell. Event scopes include orders:read."},
	{"description", "D", 0, "Description, up to 500 characters."},
	{"allow", "LIST", 0,
		"Comma-separated IP addresses and CIDR ranges that may use the key (default: "
		"any)."},
	{"callback", "URL", 0, "Webhook URL (http or https)."},
	{"expires", "TIME", 0, "Expiry time, e.g. 2030-01-31T00:00:00Z (default: never)."},
	{"tier", "T", 0, "Rate limit tier: standard (default), plus or unlimited."},
	{NULL, NULL, 0, NULL},
};
const struct option_row key_list_options[] = {
	{"org", "S", REQUIRED, "The organization's slug."},
	{"all", NULL, SWITCH, "Include expired and revoked keys."},
	{NULL, NULL, 0, NULL},
};
const struct option_row key_rotate_options[] = {
	{"overlap", "TIME", 0,
		"How long the old key stays valid, 0 to 7d, e.g. 90m (default: 24h)."},
	{NULL, NULL, 0, NULL},
};

static struct key_store keyring_of(struct cli *c)
{
	return (struct key_store){.conf = c->conf, .db = c->db, .arena = c->arena};
}

/* A change of a key and its result. */
struct key_change {
	struct key_store k;
	const char *action; /* for the audit row */
	enum err (*step)(struct key_change *change);
	struct key_input in; /* for a new key, with the organization */
	struct uuid org;
	struct key old; /* the key to be rotated or revoked */
	int64_t overlap_ms;
	struct key key; /* the result */
	char secret[KEY_LENGTH + 1];
	/* This node's cached keys were invalidated, so the change is effective at once and not only
	 * when key_cache has expired. */
	bool effective;
};

static enum err key_create_step(struct key_change *change)
{
	return key_store_create(&change->k, change->org, &change->in, &change->key, change->secret);
}

static enum err key_rotate_step(struct key_change *change)
{
	return key_store_rotate(
		&change->k, &change->old, change->overlap_ms, &change->key, change->secret);
}

static enum err key_revoke_step(struct key_change *change)
{
	return key_store_revoke(&change->k, &change->old, &change->key);
}

/* Makes the change and writes its audit row; runs inside transact(). */
static enum err key_change_step(struct cli *c, void *ctx)
{
	struct key_change *change = ctx;
	enum err err = change->step(change);

	if (err != OK || !change->k.changed)
		return err;
	return audit(c, change->key.org, change->action, change->key.id);
}

/* Runs the change and invalidates the cached keys of this node. */
static enum err key_change_run(struct cli *c, struct key_change *change)
{
	enum err err = transact(c, key_change_step, change);

	/* also after a failure: the change may have been committed without a reply */
	change->effective = shm_invalidate_at(c->conf->shm_path, c->conf->key_file);
	return err;
}

/* Reports a failure of the key store. The store names the invalid input as the API does; the
 * message names the matching option instead. */
static int refuse_key(struct cli *c, const struct key_store *k, enum err err, const char *doing)
{
	static const char *const names[][2] = {{"expiresAt", "--expires"},
		{"ipAllowlist", "--allow"}, {"callbackUrl", "--callback"}, {"scopes", "--scopes"},
		{"name", "--name"}, {"description", "--description"}, {"tier", "--tier"},
		{"overlap", "--overlap"}};

	if (err != ERR_VALIDATION && err != ERR_NOT_FOUND && err != ERR_CONFLICT)
		return reject_db(c, err, doing);
	for (size_t i = 0; k->field && i < sizeof names / sizeof *names; i++)
		if (strcmp(k->field, names[i][0]) == 0)
			return refuse("%s (see %s)", k->why, names[i][1]);
	return refuse("%s", k->why);
}

/* Writes one key as the API does. `secret` and `webhook_secret` are NULL when they must not be
 * shown again. */
static void key_json(
	struct cli *c, const struct key *key, const char *secret, const char *webhook_secret)
{
	write_object(&c->json, NULL);
	key_store_write_key(&c->json, key, clock_now());
	write_text(&c->json, "organization", key->org_slug);
	if (secret)
		write_text(&c->json, "key", secret);
	if (webhook_secret && *webhook_secret)
		write_text(&c->json, "webhookSecret", webhook_secret);
	write_end_object(&c->json);
}

static void key_print(struct cli *c, const struct key *key)
{
	char scopes[SCOPES_TEXT];
	struct arena *a = c->arena;

	scopes_print(key->scopes, scopes);
	const char *const cells[] = {
		"name",
		key->name,
		"organization",
		key->org_slug,
		"status",
		key_store_key_state(key, clock_now()),
		"id",
		uuid_text(a, key->id),
		"hint",
		key->hint,
		"scopes",
		scopes,
		"allowed from",
		text_or(key->allow, "anywhere"),
		"callback",
		text_or(key->callback, "-"),
		"tier",
		key->tier,
		"created",
		time_text(a, val_time(key->created_at)),
		"expires",
		val_is_set(key->expires_at) ? time_text(a, key->expires_at) : "never",
		"last used",
		val_is_set(key->last_used_at) ? time_text(a, key->last_used_at) : "never",
		"revoked",
		time_text(a, key->revoked_at),
		"rotated from",
		val_is_set(key->rotated_from) ? uuid_text(a, key->rotated_from.id) : "-",
		"rotated to",
		val_is_set(key->rotated_to) ? uuid_text(a, key->rotated_to.id) : "-",
		"description",
		text_or(key->description, "-"),
	};
	table_print(&c->out, cells, sizeof cells / sizeof *cells / 2, 2);
}

static void secret_print(struct cli *c, const char *secret)
{
	buf_printf(&c->out,
		"%s\n\nThis is the API key. Copy it now: it is shown only once and is not stored. "
		"Send it in the `api-key` header.\n\n",
		secret);
}

static void webhook_secret_print(struct cli *c, const char *secret)
{
	if (*secret)
		buf_printf(&c->out,
			"%s\n\nThis is the webhook signing secret. Copy it now: it is shown only "
			"once.\n\n",
			secret);
}

int key_create_run(struct cli *c)
{
	struct key_change change = {.k = keyring_of(c),
		.action = "key.create",
		.step = key_create_step,
		.in.name = option(c, "name"),
		.in.description = option(c, "description"),
		.in.scopes = option(c, "scopes"),
		.in.allow = option(c, "allow"),
		.in.callback = option(c, "callback"),
		.in.expires = option(c, "expires"),
		.in.tier = option(c, "tier")};
	enum err err;

	/* an empty variable in a script must not open the key to every address */
	if (change.in.allow && !*change.in.allow)
		return refuse("--allow must name at least one address; leave the option out to "
			      "allow all");
	if ((err = org_find(c, option(c, "org"), &change.org)) == ERR_NOT_FOUND)
		return refuse(
			"organization %s does not exist; run `ticketgate org list` to list all",
			option(c, "org"));
	if (err != OK)
		return reject_db(c, err, "finding the organization");
	if ((err = key_change_run(c, &change)) != OK)
		return refuse_key(c, &change.k, err, "creating the key");
	if (c->as_json) {
		key_json(c, &change.key, change.secret, change.k.webhook_secret);
	} else {
		secret_print(c, change.secret);
		webhook_secret_print(c, change.k.webhook_secret);
		key_print(c, &change.key);
	}
	return DONE;
}

int key_list_run(struct cli *c)
{
	struct key_store k = keyring_of(c);
	struct key *keys;
	struct uuid org;
	size_t n;
	enum err err;

	if ((err = org_find(c, option(c, "org"), &org)) == ERR_NOT_FOUND)
		return refuse(
			"organization %s does not exist; run `ticketgate org list` to list all",
			option(c, "org"));
	if (err != OK || (err = key_store_list(&k, org, option_on(c, "all"), &keys, &n)) != OK)
		return reject_db(c, err, "listing the keys");
	if (c->as_json) {
		write_array(&c->json, NULL);
		for (size_t i = 0; i < n; i++)
			key_json(c, &keys[i], NULL, NULL);
		write_end_array(&c->json);
		return DONE;
	}
	if (n == 0) {
		buf_puts(&c->out,
			"No active keys. Create one with `ticketgate key create`, or use --all to "
			"include expired and revoked keys.\n");
		return DONE;
	}
	const char **cells = arena_array(c->arena, (n + 1) * 7, sizeof *cells);
	const char *const head[] = {
		"HINT", "STATUS", "NAME", "EXPIRES", "LAST USED", "ID", "SCOPES"};
	memcpy(cells, head, sizeof head);
	for (size_t i = 0; i < n; i++) {
		char scopes[SCOPES_TEXT];
		scopes_print(keys[i].scopes, scopes);
		const char *const row[] = {keys[i].hint, key_store_key_state(&keys[i], clock_now()),
			keys[i].name, time_text(c->arena, keys[i].expires_at),
			time_text(c->arena, keys[i].last_used_at), uuid_text(c->arena, keys[i].id),
			arena_strdup(c->arena, scopes)};
		memcpy(cells + (i + 1) * 7, row, sizeof row);
	}
	table_print(&c->out, cells, n + 1, 7);
	return DONE;
}

int key_show_run(struct cli *c)
{
	struct key_store k = keyring_of(c);
	struct key key;
	enum err err;

	if ((err = key_store_find(&k, c->argument, &key)) != OK)
		return refuse_key(c, &k, err, "finding the key");
	if (c->as_json)
		key_json(c, &key, NULL, NULL);
	else
		key_print(c, &key);
	return DONE;
}

/* Parses a duration such as "0", "90s", "90m", "24h" or "7d" to milliseconds; -1 when it is not
 * one. At most 7 digits, so that the product cannot overflow. */
static int64_t overlap_parse(const char *s)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
	size_t digits = strspn(s, "0123456789");
	int64_t n = digits > 0 && digits < 8 ? strtoll(s, NULL, 10) : -1;

	if (n == 0 && s[digits] == '\0')
		return 0;
	for (size_t i = 0; n >= 0 && i < sizeof units / sizeof *units; i++)
		if (s[digits] == units[i].unit && s[digits + 1] == '\0')
			return n * units[i].ms;
	return -1;
}

int key_rotate_run(struct cli *c)
{
	struct key_change change = {.k = keyring_of(c),
		.action = "key.rotate",
		.step = key_rotate_step,
		.overlap_ms = ROTATE_DEFAULT_MS};
	struct key *old = &change.old;
	enum err err;

	if (option(c, "overlap"))
		change.overlap_ms = overlap_parse(option(c, "overlap"));
	if (change.overlap_ms < 0)
		return usage("--overlap must be 0 or a number followed by s, m, h or d, e.g. 24h");
	if ((err = key_store_find(&change.k, c->argument, old)) != OK)
		return refuse_key(c, &change.k, err, "finding the key");
	if ((err = key_change_run(c, &change)) != OK)
		return refuse_key(c, &change.k, err, "rotating the key");
	if ((err = key_store_get(&change.k, old->org, old->id, old)) != OK)
		return refuse_key(c, &change.k, err, "reading the old key");
	if (c->as_json) {
		key_json(c, &change.key, change.secret, NULL);
		return DONE;
	}
	secret_print(c, change.secret);
	if (change.overlap_ms == 0)
		buf_printf(&c->out, "The old key %s is no longer valid.\n\n", old->hint);
	else
		buf_printf(&c->out, "The old key %s is valid until %s.\n\n", old->hint,
			time_text(c->arena, old->expires_at));
	if (change.key.callback)
		buf_puts(&c->out,
			"Webhook deliveries continue with the current signing secret.\n\n");
	key_print(c, &change.key);
	return DONE;
}

int key_revoke_run(struct cli *c)
{
	struct key_change change = {
		.k = keyring_of(c), .action = "key.revoke", .step = key_revoke_step};
	const struct key *key = &change.key;
	enum err err;

	if ((err = key_store_find(&change.k, c->argument, &change.old)) != OK)
		return refuse_key(c, &change.k, err, "finding the key");
	if ((err = key_change_run(c, &change)) != OK)
		return refuse_key(c, &change.k, err, "revoking the key");
	if (c->as_json) {
		key_json(c, key, NULL, NULL);
		return DONE;
	}
	buf_printf(&c->out, "Key %s (%s) %s revoked at %s. %s.\n", key->hint, key->name,
		change.k.changed ? "was" : "was already", time_text(c->arena, key->revoked_at),
		change.effective ? "This machine rejects it immediately, other machines within "
				   "2 seconds"
				 : "It is rejected within 2 seconds (run `ticketgate doctor` to "
				   "see why not immediately)");
	return DONE;
}
