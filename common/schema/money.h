/* money: turns amounts as they were sent into the stored amounts of a currency. */
#ifndef TG_SCHEMA_MONEY_H
#define TG_SCHEMA_MONEY_H

#include "common/schema/problems.h"
#include "common/base/value.h"

/* The stored amount (common/text/currency.h) of a VAL_MONEY as a VAL_INT; VAL_NONE when it has more
 * decimals than the currency. Other values are returned as they are: they are stored amounts. */
struct val money_stored(struct val sent, const char *currency);

/* Adds a problem when the amount `sent` of the field `path` ("tickets.0.price") has more decimals
 * than its currency. */
void money_check(
	struct val sent, const char *currency, const char *path, struct problems *problems);

/* What an amount of the currency must have: "no decimals", "no more than two decimals". */
const char *money_decimals_text(int decimals);

#endif
