/* sales_rollup: how sales are summed by quarters of an hour (table sales_quarters). */
#ifndef TG_TICKETING_SALES_ROLLUP_H
#define TG_TICKETING_SALES_ROLLUP_H

/* The quarter of an hour that a time is in, as sales_quarters.at has it. */
#define STATS_QUARTER(at) \
	"TIMESTAMP(DATE(" at "), MAKETIME(HOUR(" at "), MINUTE(" at ") DIV 15 * 15, 0))"
#define STATS_ALL "x'00000000000000000000000000000000'"

#endif
