/* lists: the filters, sort orders and statements of event lists. */
#include "fcgi/events/lists.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"
#include "common/ticketing/event_columns.h"
#include "common/ticketing/slug.h"

#include <string.h>

static const char *const event_list_statuses[] = {"DRAFT", "PUBLISHED", "ARCHIVED", NULL};
static const char *const visibilities[] = {"PUBLIC", "PRIVATE", NULL};

const struct field event_filters[] = {
	{"status", FIELD_CHOICE, FIELD_QUERY, .choices = event_list_statuses,
		.doc = "Filters by status."},
	{"q", FIELD_TEXT, FIELD_QUERY, 1, 200,
		.doc = "Searches names: every word (of the first five) must be the prefix of a "
		       "word of the name, in any order. Case and accents are ignored."},
	{"from", FIELD_TIME, FIELD_QUERY, .doc = "Earliest dateTime, inclusive."},
	{"to", FIELD_TIME, FIELD_QUERY, .doc = "Latest dateTime, inclusive."},
	{"venueId", FIELD_UUID, FIELD_QUERY, .doc = "Filters by venue id."},
	{"visibility", FIELD_CHOICE, FIELD_QUERY, .choices = visibilities,
		.doc = "Filters by visibility."},
	{0},
};

/* Filters of every list. The indexes contain all these columns, so no row is read only to be
 * discarded. */
#define FILTERS                                                    \
	" AND e.date_time >= :from AND e.date_time <= :to"         \
	" AND (:visibility IS NULL OR e.visibility = :visibility)" \
	" AND (:venueId IS NULL OR e.venue_id = :venueId)"

/* Of the lists by the time of creation, that clients go on from: see event_epochs. */
#define BELOW_MARK " AND e.created_at <= :last"

/* The ids of a page are read from the index alone, then the rows. The position is written as key >=
 * and (key > or id >), because MariaDB does not use a row comparison as a range. The result is
 * sorted by the page's copy of the key: sorting by the event's column would put whole events with
 * their texts into a temporary table on disk. */
#define PAGE(matching, key, cmp, way)                                             \
	"SELECT " EVENT_PAGE_COLUMNS " FROM (SELECT q.id, q." key ", " EVENT_SUMS \
	" FROM (" matching " AND e." key " " cmp "= :key"                         \
	" AND (e." key " " cmp " :key OR e.id " cmp " :keyId)"                    \
	" ORDER BY e." key " " way ", e.id " way " LIMIT :skip, :take) q"         \
	" LEFT JOIN ticket_types t ON t.event_id = q.id"                          \
	" GROUP BY q.id, q." key ") p"                                            \
	" JOIN events e ON e.id = p.id"                                           \
	" ORDER BY p." key " " way ", p.id " way

/* ---- all events, and those in one status ---- */

#define STATUS " AND e.status = :status"
#define BY_DATE                                   \
	"SELECT e.id, e.date_time"                \
	" FROM events e FORCE INDEX (event_date)" \
	" WHERE e.org_id = :org" FILTERS
#define BY_CREATED                                   \
	"SELECT e.id, e.created_at"                  \
	" FROM events e FORCE INDEX (event_created)" \
	" WHERE e.org_id = :org" FILTERS BELOW_MARK
#define BY_NAME                                   \
	"SELECT e.id, e.name"                     \
	" FROM events e FORCE INDEX (event_name)" \
	" WHERE e.org_id = :org" FILTERS
#define STATUS_BY_DATE                                   \
	"SELECT e.id, e.date_time"                       \
	" FROM events e FORCE INDEX (event_status_date)" \
	" WHERE e.org_id = :org" STATUS FILTERS
#define STATUS_BY_CREATED                                   \
	"SELECT e.id, e.created_at"                         \
	" FROM events e FORCE INDEX (event_status_created)" \
	" WHERE e.org_id = :org" STATUS FILTERS BELOW_MARK
#define STATUS_BY_NAME                                   \
	"SELECT e.id, e.name"                            \
	" FROM events e FORCE INDEX (event_status_name)" \
	" WHERE e.org_id = :org" STATUS FILTERS

static const struct statement by_date_up = {
	"event_list_date_up", PAGE(BY_DATE, "date_time", ">", "ASC"), SQL_READ};
