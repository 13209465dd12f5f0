/* formats: times and prices as people read them. */
#ifndef TG_PUBLIC_FORMATS_H
#define TG_PUBLIC_FORMATS_H

#include "common/base/arena.h"
#include "common/base/value.h"

/* All in the arena. Times are those of `zone`. */
/* "Sat 5 December 2026, 19:00" */
char *day_text(struct arena *a, const char *zone, int64_t ms);
char *clock_text(struct arena *a, const char *zone, int64_t ms); /* "19:00" */
/* "Sat 5 December 2026, 19:00 – 23:00"; on other days with the date; `until` may be unset */
char *span_text(struct arena *a, const char *zone, int64_t from, struct val until);
/* "₱1,500.00", "CHF 12.50", "Free" */
char *price_text(struct arena *a, const char *currency, int64_t minor);
char *count_text(struct arena *a, int64_t n); /* "1,500" */
/* "1500.00", for machines */
char *amount_text(struct arena *a, int64_t minor);
/* "HEADLINER" is "Headliner" */
char *title_case_word(struct arena *a, const char *constant);

#endif
