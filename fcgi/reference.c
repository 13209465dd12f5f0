/* reference: what people call an order: TN-7K3M9QXW. */
#include "fcgi/reference.h"

#include "id.h"

#include <string.h>

/* Nothing that looks or sounds like another, and no U: fewer words. */
static const char alphabet[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

void reference_make(char out[REFERENCE_TEXT + 1])
{
	memcpy(out, "TN-", 3);
	random_word(alphabet, out + 3, REFERENCE_TEXT - 3);
}

bool reference_plausible(const char *s, size_t n)
{
	return n == REFERENCE_TEXT && memcmp(s, "TN-", 3) == 0 && strspn(s + 3, alphabet) == n - 3;
}
