/* test_qr: QR codes have the shape that readers look for, and their drawing the same modules. */
#include "common/ticketing/qr.h"

#include "tests/unit/cases.h"

#define CODE "TN-7K3M9QXW-1.12-0123456789"

static bool dark_at(const struct qr *qr, int x, int y)
{
	return qr->dark[y * qr->size + x];
}

/* A finder pattern (ISO/IEC 18004, section 6.3.3.1) with its separator: rings of 1, 3, 5 and 7
 * modules around its centre, in turns dark (two of them) and light. */
static void finder(const struct qr *qr, int left, int top)
{
	for (int y = -1; y <= 7; y++)
		for (int x = -1; x <= 7; x++) {
			int across = left + x, down = top + y, dx = abs(x - 3), dy = abs(y - 3);
			int ring = dx > dy ? dx : dy;

			if (across < 0 || down < 0 || across >= qr->size || down >= qr->size)
				continue;
			assert_int_equal(dark_at(qr, across, down), ring != 2 && ring != 4);
		}
}

static void shape(void **state)
{
	static const struct {
		const char *text;
		int size;
	} rows[] = {
		{"1", 21},
		{"AC-42", 21},
		{"ABCDEFGHIJKLMNOPQRST", 21}, /* 20 of the alphanumeric mode: version 1-M is full */
		{"ABCDEFGHIJKLMNOPQRSTU", 25},
		{"abcdefghijklmn", 21}, /* 14 bytes likewise */
		{"abcdefghijklmno", 25},
		{CODE, 25},
		{"https://tickets.example.com/t/" CODE, 33},
		{"\xc5\x81\xc3\xb3"
		 "d\xc5\xba",
			21},
	};
	struct arena *a = arena_new(1 << 20);
	struct qr qr;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(qr_encode(a, rows[i].text, &qr));
		assert_int_equal(qr.size, rows[i].size);
		finder(&qr, 0, 0);
		finder(&qr, qr.size - 7, 0);
		finder(&qr, 0, qr.size - 7);
		for (int at = 8; at < qr.size - 8; at++) { /* timing patterns, section 6.3.5 */
			assert_int_equal(dark_at(&qr, at, 6), at % 2 == 0);
			assert_int_equal(dark_at(&qr, 6, at), at % 2 == 0);
		}
		assert_true(dark_at(&qr, 8, qr.size - 8)); /* section 7.9.1: always dark */
		/* the first bits of the format information: level M is 00, masked with 10 */
		assert_true(dark_at(&qr, 0, 8) && !dark_at(&qr, 1, 8));
	}
	arena_free(a);
}

/* At level M the largest version holds 2,331 bytes. */
static void lengths(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char text[2333];
	struct qr qr;

	(void)state;
	assert_false(qr_encode(a, "", &qr));
	memset(text, 'a', sizeof text);
	text[2332] = 0;
	assert_false(qr_encode(a, text, &qr));
	text[2331] = 0;
	assert_true(qr_encode(a, text, &qr));
	assert_int_equal(qr.size, 177);
	arena_free(a);
}

/* Reads the rectangles of the dark path back into `drawn`. */
static void rectangles(const char *path, char *drawn, int side)
{
	int x, y, n, back, used;

	while (sscanf(path, "M%d %dh%dv1h-%dz%n", &x, &y, &n, &back, &used) == 4) {
		assert_true(n > 0 && n == back && x >= 0 && x + n <= side && y >= 0 && y < side);
		memset(drawn + y * side + x, 1, (size_t)n);
		path += used;
	}
	assert_string_equal(path, "\"/></svg>");
}

static void drawing(void **state)
{
	static const char dark[] = "<path fill=\"#000\" d=\"";
	struct arena *a = arena_new(1 << 20);
	struct buf out;
	struct qr qr;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_true(qr_encode(a, CODE, &qr));
	qr_svg(&out, &qr, "Code <\"&'>");
	assert_false(out.full);
	assert_non_null(strstr(out.p, "viewBox=\"0 0 33 33\" shape-rendering=\"crispEdges\""));
	assert_non_null(strstr(out.p, "aria-label=\"Code &lt;&quot;&amp;&#39;&gt;\""));
	assert_non_null(strstr(out.p, "<path fill=\"#fff\" d=\"M0 0h33v33H0z\"/>"));
	assert_true(out.n < 4000);
	int side = qr.size + 2 * QR_QUIET;
	char *drawn = arena_alloc(a, (size_t)side * (size_t)side);
	rectangles(strstr(out.p, dark) + strlen(dark), drawn, side);
	for (int y = 0; y < side; y++)
		for (int x = 0; x < side; x++) {
			int column = x - QR_QUIET, row = y - QR_QUIET;
			bool inside = column >= 0 && row >= 0 && column < qr.size && row < qr.size;

			assert_int_equal(drawn[y * side + x], inside && dark_at(&qr, column, row));
		}
	buf_free(&out);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shape), cmocka_unit_test(lengths), cmocka_unit_test(drawing)};

	return cmocka_run_group_tests_name("qr", tests, NULL, NULL);
}
