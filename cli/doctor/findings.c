/* findings: collects and prints the results of the checks of `ticketgate doctor`. */
#include "cli/doctor/findings.h"

#include <assert.h>
#include <stdarg.h>

bool found(struct doctor *d, enum state state, const char *check, const char *fix, const char *fmt,
	...)
{
	va_list ap;

	assert(d->n <= FINDINGS_MAX);
	if (d->n == FINDINGS_MAX)
		return state == FINDING_OK;
	va_start(ap, fmt);
	d->list[d->n++] = (struct finding){
		state, check, arena_vprintf(d->c->arena, fmt, ap), text_or(fix, "")};
	va_end(ap);
	return state == FINDING_OK;
}

void findings_json(struct cli *c, const struct doctor *d)
{
	static const char *const words[] = {"ok", "warn", "fail"};

	write_array(&c->json, NULL);
	for (size_t i = 0; i < d->n; i++) {
		write_object(&c->json, NULL);
		write_text(&c->json, "check", d->list[i].check);
		write_text(&c->json, "state", words[d->list[i].state]);
		write_text(&c->json, "message", d->list[i].message);
		write_text(&c->json, "fix", d->list[i].fix[0] ? d->list[i].fix : NULL);
		write_end_object(&c->json);
	}
	write_end_array(&c->json);
}

void findings_print(struct cli *c, const struct doctor *d, const size_t count[3])
{
	static const char *const words[] = {"ok", "WARN", "FAIL"};

	for (size_t i = 0; i < d->n; i++) {
		buf_printf(&c->out, "%-4s  %-22s %s\n", words[d->list[i].state], d->list[i].check,
			d->list[i].message);
		if (d->list[i].fix[0])
			buf_printf(&c->out, "      %-22s -> %s\n", "", d->list[i].fix);
	}
	buf_printf(&c->out, "\n%zu ok, %zu warnings, %zu errors.\n", count[FINDING_OK],
		count[FINDING_WARN], count[FINDING_FAIL]);
}
