/* page_head: the head of pages: metadata for browsers, search engines and link previews. */
#include "fcgi/public/page_head.h"

#include "common/http/response.h"
#include "fcgi/public/tenant.h"

/* Scripts and styles only from this host, images from any https host, no inline code. */
#define POLICY                                                                             \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; " \
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';" \
	" require-trusted-types-for 'script'; trusted-types 'none'"

static void page_head_headers(struct req *r, const struct page_meta *m)
{
	response_header(r, "Content-Type", "text/html; charset=utf-8");
	response_header(r, "Content-Security-Policy", POLICY);
	response_header(r, "Content-Language", "%s", language_tag(req_language(r)));
	response_header(r, "Referrer-Policy", m->secret ? "no-referrer" : "same-origin");
}

char *page_asset(const struct req *r, const char *path)
{
	return arena_printf(r->arena, "%s%s", r->app->conf ? r->app->conf->base_path : "", path);
}

static void meta(struct html *h, const char *kind, const char *name, const char *content)
{
	if (!content)
		return;
	html_open(h, "meta");
	html_attr(h, kind, name);
	html_attr(h, "content", content);
	html_close(h);
}

void page_head_script(struct req *r, struct html *h, const char *path)
{
	html_open(h, "script");
	html_attr(h, "type", "module");
	html_link(h, "src", page_asset(r, path));
	html_close(h);
}

void page_head_link(struct html *h, const char *rel, const char *url)
{
	html_open(h, "link");
	html_attr(h, "rel", rel);
	html_link(h, "href", url);
	html_close(h);
}

/* The page in each language for search engines; x-default is the address that asks the browser for
 * its language. */
static void translations(struct req *r, struct html *h, const char *url)
{
	for (enum language l = 0; l <= LANGUAGES; l++) {
		const char *tag = l < LANGUAGES ? language_tag(l) : "x-default";
		html_open(h, "link");
		html_attr(h, "rel", "alternate");
		html_attr(h, "hreflang", tag);
		html_link(h, "href",
			l < LANGUAGES ? arena_printf(r->arena, "%s?lang=%s", url, tag) : url);
		html_close(h);
	}
}

/* Open Graph metadata (https://ogp.me/) and the Twitter card. URLs are included only if they are
 * absolute. */
static void preview(struct req *r, struct html *h, const struct page_meta *m)
{
	meta(h, "name", "description", m->description);
	if (*m->url != '/') {
		page_head_link(h, "canonical", page_url(r, m->url));
		translations(r, h, m->url);
		meta(h, "property", "og:url", m->url);
	}
	meta(h, "property", "og:type", "website");
	meta(h, "property", "og:site_name", m->organizer);
	meta(h, "property", "og:title", m->name);
	meta(h, "property", "og:description", m->description);
	meta(h, "property", "og:image", m->image);
	meta(h, "name", "twitter:card", m->image ? "summary_large_image" : "summary");
}

void page_head_begin(struct req *r, struct html *h, const struct page_meta *m)
{
	page_head_headers(r, m);
	html_start(h, r->response.body);
	html_open(h, "html");
	html_attr(h, "lang", language_tag(req_language(r)));
	html_open(h, "head");
	html_open(h, "meta");
	html_attr(h, "charset", "utf-8");
	html_close(h);
	meta(h, "name", "viewport", "width=device-width, initial-scale=1");
	meta(h, "name", "color-scheme", "light dark");
	html_leaf(h, "title", NULL, m->title);
	if (!m->url || m->hidden)
		meta(h, "name", "robots", "noindex, nofollow");
	if (m->url)
		preview(r, h, m);
	page_head_link(h, "icon", page_asset(r, "/icon.svg"));
	page_head_link(h, "stylesheet", page_asset(r, "/style.css"));
	page_head_link(h, "stylesheet", page_asset(r, "/event/page.css"));
	if (m->hidden || m->secret)
		response_header(r, "X-Robots-Tag", "noindex, nofollow");
}
