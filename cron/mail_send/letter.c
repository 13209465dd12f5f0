/* letter: a message as its text, its HTML with pictures, and a calendar entry. */
#include "cron/mail_send/letter.h"

#include "common/base/hex.h"
#include "cron/mail_send/mime.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* "=_" occurs in neither quoted-printable nor base64 (RFC 2045 section 6.7). */
#define BOUNDARY "=_%s_%s"

/* A multipart that is being written. */
struct multipart {
	struct buf *out;
	char boundary[48];
};

static void multipart_begin(
	struct multipart *m, const struct letter *l, const char *kind, const char *more)
{
	char hex[2 * sizeof l->id.b + 1];

	hex_print(l->id.b, sizeof l->id.b, hex);
	snprintf(m->boundary, sizeof m->boundary, BOUNDARY, kind, hex);
	buf_printf(m->out, "Content-Type: multipart/%s;%s\r\n boundary=\"%s\"\r\n\r\n", kind, more,
		m->boundary);
}

static void multipart_next(struct multipart *m)
{
	buf_printf(m->out, "--%s\r\n", m->boundary);
}

static void multipart_end(struct multipart *m)
{
	buf_printf(m->out, "--%s--\r\n", m->boundary);
}

static void write_words(struct buf *out, const char *type, const struct buf *text)
{
	buf_printf(out,
		"Content-Type: %s; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
		type);
	mime_quoted_printable(out, text->p, text->n);
}

static void write_pictures(struct buf *out, const struct letter *l)
{
	struct multipart m = {.out = out};

	if (l->n_pictures == 0) {
		write_words(out, "text/html", &l->html);
		return;
	}
	multipart_begin(&m, l, "related", " type=\"text/html\";");
	multipart_next(&m);
	write_words(out, "text/html", &l->html);
	for (size_t i = 0; i < l->n_pictures; i++) {
		multipart_next(&m);
		buf_printf(out,
			"Content-Type: image/png; name=\"ticket-%zu.png\"\r\n"
			"Content-Transfer-Encoding: base64\r\n"
			"Content-ID: <ticket-%zu>\r\n"
			"Content-Disposition: inline; filename=\"ticket-%zu.png\"\r\n\r\n",
			i + 1, i + 1, i + 1);
		mime_base64(out, l->pictures[i].p, l->pictures[i].n);
	}
	multipart_end(&m);
}

static void write_alternatives(struct buf *out, const struct letter *l)
{
	struct multipart m = {.out = out};

	multipart_begin(&m, l, "alternative", "");
	multipart_next(&m);
	write_words(out, "text/plain", &l->text);
	multipart_next(&m);
	write_pictures(out, l);
	multipart_end(&m);
}

static void write_head(struct buf *out, struct arena *a, const struct letter *l)
{
	char id[UUID_TEXT + 1];
	const char *domain = strchr(l->from, '@');

	assert(domain);
	uuid_print(&l->id, id);
	mime_date_field(out, l->date);
	mime_mailbox_field(out, a, "From", l->from_name, l->from);
	mime_mailbox_field(out, a, "To", (struct span){l->to_name, strlen(l->to_name)}, l->to);
	mime_text_field(out, a, "Subject", l->subject);
	buf_printf(out, "Message-ID: <%s%s>\r\n", id, domain);
	/* nobody answers it by itself (RFC 3834) */
	buf_printf(out,
		"Auto-Submitted: auto-generated\r\nContent-Language: %s\r\n"
		"MIME-Version: 1.0\r\n",
		l->language);
}

void letter_write(struct buf *out, struct arena *a, const struct letter *l)
{
	struct multipart m = {.out = out};

	write_head(out, a, l);
	if (l->calendar.n == 0) {
		write_alternatives(out, l);
		return;
	}
	multipart_begin(&m, l, "mixed", "");
	multipart_next(&m);
	write_alternatives(out, l);
	multipart_next(&m);
	buf_puts(out,
		"Content-Type: text/calendar; charset=utf-8;\r\n"
		" name=\"event.ics\"\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment; filename=\"event.ics\"\r\n\r\n");
	mime_base64(out, l->calendar.p, l->calendar.n);
	multipart_end(&m);
}
