/* event_children: what the rows below an event have in common. */
#ifndef TG_TICKETING_EVENT_CHILDREN_H
#define TG_TICKETING_EVENT_CHILDREN_H

#include "common/ticketing/event.h"

#define PER_EVENT_MAX 200 /* performers, schedule entries or brands of one event */

/* As an event shows them, in order. events.fcgi serves them with more. */
extern const struct resource performer, schedule, brand;
extern const struct field performer_fields[], schedule_fields[], brand_fields[];
/* One row: :id, :org, and :eventId, which may be null. */
extern const struct statement performer_get, schedule_get, brand_get;
/* Every row of :eventId, in order. */
extern const struct statement performer_by_parent, schedule_by_parent, brand_by_parent;

/* The columns of table t, as the fields name them. */
#define PERFORMER_COLUMNS                                                              \
	"t.id, t.event_id AS eventId, t.name, t.bio, t.image_url AS imageUrl, t.role," \
	" t.position, t.starts_at AS startsAt, t.ends_at AS endsAt, t.links,"          \
	" t.version, t.created_at AS createdAt, t.updated_at AS updatedAt"

/* BINARY(16) as the text of a UUID, and back. */
#define ID_TEXT(column)                                 \
	"LOWER(INSERT(INSERT(INSERT(INSERT(HEX(" column \
	"), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'))"
#define SCHEDULE_COLUMNS                                                                           \
	"t.id, t.event_id AS eventId, t.title, t.description, t.starts_at AS startsAt,"            \
	" t.ends_at AS endsAt, t.stage,"                                                           \
	" CONCAT('[', COALESCE((SELECT GROUP_CONCAT('\"', " ID_TEXT(                               \
		"x.performer_id") ", '\"'"                                                         \
				  " ORDER BY x.place)"                                             \
				  " FROM schedule_performers x"                                    \
				  " WHERE x.schedule_id = t.id), ''),"                             \
				  " ']') AS performerIds, t.position, t.version, t.created_at AS " \
				  "createdAt,"                                                     \
				  " t.updated_at AS updatedAt"

#define BRAND_COLUMNS                                                  \
	"t.id, t.event_id AS eventId, t.name, t.logo_url AS logoUrl,"  \
	" t.website_url AS websiteUrl, t.role, t.position, t.version," \
	" t.created_at AS createdAt, t.updated_at AS updatedAt"

/* A page of an event's rows in their order, from table `t` with the columns `columns`. */
#define CHILD_PAGE(table, columns, cmp, way)                                             \
	"SELECT " columns " FROM " table " t"                                            \
	" WHERE t.org_id = :org AND t.event_id = :eventId AND t.position " cmp "= :key"  \
	" AND (t.position " cmp " :key OR t.id " cmp " :keyId) ORDER BY t.position " way \
	", t.id " way " LIMIT :skip, :take"
#define CHILD_ALL(table, columns)                          \
	"SELECT " columns " FROM " table " t"              \
	" WHERE t.org_id = :org AND t.event_id = :eventId" \
	" ORDER BY t.position, t.id"
/* One row; below its event when the path names one. */
#define CHILD_ONE(table, columns)               \
	"SELECT " columns " FROM " table " t"   \
	" WHERE t.id = :id AND t.org_id = :org" \
	" AND (:eventId IS NULL OR t.event_id = :eventId)"
#define CHILD_TOTAL(table)                                                                  \
	"SELECT COUNT(*) AS total FROM " table " t WHERE t.org_id = :org AND t.event_id = " \
	":eventId"
#define CHILD_REMOVE(table) \
	"DELETE FROM " table " WHERE id = :id AND org_id = :org AND event_id = :eventId"
#define CHILD_RENUMBER(table)                                                             \
	"UPDATE " table " t"                                                              \
	" JOIN (SELECT id,"                                                               \
	" ROW_NUMBER() OVER (ORDER BY 2 * CAST(position AS SIGNED) + IF(id = :id, :bias," \
	" 0),"                                                                            \
	" id) - 1 AS place"                                                               \
	" FROM " table " WHERE event_id = :eventId AND org_id = :org) o ON o.id = t.id"   \
	" SET t.position = o.place"                                                       \
	" WHERE t.position <> o.place"

/* The five calls below /events/{idOrSlug}/<plural>, with the scopes of events. `what`: "a
 * performer". */
#define CHILD_ROUTES(plural, name, what, of, fields)                                               \
	{METHOD_GET, CHILD_PATH plural, SCOPE_EVENTS_READ, CHILD_READS | ROUTE_LIST, name ".list", \
		crud_list, of, .doc = "Lists an event's " plural " in their order."},              \
		{METHOD_POST, CHILD_PATH plural, SCOPE_EVENTS_WRITE, CHILD_WRITES | ROUTE_CREATES, \
			name ".create", crud_create, of, .body = fields,                           \
			.body_mode = FIELD_CREATE, .doc = "Adds " what "."},                       \
		{METHOD_GET, CHILD_PATH plural "/{id}", SCOPE_EVENTS_READ, CHILD_READS,            \
			name ".get", crud_get, of, .doc = "Shows " what "."},                      \
		{METHOD_PATCH, CHILD_PATH plural "/{id}", SCOPE_EVENTS_WRITE, CHILD_WRITES,        \
			name ".update", crud_patch, of, .body = fields, .body_mode = FIELD_PATCH,  \
			.doc = "Changes the fields that are sent of " what "."},                   \
	{                                                                                          \
		METHOD_DELETE, CHILD_PATH plural "/{id}", SCOPE_EVENTS_WRITE, CHILD_WRITES,        \
			name ".delete", crud_delete, of, .doc = "Removes " what "."                \
	}
#define CHILD_PATH "/events/{idOrSlug}/"
#define CHILD_READS (ROUTE_READ | ROUTE_CACHEABLE | ROUTE_NESTED)
#define CHILD_WRITES (ROUTE_TX | ROUTE_NESTED)

#endif
