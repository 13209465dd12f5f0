/* words: the text and the HTML of messages, in the recipient's language. */
#include "cron/mail_send/words.h"

#include "common/messages/formats.h"
#include "common/text/html.h"
#include "common/ticketing/qr.h"
#include "cron/mail_send/png.h"

#include <string.h>
#include <sys/param.h>

#define PICTURE_MAX 65536
#define NAME_SHOWN 80 /* characters of a buyer's name */
/* Mail programs read no style sheets: each element has its own style. */
#define BODY_STYLE                                                            \
	"margin:0;padding:24px 16px;font-family:system-ui,-apple-system,"     \
	"'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:16px;" \
	"line-height:1.5"
#define PAGE_STYLE "max-width:560px;margin:0 auto"
#define BUTTON_STYLE                                                \
	"display:inline-block;padding:12px 20px;border-radius:6px;" \
	"background:#1d4ed8;color:#ffffff;text-decoration:none;font-weight:600"
#define TICKET_STYLE "margin:24px 0;padding:16px;border:1px solid #c7c9cf;border-radius:8px"
#define QR_STYLE "display:block;background:#ffffff"
#define SMALL_STYLE "font-size:14px;color:#6b7280"

/* Both forms of a message while they are written. */
struct writer {
	struct about *about;
	struct letter *letter;
	struct html html;
};

