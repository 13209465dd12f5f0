/* order_reference: creates and parses order references such as TN-7K3M9QXW. */
#include "common/ticketing/order_reference.h"

#include "common/base/uuid.h"

#include <string.h>

/* Without characters that look alike (0, O, 1, I, L), and without U, which makes accidental words
 * rarer. */
static const char alphabet[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

void order_reference_make(char out[ORDER_REFERENCE_TEXT + 1])
{
	memcpy(out, "TN-", 3);
	random_word(alphabet, out + 3, ORDER_REFERENCE_TEXT - 3);
}

bool order_reference_is_valid(const char *s)
{
	return strlen(s) == ORDER_REFERENCE_TEXT && memcmp(s, "TN-", 3) == 0 &&
		strspn(s + 3, alphabet) == ORDER_REFERENCE_TEXT - 3;
}

const char *order_reference_parse(struct arena *a, const char *s, size_t n)
{
	char bare[ORDER_REFERENCE_TEXT + 1];
	size_t length = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '-' || s[i] == ' ')
			continue;
		if (length == ORDER_REFERENCE_TEXT - 1) /* without its hyphen */
			return NULL;
		bare[length++] = (char)(s[i] >= 'a' && s[i] <= 'z' ? s[i] - 'a' + 'A' : s[i]);
	}
	bare[length] = '\0';
	const char *own =
		length == ORDER_REFERENCE_TEXT - 1 && memcmp(bare, "TN", 2) == 0 ? bare + 2 : bare;
	if (strlen(own) == ORDER_REFERENCE_TEXT - 3 &&
		strspn(own, alphabet) == ORDER_REFERENCE_TEXT - 3)
		return arena_printf(a, "TN-%s", own);
	return NULL;
}
