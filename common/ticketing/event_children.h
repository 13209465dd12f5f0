/* event_children: what the rows below an event have in common. */
#ifndef TG_TICKETING_EVENT_CHILDREN_H
#define TG_TICKETING_EVENT_CHILDREN_H

#include "fcgi/events/events.h"

#define PER_EVENT_MAX 200 /* performers, schedule entries or brands of one event */

extern const struct resource performer, schedule, brand;
extern const struct field performer_fields[], schedule_fields[], brand_fields[];
extern const struct module performers_module, schedules_module, brands_module;

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

/* Everything that the children of an event ask of the database, but for their own insert and
 * update. */
#define CHILD_STATEMENTS(name, table, columns)                                                     \
	static const struct statement get = {name "_get", CHILD_ONE(table, columns), SQL_READ};    \
	static const struct statement all = {name "_all", CHILD_ALL(table, columns), SQL_READ};    \
	static const struct statement lock = {                                                     \
		name "_lock", CHILD_ONE(table, columns) " FOR UPDATE", SQL_READ};                  \
	static const struct statement page_up = {                                                  \
		name "_list_up", CHILD_PAGE(table, columns, ">", "ASC"), SQL_READ};                \
	static const struct statement page_down = {                                                \
		name "_list_down", CHILD_PAGE(table, columns, "<", "DESC"), SQL_READ};             \
	static const struct statement total = {name "_total", CHILD_TOTAL(table), SQL_READ};       \
	static const struct statement removal = {name "_remove", CHILD_REMOVE(table), SQL_WRITE};  \
	static const struct statement renumber = {                                                 \
		name "_renumber", CHILD_RENUMBER(table), SQL_WRITE};                               \
	static const struct sort_order orders[] = {{"position", FIELD_INT, &page_up, &page_down}, {0}}; \
	static const struct list_variant variants[] = {{NULL, orders, &total, &total}, {0}};             \
	static const struct list_spec listing = {.variants = variants}

#define CHILD_STATEMENT_LIST \
	&get, &all, &lock, &page_up, &page_down, &total, &removal, &renumber, &insert, &update

/* Their part of the resource's row. */
#define CHILD_OF_EVENT                                                                        \
	.parent = &event, .parent_param = "eventId", .sql.get = &get, .sql.by_parent = &all, .sql.lock = &lock, \
	.sql.insert = &insert, .sql.update = &update, .sql.remove = &removal, .sql.renumber = &renumber,      \
	.limit = PER_EVENT_MAX, .list = &listing

/* The five calls below /events/{idOrSlug}/<plural>, with the scopes of events. `what`: "a
 * performer". */
#define CHILD_ROUTES(plural, name, what, of, fields)                                               \
	{METHOD_GET, CHILD_PATH plural, SCOPE_EVENTS_READ, CHILD_READS | ROUTE_LIST, name ".list", \
		crud_list, of, .doc = "Lists an event's " plural " in their order."},         \
		{METHOD_POST, CHILD_PATH plural, SCOPE_EVENTS_WRITE, CHILD_WRITES | ROUTE_CREATES, \
			name ".create", crud_create, of, .body = fields,                           \
			.body_mode = FIELD_CREATE, .doc = "Adds " what "."},                  \
		{METHOD_GET, CHILD_PATH plural "/{id}", SCOPE_EVENTS_READ, CHILD_READS,            \
			name ".get", crud_get, of, .doc = "Shows " what "."},                 \
		{METHOD_PATCH, CHILD_PATH plural "/{id}", SCOPE_EVENTS_WRITE, CHILD_WRITES,        \
			name ".update", crud_patch, of, .body = fields, .body_mode = FIELD_PATCH,  \
			.doc = "Changes the fields that are sent of " what "."},              \
	{                                                                                          \
		METHOD_DELETE, CHILD_PATH plural "/{id}", SCOPE_EVENTS_WRITE, CHILD_WRITES,        \
			name ".delete", crud_delete, of, .doc = "Removes " what "."           \
	}
#define CHILD_PATH "/events/{idOrSlug}/"
#define CHILD_READS (ROUTE_READ | ROUTE_RECALL | ROUTE_UNDER)
#define CHILD_WRITES (ROUTE_TX | ROUTE_UNDER)

#endif
