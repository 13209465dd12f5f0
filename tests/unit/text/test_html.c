/* test_html: whatever a text holds, it stays text. */
#include "common/text/html.h"

#include "tests/unit/cases.h"

static struct buf out;

static const char *fresh(struct html *h)
{
	if (!out.max)
		buf_init(&out, 1 << 20);
	buf_clear(&out);
	*h = (struct html){.out = &out};
	buf_put(&out, "", 0);
	return out.p;
}

static void escapes(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"plain", "plain"},
		{"<script>alert(\"1\" & '2')</script>",
			"&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"},
		{"&amp;", "&amp;amp;"},
		{"a\tb\nc", "a\tb\nc"},
		{"a\r\nb\rc\r", "a\nb\nc\n"},
		{"\x01\x1b[2J\x7f", "\xef\xbf\xbd\xef\xbf\xbd[2J\xef\xbf\xbd"},
		{"\xe2\x82\xb1 caf\xc3\xa9", "\xe2\x82\xb1 caf\xc3\xa9"},
		{"=`{}", "=`{}"},
		{"a\xef\xbf\xbf"
		 "b\xef\xbf\xbe",
			"a\xef\xbf\xbd"
			"b\xef\xbf\xbd"},
		{"\xef\xbf\xbd\xbf", "\xef\xbf\xbd\xbf"},
	};
	struct html h;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fresh(&h);
		html_escape(&out, rows[i].in, strlen(rows[i].in));
		assert_string_equal(text_or(out.p, ""), rows[i].out);
	}
}

/* Only what it is made of, in the order it was opened. */
static void elements(void **state)
{
	struct html h;

	(void)state;
	html_start(&h, (fresh(&h), &out));
	html_open(&h, "p");
	html_attr(&h, "class", "a\" onclick=\"b");
	html_attr(&h, "title", NULL);
	html_flag(&h, "hidden");
	html_text(&h, "x < y");
	html_text(&h, NULL);
	html_open(&h, "br");
	html_close(&h);
	html_leaf(&h, "b", "k", "<i>");
	html_attr(&h, "late", "no");
	html_open(&h, "i");
	html_close_all(&h);
	html_close(&h);
	assert_string_equal(out.p,
		"<!doctype html>\n<p class=\"a&quot; onclick=&quot;b\" hidden>x &lt; y<br><b "
		"class=\"k\">&lt;i&gt;</b><i></i></p>\n");
	fresh(&h);
	for (int i = 0; i <= HTML_DEPTH; i++)
		html_open(&h, "div");
	assert_true(out.full);
	out.full = false;
}

static void xml(void **state)
{
	struct html h;

	(void)state;
	html_start_xml(&h, (fresh(&h), &out));
	html_open(&h, "feed");
	html_open(&h, "link");
	html_link(&h, "href", "https://example.com/?a&b");
	html_close(&h);
	html_open(&h, "link");
	html_text(&h, "x");
	html_close(&h);
	html_leaf(&h, "title", NULL, NULL);
	html_close_all(&h);
	html_close(&h);
	assert_string_equal(out.p,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed><link "
		"href=\"https://example.com/?a&amp;b\"/><link>x</link><title></title></feed>\n");
}

static void links(void **state)
{
	static const struct {
		const char *url;
		bool written;
	} rows[] = {
		{"https://example.com/a?b=c&d", true},
		{"HTTP://example.com", true},
		{"/e/a/b", true},
		{"#tickets", true},
		{"?lang=fil", true},
		{"//evil.example/", false},
		{"javascript:alert(1)", false},
		{" javascript:alert(1)", false},
		{"data:text/html,x", false},
		{"ftp://x", false},
		{"", false},
		{"https", false},
		{NULL, false},
	};
	struct html h;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fresh(&h);
		html_open(&h, "a");
		html_link(&h, "href", rows[i].url);
		html_close(&h);
		assert_int_equal(strstr(out.p, "href=") != NULL, rows[i].written);
	}
}

static void paragraphs(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{" \n\r\n ", ""},
		{"one", "<p dir=\"auto\">one</p>"},
		{"one\ntwo", "<p dir=\"auto\">one<br>two</p>"},
		{"\n\none\r\ntwo\r\n\r\n\r\nthree\n \nfour\n",
			"<p dir=\"auto\">one<br>two</p><p dir=\"auto\">three</p><p "
			"dir=\"auto\">four</p>"},
		{"a\rb\r\rc", "<p dir=\"auto\">a<br>b</p><p dir=\"auto\">c</p>"},
		{"<p>\n\n</p>", "<p dir=\"auto\">&lt;p&gt;</p><p dir=\"auto\">&lt;/p&gt;</p>"},
	};
	struct html h;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fresh(&h);
		html_paragraphs(&h, rows[i].in);
		assert_string_equal(text_or(out.p, ""), rows[i].out);
	}
}

static void json(void **state)
{
	static const char in[] = "{\"a\":\"</script><!--&\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\"}";
	struct html h;

	(void)state;
	fresh(&h);
	html_open(&h, "script");
	html_json(&h, in, sizeof in - 1);
	html_close(&h);
	assert_string_equal(out.p,
		"<script>{\"a\":\"\\u003c/"
		"script\\u003e\\u003c!--\\u0026\\u2028\\u2029\xe2\x80\xaa\"}</script>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(escapes), cmocka_unit_test(elements),
		cmocka_unit_test(xml), cmocka_unit_test(links), cmocka_unit_test(paragraphs),
		cmocka_unit_test(json)};
	int failed = cmocka_run_group_tests_name("html", tests, NULL, NULL);

	buf_free(&out);
	return failed;
}
