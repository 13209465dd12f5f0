/* audit_log: who did what, from where. */
#include "fcgi/dashboard/audit_log.h"

#include <string.h>

static const char *const actor_types[] = {"key", "user", "admin", "system", "visitor", NULL};

static const struct field actor_fields[] = {
	{"type", FIELD_CHOICE, FIELD_OUT, .choices = actor_types,
		.doc = "admin: the ticketgate command; system: the suite by itself; visitor: "
		       "somebody on an event's page."},
	{"id", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE, .doc = "The key or the user."},
	{"name", FIELD_TEXT, FIELD_OUT,
		.doc = "What it was called then: a key's name, a user's e-mail address, the "
		       "administrator's login."},
	{0},
};
static const struct field audit_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the entry."},
	{"at", FIELD_TIME, FIELD_OUT, .doc = "When it was done."},
	{"action", FIELD_TEXT, FIELD_OUT, .doc = "What was done, such as event.publish."},
	{"actor", FIELD_OBJECT, FIELD_OUT, .sub = actor_fields, .doc = "Who did it."},
	{"resourceId", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE, .doc = "What it was done to."},
	{"address", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "The address that the request came from."},
	{"requestId", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "The request; the log has its line under it."},
	{0},
};
static const struct field audit_filters[] = {
	{"action", FIELD_TEXT, FIELD_QUERY, 1, 120, .doc = "Only this action."},
	{"actor", FIELD_TEXT, FIELD_QUERY, 1, 36,
		.doc = "Only what this key or user did, by its id; or admin, system or visitor."},
	{"from", FIELD_TIME, FIELD_QUERY, .doc = "Only what was done not before this."},
	{"to", FIELD_TIME, FIELD_QUERY, .doc = "Only what was done not after this."},
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
/* The ids of a page come from the index alone. An id is made by the request that writes the row: it
 * holds the time, and is the whole key of the order by it. */
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
/* A trail only grows: what is behind the first ten thousand is not counted. */
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

static const struct statement is_key = {"audit_actor_key",
	"SELECT id"
	" FROM api_keys"
	" WHERE org_id = :org AND id = :actorId",
	SQL_READ};

#define BY_TIME(up, down)                     \
	(const struct sort_order[])           \
	{                                     \
		{"at", FIELD_TIME, up, down}, \
		{                             \
			0                     \
		}                             \
	}

static const struct list_variant audit_variants[] = {
	{"actor", BY_TIME(&actor_up, &actor_down), &total_actor, &total_actor},
	{"action", BY_TIME(&action_up, &action_down), &total_action, &total_action},
	{NULL, BY_TIME(&audit_list_up, &audit_list_down), &audit_total, &audit_total},
	{0},
};

/* Keys are never deleted, users may be: what is no key was a user. */
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
	struct val from = params_get(p, "from"), to = params_get(p, "to");
	const char *actor = params_text(p, "actor"), *action = params_text(p, "action");
	params_set(p, "fromId", val_uuid(uuid_of_time(from.type == VAL_TIME ? from.i : 0, false)));
	params_set(p, "toId",
		val_uuid(uuid_of_time(to.type == VAL_TIME ? to.i : UUID_TIME_MAX, true)));
	for (const char *c = action; c && *c; c++)
		/* the column is ASCII: compared as it is, it might keep the index from being used
		 */
		if ((unsigned char)*c >= 0x80)
			params_set(p, "action", val_text(""));
	if (actor)
		return find_actor(r, p, actor);
	return OK;
}

static const struct list_spec audit_list = {
	.variants = audit_variants, .down = true, .prepare = audit_prepare_list};
static const struct resource audit_entry = {
	.title = "Entry", .name = "auditEntry", .fields = audit_fields, .list = &audit_list};

static const struct route audit_routes[] = {
	{METHOD_GET, "/audit", SCOPE_SESSION, ROUTE_READ | ROUTE_LIST, "audit.list", crud_list,
		&audit_entry, .query = audit_filters,
		.doc = "Lists who did what, the latest first. meta.total counts up to 10000."},
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
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&audit_entry,
			NULL,
		},
};
