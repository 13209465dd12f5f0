/* mail_queue: queues mail to buyers and users, written with the request's transaction. */
#include "common/ticketing/mail_queue.h"

#include "common/crypto/seal.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define HOUR_MS INT64_C(3600000)

const char *const mail_kinds[] = {
	"ORDER", "REFUND", "REISSUE", "LINK", "INVITATION", "PASSWORD_RESET", NULL};
const char *const mail_statuses[] = {"PENDING", "DELIVERED", "FAILED", "CANCELLED", NULL};

_Static_assert(sizeof mail_kinds / sizeof *mail_kinds == MAIL_KINDS + 1, "one name each");

#define MAIL_INSERT(columns, values)                                                \
	"INSERT INTO mail_messages (id, org_id, kind, " columns                     \
	", language, due_at, created_at) VALUES (:mailId, :org, :mailKind, " values \
	", :mailLanguage, :now, :now)"

static const struct statement sale_insert = {
	"mail_sale_insert",
	MAIL_INSERT("order_id, recipient", ":mailOrder, :mailTo"),
	SQL_WRITE,
};
static const struct statement order_insert = {
	"mail_order_insert",
	MAIL_INSERT("order_id, recipient",
		":mailOrder, (SELECT o.buyer_email FROM orders o"
		" WHERE o.id = :mailOrder AND o.org_id = :org)"),
	SQL_WRITE,
};
static const struct statement user_insert = {
	"mail_user_insert",
	MAIL_INSERT("user_id, recipient, sealed", ":mailUser, :mailTo, :mailSealed"),
	SQL_WRITE,
};
static const struct statement recent = {
	"mail_recent",
	"SELECT COUNT(*) AS n, MIN(created_at) AS first"
	" FROM mail_messages"
	" WHERE order_id = :mailOrder AND org_id = :org AND id > :since"
	" AND kind IN ('ORDER', 'LINK')",
	SQL_READ,
};

bool mail_is_on(const struct req *r)
{
	return config_has_mail(r->app->conf);
}

static void begin_row(struct req *r, struct params *p, enum mail_kind kind, struct uuid id)
{
	assert(kind < MAIL_KINDS);
	req_params(r, p, NULL);
	params_set(p, "mailId", val_uuid(id));
	params_set(p, "mailKind", val_text(mail_kinds[kind]));
	params_set(p, "mailLanguage", val_text(language_tag(req_language(r))));
}

enum err mail_queue_sale(struct req *r, const struct uuid *order, const char *email)
{
	struct params p;
	if (!mail_is_on(r))
		return OK;
	begin_row(r, &p, MAIL_ORDER, uuid_make());
	params_set(&p, "mailOrder", val_uuid(*order));
	params_set(&p, "mailTo", val_text(email));
	return req_defer(r, &sale_insert, &p);
}

enum err mail_queue_order(struct req *r, enum mail_kind kind, const struct uuid *order)
{
	struct params p;
	if (!mail_is_on(r))
		return OK;
	begin_row(r, &p, kind, uuid_make());
	params_set(&p, "mailOrder", val_uuid(*order));
	return req_defer(r, &order_insert, &p);
}

enum err mail_queue_user(struct req *r, enum mail_kind kind, const struct uuid *user,
	const char *email, const char *path)
{
	struct params p;
	struct uuid id = uuid_make();
	size_t n = strlen(path);
	assert(n <= MAIL_LINK_MAX);
	if (!mail_is_on(r))
		return OK;
	uint8_t *sealed = arena_alloc(r->arena, n + SEAL_OVERHEAD);
	seal(r->app->conf->secrets_key, (struct span){id.b, sizeof id.b}, (struct span){path, n},
		sealed);
	begin_row(r, &p, kind, id);
	params_set(&p, "mailUser", val_uuid(*user));
	params_set(&p, "mailTo", val_text(email));
	params_set(&p, "mailSealed", val_bytes((const char *)sealed, n + SEAL_OVERHEAD));
	return req_defer(r, &user_insert, &p);
}

enum err mail_admit(struct req *r, const struct uuid *order, int64_t *wait)
{
	struct params p;
	struct rows rows;
	req_params(r, &p, NULL);
	params_set(&p, "mailOrder", val_uuid(*order));
	params_set(&p, "since", val_uuid(uuid_of_time(r->now - HOUR_MS, false)));
	*wait = 0;
	enum err err = req_sql(r, &recent, &p, &rows);
	if (err || rows_int(&rows, 0, "n") < MAIL_ORDER_HOURLY)
		return err;
	*wait = MAX((rows_int(&rows, 0, "first") + HOUR_MS - r->now + 999) / 1000, 1);
	return OK;
}

const struct module mail_queue_module = {.statements = (const struct statement *const[]){
						 &sale_insert,
						 NULL,
					 }};
const struct module mail_order_module = {.statements = (const struct statement *const[]){
						 &order_insert,
						 &recent,
						 NULL,
					 }};
const struct module mail_user_module = {.statements = (const struct statement *const[]){
						&user_insert,
						NULL,
					}};
