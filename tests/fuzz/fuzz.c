/* fuzz: what the fuzz targets share: assertions, and a count of the memory that an input takes. */
#include "tests/fuzz/fuzz.h"

#include <sanitizer/allocator_interface.h>
#include <stdio.h>
#include <stdlib.h>

/* of this thread only: libFuzzer's own threads allocate when they like */
static _Thread_local bool counting;

static struct {
	int64_t now, most; /* bytes since memory_begin() */
	int64_t left; /* bytes of earlier inputs that were not released */
} memory;

void demand(bool truth)
{
	if (!truth)
		abort();
}

static void allocated(const volatile void *p, size_t n)
{
	(void)p;
	if (!counting)
		return;
	memory.now += (int64_t)n;
	if (memory.now > memory.most)
		memory.most = memory.now;
}

static void released(const volatile void *p)
{
	if (counting && p)
		memory.now -= (int64_t)__sanitizer_get_allocated_size(p);
}

void memory_begin(void)
{
	static bool hooked;

	if (!hooked)
		demand(__sanitizer_install_malloc_and_free_hooks(allocated, released) > 0);
	hooked = counting = true;
	memory.now = memory.most = 0;
}

void memory_end(size_t most, size_t left)
{
	counting = false;
	memory.left += memory.now;
	if (memory.most <= (int64_t)most && memory.left <= (int64_t)left)
		return;
	fprintf(stderr,
		"ERROR: out of proportion: %lld bytes at one time (limit %zu), %lld left (limit "
		"%zu)\n",
		(long long)memory.most, most, (long long)memory.left, left);
	abort();
}