static const struct statement by_date_down = {
	"event_list_date_down", PAGE(BY_DATE, "date_time", "<", "DESC"), SQL_READ};
static const struct statement by_created_up = {
	"event_list_created_up", PAGE(BY_CREATED, "created_at", ">", "ASC"), SQL_READ};
static const struct statement by_created_down = {
	"event_list_created_down", PAGE(BY_CREATED, "created_at", "<", "DESC"), SQL_READ};
static const struct statement by_name_up = {
	"event_list_name_up", PAGE(BY_NAME, "name", ">", "ASC"), SQL_READ};
static const struct statement by_name_down = {
	"event_list_name_down", PAGE(BY_NAME, "name", "<", "DESC"), SQL_READ};
static const struct statement status_date_up = {
	"event_list_status_date_up", PAGE(STATUS_BY_DATE, "date_time", ">", "ASC"), SQL_READ};
static const struct statement status_date_down = {
	"event_list_status_date_down", PAGE(STATUS_BY_DATE, "date_time", "<", "DESC"), SQL_READ};
static const struct statement status_created_up = {"event_list_status_created_up",
	PAGE(STATUS_BY_CREATED, "created_at", ">", "ASC"), SQL_READ};
static const struct statement status_created_down = {"event_list_status_created_down",
	PAGE(STATUS_BY_CREATED, "created_at", "<", "DESC"), SQL_READ};
static const struct statement status_name_up = {
	"event_list_status_name_up", PAGE(STATUS_BY_NAME, "name", ">", "ASC"), SQL_READ};
static const struct statement status_name_down = {
	"event_list_status_name_down", PAGE(STATUS_BY_NAME, "name", "<", "DESC"), SQL_READ};

/* ---- events whose names have the words of a search ---- */

/* DISTINCT, because a name may have two words with the same prefix. The first word drives the
 * query; the others are looked up for each event. */
#define HAS_WORD(n)                               \
	" AND (:word" n " IS NULL"                \
	" OR EXISTS (SELECT 1 FROM event_words x" \
	" WHERE x.event_id = e.id AND x.word LIKE :word" n "))"
#define MATCHING                                                                                  \
	" FROM event_words w"                                                                     \
	" JOIN events e ON e.id = w.event_id"                                                     \
	" WHERE w.org_id = :org AND w.word LIKE :word1" HAS_WORD("2") HAS_WORD("3") HAS_WORD("4") \
		HAS_WORD("5") " AND (:status IS NULL OR e.status = :status)" FILTERS
#define SEARCH_BY_DATE "SELECT DISTINCT e.id, e.date_time" MATCHING
#define SEARCH_BY_CREATED "SELECT DISTINCT e.id, e.created_at" MATCHING BELOW_MARK
#define SEARCH_BY_NAME "SELECT DISTINCT e.id, e.name" MATCHING

static const struct statement search_date_up = {
	"event_search_date_up", PAGE(SEARCH_BY_DATE, "date_time", ">", "ASC"), SQL_READ};
static const struct statement search_date_down = {
	"event_search_date_down", PAGE(SEARCH_BY_DATE, "date_time", "<", "DESC"), SQL_READ};
static const struct statement search_created_up = {
	"event_search_created_up", PAGE(SEARCH_BY_CREATED, "created_at", ">", "ASC"), SQL_READ};
static const struct statement search_created_down = {
	"event_search_created_down", PAGE(SEARCH_BY_CREATED, "created_at", "<", "DESC"), SQL_READ};
static const struct statement search_name_up = {
	"event_search_name_up", PAGE(SEARCH_BY_NAME, "name", ">", "ASC"), SQL_READ};
static const struct statement search_name_down = {
	"event_search_name_down", PAGE(SEARCH_BY_NAME, "name", "<", "DESC"), SQL_READ};

/* ---- totals ---- */

static const struct statement event_list_total_all = {
	"event_total",
	"SELECT CAST(SUM(n) AS SIGNED) AS total"
	" FROM counters"
	" WHERE org_id = :org"
	" AND name IN ('events:DRAFT', 'events:PUBLISHED', 'events:ARCHIVED')",
	SQL_READ,
};
static const struct statement event_list_total_status = {"event_total_status",
	"SELECT n AS total"
	" FROM counters"
	" WHERE org_id = :org AND name = :counter",
	SQL_READ};
