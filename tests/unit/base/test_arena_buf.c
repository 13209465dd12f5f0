/* test_arena_buf: memory with ceilings. */
#include "common/base/arena.h"
#include "common/base/buf.h"

#include "tests/unit/cases.h"

static jmp_buf ceiling;

static void full(void *ctx)
{
	++*(int *)ctx;
	longjmp(ceiling, 1);
}

static void arena_blocks(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (int round = 0; round < 3; round++, arena_reset(a)) {
		assert_int_equal(arena_used(a), 0);
		for (size_t n = 0; n < 3000; n += 7) {
			char *p = arena_alloc(a, n);

			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xee, n);
		}
	}
	assert_string_equal(arena_dup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	assert_int_equal(strlen(arena_printf(a, "%070000d", 1)), 70000);
	arena_free(a);
}

static void arena_ceiling(void **state)
{
	struct arena *a = arena_new(100000);
	static int hits;

	(void)state;
	arena_guard(a, full, &hits);
	for (volatile int way = 0; way < 3; way++) {
		if (setjmp(ceiling) == 0) {
			if (way == 0)
				arena_alloc(a, 100001);
			else if (way == 1)
				arena_array(a, SIZE_MAX / 2, 4);
			else
				for (;;)
					arena_alloc(a, 100);
		}
		assert_int_equal(hits, way + 1);
		arena_reset(a);
	}
	memset(arena_alloc(a, 90000), 1, 90000);
	arena_free(a);
}

static void bufs(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (int i = 0; i < 100; i++)
		buf_printf(&b, "%03d,", i);
	assert_true(b.n == 400 && !b.full && strlen(b.p) == 400);
	buf_put(&b, NULL, 0);
	buf_putc(&b, 0);
	assert_int_equal(b.n, 401);
	assert_non_null(buf_room(&b, 599));
	assert_null(buf_room(&b, 600));
	assert_true(b.full);
	buf_clear(&b);
	assert_true(b.n == 0 && !b.full);
	for (int i = 0; i < 300; i++)
		buf_puts(&b, "abcd");
	assert_true(b.full && b.n <= 1000 && b.n % 4 == 0);
	buf_clear(&b);
	buf_puts(&b, "again");
	assert_string_equal(b.p, "again");
	buf_trim(&b, 10);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(arena_blocks),
		cmocka_unit_test(arena_ceiling), cmocka_unit_test(bufs)};

	return cmocka_run_group_tests_name("arena_buf", tests, NULL, NULL);
}
