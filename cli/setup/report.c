/* report: tells what setup does, to a person or to the page that runs it. */
#include "cli/setup/setup.h"

#include <stdarg.h>
#include <stdio.h>

/* Writes a line at once: whoever waits sees the progress. */
static void put_line(struct setup *s, FILE *to)
{
	buf_putc(&s->c->out, '\n');
	fwrite(s->c->out.p, 1, s->c->out.n, to);
	fflush(to);
	buf_clear(&s->c->out);
	write_start(&s->c->json, &s->c->out);
}

void setup_step(struct setup *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = arena_vprintf(s->c->arena, fmt, ap);
	va_end(ap);
	if (s->as_json) {
		write_object(&s->c->json, NULL);
		write_text(&s->c->json, "step", text);
		write_end_object(&s->c->json);
	} else {
		buf_printf(&s->c->out, "%s …", text);
	}
	put_line(s, stdout);
}

int setup_problem(struct setup *s, const char *field, const char *hint, const char *fmt, ...)
{
	struct json *j = &s->c->json;
	va_list ap;

	va_start(ap, fmt);
	const char *text = arena_vprintf(s->c->arena, fmt, ap);
	va_end(ap);
	if (!s->as_json)
		return refuse("%s\n%s", text, hint);
	write_object(j, NULL);
	write_object(j, "problem");
	write_text(j, "field", field);
	write_text(j, "message", text);
	write_text(j, "hint", hint);
	write_end_object(j);
	write_end_object(j);
	put_line(s, stdout);
	return REFUSED;
}
