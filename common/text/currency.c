/* currency: the list of active ISO 4217 currency codes. */
#include "common/text/currency.h"

#include <string.h>

/* List one of ISO 4217 at the end of 2025, without funds, metals and test codes. A unit test
 * compares it with the system's iso-codes data and fails when a code is missing here. */
static const char codes[] = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN "
			    "BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
			    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB "
			    "EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
			    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF "
			    "KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
			    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
			    "NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
			    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
			    "SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
			    "USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER "
			    "ZAR ZMW ZWG";

bool currency_exists(const char *code)
{
	if (strlen(code) != 3)
		return false;
	for (const char *s = codes; *s; s += strspn(s + 3, " ") + 3)
		if (memcmp(s, code, 3) == 0)
			return true;
	return false;
}
