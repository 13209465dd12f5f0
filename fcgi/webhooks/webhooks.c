/* webhooks: the routes by which organizations manage their webhooks. */
#include "fcgi/webhooks/webhooks.h"

#include "common/ticketing/org_limit.h"
#include "common/ticketing/webhook_endpoint.h"
#include "common/http/response.h"

#include <assert.h>
#include <string.h>

#define OLD_SECRETS 10 /* most previous secrets that are still valid */
#define OVERLAP_DEFAULT "86400" /* seconds a previous secret stays valid */
#define OVERLAP_MAX (7 * 24 * 3600)

static const char *const webhook_statuses[] = {"ACTIVE", "DISABLED", NULL};
static const char *const sources[] = {"WEBHOOK", "API_KEY", "EVENT", NULL};

#define WEBHOOK_FIELDS                                                                           \
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Webhook id."},                                     \
		{"url", FIELD_WEBHOOK, FIELD_RW | FIELD_REQUIRED, .max = 2048,                   \
			.doc = "URL of the receiver: http or https, not on a private network."}, \
		{"events", FIELD_CHOICES, FIELD_RW | FIELD_REQUIRED, .max = WEBHOOK_EVENTS,      \
			.choices = webhook_event_names,                                          \
			.doc = "Subscribed event types; a change applies to later events."},     \
		{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 500,                   \
			.doc = "Description."},                                                  \
		{"isActive", FIELD_BOOL, FIELD_RW, .default_value = "true",                      \
			.doc = "Whether the webhook is active. false disables it and cancels "   \
			       "pending deliveries; true enables it again and resets its "       \
			       "failures. Events missed meanwhile can be sent by recover."},     \
		{"status", FIELD_CHOICE, FIELD_OUT, .choices = webhook_statuses,                 \
			.doc = "Status. DISABLED: by isActive, by 10 consecutive failed "        \
			       "deliveries, or by a response 410 Gone."},                        \
		{"disabledReason", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,                       \
			.doc = "Reason for which it was disabled."},                             \
		{"disabledAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,                           \
			.doc = "Time at which it was disabled."},                                \
		{"consecutiveFailures", FIELD_INT, FIELD_OUT,                                    \
			.doc = "Number of consecutive deliveries that failed in all attempts; "  \
			       "reset by any success."},                                         \
		{"lastDeliveryAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,                       \
			.doc = "Time of the last successful delivery of an event; tests do "     \
			       "not count."},                                                    \
		{"source", FIELD_CHOICE, FIELD_OUT, .choices = sources,                          \
			.doc = "Source. API_KEY or EVENT: the callbackUrl of an API key or "     \
			       "event, where its url is changed."},                              \
		{"sourceId", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE,                             \
			.doc = "Id of that API key or event."},                                  \
		{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."},                   \
	{                                                                                        \
		"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "Time of the last change."            \
	}

static const struct field webhook_fields[] = {WEBHOOK_FIELDS, {0}};
static const struct field secret_fields[] = {
	WEBHOOK_FIELDS,
	{"secret", FIELD_TEXT, FIELD_OUT | FIELD_EMBEDDED,
		.doc = "Signing secret: whsec_ and base64 of 32 bytes. Shown only once."},
	{0},
};
static const struct field rotate_fields[] = {
	{"overlapSeconds", FIELD_INT, FIELD_CREATE, 0, OVERLAP_MAX,
		.default_value = OVERLAP_DEFAULT,
		.doc = "Seconds the previous secret stays valid; 0 revokes it immediately."},
	{0},
};
static const struct field webhook_filters[] = {
	{"source", FIELD_CHOICE, FIELD_QUERY, .choices = sources,
		.doc = "Filters by source: created as a webhook, or callbackUrl of an API key or "
		       "event."},
	{0},
};

#define WEBHOOK_COLUMNS                                                                    \
	"w.id, w.url, w.events, w.description, w.status = 'ACTIVE' AS isActive, w.status," \
	" w.disabled_reason AS disabledReason, w.disabled_at AS disabledAt,"               \
	" w.consecutive_failures AS consecutiveFailures,"                                  \
	" w.last_delivery_at AS lastDeliveryAt,"                                           \
	" IF(w.kind = 'KEY', 'API_KEY', w.kind) AS source,"                                \
	" w.source_id AS sourceId, w.created_at AS createdAt, w.updated_at AS updatedAt,"  \
	" w.version"
#define WEBHOOK_ONE "w.id = :id AND w.org_id = :org AND w.deleted_at IS NULL"
/* Ids contain their time, so ordering by id is ordering by createdAt. */
#define WEBHOOK_PAGE(index, where, cmp, way)                                                \
	"SELECT " WEBHOOK_COLUMNS " FROM webhook_endpoints w FORCE INDEX (" index           \
	") WHERE w.org_id = :org AND w.deleted_at IS NULL" where " AND w.id " cmp " :keyId" \
	" ORDER BY w.id " way " LIMIT :skip, :take"
#define BY_SOURCE " AND w.kind = :kind"

static const struct statement exists = {"webhook_exists",
	"SELECT w.id"
	" FROM webhook_endpoints w"
	" WHERE " WEBHOOK_ONE,
	SQL_READ};
static const struct statement claim = {"webhook_claim",
	"UPDATE webhook_endpoints w"
	" SET w.turn = w.turn + 1"
	" WHERE " WEBHOOK_ONE,
	SQL_READ};
static const struct statement webhook_get = {"webhook_get",
	"SELECT " WEBHOOK_COLUMNS " FROM webhook_endpoints w WHERE " WEBHOOK_ONE, SQL_READ};
static const struct statement webhook_lock = {"webhook_lock",
	"SELECT " WEBHOOK_COLUMNS " FROM webhook_endpoints w WHERE " WEBHOOK_ONE " FOR UPDATE",
	SQL_READ};
static const struct statement webhook_list_up = {
	"webhook_list_up", WEBHOOK_PAGE("endpoint_org", "", ">", "ASC"), SQL_READ};
static const struct statement webhook_list_down = {
	"webhook_list_down", WEBHOOK_PAGE("endpoint_org", "", "<", "DESC"), SQL_READ};
static const struct statement source_up = {
	"webhook_list_source_up", WEBHOOK_PAGE("endpoint_kind", BY_SOURCE, ">", "ASC"), SQL_READ};
static const struct statement source_down = {"webhook_list_source_down",
	WEBHOOK_PAGE("endpoint_kind", BY_SOURCE, "<", "DESC"), SQL_READ};
static const struct statement webhook_total = {
	"webhook_total",
	"SELECT CAST(COALESCE(SUM(n), 0) AS SIGNED) AS total"
	" FROM counters"
	" WHERE org_id = :org"
	" AND name IN ('endpoints:WEBHOOK', 'endpoints:KEY', 'endpoints:EVENT')",
	SQL_READ,
};
static const struct statement total_source = {"webhook_total_source",
	"SELECT n AS total"
	" FROM counters"
	" WHERE org_id = :org AND name = :counter",
	SQL_READ};
static const struct statement webhook_insert = {
	"webhook_insert",
	"INSERT INTO webhook_endpoints (id, org_id, kind, url, events, description,"
	" status, disabled_reason, disabled_at, created_at, updated_at)"
	" VALUES (:id, :org, 'WEBHOOK', :url, :events, :description,"
	" IF(:isActive, 'ACTIVE', 'DISABLED'),"
	" IF(:isActive, NULL, 'Created as disabled.'), IF(:isActive, NULL, :now), :now,"
	" :now)",
	SQL_WRITE,
};
/* Assignments are evaluated from left to right: status is last, because the others read its old
 * value. */
static const struct statement webhook_update = {
	"webhook_update",
	"UPDATE webhook_endpoints"
	" SET url = :url, events = :events, description = :description,"
	" consecutive_failures = IF(:isActive"
	" AND status = 'DISABLED', 0, consecutive_failures),"
	" not_before = IF(:isActive AND status = 'DISABLED', NULL, not_before),"
	" disabled_reason = IF(:isActive, NULL, COALESCE(disabled_reason, 'isActive was set to "
	"false.')), disabled_at = IF(:isActive, NULL, COALESCE(disabled_at, :now)),"
	" status = IF(:isActive, 'ACTIVE', 'DISABLED'), version = version + 1,"
	" updated_at = :now"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE,
};
static const struct statement removal = {
	"webhook_remove",
	"UPDATE webhook_endpoints"
	" SET deleted_at = :now"
	" WHERE id = :id AND org_id = :org AND deleted_at IS NULL AND kind = 'WEBHOOK'",
	SQL_WRITE,
};
static const struct statement insert_tally = {"webhook_tally",
	"INSERT INTO webhook_tallies (endpoint_id, org_id)"
	" VALUES (:id, :org)",
	SQL_WRITE};
static const struct statement webhook_touch = {"webhook_touch",
	"UPDATE webhook_endpoints"
	" SET version = version + 1, updated_at = :now"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE};
/* Cancels pending deliveries, except those that a sender is processing. The sender cancels those
 * beyond the limit, as when it disables a webhook itself. */
static const struct statement cancel = {
	"webhook_cancel",
	"UPDATE webhook_deliveries"
	" SET status = 'CANCELLED', due_at = NULL, lease = NULL, completed_at = :now"
	" WHERE endpoint_id = :id AND org_id = :org AND status = 'PENDING'"
	" AND (lease IS NULL OR due_at <= :now)"
	" ORDER BY id"
	" LIMIT 5000",
	SQL_WRITE,
};
static const struct statement cancel_tally = {
	"webhook_cancel_tally",
	"UPDATE webhook_tallies"
	" SET pending = pending - :n, cancelled = cancelled + :n"
	" WHERE endpoint_id = :id AND org_id = :org",
	SQL_WRITE,
};

/* The number of valid previous secrets, and whether there is a current one. */
static const struct statement secret_count = {
	"webhook_secret_count",
	"SELECT COUNT(CASE WHEN expires_at > :now THEN 1 END) AS old,"
	" COUNT(CASE WHEN expires_at IS NULL THEN 1 END) AS current"
	" FROM webhook_secrets"
	" WHERE endpoint_id = :id AND org_id = :org",
	SQL_READ,
};
static const struct statement secret_drop = {"webhook_secret_drop",
	"DELETE"
	" FROM webhook_secrets"
	" WHERE endpoint_id = :id AND org_id = :org",
	SQL_WRITE};
static const struct statement secret_purge = {
	"webhook_secret_purge",
	"DELETE"
	" FROM webhook_secrets"
	" WHERE endpoint_id = :id AND org_id = :org AND expires_at <= :now",
	SQL_WRITE,
};
/* Runs before secret_purge, which deletes the current secret when the overlap is 0. */
static const struct statement secret_age = {
	"webhook_secret_age",
	"UPDATE webhook_secrets"
	" SET expires_at = :until"
	" WHERE endpoint_id = :id AND org_id = :org AND expires_at IS NULL",
	SQL_WRITE,
};

static enum err no_secret(struct req *r)
{
	return fail(r, ERR_CONFLICT, "Rotate its secret first: deliveries are always signed.",
		"The webhook has no secret.");
}

/* Whether it was created as a webhook, not as the callbackUrl of a key or event. */
static bool is_own(const struct rows *row)
{
	return strcmp(rows_text(row, 0, "source"), "WEBHOOK") == 0;
}

/* Rejects a change of a callbackUrl's webhook and says where to make it. `what` begins the
 * message. */
static enum err elsewhere(struct req *r, const struct rows *row, const char *what)
{
	char id[UUID_TEXT + 1] = "";
	struct val source = rows_get(row, 0, "sourceId");
	if (val_is_set(source))
		uuid_print(&source.id, id);
	if (strcmp(rows_text(row, 0, "source"), "EVENT") == 0)
		return fail(r, ERR_CONFLICT,
			arena_printf(r->arena,
				"Change the event's callbackUrl instead: PATCH /events/%s; null "
				"removes it.",
				id),
			"%s: it is the callbackUrl of event %s.", what, id);
	return fail(r, ERR_CONFLICT, "Change the callbackUrl of the API key, or revoke the key.",
		"%s: it is the callbackUrl of API key %s.", what, id);
}

/* resource_hooks.check: url and events of a callbackUrl's webhook cannot be changed here, and a
 * webhook without a secret cannot be enabled. */
static enum err webhook_check(struct req *r, const struct rows *before, struct params *p)
{
	struct rows secrets;
	if (!before)
		return OK;
	if (!is_own(before) &&
		(crud_changed(before, p, "url") || crud_changed(before, p, "events")))
		return elsewhere(r, before, "url and events cannot be changed here");
	if (!params_get(p, "isActive").i || rows_int(before, 0, "isActive"))
		return OK;
	enum err err = req_sql(r, &secret_count, p, &secrets);
	if (err || rows_int(&secrets, 0, "current"))
		return err;
	return no_secret(r);
}

/* Counts a webhook and checks the limit. The counter's row stays locked until COMMIT, so concurrent
 * requests are counted one after the other. */
static enum err webhook_count(struct req *r, const struct params *p, int64_t by)
{
	struct params ask;
	struct rows rows;
	req_params(r, &ask, NULL);
	params_set(&ask, "counter", val_text(ENDPOINT_COUNTER "WEBHOOK"));
	params_set(&ask, "id", params_get(p, "id"));
	params_set(&ask, "by", val_int(by));
	enum err err = req_sql(r, &counter_add, &ask, NULL);
	if (!err)
		err = req_sql(r, &total_source, &ask, &rows);
	if (err || by < 0 || rows_int(&rows, 0, "total") <= r->app->conf->org_webhooks)
		return err;
	return fail(r, ERR_CONFLICT,
		"Delete an unused webhook, or subscribe an existing one to more events.",
		"Limit reached: at most %lld webhooks.", (long long)r->app->conf->org_webhooks);
}

/* Adds a secret, which the response shows once. */
static enum err new_secret(struct req *r, struct uuid id)
{
	struct endpoint e = endpoint_for_source(r, "WEBHOOK", id);
	char *text = arena_alloc(r->arena, SECRET_TEXT + 1);
	r->secret = text;
	return endpoint_add_secret(&e, id, text);
}

/* Cancels the pending deliveries of a disabled webhook and updates its counts. */
static enum err cancel_pending(struct req *r, const struct params *p)
{
	struct params ask;
	struct rows result;
	req_params(r, &ask, NULL);
	params_set(&ask, "id", params_get(p, "id"));
	enum err err = req_sql(r, &cancel, &ask, &result);
	assert(err || result.affected <= 5000);
	params_set(&ask, "n", val_int((int64_t)result.affected));
	if (err || !result.affected)
		return err;
	return req_sql(r, &cancel_tally, &ask, NULL);
}

/* A new webhook gets a secret; a disabled one loses its pending deliveries; a deleted one its
 * secrets. */
static enum err webhook_after_write(
	struct req *r, const struct rows *before, const struct params *after)
{
	struct params p;
	enum err err = OK;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(r->audit.subject));
	if (!after) {
		err = req_sql(r, &secret_drop, &p, NULL);
		if (err)
			return err;
		return webhook_count(r, &p, -1);
	}
	if (before) {
		if (params_get(after, "isActive").i)
			return OK;
		return cancel_pending(r, &p);
	}
	err = req_sql(r, &insert_tally, &p, NULL);
	if (!err)
		err = new_secret(r, r->audit.subject);
	if (err)
		return err;
	return webhook_count(r, &p, 1);
}