static const struct statement event_list_count_all = {"event_count",
	"SELECT COUNT(*) AS total"
	" FROM events e FORCE INDEX (event_date)"
	" WHERE e.org_id = :org" FILTERS,
	SQL_READ};
static const struct statement event_list_count_status = {
	"event_count_status",
	"SELECT COUNT(*) AS total"
	" FROM events e FORCE INDEX (event_status_date)"
	" WHERE e.org_id = :org" STATUS FILTERS,
	SQL_READ,
};
static const struct statement count_search = {
	"event_count_search", "SELECT COUNT(DISTINCT e.id) AS total" MATCHING, SQL_READ};

/* Every variant has the same sort orders in the same places, because a cursor contains the index of
 * its order. */
static const struct sort_order plain_orders[] = {
	{"createdAt", FIELD_TIME, &by_created_up, &by_created_down},
	{"dateTime", FIELD_TIME, &by_date_up, &by_date_down},
	{"name", FIELD_TEXT, &by_name_up, &by_name_down},
	{0},
};
static const struct sort_order status_orders[] = {
	{"createdAt", FIELD_TIME, &status_created_up, &status_created_down},
	{"dateTime", FIELD_TIME, &status_date_up, &status_date_down},
	{"name", FIELD_TEXT, &status_name_up, &status_name_down},
	{0},
};
static const struct sort_order search_orders[] = {
	{"createdAt", FIELD_TIME, &search_created_up, &search_created_down},
	{"dateTime", FIELD_TIME, &search_date_up, &search_date_down},
	{"name", FIELD_TEXT, &search_name_up, &search_name_down},
	{0},
};

static const struct list_variant event_list_variants[] = {
	{"q", search_orders, &count_search, &count_search},
	{"status", status_orders, &event_list_total_status, &event_list_count_status},
	{NULL, plain_orders, &event_list_total_all, &event_list_count_all},
	{0},
};

/* Sets default bounds, the counter's name, and the words of q as LIKE prefixes. A q without words
 * matches nothing, because no word is empty. */
static enum err event_list_prepare(struct req *r, struct params *p)
{
	static const char *const names[] = {"word1", "word2", "word3", "word4", "word5"};
	const char *words[5], *q = params_text(p, "q"), *status = params_text(p, "status");
	if (!val_is_set(params_get(p, "from")))
		params_set(p, "from", val_time(TIME_MIN));
	if (!val_is_set(params_get(p, "to")))
		params_set(p, "to", val_time(TIME_MAX));
	if (status)
		params_set(p, "counter", val_text(arena_printf(r->arena, "events:%s", status)));
	if (!q)
		return OK;
	size_t n = search_words(r->arena, q, words, 5);
	params_set(p, names[0], val_text(""));
	for (size_t i = 0; i < n && i < 5; i++)
		params_set(p, names[i], val_text(arena_printf(r->arena, "%s%%", words[i])));
	return OK;
}

static const struct statement event_epochs = {
	"event_epochs",
	EPOCH_STATE("SELECT e.created_at"
		    " FROM events e FORCE INDEX (event_created)"
		    " WHERE e.org_id = :org"
		    " ORDER BY e.created_at DESC"
		    " LIMIT 1"),
	SQL_READ,
};

const struct list_spec event_list = {.variants = event_list_variants,
	.down = true,
	.prepare = event_list_prepare,
	.epochs = &event_epochs,
	.epochs_by = "createdAt"};

const struct statement *const event_list_statements[] = {
	&by_date_up,
	&by_date_down,
	&by_created_up,
	&by_created_down,
	&by_name_up,
	&by_name_down,
	&status_date_up,
	&status_date_down,
	&status_created_up,
	&status_created_down,
	&status_name_up,
	&status_name_down,
	&search_date_up,
	&search_date_down,
	&search_created_up,
	&search_created_down,
	&search_name_up,
	&search_name_down,
	&event_list_total_all,
	&event_list_total_status,
	&event_list_count_all,
	&event_list_count_status,
	&count_search,
	&event_epochs,
	NULL,
};
