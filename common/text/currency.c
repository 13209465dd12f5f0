/* currency: the active currencies of ISO 4217, their decimals and their signs. */
#include "common/text/currency.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* List one of ISO 4217 at the end of 2025, without funds, metals and test codes, sorted by code;
 * the decimals are its column "minor unit". A unit test compares the codes with the system's
 * iso-codes data and fails when one is missing here; lint compares htdocs/currencies.js. Signs are
 * those that no other currency here is shown with. */
static const struct currency currencies[] = {
	{"AED", 2, NULL},
	{"AFN", 2, NULL},
	{"ALL", 2, NULL},
	{"AMD", 2, NULL},
	{"ANG", 2, NULL},
	{"AOA", 2, NULL},
	{"ARS", 2, NULL},
	{"AUD", 2, "A$"},
	{"AWG", 2, NULL},
	{"AZN", 2, NULL},
	{"BAM", 2, NULL},
	{"BBD", 2, NULL},
	{"BDT", 2, NULL},
	{"BGN", 2, NULL},
	{"BHD", 3, NULL},
	{"BIF", 0, NULL},
	{"BMD", 2, NULL},
	{"BND", 2, NULL},
	{"BOB", 2, NULL},
	{"BRL", 2, NULL},
	{"BSD", 2, NULL},
	{"BTN", 2, NULL},
	{"BWP", 2, NULL},
	{"BYN", 2, NULL},
	{"BZD", 2, NULL},
	{"CAD", 2, "CA$"},
	{"CDF", 2, NULL},
	{"CHF", 2, NULL},
	{"CLP", 0, NULL},
	{"CNY", 2, NULL},
	{"COP", 2, NULL},
	{"CRC", 2, NULL},
	{"CUP", 2, NULL},
	{"CVE", 2, NULL},
	{"CZK", 2, NULL},
	{"DJF", 0, NULL},
	{"DKK", 2, NULL},
	{"DOP", 2, NULL},
	{"DZD", 2, NULL},
	{"EGP", 2, NULL},
	{"ERN", 2, NULL},
	{"ETB", 2, NULL},
	{"EUR", 2, "\xe2\x82\xac"},
	{"FJD", 2, NULL},
	{"FKP", 2, NULL},
	{"GBP", 2, "\xc2\xa3"},
	{"GEL", 2, NULL},
	{"GHS", 2, NULL},
	{"GIP", 2, NULL},
	{"GMD", 2, NULL},
	{"GNF", 0, NULL},
	{"GTQ", 2, NULL},
	{"GYD", 2, NULL},
	{"HKD", 2, "HK$"},
	{"HNL", 2, NULL},
	{"HTG", 2, NULL},
	{"HUF", 2, NULL},
	{"IDR", 2, NULL},
	{"ILS", 2, NULL},
	{"INR", 2, "\xe2\x82\xb9"},
	{"IQD", 3, NULL},
	{"IRR", 2, NULL},
	{"ISK", 0, NULL},
	{"JMD", 2, NULL},
	{"JOD", 3, NULL},
	{"JPY", 0, "\xc2\xa5"},
	{"KES", 2, NULL},
	{"KGS", 2, NULL},
	{"KHR", 2, NULL},
	{"KMF", 0, NULL},
	{"KPW", 2, NULL},
	{"KRW", 0, "\xe2\x82\xa9"},
	{"KWD", 3, NULL},
	{"KYD", 2, NULL},
	{"KZT", 2, NULL},
	{"LAK", 2, NULL},
	{"LBP", 2, NULL},
	{"LKR", 2, NULL},
	{"LRD", 2, NULL},
	{"LSL", 2, NULL},
	{"LYD", 3, NULL},
	{"MAD", 2, NULL},
	{"MDL", 2, NULL},
	{"MGA", 2, NULL},
	{"MKD", 2, NULL},
	{"MMK", 2, NULL},
	{"MNT", 2, NULL},
	{"MOP", 2, NULL},
	{"MRU", 2, NULL},
	{"MUR", 2, NULL},
	{"MVR", 2, NULL},
	{"MWK", 2, NULL},
	{"MXN", 2, NULL},
	{"MYR", 2, NULL},
	{"MZN", 2, NULL},
	{"NAD", 2, NULL},
	{"NGN", 2, NULL},
	{"NIO", 2, NULL},
	{"NOK", 2, NULL},
	{"NPR", 2, NULL},
	{"NZD", 2, "NZ$"},
	{"OMR", 3, NULL},
	{"PAB", 2, NULL},
	{"PEN", 2, NULL},
	{"PGK", 2, NULL},
	{"PHP", 2, "\xe2\x82\xb1"},
	{"PKR", 2, NULL},
	{"PLN", 2, NULL},
	{"PYG", 0, NULL},
	{"QAR", 2, NULL},
	{"RON", 2, NULL},
	{"RSD", 2, NULL},
	{"RUB", 2, NULL},
	{"RWF", 0, NULL},
	{"SAR", 2, NULL},
	{"SBD", 2, NULL},
	{"SCR", 2, NULL},
	{"SDG", 2, NULL},
	{"SEK", 2, NULL},
	{"SGD", 2, "S$"},
	{"SHP", 2, NULL},
	{"SLE", 2, NULL},
	{"SOS", 2, NULL},
	{"SRD", 2, NULL},
	{"SSP", 2, NULL},
	{"STN", 2, NULL},
	{"SVC", 2, NULL},
	{"SYP", 2, NULL},
	{"SZL", 2, NULL},
	{"THB", 2, "\xe0\xb8\xbf"},
	{"TJS", 2, NULL},
	{"TMT", 2, NULL},
	{"TND", 3, NULL},
	{"TOP", 2, NULL},
	{"TRY", 2, NULL},
	{"TTD", 2, NULL},
	{"TWD", 2, NULL},
	{"TZS", 2, NULL},
	{"UAH", 2, NULL},
	{"UGX", 0, NULL},
	{"USD", 2, "$"},
	{"UYU", 2, NULL},
	{"UZS", 2, NULL},
	{"VED", 2, NULL},
	{"VES", 2, NULL},
	{"VND", 0, "\xe2\x82\xab"},
	{"VUV", 0, NULL},
	{"WST", 2, NULL},
	{"XAF", 0, NULL},
	{"XCD", 2, NULL},
	{"XCG", 2, NULL},
	{"XOF", 0, NULL},
	{"XPF", 0, NULL},
	{"YER", 2, NULL},
	{"ZAR", 2, NULL},
	{"ZMW", 2, NULL},
	{"ZWG", 2, NULL},
};

static int compare_code(const void *code, const void *row)
{
	return strcmp(code, ((const struct currency *)row)->code);
}

const struct currency *currency_find(const char *code)
{
	return bsearch(code, currencies, sizeof currencies / sizeof *currencies, sizeof *currencies,
		compare_code);
}

int currency_decimals(const char *code)
{
	const struct currency *c = code ? currency_find(code) : NULL;
	if (c)
		return c->decimals;
	return 2;
}

int currency_scale(const char *code)
{
	return MAX(currency_decimals(code), 2);
}

int64_t power_of_ten(int n)
{
	int64_t power = 1;
	for (int i = 0; i < n; i++)
		power *= 10;
	return power;
}

int64_t currency_step(const char *code)
{
	return power_of_ten(currency_scale(code) - currency_decimals(code));
}
