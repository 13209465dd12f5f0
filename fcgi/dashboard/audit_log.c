/* audit_log: the route that lists the audit log. */
#include "fcgi/dashboard/audit_log.h"

#include "common/access/epoch.h"

#include <string.h>

static const char *const actor_types[] = {"key", "user", "admin", "system", "visitor", NULL};

static const struct field actor_fields[] = {
	{"type", FIELD_CHOICE, FIELD_OUT, .choices = actor_types,
		.doc = "Type of the actor. admin: the ticketgate command; system: an automatic "
		       "job; visitor: a visitor of an event page."},
	{"id", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE, .doc = "Id of the API key or user."},
	{"name", FIELD_TEXT, FIELD_OUT,
		.doc = "Name at that time: of an API key, the email address of a user, or the "
		       "login of an administrator."},
	{0},
};
static const struct field audit_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Entry id."},
	{"at", FIELD_TIME, FIELD_OUT, .doc = "Time of the action."},
	{"action", FIELD_TEXT, FIELD_OUT, .doc = "Action, such as event.publish."},
	{"actor", FIELD_OBJECT, FIELD_OUT, .sub = actor_fields, .doc = "Actor."},
	{"resourceId", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Id of the affected resource."},
	{"address", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "IP address of the client."},
	{"requestId", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Request id, as in the server log."},
	{0},
};
static const struct field audit_filters[] = {
	{"action", FIELD_TEXT, FIELD_QUERY, 1, 120, .doc = "Filters by action."},
	{"actor", FIELD_TEXT, FIELD_QUERY, 1, 36,
		.doc = "Filters by actor: the id of an API key or user, or admin, system or "
		       "visitor."},
	{"from", FIELD_TIME, FIELD_QUERY, .doc = "Earliest time, inclusive."},
	{"to", FIELD_TIME, FIELD_QUERY, .doc = "Latest time, inclusive."},
	{0},
};

#define AUDIT_COLUMNS                                                \
	"SELECT a.id, a.at, a.action, a.actor_type AS `actor.type`," \
	" a.actor_id AS `actor.id`, a.actor_name AS `actor.name`,"   \
	" a.resource_id AS resourceId,"                              \
	" a.address, a.request_id AS requestId"
#define BY_ACTION " AND a.action = :action"
#define BY_ACTOR " AND a.actor_type = :actorType AND a.actor_id <=> :actorId"
#define IF_ACTION " AND (:action IS NULL OR a.action = :action)"
#define AUDIT_SPAN " AND a.id >= :fromId AND a.id <= :toId"
#define WHERE(index, where) \
	" FROM audit a FORCE INDEX (" index ") WHERE a.org_id = :org" where AUDIT_SPAN
/* The ids of a page are read from the index alone, then the rows. Ids are UUIDv7 made by the
 * writing request: they contain the time, so ordering by id is ordering by time. */
#define AUDIT_PAGE(name, index, where, cmp, way)                                                 \
	{                                                                                        \
		name,                                                                            \
			AUDIT_COLUMNS " FROM (SELECT a.id" WHERE(                                \
				index, where) " AND a.id " cmp " :keyId ORDER BY a.id " way      \
					      " LIMIT :skip, :take) p"                           \
					      " JOIN audit a ON a.org_id = :org AND a.id = p.id" \
					      " ORDER BY a.id " way,                             \
			SQL_READ                                                                 \
	}
/* The log only grows, so counting stops at ten thousand rows. */
#define AUDIT_COUNTED(name, index, where)                                   \
	{                                                                   \
		name,                                                       \
			"SELECT COUNT(*) AS total FROM (SELECT a.id" WHERE( \
				index, where) " LIMIT 10000) p",            \
			SQL_READ                                            \
	}

static const struct statement audit_list_up =
	AUDIT_PAGE("audit_list_up", "PRIMARY", "", ">", "ASC");
static const struct statement audit_list_down =
	AUDIT_PAGE("audit_list_down", "PRIMARY", "", "<", "DESC");
static const struct statement action_up =
	AUDIT_PAGE("audit_list_action_up", "audit_action", BY_ACTION, ">", "ASC");
static const struct statement action_down =
	AUDIT_PAGE("audit_list_action_down", "audit_action", BY_ACTION, "<", "DESC");
static const struct statement actor_up =
	AUDIT_PAGE("audit_list_actor_up", "audit_actor", BY_ACTOR IF_ACTION, ">", "ASC");
static const struct statement actor_down =
	AUDIT_PAGE("audit_list_actor_down", "audit_actor", BY_ACTOR IF_ACTION, "<", "DESC");
static const struct statement audit_total = AUDIT_COUNTED("audit_total", "PRIMARY", "");
static const struct statement total_action =
	AUDIT_COUNTED("audit_total_action", "audit_action", BY_ACTION);
static const struct statement total_actor =
	AUDIT_COUNTED("audit_total_actor", "audit_actor", BY_ACTOR IF_ACTION);

/* Whether an actor's id is that of an API key. */
static const struct statement is_key = {"audit_actor_key",
	"SELECT id"
	" FROM api_keys"
	" WHERE org_id = :org AND id = :actorId",
	SQL_READ};

static const struct statement audit_epochs = {
	"audit_epochs",
	EPOCH_STATE("SELECT a.id"
		    " FROM audit a FORCE INDEX (PRIMARY)"
		    " WHERE a.org_id = :org"
		    " ORDER BY a.id DESC"
		    " LIMIT 1"),
	SQL_READ,
};

#define BY_TIME(up, down)                     \
	(const struct sort_order[])           \
	{                                     \
		{"at", FIELD_TIME, up, down}, \
		{                             \
			0                     \
		}                             \
	}

/* The first variant whose filter is set is used; :action also narrows the list by actor. */
static const struct list_variant audit_variants[] = {
	{"actor", BY_TIME(&actor_up, &actor_down), &total_actor, &total_actor},
	{"action", BY_TIME(&action_up, &action_down), &total_action, &total_action},
	{NULL, BY_TIME(&audit_list_up, &audit_list_down), &audit_total, &audit_total},
	{0},
};

/* Sets :actorType and :actorId. API keys are never deleted but users may be, so an id that is no
 * key's is a user's. */
static enum err find_actor(struct req *r, struct params *p, const char *actor)
{
	struct rows rows;
	struct uuid id;
	params_set(p, "actorType", val_text(actor));
	params_set(p, "actorId", val_null());
	if (strcmp(actor, "admin") == 0 || strcmp(actor, "system") == 0 ||
		strcmp(actor, "visitor") == 0)
		return OK;
	if (!uuid_parse(actor, strlen(actor), &id))
		return fail_field(r, "actor", "actor must be a UUID, admin, system or visitor");
	params_set(p, "actorId", val_uuid(id));
	enum err err = req_sql(r, &is_key, p, &rows);
	params_set(p, "actorType", val_text(rows.n ? "key" : "user"));
	return err;
}

static enum err audit_prepare_list(struct req *r, struct params *p)
{
	const char *actor = params_text(p, "actor"), *action = params_text(p, "action");
	for (const char *c = action; c && *c; c++)
		/* the column is ASCII: comparing it with other text might not use the index */
		if ((unsigned char)*c >= 0x80)
			params_set(p, "action", val_text(""));
	if (actor)
		return find_actor(r, p, actor);
	return OK;
}

static const struct list_spec audit_list = {.variants = audit_variants,
	.down = true,
	.prepare = audit_prepare_list,
	.epochs = &audit_epochs,
	.total_max = 10000};
static const struct resource audit_entry = {
	.title = "Entry", .name = "auditEntry", .fields = audit_fields, .list = &audit_list};

static const struct route audit_routes[] = {
	{METHOD_GET, "/audit", SCOPE_SESSION, ROUTE_READ | ROUTE_LIST, "audit.list", crud_list,
		&audit_entry, .query = audit_filters,
		.doc = "Lists audit log entries, latest first. meta.total counts up to 10000; "
		       "pages by "
		       "number end there, and meta.nextCursor goes on."},
	{0},
};

const struct module audit_log_module = {
	.routes = audit_routes,
	.mount = MOUNT_DASHBOARD,
	.statements =
		(const struct statement *const[]){
			&audit_list_up,
			&audit_list_down,
			&action_up,
			&action_down,
			&actor_up,
			&actor_down,
			&audit_total,
			&total_action,
			&total_actor,
			&is_key,
			&audit_epochs,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&audit_entry,
			NULL,
		},
};
