/* currency: the active currencies of ISO 4217, their decimals and their signs. */
#ifndef TG_TEXT_CURRENCY_H
#define TG_TEXT_CURRENCY_H

#include <stdint.h>

struct currency {
	char code[4]; /* "PHP" */
	int decimals; /* of its minor unit: 2; 0 for JPY, 3 for KWD */
	const char *sign; /* UTF-8; NULL: shown by its code */
};

/* The currency of a code of three letters in upper case; NULL: there is none. */
const struct currency *currency_find(const char *code);
/* The decimals of an amount; 2 when the code is unknown or NULL. */
int currency_decimals(const char *code);

/* Amounts are stored and computed as integers of 10^-currency_scale() of a unit: hundredths, or
 * thousandths where the minor unit has three decimals. A currency without decimals is stored in
 * hundredths, too: amounts from before the API refused decimals there stay exact. */
int currency_scale(const char *code);
/* The minor unit in stored units: 1; 100 for currencies without decimals. */
int64_t currency_step(const char *code);

#define MONEY_DECIMALS 3 /* the most that a currency has */

int64_t power_of_ten(int n); /* n: 0 to 18 */

#endif
