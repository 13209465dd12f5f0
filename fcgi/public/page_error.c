/* page_error: the error page of the public pages. */
#include "fcgi/public/page_error.h"

#include "common/messages/formats.h"
#include "fcgi/public/page_elements.h"
#include "fcgi/public/page_head.h"

/* The texts of error pages by status; 0 is the default. */
static const struct {
	int status;
	enum message_id title, why;
} apologies[] = {
	{404, MSG_PAGE_NOT_FOUND, MSG_PAGE_NOT_FOUND_WHY},
	{405, MSG_PAGE_READ_ONLY, MSG_PAGE_READ_ONLY_WHY},
	{429, MSG_PAGE_RATE, MSG_PAGE_RATE_WHY},
	{503, MSG_PAGE_UNAVAILABLE, MSG_PAGE_UNAVAILABLE_WHY},
	{0, MSG_PAGE_ERROR, MSG_PAGE_ERROR_WHY},
};

/* "Try again in 30 seconds." */
static char *retry_text(struct req *r)
{
	int64_t seconds = r->failure.retry_after;
	return message_text(r->arena, req_language(r),
		message_for_count(MSG_ERROR_RETRY_IN_ONE, seconds), "count",
		count_text(r->arena, seconds), NULL);
}

static void write_error(struct req *r, enum message_id title, enum message_id why)
{
	struct html h;
	const char *heading = page_message(r, title);
	page_head_begin(r, &h, &(struct page_meta){.title = heading});
	page_head_script(r, &h, "/event/language.js");
	html_close(&h);
	page_begin_body(&h);
	html_open(&h, "main");
	html_attr(&h, "class", "error-page");
	html_leaf(&h, "h1", NULL, heading);
	html_leaf(&h, "p", NULL, page_message(r, why));
	if (r->failure.retry_after)
		html_leaf(&h, "p", NULL, retry_text(r));
	html_close(&h);
	page_footer(r, &h, r->id);
	html_close_all(&h);
}

static bool is_not_found(int status)
{
	return status == 404 || status == 400;
}

void page_error(struct req *r, int status)
{
	size_t i = 0;
	while (apologies[i].status && apologies[i].status != (is_not_found(status) ? 404 : status))
		i++;
	write_error(r, apologies[i].title, apologies[i].why);
}

void ticket_page_error(struct req *r, int status)
{
	if (is_not_found(status))
		write_error(r, MSG_TICKET_NOT_FOUND, MSG_TICKET_NOT_FOUND_WHY);
	else
		page_error(r, status);
}
