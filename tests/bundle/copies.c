/* copies: compares packaging/bundle/memcpy_x86_64.c, compiled as tested_memcpy(), with memmove(),
 * for lengths, sources and targets of every alignment; test_memcpy.py compiles and runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 9000 /* bytes */
#define BEFORE 100 /* bytes of the target that nobody may touch, as those behind it */

void *tested_memcpy(void *restrict to, const void *restrict from, size_t n);

static unsigned char source[ROOM], got[ROOM], wanted[ROOM];

static int copy_differs(size_t n, size_t from, size_t to)
{
	memset(got, 7, sizeof got);
	memset(wanted, 7, sizeof wanted);
	void *result = tested_memcpy(got + BEFORE + to, source + from, n);
	memmove(wanted + BEFORE + to, source + from, n);
	return result != got + BEFORE + to || memcmp(got, wanted, sizeof got) != 0;
}

int main(void)
{
	long copies = 0, wrong = 0;
	for (size_t i = 0; i < ROOM; i++)
		source[i] = (unsigned char)(rand() >> 5);
	for (size_t n = 0; n < 5000; n += n < 400 ? 1 : 37)
		for (size_t to = 0; to < 17; to++)
			for (size_t from = 0; from < 17; from += 3, copies++)
				wrong += copy_differs(n, from, to);
	printf("%ld copies, %ld wrong\n", copies, wrong);
	return wrong != 0;
}