/* Appends a text to the plain form, on one line. */
static void put_text(struct writer *w, const char *text)
{
	struct buf *out = &w->letter->text;

	for (; text && *text; text++)
		buf_putc(out, (char)((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text));
}

static char *say(const struct writer *w, enum message_id id)
{
	return message_text(w->about->arena, w->about->language, id, NULL);
}

static const char *value(const struct writer *w, const char *column)
{
	return text_or(rows_text(&w->about->row, 0, column), "");
}

static void page_begin(struct writer *w, const char *subject)
{
	struct letter *l = w->letter;

	l->subject = subject;
	html_start(&w->html, &l->html);
	html_open(&w->html, "html");
	html_attr(&w->html, "lang", l->language);
	html_open(&w->html, "head");
	html_open(&w->html, "meta");
	html_attr(&w->html, "charset", "utf-8");
	html_close(&w->html);
	html_open(&w->html, "meta");
	html_attr(&w->html, "name", "viewport");
	html_attr(&w->html, "content", "width=device-width");
	html_close(&w->html);
	html_leaf(&w->html, "title", NULL, subject);
	html_close(&w->html);
	html_open(&w->html, "body");
	html_attr(&w->html, "style", BODY_STYLE);
	html_open(&w->html, "div");
	html_attr(&w->html, "style", PAGE_STYLE);
}

/* One element of HTML with a text, and the text as a paragraph. */
static void styled(struct writer *w, const char *element, const char *style, const char *text)
{
	html_open(&w->html, element);
	html_attr(&w->html, "style", style);
	html_attr(&w->html, "dir", "auto");
	html_text(&w->html, text);
	html_close(&w->html);
	put_text(w, text);
	buf_puts(&w->letter->text, "\n\n");
}

static void paragraph(struct writer *w, const char *text)
{
	styled(w, "p", "margin:0 0 16px", text);
}

/* A name and its value: "When: Sat 5 December 2026, 19:00". */
static void fact(struct writer *w, enum message_id name, const char *text)
{
	const char *label = say(w, name);

	if (!text || !*text)
		return;
	html_open(&w->html, "p");
	html_attr(&w->html, "style", "margin:0 0 4px");
	html_attr(&w->html, "dir", "auto");
	html_leaf(&w->html, "strong", NULL, label);
	html_text(&w->html, ": ");
	html_text(&w->html, text);
	html_close(&w->html);
	put_text(w, arena_printf(w->about->arena, "%s: %s", label, text));
	buf_puts(&w->letter->text, "\n");
}

static void button(struct writer *w, enum message_id id)
{
	const char *url = w->about->url;

	if (!url)
		return;
	html_open(&w->html, "p");
	html_attr(&w->html, "style", "margin:24px 0");
	html_open(&w->html, "a");
	html_link(&w->html, "href", url);
	html_attr(&w->html, "style", BUTTON_STYLE);
	html_text(&w->html, say(w, id));
	html_close(&w->html);
	html_close(&w->html);
	buf_printf(&w->letter->text, "%s:\n%s\n\n", say(w, id), url);
}

/* The buyer's name; empty when it is none: what anybody may enter must not become an advertisement
 * that this server sends to anybody. */
static const char *name_of(const struct writer *w)
{
	const char *name = value(w, "buyer");

	if (strstr(name, "://") || strcasestr(name, "www."))
		return "";
	return shorten_text(w->about->arena, name, NAME_SHOWN);
}

static void hello(struct writer *w)
{
	const char *name = name_of(w);

	if (*name)
		paragraph(w,
			message_text(w->about->arena, w->about->language, MSG_MAIL_HELLO, "name",
				name, NULL));
	else
		paragraph(w, say(w, MSG_MAIL_HELLO_NOBODY));
}

/* ---- orders ---- */

static const struct order_words {
	const char *kind;
	enum message_id subject, intro;
} order_words[] = {
	{"ORDER", MSG_MAIL_SUBJECT_ORDER, MSG_MAIL_ORDER},
	{"REFUND", MSG_MAIL_SUBJECT_REFUND, MSG_MAIL_REFUND},
	{"REISSUE", MSG_MAIL_SUBJECT_REISSUE, MSG_MAIL_REISSUE},
	{"LINK", MSG_MAIL_SUBJECT_ORDER, MSG_MAIL_LINK},
};

static const struct order_words *order_words_of(const char *kind)
{
	const struct order_words *w = order_words;

	for (size_t i = 0; i < sizeof order_words / sizeof *order_words; i++)
		if (strcmp(order_words[i].kind, kind) == 0)
			w = &order_words[i];
	return w;
}

static void about_event(struct writer *w)
{
	struct about *about = w->about;
	const struct rows *row = &about->row;
	struct arena *a = about->arena;

	styled(w, "h1", "margin:0 0 8px;font-size:22px;line-height:1.25", value(w, "name"));
	fact(w, MSG_WHEN,
		span_text(a, about->language, value(w, "timezone"), rows_int(row, 0, "startsAt"),
			rows_get(row, 0, "endsAt")));
	fact(w, MSG_WHERE, venue_text(a, row, 0));
	fact(w, MSG_ORDER_REFERENCE, value(w, "reference"));
	fact(w, MSG_TOTAL,
		price_text(a, about->language, value(w, "currency"), rows_int(row, 0, "total")));
	if (rows_int(row, 0, "refundedTotal") > 0)
		fact(w, MSG_MAIL_REFUNDED,
			price_text(a, about->language, value(w, "currency"),
				rows_int(row, 0, "refundedTotal")));
	buf_puts(&w->letter->text, "\n");
}

static void picture(struct writer *w, const struct issued_ticket *t)
{
	struct letter *l = w->letter;
	struct arena *a = w->about->arena;
	struct qr qr;

	if (!qr_encode(a, t->code, &qr))
		return;
	struct buf *png = &l->pictures[l->n_pictures++];
	buf_init(png, PICTURE_MAX);
	qr_png(png, a, &qr);
	l->html.full |= png->full;
	html_open(&w->html, "img");
	html_attr(&w->html, "src", arena_printf(a, "cid:ticket-%zu", l->n_pictures));
	html_attr(&w->html, "alt",
		message_text(a, w->about->language, MSG_QR_CODE_OF, "code", t->code, NULL));
	html_attr(&w->html, "width", arena_printf(a, "%d", qr_png_side(&qr)));
	html_attr(&w->html, "height", arena_printf(a, "%d", qr_png_side(&qr)));
	html_attr(&w->html, "style", QR_STYLE);
	html_close(&w->html);
}

static void ticket(struct writer *w, const struct issued_ticket *t)
{
	html_open(&w->html, "div");
	html_attr(&w->html, "style", TICKET_STYLE);
	html_open(&w->html, "p");
	html_attr(&w->html, "style", "margin:0 0 8px");
	html_attr(&w->html, "dir", "auto");
	html_leaf(&w->html, "strong", NULL, t->name);
	html_close(&w->html);
	put_text(w, t->name);
	if (t->holder) {
		html_leaf(&w->html, "p", NULL, t->holder);
		put_text(w, arena_printf(w->about->arena, " (%s)", t->holder));
	}
	picture(w, t);
	html_open(&w->html, "p");
	html_attr(&w->html, "style", "margin:8px 0 0;font-family:ui-monospace,monospace");
	html_text(&w->html, t->code);
	html_close(&w->html);
	html_close(&w->html);
	buf_printf(&w->letter->text, "\n%s\n\n", t->code);
}

static size_t count_valid(struct about *about)
{
	struct issued_walk walk;
	struct issued_ticket t;
	size_t n = 0;

	issued_walk_begin(&walk, &about->order, about->key);
	while (issued_walk_next(&walk, &t))
		n += t.status != ISSUED_REFUNDED;
	return n;
}

static void tickets(struct writer *w)
{
	struct about *about = w->about;
	struct issued_walk walk;
	struct issued_ticket t;
	size_t shown = 0;

	w->letter->pictures = arena_array(
		about->arena, MIN(about->valid, TICKETS_SHOWN) + 1, sizeof *w->letter->pictures);
	issued_walk_begin(&walk, &about->order, about->key);
	while (shown < TICKETS_SHOWN && issued_walk_next(&walk, &t)) {
		if (t.status == ISSUED_REFUNDED)
			continue;
		ticket(w, &t);
		shown++;
	}
	if (about->valid > shown)
		paragraph(w,
			message_text(about->arena, about->language, MSG_MAIL_TICKETS_SHOWN, "shown",
				count_text(about->arena, (int64_t)shown), "count",
				count_text(about->arena, (int64_t)about->valid), NULL));
	if (about->valid == 0)
		paragraph(w, say(w, MSG_MAIL_ALL_REFUNDED));
}

void words_order(struct about *about, struct letter *l)
{
	struct writer w = {.about = about, .letter = l};
	const struct order_words *words = order_words_of(about->kind);
	const char *organizer = value(&w, "organizer");

	about->valid = count_valid(about);
	l->to_name = name_of(&w);
	page_begin(&w,
		message_text(about->arena, about->language, words->subject, "event",
			value(&w, "name"), NULL));
	hello(&w);
	paragraph(&w, say(&w, words->intro));
	about_event(&w);
	button(&w, MSG_MAIL_OPEN_ORDER);
	tickets(&w);
	styled(&w, "p", SMALL_STYLE, say(&w, MSG_MAIL_KEEP));
	styled(&w, "p", SMALL_STYLE,
		message_text(about->arena, about->language, MSG_MAIL_REASON, "organizer", organizer,
			NULL));
	html_close_all(&w.html);
}

/* ---- users ---- */

void words_user(struct about *about, struct letter *l)
{
	struct writer w = {.about = about, .letter = l};
	const char *organizer = value(&w, "organizer");
	bool invited = strcmp(about->kind, "INVITATION") == 0;
	enum message_id subject = invited ? MSG_MAIL_SUBJECT_INVITATION : MSG_MAIL_SUBJECT_PASSWORD,
			intro = invited ? MSG_MAIL_INVITATION : MSG_MAIL_PASSWORD;

	page_begin(&w,
		message_text(about->arena, about->language, subject, "organizer", organizer, NULL));
	paragraph(&w,
		message_text(about->arena, about->language, intro, "organizer", organizer, NULL));
	button(&w, invited ? MSG_MAIL_ACCEPT : MSG_MAIL_CHOOSE_PASSWORD);
	styled(&w, "p", SMALL_STYLE, say(&w, MSG_MAIL_LINK_ONCE));
	html_close_all(&w.html);
}
