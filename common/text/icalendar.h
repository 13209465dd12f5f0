/* icalendar: writing iCalendar (RFC 5545): lines folded at 75 octets, text escaped. */
#ifndef TG_TEXT_ICALENDAR_H
#define TG_TEXT_ICALENDAR_H

#include "common/base/buf.h"

#include <stdint.h>

/* "NAME:value" as it stands, with its folds and CR LF; control characters in it are left out. For
 * values that the program made. */
void ics_line(struct buf *out, const char *name, const char *value);
/* escaped (section 3.3.11); NULL or empty: no line */
void ics_text(struct buf *out, const char *name, const char *text);
void ics_time(struct buf *out, const char *name, int64_t ms); /* in UTC */

#endif
