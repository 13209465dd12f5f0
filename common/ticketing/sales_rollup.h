/* sales_rollup: SQL for the table sales_quarters, which sums sales by quarters of an hour. */
#ifndef TG_TICKETING_SALES_ROLLUP_H
#define TG_TICKETING_SALES_ROLLUP_H

/* The beginning of the quarter of an hour that a time is in, as in sales_quarters.at. */
#define STATS_QUARTER(at) \
	"TIMESTAMP(DATE(" at "), MAKETIME(HOUR(" at "), MINUTE(" at ") DIV 15 * 15, 0))"
/* The event id of rows that sum a whole organization, and the ticket id of rows that sum an
 * event. */
#define STATS_ALL "x'00000000000000000000000000000000'"

#endif
