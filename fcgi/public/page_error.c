/* page_error: the error page of the public pages. */
#include "fcgi/public/page_error.h"

#include "fcgi/public/page_elements.h"
#include "fcgi/public/page_head.h"

/* The texts of error pages by status; 0 is the default. */
static const struct {
	int status;
	const char *title, *why;
} apologies[] = {
	{404, "There is no published event at this address",
		"The event may not be published yet, may have been removed, or the address has a "
		"typo. Check the link with whoever sent it."},
	{405, "This page is read-only", "Open it in a browser without submitting data."},
	{429, "Too many requests from your network",
		"Wait a minute, then reload the page. Your tickets are reserved until the timer "
		"ends."},
	{503, "The service is temporarily unavailable", "Reload the page in a moment."},
	{0, "Internal error", "Reload the page. If the error persists, contact the organizer."},
};

void page_error(struct req *r, int status)
{
	struct html h;
	size_t i = 0;
	while (apologies[i].status && apologies[i].status != (status == 400 ? 404 : status))
		i++;
	page_head_begin(r, &h, &(struct page_meta){.title = apologies[i].title});
	html_close(&h);
	page_begin_body(&h);
	html_open(&h, "main");
	html_attr(&h, "class", "error-page");
	html_leaf(&h, "h1", NULL, apologies[i].title);
	html_leaf(&h, "p", NULL, apologies[i].why);
	if (r->failure.retry_after)
		html_leaf(&h, "p", NULL,
			arena_printf(r->arena, "Try again in %lld seconds.",
				(long long)r->failure.retry_after));
	html_close(&h);
	page_footer(&h, r->id);
	html_close_all(&h);
}