static enum err removable(struct req *r, const struct rows *before)
{
	if (is_own(before))
		return OK;
	return elsewhere(r, before, "The webhook cannot be deleted here");
}

static enum err webhook_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children)
{
	(void)children;
	(void)row;
	write_text(j, "secret", r->secret);
	return OK;
}

static const struct sort_order webhook_sorts[] = {
	{"createdAt", FIELD_TIME, &webhook_list_up, &webhook_list_down}, {0}};
static const struct sort_order source_orders[] = {
	{"createdAt", FIELD_TIME, &source_up, &source_down}, {0}};
static const struct list_variant webhook_variants[] = {
	{"source", source_orders, &total_source, &total_source},
	{NULL, webhook_sorts, &webhook_total, &webhook_total}, {0}};

/* The API's source API_KEY is the kind KEY in the database. */
static enum err webhook_prepare_list(struct req *r, struct params *p)
{
	const char *source = params_text(p, "source"),
		   *kind = source && strcmp(source, "API_KEY") == 0 ? ENDPOINT_KEY : source;
	params_set(p, "kind", val_text(kind));
	params_set(p, "counter",
		val_text(arena_printf(r->arena, ENDPOINT_COUNTER "%s", text_or(kind, ""))));
	return OK;
}

static const struct list_spec webhook_list = {
	.variants = webhook_variants, .prepare = webhook_prepare_list};

