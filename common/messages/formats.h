/* formats: times, prices, places and descriptions as text for people. */
#ifndef TG_MESSAGES_FORMATS_H
#define TG_MESSAGES_FORMATS_H

#include "common/base/arena.h"
#include "common/base/value.h"
#include "common/messages/messages.h"

/* All results are in the arena. Times are shown in the IANA zone `zone`, the same way as in
 * htdocs/event/language.js. */
char *day_text(struct arena *a, enum language l, const char *zone,
	int64_t ms); /* "Sat 5 December 2026, 19:00" */
char *clock_text(struct arena *a, const char *zone, int64_t ms); /* "19:00" */
/* "Sat 5 December 2026, 19:00 – 23:00"; an end on another day has its date; `until` may be unset */
char *span_text(struct arena *a, enum language l, const char *zone, int64_t from, struct val until);
/* A stored amount: "₱1,500.00", "CHF 12.50", "¥1,050", "Free"; the same as money() in
 * htdocs/dashboard/format.js shows */
char *price_text(struct arena *a, enum language l, const char *currency, int64_t stored);
char *count_text(struct arena *a, int64_t n); /* "1,500" */
/* "1500.00", for machines */
char *amount_text(struct arena *a, const char *currency, int64_t stored);
/* The first `most` characters of a text on one line, cut between words if possible, with an
 * ellipsis if anything was cut. */
char *shorten_text(struct arena *a, const char *s, size_t most);
/* The venue of a row with columns EVENT_VENUE on one line: "Araneta Coliseum, Aurora Boulevard,
 * Quezon City"; NULL when it has none. */
char *venue_text(struct arena *a, const struct rows *row, size_t i);

#endif
