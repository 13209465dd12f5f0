/* account: the route that returns the calling API key and its organization. */
#include "fcgi/keys/account.h"

#include "common/http/principal.h"
#include "common/http/etag.h"
#include "common/http/response.h"

#include <assert.h>

static const struct field key_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Key id; not the key itself."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Key name."},
	{"scopes", FIELD_WORDS, FIELD_OUT, .doc = "Scopes."},
	{"callbackUrl", FIELD_WEBHOOK, FIELD_OUT | FIELD_NULLABLE,
		.doc = "URL that receives webhook events."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."},
	{"expiresAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "Expiry time."},
	{"lastUsedAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Time of last use, to the minute."},
	{0},
};
static const struct field account_organization_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Organization id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name."},
	{"slug", FIELD_SLUG, FIELD_OUT, .doc = "URL slug."},
	{0},
};
static const struct field account_fields[] = {
	{"apiKey", FIELD_OBJECT, FIELD_OUT | FIELD_NULLABLE, .sub = key_fields,
		.doc = "Calling API key; null for a signed-in user."},
	{"organization", FIELD_OBJECT, FIELD_OUT, .sub = account_organization_fields,
		.doc = "Organization of the key or user."},
	{0},
};

static const struct resource account = {
	.title = "Account", .name = "account", .fields = account_fields};

static struct val time_or_null(int64_t t)
{
	if (t)
		return val_time(t);
	return val_null();
}

/* Writes an object from a row that was made of values in memory. */
static void print_values(
	struct json *j, const char *name, const struct field *fields, const struct rows *row)
{
	write_object(j, name);
	fields_print(j, fields, row, 0, "");
	write_end_object(j);
}

/* Responds from the principal, without a query. */
static enum err me(struct req *r)
{
	static const char *const key_names[] = {
		"id", "name", "scopes", "callbackUrl", "createdAt", "expiresAt", "lastUsedAt"};
	static const char *const organization_names[] = {"id", "name", "slug"};
	const struct principal *p = r->who;
	char scopes[SCOPES_TEXT];
	assert(p->kind != PRINCIPAL_ANONYMOUS);
	scopes_print(p->scopes, scopes);
	const char *callback = p->text + p->callback_url;
	struct val key[] = {val_uuid(p->id), val_text(p->text + p->name), val_text(scopes),
		val_text(text_filled(callback)), val_time(p->created_at),
		time_or_null(p->expires_at), time_or_null(p->last_used_at)};
	struct val organization[] = {
		val_uuid(p->org), val_text(p->text + p->org_name), val_text(p->text + p->org_slug)};
	const struct rows key_row = {
		.n = 1, .columns = sizeof key / sizeof *key, .names = key_names, .cells = key};
	const struct rows organization_row = {.n = 1,
		.columns = sizeof organization / sizeof *organization,
		.names = organization_names,
		.cells = organization};
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	if (p->kind == PRINCIPAL_KEY)
		print_values(j, "apiKey", key_fields, &key_row);
	else
		write_null(j, "apiKey");
	print_values(j, "organization", account_organization_fields, &organization_row);
	write_end_object(j);
	response_end(r);
	etag_add(r, 1);
	return OK;
}

static const struct route account_routes[] = {
	{METHOD_GET, "/me", SCOPE_ANY_KEY, ROUTE_READ, "account.get", me, &account,
		.doc = "Returns the calling API key and its organization."},
	{0},
};

const struct module account_module = {.routes = account_routes,
	.resources = (const struct resource *const[]){
		&account,
		NULL,
	}};
