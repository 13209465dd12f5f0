/* icalendar: writes iCalendar content lines (RFC 5545), folded at 75 octets, with escaped text. */
#ifndef TG_TEXT_ICALENDAR_H
#define TG_TEXT_ICALENDAR_H

#include "common/base/buf.h"

#include <stdint.h>

/* Writes "NAME:value" without escaping, for generated values; drops control characters. */
void ics_line(struct buf *out, const char *name, const char *value);
/* Writes a TEXT value, escaped (section 3.3.11): any line end becomes \\n; NULL or empty: no line.
 */
void ics_text(struct buf *out, const char *name, const char *text);
void ics_time(struct buf *out, const char *name, int64_t ms); /* DATE-TIME in UTC, to the second */

#endif
