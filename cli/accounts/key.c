/* key: API keys, as the administrator handles them. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "common/ticketing/api_key_store.h"
#include "common/schema/scope.h"

#include <stdlib.h>
#include <string.h>

const struct option_row key_create_options[] = {
	{"org", "S", REQUIRED, "The organization's slug."},
	{"name", "N", REQUIRED, "What the key is for, 1 to 120 characters."},
	{"scopes", "A,B", REQUIRED,
		"Of events:read, events:write, tickets:read, tickets:write, orders:read, "
		"webhooks:manage, boxoffice:sell; any event scope brings orders:read."},
	{"description", "D", 0, "More about it, up to 500 characters."},
	{"allow", "LIST", 0,
		"Addresses and ranges it may be used from, with commas; otherwise from anywhere."},
	{"callback", "URL", 0, "Where its notifications go: an http or https URL."},
	{"expires", "TIME", 0, "When it ends, e.g. 2030-01-31T00:00:00Z; otherwise never."},
	{"tier", "T", 0, "How much it may ask: standard (the default), plus or unlimited."},
	{NULL, NULL, 0, NULL},
};
const struct option_row key_list_options[] = {
	{"org", "S", REQUIRED, "The organization's slug."},
	{"all", NULL, SWITCH, "Expired and revoked keys too."},
	{NULL, NULL, 0, NULL},
};
const struct option_row key_rotate_options[] = {
	{"overlap", "TIME", 0,
		"How long the old key works on: 0 to 7d, e.g. 90m, 24h (the default), 7d."},
	{NULL, NULL, 0, NULL},
};

static struct key_store keyring_of(struct cli *c)
{
	return (struct key_store){.conf = c->conf,
		.db = c->db,
		.arena = c->arena,
		.actor_type = "admin",
		.actor_id = val_null(),
		.actor_name = arena_strdup(c->arena, actor_name())};
}

/* The keyring names inputs as the API does; here they are options. */
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
		key->allow ? key->allow : "anywhere",
		"callback",
		key->callback ? key->callback : "-",
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
		key->description ? key->description : "-",
	};
	table_print(&c->out, cells, sizeof cells / sizeof *cells / 2, 2);
}

static void secret_print(struct cli *c, const char *secret)
{
	buf_printf(&c->out,
		"%s\n\nThis is the key. It is shown this once and stored nowhere: keep it now. "
		"Send it in the header `api-key`.\n\n",
		secret);
}

static void webhook_secret_print(struct cli *c, const char *secret)
{
	if (*secret)
		buf_printf(&c->out,
			"%s\n\nThis is the secret that signs what is sent to the callback. It, "
			"too, is shown this once.\n\n",
			secret);
}

int key_create_run(struct cli *c)
{
	struct key_store k = keyring_of(c);
	struct key_input in = {.name = option(c, "name"),
		.description = option(c, "description"),
		.scopes = option(c, "scopes"),
		.allow = option(c, "allow"),
		.callback = option(c, "callback"),
		.expires = option(c, "expires"),
		.tier = option(c, "tier")};
	char secret[KEY_LENGTH + 1];
	struct uuid org;
	struct key key;
	enum err err;

	if ((err = org_find(c, option(c, "org"), &org)) == ERR_NOT_FOUND)
		return refuse("there is no organization %s; `ticketgate org list` shows them",
			option(c, "org"));
	if (err != OK)
		return reject_db(c, err, "looking for the organization");
	if ((err = key_store_create(&k, org, &in, &key, secret)) != OK)
		return refuse_key(c, &k, err, "creating the key");
	if (c->as_json) {
		key_json(c, &key, secret, k.webhook_secret);
	} else {
		secret_print(c, secret);
		webhook_secret_print(c, k.webhook_secret);
		key_print(c, &key);
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
		return refuse("there is no organization %s; `ticketgate org list` shows them",
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
			"No keys to show. `ticketgate key create` makes one; --all shows expired "
			"and revoked ones.\n");
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
		return refuse_key(c, &k, err, "looking for the key");
	if (c->as_json)
		key_json(c, &key, NULL, NULL);
	else
		key_print(c, &key);
	return DONE;
}

/* "0", "90s", "90m", "24h", "7d"; -1 when it is none of these. */
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
	struct key_store k = keyring_of(c);
	int64_t overlap =
		option(c, "overlap") ? overlap_parse(option(c, "overlap")) : ROTATE_DEFAULT_MS;
	char secret[KEY_LENGTH + 1];
	struct key old, key;
	enum err err;

	if (overlap < 0)
		return usage("--overlap is 0 or a number with s, m, h or d, e.g. 24h");
	if ((err = key_store_find(&k, c->argument, &old)) != OK)
		return refuse_key(c, &k, err, "looking for the key");
	if ((err = key_store_rotate(&k, &old, overlap, &key, secret)) != OK)
		return refuse_key(c, &k, err, "rotating the key");
	if ((err = key_store_get(&k, old.org, old.id, &old)) != OK)
		return refuse_key(c, &k, err, "reading the old key");
	if (c->as_json) {
		key_json(c, &key, secret, NULL);
		return DONE;
	}
	secret_print(c, secret);
	if (overlap == 0)
		buf_printf(&c->out, "The old key %s has stopped working.\n\n", old.hint);
	else
		buf_printf(&c->out, "The old key %s works until %s.\n\n", old.hint,
			time_text(c->arena, old.expires_at));
	if (key.callback)
		buf_puts(&c->out,
			"Notifications go on to the callback, signed with the secret it has.\n\n");
	key_print(c, &key);
	return DONE;
}

int key_revoke_run(struct cli *c)
{
	struct key_store k = keyring_of(c);
	struct key key;
	enum err err;

	if ((err = key_store_find(&k, c->argument, &key)) != OK)
		return refuse_key(c, &k, err, "looking for the key");
	bool before = val_is_set(key.revoked_at);
	if ((err = key_store_revoke(&k, &key, &key)) != OK)
		return refuse_key(c, &k, err, "revoking the key");
	if (c->as_json)
		key_json(c, &key, NULL, NULL);
	else
		buf_printf(&c->out, "The key %s (%s) %s revoked at %s. %s.\n", key.hint, key.name,
			before ? "was already" : "is", time_text(c->arena, key.revoked_at),
			k.forgotten ? "This machine refuses it from now on, others within 2 seconds"
				    : "It is refused within 2 seconds (`ticketgate doctor` says "
				      "why not at once)");
	return DONE;
}
