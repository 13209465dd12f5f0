/* samples: the bodies of test deliveries, with invented data. */
#include "fcgi/webhooks/samples.h"

#include "common/ticketing/outbox.h"

#include <string.h>

#define SAMPLE_DAY_MS (INT64_C(24) * 3600 * 1000)

static struct val value(const struct req *r, const struct sample *s)
{
	if (s->type == VAL_UUID)
		return val_uuid(uuid_make());
	if (s->type == VAL_TEXT)
		return val_text(s->s);
	if (s->type == VAL_TIME)
		return val_time(r->now + s->i * SAMPLE_DAY_MS);
	return val_int(s->i);
}

/* A row of the listed values; `then` (may be NULL) overrides `first`. */
static struct rows row_of(struct req *r, const struct sample *first, const struct sample *then)
{
	struct params p;
	params_init(&p, r->arena);
	for (const struct sample *s = first; s->name; s++)
		params_set(&p, s->name, value(r, s));
	for (const struct sample *s = then; s && s->name; s++)
		params_set(&p, s->name, value(r, s));
	const char **names = arena_array(r->arena, p.n, sizeof *names);
	struct val *cells = arena_array(r->arena, p.n, sizeof *cells);
	for (size_t i = 0; i < p.n; i++) {
		names[i] = p.list[i].name;
		cells[i] = p.list[i].v;
	}
	return (struct rows){.n = 1, .columns = p.n, .names = names, .cells = cells};
}

static void write_row(struct req *r, struct json *j, const struct field *fields,
	const struct sample *first, const struct sample *then)
{
	struct rows row = row_of(r, first, then);
	fields_print(j, fields, &row, 0, "");
}

const struct buf *sample_body(struct req *r, enum webhook_event event, const struct uuid *id)
{
	static struct buf data = {.max = 65536}, body = {.max = 65536};
	const struct webhook_event_row *row = &webhook_events[event];
	const struct child *child = row->payload->children;
	struct json j;
	buf_clear(&data);
	write_start(&j, &data);
	write_object(&j, NULL);
	write_row(r, &j, row->payload->fields, row->sample, row->changes);
	if (row->child) {
		write_array(&j, child->name);
		write_object(&j, NULL);
		write_row(r, &j, child->of->fields, row->child, row->child_changes);
		write_end_object(&j);
		write_end_array(&j);
	}
	if (row->embedded) {
		write_array(&j, row->embedded);
		write_object(&j, NULL);
		write_row(r, &j, field_find(row->payload->fields, row->embedded)->sub,
			row->embedded_row, NULL);
		write_end_object(&j);
		write_end_array(&j);
	}
	write_end_object(&j);
	buf_clear(&body);
	const struct outbox_event sample = {.event = event,
		.id = *id,
		.test = true,
		.now = r->now,
		.data = data.p,
		.data_n = data.n};
	outbox_write_event(&body, &sample);
	return &body;
}
