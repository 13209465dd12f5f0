/* memcpy_x86_64: memcpy() of the portable program in place of musl's. */
#include <emmintrin.h>
#include <stdint.h>
#include <string.h>

/* musl's starts a string instruction for each copy, however short, which was a sixth of the time of
 * a request. This one uses SSE2, which every x86-64 has, and the string instruction for long
 * copies. */
#define REP_FROM 2048 /* bytes */

/* Fewer than 16 bytes: two words that may overlap. */
static void copy_short(char *to, const char *from, size_t n)
{
	if (n >= 8) {
		uint64_t first, last;
		__builtin_memcpy(&first, from, 8);
		__builtin_memcpy(&last, from + n - 8, 8);
		__builtin_memcpy(to, &first, 8);
		__builtin_memcpy(to + n - 8, &last, 8);
	} else if (n >= 4) {
		uint32_t first, last;
		__builtin_memcpy(&first, from, 4);
		__builtin_memcpy(&last, from + n - 4, 4);
		__builtin_memcpy(to, &first, 4);
		__builtin_memcpy(to + n - 4, &last, 4);
	} else if (n) {
		char middle = from[n / 2], last = from[n - 1];
		to[0] = from[0];
		to[n / 2] = middle;
		to[n - 1] = last;
	}
}

static void copy_16(char *to, const char *from)
{
	_mm_storeu_si128(
		(__m128i *)(void *)to, _mm_loadu_si128((const __m128i *)(const void *)from));
}

void *memcpy(void *restrict target, const void *restrict source, size_t n)
{
	char *to = target;
	const char *from = source;
	if (n < 16) {
		copy_short(to, from, n);
		return target;
	}
	if (n >= REP_FROM) {
		__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
		return target;
	}
	for (size_t i = 0; i + 16 < n; i += 16)
		copy_16(to + i, from + i);
	copy_16(to + n - 16, from + n - 16); /* may overlap what is copied */
	return target;
}
