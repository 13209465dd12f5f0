/* lists: the filters and statements of order lists. */
#include "fcgi/orders/lists.h"

#include "fcgi/orders/orders.h"
#include "common/access/epoch.h"
#include "common/text/mail_address.h"
#include "common/ticketing/issued_ticket.h"
#include "common/ticketing/slug.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

static const char *const csv_bom[] = {"1", NULL};

const struct field order_filters[] = {
	{"eventId", FIELD_UUID, FIELD_QUERY, .doc = "Filters by event id."},
	{"status", FIELD_CHOICE, FIELD_QUERY, .choices = order_statuses,
		.doc = "Filters by status."},
	{"from", FIELD_TIME, FIELD_QUERY, .doc = "Earliest creation time, inclusive."},
	{"to", FIELD_TIME, FIELD_QUERY, .doc = "Latest creation time, inclusive."},
	{"email", FIELD_TEXT, FIELD_QUERY, 1, 254,
		.doc = "Filters by the buyer's email address. ASCII letters match in either case, "
		       "all other characters exactly."},
	{"reference", FIELD_TEXT, FIELD_QUERY, 1, 16,
		.doc = "Filters by order reference; case-insensitive, with optional hyphens, "
		       "spaces and TN."},
	{"q", FIELD_TEXT, FIELD_QUERY, 1, 254,
		.doc = "Searches: the beginnings of words of the buyer's name, in any order, the "
		       "beginning of the buyer's email address, the order reference, or the code "
		       "of a ticket. sort=-relevance lists the best matches first: the reference "
		       "and "
		       "the whole address, then names with whole words."},
	{"bom", FIELD_CHOICE, FIELD_QUERY, .choices = csv_bom,
		.doc = "1: a CSV file begins with a byte order mark, by which spreadsheets "
		       "recognize UTF-8."},
	{0},
};

#define BY_EVENT " AND o.event_id = :eventId"
#define BY_STATUS " AND o.status = :status"
#define BY_EMAIL " AND o.buyer_email_key = :emailKey"
#define BY_REFERENCE " AND o.reference = :reference"

/* Further filters of each variant. Variants are tried in order, so a later one needs no filter that
 * selects an earlier one. */
#define ORDER_LIST_SPAN " AND o.id >= :fromId AND o.id <= :toId"
#define IF_STATUS " AND (:status IS NULL OR o.status = :status)"
#define IF_EVENT " AND (:eventId IS NULL OR o.event_id = :eventId)"
#define IF_EMAIL " AND (:emailKey IS NULL OR o.buyer_email_key = :emailKey)"

/* The ids of a page are read from the index alone, then the rows. Ids contain their time, so
 * ordering by id is ordering by createdAt. */
#define ORDER_LIST_PAGE(name, index, where, cmp, way)                                              \
	{                                                                                          \
		name,                                                                              \
			"SELECT " ORDER_COLUMNS                                                    \
			" FROM (SELECT o.id FROM orders o FORCE INDEX (" index                     \
			") WHERE o.org_id = :org" where ORDER_LIST_SPAN " AND o.id " cmp " :keyId" \
			" ORDER BY o.id " way " LIMIT :skip, :take) p"                             \
			" JOIN orders o ON o.id = p.id"                                            \
			" ORDER BY o.id " way,                                                     \
			SQL_READ                                                                   \
	}
#define ORDER_LIST_COUNTED(name, index, where)                                       \
	{                                                                            \
		name,                                                                \
			"SELECT COUNT(*) AS total FROM orders o FORCE INDEX (" index \
			") WHERE o.org_id = :org" where ORDER_LIST_SPAN,             \
			SQL_READ                                                     \
	}

#define FOUND ORDER_FOUND " WHERE o.org_id = :org" ORDER_LIST_SPAN IF_STATUS IF_EVENT IF_EMAIL
#define SEARCH_PAGE(name, cmp, way)                                                         \
	{                                                                                   \
		name,                                                                       \
			"SELECT " ORDER_COLUMNS " FROM (SELECT o.id" FOUND " AND o.id " cmp \
			" :keyId"                                                           \
			" ORDER BY o.id " way " LIMIT :skip, :take) p"                      \
			" JOIN orders o ON o.id = p.id"                                     \
			" ORDER BY o.id " way,                                              \
			SQL_READ                                                            \
	}

/* The same by relevance, then by time. */
#define RANKED_PAGE(name, cmp, way)                                                        \
	{                                                                                  \
		name,                                                                      \
			"SELECT " ORDER_COLUMNS                                            \
			", p.relevance FROM (SELECT o.id AS found, " ORDER_RELEVANCE       \
			" AS relevance" FOUND " HAVING relevance " cmp                     \
			" :key OR (relevance = :key AND found " cmp " :keyId)"             \
			" ORDER BY relevance " way ", found " way " LIMIT :skip, :take) p" \
			" JOIN orders o ON o.id = p.found"                                 \
			" ORDER BY p.relevance " way ", o.id " way,                        \
			SQL_READ                                                           \
	}

