/* page_head: the head of pages: metadata for browsers, search engines and link previews. */
#include "fcgi/public/page_head.h"

#include "common/http/response.h"

/* Scripts and styles only from this host, images from any https host, no inline code. */
#define POLICY                                                                             \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; " \
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';" \
	" require-trusted-types-for 'script'; trusted-types 'none'"

static void page_head_headers(struct req *r)
{
	response_header(r, "Content-Type", "text/html; charset=utf-8");
	response_header(r, "Content-Security-Policy", POLICY);
	response_header(r, "Referrer-Policy", "same-origin");
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

void page_head_link(struct html *h, const char *rel, const char *url)
{
	html_open(h, "link");
	html_attr(h, "rel", rel);
	html_link(h, "href", url);
	html_close(h);
}

/* Open Graph metadata (https://ogp.me/) and the Twitter card. URLs are included only if they are
 * absolute. */
static void preview(struct html *h, const struct page_meta *m)
{
	meta(h, "name", "description", m->description);
	if (*m->url != '/') {
		page_head_link(h, "canonical", m->url);
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
	page_head_headers(r);
	html_start(h, r->response.body);
	html_open(h, "html");
	html_attr(h, "lang", "en");
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
		preview(h, m);
	page_head_link(h, "icon", page_asset(r, "/icon.svg"));
	page_head_link(h, "stylesheet", page_asset(r, "/style.css"));
	page_head_link(h, "stylesheet", page_asset(r, "/event/page.css"));
	if (m->hidden)
		response_header(r, "X-Robots-Tag", "noindex, nofollow");
}
