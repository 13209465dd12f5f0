/* event_children: performers, schedule entries and brands of an event, and the SQL and routes that
 * they share. */
#ifndef TG_TICKETING_EVENT_CHILDREN_H
#define TG_TICKETING_EVENT_CHILDREN_H

#include "common/ticketing/event.h"

#define PER_EVENT_MAX 200 /* performers, schedule entries or brands of one event */

/* The resources as nested rows of an event. The program events has resources of its own with all
 * statements. */
extern const struct resource performer, schedule, brand;
extern const struct field performer_fields[], schedule_fields[], brand_fields[];
/* One row: :id, :org, and :eventId, which is null on paths without the event. */
extern const struct statement performer_get, schedule_get, brand_get;
/* All rows of :eventId, in order. */
extern const struct statement performer_by_parent, schedule_by_parent, brand_by_parent;

/* The columns of table t under the names of the fields. */
#define PERFORMER_COLUMNS                                                              \
	"t.id, t.event_id AS eventId, t.name, t.bio, t.image_url AS imageUrl, t.role," \
	" t.position, t.starts_at AS startsAt, t.ends_at AS endsAt, t.links,"          \
	" t.version, t.created_at AS createdAt, t.updated_at AS updatedAt"

/* A BINARY(16) column as the text of a UUID. */
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

/* A page of an event's rows, ordered by position; `cmp` and `way` are > and ASC, or < and DESC. */
#define CHILD_PAGE(table, columns, cmp, way) CHILD_PAGE_OF(table " t", columns, cmp, way)
#define CHILD_PAGE_OF(from, columns, cmp, way)                                           \
	"SELECT " columns " FROM " from                                                  \
	" WHERE t.org_id = :org AND t.event_id = :eventId AND t.position " cmp "= :key"  \
	" AND (t.position " cmp " :key OR t.id " cmp " :keyId) ORDER BY t.position " way \
	", t.id " way " LIMIT :skip, :take"
#define CHILD_ALL(table, columns)                          \
	"SELECT " columns " FROM " table " t"              \
	" WHERE t.org_id = :org AND t.event_id = :eventId" \
	" ORDER BY t.position, t.id"
/* One row, restricted to :eventId unless that is null. */
#define CHILD_ONE(table, columns) CHILD_ONE_OF(table " t", columns)
#define CHILD_ONE_OF(from, columns)                                             \
	"SELECT " columns " FROM " from " WHERE t.id = :id AND t.org_id = :org" \
	" AND (:eventId IS NULL OR t.event_id = :eventId)"
#define CHILD_TOTAL(table)                                                                  \
	"SELECT COUNT(*) AS total FROM " table " t WHERE t.org_id = :org AND t.event_id = " \
	":eventId"
#define CHILD_REMOVE(table) \
	"DELETE FROM " table " WHERE id = :id AND org_id = :org AND event_id = :eventId"
/* See resource_sql.renumber. Only rows whose position changes are written. */
#define CHILD_RENUMBER(table)                                                             \
	"UPDATE " table " t"                                                              \
	" JOIN (SELECT id,"                                                               \
	" ROW_NUMBER() OVER (ORDER BY 2 * CAST(position AS SIGNED) + IF(id = :id, :bias," \
	" 0),"                                                                            \
	" id) - 1 AS place"                                                               \
	" FROM " table " WHERE event_id = :eventId AND org_id = :org) o ON o.id = t.id"   \
	" SET t.position = o.place"                                                       \
	" WHERE t.position <> o.place"

/* Sets the event's flag after a row was created or deleted; nothing else changes it. */
#define CHILD_FLAG(table)                                                                     \
	"UPDATE events FORCE INDEX (PRIMARY)"                                                 \
	" SET has_" table " = EXISTS (SELECT 1 FROM " table " c WHERE c.event_id = :eventId)" \
	" WHERE id = :eventId AND org_id = :org"

/* The five routes below /events/{idOrSlug}/<plural>, with the scopes of events. `what` is the noun
 * with its article: "a performer". */
#define CHILD_ROUTES(plural, name, what, of, fields)                                               \
	{METHOD_GET, CHILD_PATH plural, SCOPE_EVENTS_READ, CHILD_READS | ROUTE_LIST, name ".list", \
		crud_list, of, .doc = "Lists the " plural " of an event in order."},               \
		{METHOD_POST, CHILD_PATH plural, SCOPE_EVENTS_WRITE, CHILD_WRITES | ROUTE_CREATES, \
			name ".create", crud_create, of, .body = fields,                           \
			.body_mode = FIELD_CREATE, .doc = "Creates " what "."},                    \
		{METHOD_GET, CHILD_PATH plural "/{id}", SCOPE_EVENTS_READ, CHILD_READS,            \
			name ".get", crud_get, of, .doc = "Returns " what "."},                    \
		{METHOD_PATCH, CHILD_PATH plural "/{id}", SCOPE_EVENTS_WRITE, CHILD_WRITES,        \
			name ".update", crud_patch, of, .body = fields, .body_mode = FIELD_PATCH,  \
			.doc = "Updates " what ". Fields that are not sent keep their values."},   \
	{                                                                                          \
		METHOD_DELETE, CHILD_PATH plural "/{id}", SCOPE_EVENTS_WRITE, CHILD_WRITES,        \
			name ".delete", crud_delete, of, .doc = "Deletes " what "."                \
	}
#define CHILD_PATH "/events/{idOrSlug}/"
#define CHILD_READS (ROUTE_READ | ROUTE_CACHEABLE | ROUTE_NESTED)
#define CHILD_WRITES (ROUTE_TX | ROUTE_NESTED)

#endif
