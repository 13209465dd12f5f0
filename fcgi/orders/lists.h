/* lists: the filters and statements of order lists. */
#ifndef TG_ORDERS_LISTS_H
#define TG_ORDERS_LISTS_H

#include "common/api/crud.h"

/* eventId must be first: routes below an event skip it */
extern const struct field order_filters[];
extern const struct list_spec order_list;
extern const struct statement order_epochs; /* of lists in order of order ids */

/* What q finds, as "FROM … f STRAIGHT_JOIN orders o": by words of the buyer's name, which the sweep
 * has indexed up to a mark, and by the names themselves after it; by the beginning of the address;
 * by the reference. */
#define ORDER_HAS_WORD(n)                                                 \
	" AND (:word" n " IS NULL OR EXISTS (SELECT 1 FROM order_words x" \
	" WHERE x.order_id = w.order_id AND x.org_id = :org AND x.word LIKE :word" n "))"
#define ORDER_LIKE_WORD(n) " AND (:like" n " IS NULL OR o.buyer_name LIKE :like" n ")"
#define ORDER_FOUND                                                                             \
	" FROM (SELECT w.order_id AS id FROM order_words w"                                     \
	" WHERE w.org_id = :org AND w.word LIKE :word1" ORDER_HAS_WORD("2") ORDER_HAS_WORD("3") \
		ORDER_HAS_WORD(                                                                 \
			"4") " UNION SELECT o.id FROM orders o FORCE INDEX (order_email)"       \
			     " WHERE o.org_id = :org AND o.buyer_email_key >= :emailFrom"       \
			     " AND o.buyer_email_key < :emailTo"                                \
			     " UNION SELECT o.id FROM orders o FORCE INDEX (order_reference)"   \
			     " WHERE o.org_id = :org AND o.reference = :found"                  \
			     " UNION SELECT o.id FROM orders o FORCE INDEX (order_org)"         \
			     " WHERE o.org_id = :org AND o.id > COALESCE((SELECT m.mark FROM "  \
			     "order_word_marks m"                                               \
			     " WHERE m.org_id = :org), '') AND o.buyer_name LIKE "              \
			     ":like1" ORDER_LIKE_WORD("2") ORDER_LIKE_WORD("3")                 \
				     ORDER_LIKE_WORD("4") ") f"                                 \
							  " STRAIGHT_JOIN orders o ON o.id = f.id"
/* How well an order that was found agrees with q, 0 to 12: its reference or the whole address, then
 * the number of whole words of the name. */
#define ORDER_WHOLE_WORD(n) " + COALESCE(CONCAT(' ', o.buyer_name, ' ') LIKE :whole" n ", 0)"
#define ORDER_RELEVANCE                                                                          \
	"IF(o.reference = :found OR o.buyer_email_key = :emailFrom, 8, 0)" ORDER_WHOLE_WORD("1") \
		ORDER_WHOLE_WORD("2") ORDER_WHOLE_WORD("3") ORDER_WHOLE_WORD("4")
/* Sets the parameters of ORDER_FOUND and ORDER_RELEVANCE. Texts that q is not match nothing. */
void order_search_params(struct req *r, struct params *p, const char *q);

#endif