/* The counter up to its mark plus the orders after it, read in one snapshot
 * (sql/003_orders.sql). */
#define TALLY(what, event) \
	"(SELECT " what " FROM order_tallies WHERE org_id = :org AND event_id = " event ")"
#define TOTAL(name, index, where, what, event)                                                     \
	{                                                                                          \
		name,                                                                              \
			"SELECT COALESCE(" TALLY(what,                                             \
				event) ", 0) + (SELECT COUNT(*) FROM orders o FORCE INDEX (" index \
				       ") WHERE o.org_id = :org" where                             \
				       " AND o.id > COALESCE(" TALLY(                              \
					       "mark", event) ", '')) AS total",                   \
			SQL_READ                                                                   \
	}
#define ALL_EVENTS "x'00000000000000000000000000000000'"
#define ANY_STATUS "completed + partially_refunded + refunded"
#define ONE_STATUS                                                                               \
	"CASE :status COLLATE utf8mb4_bin WHEN 'COMPLETED' THEN completed WHEN 'REFUNDED' THEN " \
	"refunded ELSE partially_refunded END"

static const struct statement all_up =
	ORDER_LIST_PAGE("order_list_up", "order_org", "", ">", "ASC");
static const struct statement all_down =
	ORDER_LIST_PAGE("order_list_down", "order_org", "", "<", "DESC");
static const struct statement status_up =
	ORDER_LIST_PAGE("order_list_status_up", "order_status", BY_STATUS, ">", "ASC");
static const struct statement status_down =
	ORDER_LIST_PAGE("order_list_status_down", "order_status", BY_STATUS, "<", "DESC");
static const struct statement event_up =
	ORDER_LIST_PAGE("order_list_event_up", "order_event", BY_EVENT IF_STATUS, ">", "ASC");
static const struct statement event_down =
	ORDER_LIST_PAGE("order_list_event_down", "order_event", BY_EVENT IF_STATUS, "<", "DESC");
static const struct statement email_up = ORDER_LIST_PAGE(
	"order_list_email_up", "order_email", BY_EMAIL IF_EVENT IF_STATUS, ">", "ASC");
static const struct statement email_down = ORDER_LIST_PAGE(
	"order_list_email_down", "order_email", BY_EMAIL IF_EVENT IF_STATUS, "<", "DESC");
static const struct statement reference_up = ORDER_LIST_PAGE("order_list_reference_up",
	"order_reference", BY_REFERENCE IF_EVENT IF_STATUS IF_EMAIL, ">", "ASC");
static const struct statement reference_down = ORDER_LIST_PAGE("order_list_reference_down",
	"order_reference", BY_REFERENCE IF_EVENT IF_STATUS IF_EMAIL, "<", "DESC");

static const struct statement search_up = SEARCH_PAGE("order_search_up", ">", "ASC");
static const struct statement search_down = SEARCH_PAGE("order_search_down", "<", "DESC");
static const struct statement ranked_up = RANKED_PAGE("order_search_ranked_up", ">", "ASC");
static const struct statement ranked_down = RANKED_PAGE("order_search_ranked_down", "<", "DESC");
static const struct statement search_count = {
	"order_count_search", "SELECT COUNT(*) AS total" FOUND, SQL_READ};

static const struct statement order_list_total_all =
	TOTAL("order_total", "order_org", "", ANY_STATUS, ALL_EVENTS);
static const struct statement order_list_total_status =
	TOTAL("order_total_status", "order_status", BY_STATUS, ONE_STATUS, ALL_EVENTS);
static const struct statement total_event =
	TOTAL("order_total_event", "order_event", BY_EVENT, ANY_STATUS, ":eventId");
static const struct statement total_event_status = TOTAL(
	"order_total_event_status", "order_event", BY_EVENT BY_STATUS, ONE_STATUS, ":eventId");
static const struct statement order_list_count_all =
	ORDER_LIST_COUNTED("order_count", "order_org", "");
static const struct statement order_list_count_status =
	ORDER_LIST_COUNTED("order_count_status", "order_status", BY_STATUS);
static const struct statement order_list_count_event =
	ORDER_LIST_COUNTED("order_count_event", "order_event", BY_EVENT IF_STATUS);
static const struct statement count_email =
	ORDER_LIST_COUNTED("order_count_email", "order_email", BY_EMAIL IF_EVENT IF_STATUS);
static const struct statement count_reference = ORDER_LIST_COUNTED(
	"order_count_reference", "order_reference", BY_REFERENCE IF_EVENT IF_STATUS IF_EMAIL);

const struct statement order_epochs = {
	"order_epochs",
	EPOCH_STATE("SELECT o.id"
		    " FROM orders o FORCE INDEX (order_org)"
		    " WHERE o.org_id = :org"
		    " ORDER BY o.id DESC"
		    " LIMIT 1"),
	SQL_READ,
};

