/* test_currency: ISO 4217's list against the system's. */
#include "common/text/currency.h"

#include "tests/unit/cases.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_LIST "/usr/share/iso-codes/json/iso_4217.json"

/* Funds, metals, codes for testing, and currencies that were withdrawn. */
static const char left_out[] =
	"BOV CHE CHW CLF COU MXV USN UYI UYW XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX "
	"CUC HRK SLL ZWL";

static void spelling(void **state)
{
	(void)state;
	assert_true(currency_find("PHP") && currency_find("AED") && currency_find("ZWG"));
	assert_true(currency_find("XCG"));
	assert_false(currency_find("php") || currency_find("PH") || currency_find("PHPX"));
	assert_false(currency_find("") || currency_find("HP ") || currency_find(" PH"));
	assert_false(currency_find("XXX") || currency_find("XAU"));
}

static void decimals(void **state)
{
	(void)state;
	assert_int_equal(currency_decimals("PHP"), 2);
	assert_int_equal(currency_decimals("JPY"), 0);
	assert_int_equal(currency_decimals("UGX"), 0);
	assert_int_equal(currency_decimals("KWD"), 3);
	assert_int_equal(currency_decimals("???"), 2);
	assert_int_equal(currency_scale("JPY"), 2);
	assert_int_equal(currency_scale("KWD"), 3);
	assert_int_equal(currency_step("JPY"), 100);
	assert_int_equal(currency_step("PHP"), 1);
	assert_int_equal(currency_step("KWD"), 1);
}

/* Fails when the system knows a code that we lack: then the list is stale. */
static void not_stale(void **state)
{
	(void)state;
	if (access(SYSTEM_LIST, R_OK) != 0)
		skip(); /* the package iso-codes is not installed */
	struct json_object *all = json_object_from_file(SYSTEM_LIST), *list;
	assert_true(json_object_object_get_ex(all, "4217", &list));
	assert_true(json_object_array_length(list) > 150);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *code;
		assert_true(json_object_object_get_ex(
			json_object_array_get_idx(list, i), "alpha_3", &code));
		const char *text = json_object_get_string(code);
		if (!strstr(left_out, text) && !currency_find(text))
			fail_msg("%s is missing in common/text/currency.c", text);
	}
	json_object_put(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(spelling), cmocka_unit_test(decimals),
		cmocka_unit_test(not_stale)};
	return cmocka_run_group_tests_name("currency", tests, NULL, NULL);
}