#define WEBHOOK                                                                            \
	.title = "Webhook", .sql.exists = &exists, .sql.lock_parent = &claim,              \
	.sql.get = &webhook_get, .sql.lock = &webhook_lock, .sql.insert = &webhook_insert, \
	.sql.update = &webhook_update, .sql.remove = &removal, .list = &webhook_list,      \
	.hooks.check = webhook_check, .hooks.after_write = webhook_after_write,            \
	.hooks.can_delete = removable

const struct resource webhook = {.name = "webhook", .fields = webhook_fields, WEBHOOK};
/* The webhook with its secret, as returned by creation and rotation. */
static const struct resource with_secret = {.name = "webhookWithSecret",
	.fields = secret_fields,
	.hooks.embed = webhook_embed,
	WEBHOOK};

enum err webhook_lock_active(struct req *r, const char *doing, struct params *p, struct rows *row)
{
	const char *arg;
	enum err err = crud_lock(r, &webhook, p, &arg, row);
	if (err || rows_int(row, 0, "isActive"))
		return err;
	return fail(r, ERR_CONFLICT, "Enable the webhook first: PATCH it with isActive true.",
		"%s: the webhook is disabled. %s", doing, rows_text(row, 0, "disabledReason"));
}

/* Rotates the secret: the current one gets an expiry time, and expired ones are deleted. */
static enum err rotate(struct req *r)
{
	struct params p;
	const char *arg;
	struct rows before, secrets;
	int64_t overlap = params_get(&r->input, "overlapSeconds").i;
	enum err err = crud_lock(r, &with_secret, &p, &arg, &before);
	if (!err)
		err = req_sql(r, &secret_count, &p, &secrets);
	if (err)
		return err;
	if (overlap &&
		rows_int(&secrets, 0, "old") + rows_int(&secrets, 0, "current") > OLD_SECRETS)
		return fail(r, ERR_CONFLICT,
			"Wait until one of them expires, or send overlapSeconds 0.",
			"%d previous secrets are still valid.", OLD_SECRETS);
	params_set(&p, "until", val_time(r->now + overlap * 1000));
	err = req_sql(r, &secret_age, &p, NULL);
	if (!err)
		err = req_sql(r, &secret_purge, &p, NULL);
	if (!err)
		err = new_secret(r, r->audit.subject);
	if (!err)
		err = req_sql(r, &webhook_touch, &p, NULL);
	if (err)
		return err;
	return crud_send_one(r, &with_secret, &p, arg, 200);
}

