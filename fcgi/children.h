/* children: what the rows below an event have in common. */
#ifndef TG_CHILDREN_H
#define TG_CHILDREN_H

#include "fcgi/events.h"

#define PER_EVENT_MAX 200 /* performers, schedule entries or brands of one event */

extern const struct resource performer, schedule, brand;
extern const struct field performer_fields[], schedule_fields[], brand_fields[];
extern const struct module performers_module, schedules_module, brands_module;

/* A page of an event's rows in their order, from table `t` with the columns `columns`. */
#define CHILD_PAGE(table, columns, cmp, way)                                                                                                     \
	"SELECT " columns " FROM " table " t WHERE t.org_id = :org AND t.event_id = :eventId AND t.position " cmp "= :key"                              \
	" AND (t.position " cmp " :key OR t.id " cmp " :keyId) ORDER BY t.position " way ", t.id " way " LIMIT :skip, :take"
#define CHILD_ALL(table, columns) "SELECT " columns " FROM " table " t WHERE t.org_id = :org AND t.event_id = :eventId ORDER BY t.position, t.id"
/* One row; below its event when the path names one. */
#define CHILD_ONE(table, columns) "SELECT " columns " FROM " table " t WHERE t.id = :id AND t.org_id = :org AND (:eventId IS NULL OR t.event_id = :eventId)"
#define CHILD_TOTAL(table) "SELECT COUNT(*) AS total FROM " table " t WHERE t.org_id = :org AND t.event_id = :eventId"
#define CHILD_REMOVE(table) "DELETE FROM " table " WHERE id = :id AND org_id = :org AND event_id = :eventId"
#define CHILD_RENUMBER(table)                                                                                                                     \
	"UPDATE " table " t JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY 2 * CAST(position AS SIGNED) + IF(id = :id, :bias, 0), id) - 1 AS place"       \
	" FROM " table " WHERE event_id = :eventId AND org_id = :org) o ON o.id = t.id SET t.position = o.place WHERE t.position <> o.place"

#endif
