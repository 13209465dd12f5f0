/* money: turns amounts as they were sent into the stored amounts of a currency. */
#include "common/schema/money.h"

#include "common/text/currency.h"

#include <assert.h>

struct val money_stored(struct val sent, const char *currency)
{
	int64_t minor_unit = power_of_ten(MONEY_DECIMALS - currency_decimals(currency)),
		unit = power_of_ten(MONEY_DECIMALS - currency_scale(currency));
	if (sent.type != VAL_MONEY)
		return sent;
	if (sent.i % minor_unit != 0)
		return (struct val){.type = VAL_NONE};
	return val_int(sent.i / unit);
}

void money_check(struct val sent, const char *currency, const char *path, struct problems *problems)
{
	if (sent.type == VAL_MONEY && money_stored(sent, currency).type == VAL_NONE)
		problem_add(problems, path, "%s must have %s", path,
			money_decimals_text(currency_decimals(currency)));
}

const char *money_decimals_text(int decimals)
{
	static const char *const texts[MONEY_DECIMALS + 1] = {"no decimals",
		"no more than one decimal", "no more than two decimals",
		"no more than three decimals"};
	assert(decimals >= 0 && decimals <= MONEY_DECIMALS);
	return texts[decimals];
}