#define WEBHOOK_PATH "/webhooks/{id}"
#define WEBHOOK_READ SCOPE_WEBHOOKS_MANAGE, ROUTE_READ
#define WEBHOOK_WRITE SCOPE_WEBHOOKS_MANAGE, ROUTE_TX

static const struct route webhook_routes[] = {
	{METHOD_GET, "/webhooks", WEBHOOK_READ | ROUTE_LIST, "webhook.list", crud_list, &webhook,
		.query = webhook_filters,
		.doc = "Lists webhooks, including those of the callbackUrl of API keys and "
		       "events."},
	{METHOD_POST, "/webhooks", WEBHOOK_WRITE | ROUTE_CREATES, "webhook.create", crud_create,
		&with_secret, .body = webhook_fields, .body_mode = FIELD_CREATE,
		.doc = "Creates a webhook and returns its secret, this one time. At most 20 per "
		       "organization (configurable), not counting callbackUrls."},
	{METHOD_GET, WEBHOOK_PATH, WEBHOOK_READ, "webhook.get", crud_get, &webhook,
		.doc = "Returns a webhook."},
	{METHOD_PATCH, WEBHOOK_PATH, WEBHOOK_WRITE, "webhook.update", crud_patch, &webhook,
		.body = webhook_fields, .body_mode = FIELD_PATCH,
		.doc = "Updates a webhook. Fields that are not sent keep their values."},
	{METHOD_DELETE, WEBHOOK_PATH, WEBHOOK_WRITE, "webhook.delete", crud_delete, &webhook,
		.doc = "Deletes a webhook with all its deliveries. The webhook of a callbackUrl is "
		       "deleted by removing the callbackUrl."},
	{METHOD_POST, WEBHOOK_PATH "/rotate-secret", WEBHOOK_WRITE | ROUTE_BODY_OPTIONAL,
		"webhook.secret.rotate", rotate, &with_secret, .body = rotate_fields,
		.body_mode = FIELD_CREATE,
		.doc = "Rotates the secret of a webhook and returns the new one, this one time. "
		       "The previous secret stays valid for a day, or for overlapSeconds. Also "
		       "creates a new secret for an event's callbackUrl."},
	{0},
};

const struct module webhooks_module = {
	.routes = webhook_routes,
	.describe = webhook_events_describe,
	.statements =
		(const struct statement *const[]){
			&exists,
			&claim,
			&webhook_get,
			&webhook_lock,
			&webhook_list_up,
			&webhook_list_down,
			&source_up,
			&source_down,
			&webhook_total,
			&total_source,
			&webhook_insert,
			&webhook_update,
			&removal,
			&insert_tally,
			&webhook_touch,
			&cancel,
			&cancel_tally,
			&secret_count,
			&secret_drop,
			&secret_purge,
			&secret_age,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&webhook,
			&with_secret,
			NULL,
		},
};
