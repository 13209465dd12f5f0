/* sales_stats: the route that returns sales by day and ticket type. */
#include "fcgi/dashboard/sales_stats.h"

#include "common/http/principal.h"
#include "common/http/etag.h"
#include "common/base/clock.h"
#include "fcgi/dashboard/calendar_days.h"
#include "common/ticketing/event.h"
#include "common/ticketing/sales_rollup.h"
#include "common/ticketing/ticket.h"
#include "common/ticketing/expired_holds.h"
#include "common/http/response.h"
#include "common/crypto/digest.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define MONTH_MS (INT64_C(30) * 86400000) /* the default range */
#define ZONE "Asia/Manila" /* the default time zone of a whole organization */

static const struct field stats_filters[] = {
	{"eventId", FIELD_UUID, FIELD_QUERY,
		.doc = "Event id; without it, the whole organization."},
	{"from", FIELD_TIME, FIELD_QUERY,
		.doc = "First day, as a time within it; 30 days before `to` by default."},
	{"to", FIELD_TIME, FIELD_QUERY,
		.doc = "Last day, as a time within it; now by default. At most 400 days."},
	{"timezone", FIELD_ZONE, FIELD_QUERY,
		.doc = "IANA time zone of the days; the event's by default, or Asia/Manila for the "
		       "whole organization."},
	{0},
};
#define SUMS                                                                                \
	{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Currency of the amounts."},         \
		{"orders", FIELD_INT, FIELD_OUT, .doc = "Number of orders."},               \
		{"tickets", FIELD_INT, FIELD_OUT,                                           \
			.doc = "Number of tickets bought, including later refunded ones."}, \
		{"revenue", FIELD_MONEY, FIELD_OUT, .doc = "Total paid by buyers."},        \
	{                                                                                   \
		"refunded", FIELD_MONEY, FIELD_OUT,                                         \
			.doc = "Total refunded, whenever it was bought."                    \
	}
static const struct field total_fields[] = {SUMS, {0}};
static const struct field day_fields[] = {
	{"day", FIELD_TEXT, FIELD_OUT, .doc = "Day in the time zone, such as 2026-08-01."}, SUMS,
	{0}};
static const struct field type_fields[] = {
	{"ticketId", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name of the ticket type."},
	{"price", FIELD_MONEY, FIELD_OUT, .doc = "Current price."},
	{"quantity", FIELD_INT, FIELD_OUT, .doc = "Total number of tickets."},
	{"sold", FIELD_INT, FIELD_OUT, .doc = "Number currently sold."},
	{"held", FIELD_INT, FIELD_OUT, .doc = "Number currently on hold."},
	{"remaining", FIELD_INT, FIELD_OUT, .compute = ticket_remaining,
		.doc = "Number currently remaining."},
	{"tickets", FIELD_INT, FIELD_OUT,
		.doc = "Number of tickets bought in these days, including later refunded ones."},
	{"revenue", FIELD_MONEY, FIELD_OUT, .doc = "Sum of their prices, without fees."},
	{0},
};
static const struct field type_day_fields[] = {
	{"day", FIELD_TEXT, FIELD_OUT, .doc = "Day in the time zone."},
	{"ticketId", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"tickets", FIELD_INT, FIELD_OUT, .doc = "Number of tickets bought."},
	{"revenue", FIELD_MONEY, FIELD_OUT, .doc = "Sum of their prices, without fees."},
	{0},
};
static const struct field stats_fields[] = {
	{"eventId", FIELD_UUID, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Event id; null for the whole organization."},
	{"timezone", FIELD_ZONE, FIELD_OUT, .doc = "IANA time zone of the days."},
	{"from", FIELD_TIME, FIELD_OUT, .doc = "Beginning of the first day."},
	{"to", FIELD_TIME, FIELD_OUT, .doc = "End of the last day."},
	{"totals", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = total_fields,
		.doc = "Totals for each currency."},
	{"days", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = day_fields,
		.doc = "Sums of every day, for each currency."},
	{"ticketTypes", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = type_fields,
		.doc = "Ticket types of the event in order; empty for the whole organization."},
	{"ticketDays", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .sub = type_day_fields,
		.doc = "Sums by ticket type and day, for days with sales."},
	{0},
};

static const struct resource stats = {.title = "Stats", .name = "stats", .fields = stats_fields};

static const struct statement event_zone = {"stats_event_zone",
	"SELECT timezone, currency"
	" FROM events"
	" WHERE id = :eventId AND org_id = :org",
	SQL_READ};
static const struct statement types = {
	"stats_types",
	"SELECT t.id AS ticketId, t.name, t.price, t.quantity, t.sold, t.held,"
	" " TICKET_PLACES " AS places FROM ticket_types t" TICKET_STOCK_JOIN
	" WHERE t.event_id = :eventId AND t.org_id = :org"
	" ORDER BY t.position, t.id",
	SQL_READ,
};

/* Sums by day over the rolled-up quarters of an hour (table sales_quarters) and over the orders and
 * refunds after the marks, which are not rolled up yet. One statement reads one snapshot, so
 * nothing is missed or counted twice. Ids of orders and refunds contain their time. Rows with a
 * zero ticket_id are the sums of the event or organization. */
#define DAY(at) "TO_DAYS(" at " + INTERVAL :shift SECOND)"
#define MARK(which) "COALESCE((SELECT " which " FROM sales_marks WHERE org_id = :org), '')"
#define FOLDED(event)                                                                              \
	"SELECT " DAY("q.at") " AS day, q.ticket_id, q.currency, q.orders, q.tickets, q.revenue, " \
			      "q.refunded"                                                         \
			      " FROM sales_quarters q"                                             \
			      " WHERE q.org_id = :org AND q.event_id = " event                     \
			      " AND q.at >= :begin AND q.at < :end"
#define STATS_TAIL                                                                                \
	" AND o.id > " MARK(                                                                      \
		"orders_mark") " AND o.id >= :fromId AND o.id < :toId AND o.created_at >= :begin" \
			       " AND o.created_at < :end"
#define ORDERS(index, where)                                                                    \
	" UNION ALL SELECT " DAY("o.created_at") ", " STATS_ALL ", o.currency, 1,"              \
						 " (SELECT SUM(i.quantity) FROM order_items i " \
						 "WHERE i.order_id = o.id), o.total, 0"         \
						 " FROM orders o FORCE INDEX (" index           \
						 ") WHERE o.org_id = :org" where STATS_TAIL
#define ITEMS                                                                             \
	" UNION ALL SELECT " DAY(                                                         \
		"o.created_at") ", i.ticket_id, o.currency, 0, i.quantity, i.subtotal, 0" \
				" FROM orders o FORCE INDEX (order_event)"                \
				" STRAIGHT_JOIN order_items i ON i.order_id = o.id"       \
				" WHERE o.org_id = :org" BY_EVENT STATS_TAIL
#define REFUNDS(where)                                                   \
	" UNION ALL SELECT " DAY(                                        \
		"r.at") ", " STATS_ALL ", o.currency, 0, 0, 0, r.amount" \
			" FROM refunds r FORCE INDEX (refund_org)"       \
			" STRAIGHT_JOIN orders o ON o.id = r.order_id"   \
			" WHERE r.org_id = :org AND r.id > " MARK(       \
				"refunds_mark") " AND r.at >= :begin AND r.at < :end" where
#define BY_EVENT " AND o.event_id = :eventId"
#define SUMMED(rows)                                                 \
	"SELECT x.day, x.ticket_id AS ticketId, x.currency,"         \
	" CAST(SUM(x.orders) AS SIGNED) AS orders,"                  \
	" CAST(SUM(x.tickets) AS SIGNED) AS tickets,"                \
	" CAST(SUM(x.revenue) AS SIGNED) AS revenue,"                \
	" CAST(SUM(x.refunded) AS SIGNED) AS refunded"               \
	" FROM (" rows ") x GROUP BY x.day, x.ticket_id, x.currency" \
	" ORDER BY x.currency, x.day, x.ticket_id"

static const struct statement of_event = {"stats_event",
	SUMMED(FOLDED(":eventId") ORDERS("order_event", BY_EVENT) ITEMS REFUNDS(BY_EVENT)),
	SQL_READ};
static const struct statement of_org = {
	"stats_org", SUMMED(FOLDED(STATS_ALL) ORDERS("order_org", "") REFUNDS("")), SQL_READ};

/* ---- query ---- */

static const char *const columns[] = {"orders", "tickets", "revenue", "refunded"};
enum { ORDERS_MADE, TICKETS, REVENUE, REFUNDED, COLUMNS };

/* One sum of the result: of a day and currency, or of a day and ticket type. */
struct line {
	int64_t sum[COLUMNS];
	uint16_t day; /* index of the day */
	char currency[4];
	struct uuid ticket; /* zero: the sum of the event or organization */
};
struct report {
	const char *zone;
	struct days days;
	struct line *lines;
	size_t n, cap;
};

/* Adds to a sum, which stays at the largest value rather than overflow. */
static void add_to(int64_t *sum, int64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = n > 0 ? INT64_MAX : INT64_MIN;
}

static bool is_own(const struct line *l)
{
	static const struct uuid none;
	return uuid_equal(&l->ticket, &none);
}

/* The line for a row: a new one, or if `begun` (by the span before, on the same day) the old. */
static struct line *stats_row_of(struct report *report, const struct line *fresh, bool begun)
{
	for (size_t i = 0; begun && i < report->n; i++) {
		struct line *l = &report->lines[i];
		if (l->day == fresh->day && uuid_equal(&l->ticket, &fresh->ticket) &&
			strcmp(l->currency, fresh->currency) == 0)
			return l;
	}
	assert(report->n < report->cap);
	report->lines[report->n] = *fresh;
	return &report->lines[report->n++];
}

/* TO_DAYS() counts from the year 0: 719528 is 1970-01-01. */
#define EPOCH_DAYS 719528

/* Adds the rows of one span to the report. */
static void take_rows(struct req *r, struct report *report, const struct rows *rows,
	const struct utc_offset_span *s)
{
	if (report->n + rows->n > report->cap) {
		report->cap = (report->n + rows->n) * 2;
		struct line *more = arena_array(r->arena, report->cap, sizeof *more);
		if (report->n)
			memcpy(more, report->lines, report->n * sizeof *more);
		report->lines = more;
	}
	for (size_t i = 0; i < rows->n; i++) {
		struct line fresh = {.day = (uint16_t)day_index(
					     &report->days, rows_int(rows, i, "day") - EPOCH_DAYS),
			.ticket = rows_get(rows, i, "ticketId").id};
		memcpy(fresh.currency, rows_text(rows, i, "currency"), 3);
		struct line *l = stats_row_of(report, &fresh, fresh.day == s->day);
		for (int k = 0; k < COLUMNS; k++)
			add_to(&l->sum[k], rows_int(rows, i, columns[k]));
	}
}

/* Results of slow queries are cached for twenty times as long as the query took, at most five
 * seconds. So in a rush, dashboards cost the database at most a twentieth of its time. Results of
 * fast queries are not cached. */
#define DEAR_NS INT64_C(25000000)
#define KEPT_TIMES 20
#define KEPT_MAX_NS INT64_C(5000000000)

/* The cache key: a hash of everything that the result depends on. */
static void name_question(struct req *r, const struct report *report, uint8_t name[32])
{
	struct {
		struct uuid org, event;
		int64_t begin, end;
		char zone[64];
	} question = {.org = r->who->org, .begin = report->days.begin, .end = report->days.end};
	struct val event_id = params_get(&r->filters, "eventId");
	if (event_id.type == VAL_UUID)
		question.event = event_id.id;
	strncpy(question.zone, report->zone, sizeof question.zone - 1);
	sha256(&question, sizeof question, name);
}

/* Looks the sums up in shared memory; false: they must be queried. */
static bool recall(struct req *r, struct report *report, const uint8_t name[32])
{
	const struct shm_key key = {SHM_CACHE_LARGE, 0, name};
	report->lines = arena_alloc(r->arena, SHM_ANSWER_MAX);
	struct shm_room room = {report->lines, SHM_ANSWER_MAX, 0};
	if (r->app->conf->answer_cache_ms == 0 ||
		!shm_get(r->app->shm, &key, &room, clock_mono_ns()))
		return false;
	report->n = room.n / sizeof *report->lines;
	return true;
}

static void keep(struct req *r, const struct report *report, const uint8_t name[32], int64_t took)
{
	int64_t life = MIN(took, KEPT_MAX_NS / KEPT_TIMES) * KEPT_TIMES;
	if (took >= DEAR_NS && report->n && r->app->conf->answer_cache_ms > 0)
		shm_put(r->app->shm, &(struct shm_key){SHM_CACHE_LARGE, 0, name},
			(struct span){report->lines, report->n * sizeof *report->lines},
			shm_generation(r->app->shm, 0), clock_mono_ns() + life);
}

/* Queries the sums span by span, as each has its own offset from UTC, or takes them from the
 * cache. */
static enum err stats_query(struct req *r, const struct statement *st, struct report *report)
{
	enum err err = OK;
	uint8_t name[32];
	int64_t began = clock_mono_ns();
	name_question(r, report, name);
	if (recall(r, report, name))
		return OK;
	for (size_t i = 0; i < report->days.stretches && !err; i++) {
		const struct utc_offset_span *s = &report->days.stretch[i];
		struct params p;
		struct rows rows;
		req_params(r, &p, NULL);
		params_set(&p, "eventId", params_get(&r->filters, "eventId"));
		params_set(&p, "shift", val_int(s->shift));
		params_set(&p, "begin", val_time(s->begin));
		params_set(&p, "end", val_time(s->end));
		params_set(&p, "fromId", val_uuid(uuid_of_time(s->begin, false)));
		params_set(&p, "toId", val_uuid(uuid_of_time(s->end, false)));
		err = req_sql(r, st, &p, &rows);
		if (!err)
			take_rows(r, report, &rows, s);
	}
	if (!err)
		keep(r, report, name, clock_mono_ns() - began);
	return err;
}

/* ---- response ---- */

static void write_sums(struct json *j, const char *currency, const int64_t sum[COLUMNS])
{
	write_text(j, "currency", currency);
	write_currency(j, currency);
	write_int(j, "orders", sum[ORDERS_MADE]);
	write_int(j, "tickets", sum[TICKETS]);
	write_money(j, "revenue", sum[REVENUE]);
	write_money(j, "refunded", sum[REFUNDED]);
	write_end_object(j);
}

/* Lists the currencies of the report, at most 16; `otherwise` when nothing was sold. */
static size_t currencies(const struct report *report, const char *otherwise, const char *list[16])
{
	size_t n = 0;
	for (size_t i = 0; i < report->n; i++) {
		size_t k = 0;
		while (k < n && strcmp(list[k], report->lines[i].currency) != 0)
			k++;
		if (k == n && n < 16)
			list[n++] = report->lines[i].currency;
	}
	if (n == 0)
		list[n++] = otherwise;
	return n;
}

/* Sums one currency by day and in total. */
static void sum_days(const struct report *report, const char *currency, int64_t (*days)[COLUMNS],
	int64_t total[COLUMNS])
{
	memset(days, 0, report->days.n * sizeof *days);
	memset(total, 0, COLUMNS * sizeof *total);
	for (size_t i = 0; i < report->n; i++) {
		const struct line *l = &report->lines[i];
		if (!is_own(l) || strcmp(l->currency, currency) != 0)
			continue;
		assert(l->day < report->days.n);
		for (int k = 0; k < COLUMNS; k++) {
			add_to(&days[l->day][k], l->sum[k]);
			add_to(&total[k], l->sum[k]);
		}
	}
}

/* Writes totals and days, both for each currency. */
static void write_days(
	struct req *r, struct json *j, const struct report *report, const char *otherwise)
{
	const char *list[16];
	size_t n = currencies(report, otherwise, list);
	int64_t total[COLUMNS],
		(*days)[COLUMNS] = arena_array(r->arena, report->days.n, sizeof *days);
	write_array(j, "totals");
	for (size_t c = 0; c < n; c++) {
		sum_days(report, list[c], days, total);
		write_object(j, NULL);
		write_sums(j, list[c], total);
	}
	write_end_array(j);
	write_array(j, "days");
	for (size_t c = 0; c < n; c++) {
		sum_days(report, list[c], days, total);
		for (size_t d = 0; d < report->days.n; d++) {
			write_object(j, NULL);
			write_text(j, "day", report->days.text[d]);
			write_sums(j, list[c], days[d]);
		}
	}
	write_end_array(j);
}

/* Writes the ticket types with their current counts and the sums of the report. */
static void write_types(
	struct req *r, struct json *j, const struct report *report, struct rows *rows)
{
	write_array(j, "ticketTypes");
	for (size_t i = 0; i < rows->n; i++) {
		struct val id = rows_get(rows, i, "ticketId");
		struct rows row = {.n = 1,
			.columns = rows->columns,
			.names = rows->names,
			.cells = rows->cells + i * rows->columns};
		int64_t tickets = 0, revenue = 0;
		for (size_t k = 0; k < report->n; k++)
			if (uuid_equal(&report->lines[k].ticket, &id.id)) {
				tickets += report->lines[k].sum[TICKETS];
				add_to(&revenue, report->lines[k].sum[REVENUE]);
			}
		rows_add(&row, r->arena, "tickets", val_int(tickets));
		rows_add(&row, r->arena, "revenue", val_int(revenue));
		write_object(j, NULL);
		fields_print(j, type_fields, &row, 0, "");
		write_end_object(j);
	}
	write_end_array(j);
}

static void write_type_days(struct json *j, const struct report *report)
{
	char id[UUID_TEXT + 1];
	write_array(j, "ticketDays");
	for (size_t i = 0; i < report->n; i++) {
		const struct line *l = &report->lines[i];
		if (is_own(l))
			continue;
		uuid_print(&l->ticket, id);
		write_object(j, NULL);
		write_text(j, "day", report->days.text[l->day]);
		write_text(j, "ticketId", id);
		write_int(j, "tickets", l->sum[TICKETS]);
		write_money(j, "revenue", l->sum[REVENUE]);
		write_end_object(j);
	}
	write_end_array(j);
}

/* Determines the requested days in the zone. */
static enum err choose_days(struct req *r, const char *zone, struct days *days)
{
	struct val from = params_get(&r->filters, "from"), to = params_get(&r->filters, "to");
	int64_t end = val_int_or(to, r->now), begin = val_int_or(from, end - MONTH_MS);
	if (begin > end)
		return fail_field(r, "to", "to must not be before from");
	if (begin < 0 || end > UUID_TIME_MAX / 2 || !days_between(zone, begin, end, days))
		return fail_field(r, "from", "from must be at most %d days before to", DAYS_MAX);
	return OK;
}

static enum err stats_get(struct req *r)
{
	struct report report = {.n = 0};
	struct params p;
	struct rows event_row = {0}, type_rows = {0};
	struct val event_id = params_get(&r->filters, "eventId");
	const char *currency = "PHP";
	char id[UUID_TEXT + 1];
	bool one = event_id.type == VAL_UUID;
	enum err err = OK;
	req_params(r, &p, &r->filters);
	if (one) {
		uuid_print(&event_id.id, id);
		err = req_sql(r, &event_zone, &p, &event_row);
		if (!err && event_row.n == 0)
			return fail(r, ERR_NOT_FOUND, NULL, "Event not found: %s", id);
		if (!err)
			err = req_sql(r, &types, &p, &type_rows);
		if (!err)
			err = expired_holds_subtract(r, &type_rows, "ticketId", event_id.id);
		currency = rows_text(&event_row, 0, "currency");
	}
	const char *own = one && !err ? rows_text(&event_row, 0, "timezone") : ZONE;
	report.zone = text_or(params_text(&r->filters, "timezone"), own);
	if (!err)
		err = choose_days(r, report.zone, &report.days);
	if (!err)
		err = stats_query(r, one ? &of_event : &of_org, &report);
	if (err)
		return err;
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	write_text(j, "eventId", one ? id : NULL);
	write_text(j, "timezone", report.zone);
	write_time(j, "from", report.days.begin);
	write_time(j, "to", report.days.end);
	write_days(r, j, &report, currency);
	write_currency(j, currency); /* of the event: after the first sale it cannot change */
	write_types(r, j, &report, &type_rows);
	write_type_days(j, &report);
	write_end_object(j);
	response_end(r);
	etag_add(r, 1);
	return OK;
}

static const struct route stats_routes[] = {
	{METHOD_GET, "/stats", SCOPE_SESSION, ROUTE_READ, "stats.get", stats_get, &stats,
		.query = stats_filters,
		.doc = "Returns sales by day, of an event with its ticket types or of the whole "
		       "organization. Sales are included at once, under heavy load within 5 "
		       "seconds."},
	{0},
};

const struct module sales_stats_module = {
	.routes = stats_routes,
	.mount = MOUNT_DASHBOARD,
	.statements =
		(const struct statement *const[]){
			&event_zone,
			&types,
			&of_event,
			&of_org,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&stats,
			NULL,
		},
};