#define BY_TIME(up, down)                            \
	(const struct sort_order[])                  \
	{                                            \
		{"createdAt", FIELD_TIME, up, down}, \
		{                                    \
			0                            \
		}                                    \
	}

#define RELEVANCE 1 /* its place, which the other variants do not have */
static const struct sort_order search_sorts[] = {
	{"createdAt", FIELD_TIME, &search_up, &search_down},
	[RELEVANCE] = {"relevance", FIELD_INT, &ranked_up, &ranked_down},
	{0},
};

/* The first variant whose filters are set is used: the most selective first. */
static const struct list_variant order_list_variants[] = {
	{"q", search_sorts, &search_count, &search_count},
	{"reference", BY_TIME(&reference_up, &reference_down), &count_reference, &count_reference},
	{"email", BY_TIME(&email_up, &email_down), &count_email, &count_email},
	{"eventId,status", BY_TIME(&event_up, &event_down), &total_event_status,
		&order_list_count_event},
	{"eventId", BY_TIME(&event_up, &event_down), &total_event, &order_list_count_event},
	{"status", BY_TIME(&status_up, &status_down), &order_list_total_status,
		&order_list_count_status},
	{NULL, BY_TIME(&all_up, &all_down), &order_list_total_all, &order_list_count_all},
	{0},
};

static struct val email_key(struct req *r, const char *email)
{
	const char *key = mail_address_key(r->arena, email);
	return val_bytes(key, strlen(key));
}

#define SEARCH_WORDS 4 /* of q; more are ignored */

static int longer_first(const void *a, const void *b)
{
	size_t x = strlen(*(const char *const *)a), y = strlen(*(const char *const *)b);
	return (x < y) - (x > y);
}

void order_search_params(struct req *r, struct params *p, const char *q)
{
	static const char *const words[SEARCH_WORDS] = {"word1", "word2", "word3", "word4"},
				 *const likes[SEARCH_WORDS] = {"like1", "like2", "like3", "like4"},
				 *const wholes[SEARCH_WORDS] = {
					 "whole1", "whole2", "whole3", "whole4"};
	const char *found[SEARCH_WORDS];
	size_t n = search_words(r->arena, q, found, SEARCH_WORDS);
	/* the first word is looked up, the others filter: a long word is of few orders */
	qsort(found, MIN(n, SEARCH_WORDS), sizeof *found, longer_first);
	struct val from = email_key(r, q);
	char *to = arena_dup(r->arena, from.s, from.n + 1);
	to[from.n] = (char)0xff; /* no byte of UTF-8 is as large */
	params_set(p, words[0], val_text(""));
	params_set(p, likes[0], val_text(""));
	for (size_t i = 0; i < n && i < SEARCH_WORDS; i++) {
		params_set(p, words[i], val_text(arena_printf(r->arena, "%s%%", found[i])));
		params_set(p, likes[i], val_text(arena_printf(r->arena, "%%%s%%", found[i])));
		params_set(p, wholes[i], val_text(arena_printf(r->arena, "%% %s %%", found[i])));
	}
	params_set(p, "emailFrom", from);
	params_set(p, "emailTo", val_bytes(to, from.n + 1));
	const char *reference = order_reference_parse(r->arena, q, strlen(q));
	struct issued_code code;
	if (issued_code_parse(q, strlen(q), &code))
		reference = arena_strdup(r->arena, code.reference);
	params_set(p, "found", val_text(text_or(reference, "")));
}

/* A malformed reference matches nothing; it is not compared as
 * it is, because non-ASCII characters might prevent the use of the index. */
static enum err order_list_prepare(struct req *r, struct params *p)
{
	const char *reference = params_text(p, "reference"), *email = params_text(p, "email");
	if (reference) {
		reference = order_reference_parse(r->arena, reference, strlen(reference));
		params_set(p, "reference", val_text(text_or(reference, "")));
	}
	if (email)
		params_set(p, "emailKey", email_key(r, email));
	if (params_text(p, "q"))
		order_search_params(r, p, params_text(p, "q"));
	else if (r->page.order == &search_sorts[RELEVANCE])
		return fail_field(r, "sort", "sort=relevance requires q");
	return OK;
}

const struct list_spec order_list = {.variants = order_list_variants,
	.down = true,
	.prepare = order_list_prepare,
	.epochs = &order_epochs,
	.csv = "orders.csv",
	.csv_of = &order_csv};

static const struct route no_routes[] = {{0}};
const struct module order_lists_module = {
	.routes = no_routes,
	.statements =
		(const struct statement *const[]){
			&all_up,
			&all_down,
			&status_up,
			&status_down,
			&event_up,
			&event_down,
			&email_up,
			&email_down,
			&reference_up,
			&reference_down,
			&order_list_total_all,
			&order_list_total_status,
			&total_event,
			&total_event_status,
			&order_list_count_all,
			&order_list_count_status,
			&order_list_count_event,
			&count_email,
			&count_reference,
			&order_epochs,
			&search_up,
			&search_down,
			&ranked_up,
			&ranked_down,
			&search_count,
			NULL,
		},
};
