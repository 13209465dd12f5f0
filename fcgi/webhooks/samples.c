/* samples: what a test delivery tells: made up, in the shape of the real thing. */
#include "fcgi/webhooks/samples.h"

#include "common/ticketing/event.h"
#include "common/ticketing/order.h"
#include "common/ticketing/outbox.h"
#include "common/ticketing/ticket.h"

#include <string.h>

#define SAMPLE_DAY_MS (INT64_C(24) * 3600 * 1000)

/* The value of a field, by its name. Ids are made; times are given in days from now. What is not
 * here is null. */
struct sample {
	const char *name;
	enum val_type type;
	int64_t i;
	const char *s;
};

#define ID(name)                        \
	{                               \
		name, VAL_UUID, 0, NULL \
	}
#define TEXT(name, text)                \
	{                               \
		name, VAL_TEXT, 0, text \
	}
#define NUMBER(name, n)                \
	{                              \
		name, VAL_INT, n, NULL \
	}
#define DAYS(name, n)                   \
	{                               \
		name, VAL_TIME, n, NULL \
	}

static const struct sample order_sample[] = {
	ID("id"),
	TEXT("reference", "TN-7K3M9QXW"),
	ID("eventId"),
	TEXT("status", "COMPLETED"),
	TEXT("buyer.name", "Ana Reyes"),
	TEXT("buyer.email", "ana@example.com"),
	TEXT("buyer.phone", "+63 917 000 0000"),
	TEXT("currency", "PHP"),
	NUMBER("subtotal", 300000),
	NUMBER("fees", 0),
	NUMBER("total", 300000),
	NUMBER("refundedTotal", 0),
	TEXT("payment.provider", "cash"),
	TEXT("payment.reference", "till 3"),
	DAYS("createdAt", 0),
	DAYS("completedAt", 0),
	{0},
};
/* What a refund changes of it. */
static const struct sample refunded_sample[] = {TEXT("status", "PARTIALLY_REFUNDED"),
	NUMBER("refundedTotal", 150000), DAYS("refundedAt", 0), DAYS("createdAt", -2),
	DAYS("completedAt", -2), {0}};
static const struct sample item_sample[] = {
	ID("id"),
	ID("ticketId"),
	TEXT("name", "General Admission"),
	NUMBER("quantity", 2),
	NUMBER("unitPrice", 150000),
	NUMBER("subtotal", 300000),
	NUMBER("refundedQuantity", 0),
	{0},
};
static const struct sample refunded_item_sample[] = {NUMBER("refundedQuantity", 1), {0}};
static const struct sample event_sample[] = {
	ID("id"),
	TEXT("name", "Himig ng Bayan"),
	DAYS("dateTime", 30),
	TEXT("type", "PAID"),
	TEXT("journeyType", "STANDARD"),
	TEXT("visibility", "PUBLIC"),
	TEXT("galleryUrls", "[]"),
	NUMBER("absorbFees", 1),
	TEXT("timezone", "Asia/Manila"),
	TEXT("currency", "PHP"),
	NUMBER("eventCapacity", 500),
	TEXT("slug", "himig-ng-bayan"),
	TEXT("status", "PUBLISHED"),
	NUMBER("soldOut", 1),
	NUMBER("ticketsSold", 500),
	DAYS("publishedAt", -20),
	DAYS("createdAt", -21),
	DAYS("updatedAt", -20),
	ID("organizationId"),
	{0},
};
static const struct sample ticket_sample[] = {
	ID("id"),
	ID("eventId"),
	TEXT("name", "General Admission"),
	NUMBER("price", 150000),
	NUMBER("quantity", 500),
	NUMBER("published", 1),
	NUMBER("minPerOrder", 1),
	NUMBER("maxPerOrder", 10),
	NUMBER("lowInventoryThreshold", 50),
	NUMBER("position", 0),
	TEXT("currency", "PHP"),
	NUMBER("sold", 451),
	NUMBER("held", 0),
	NUMBER("remaining", 49),
	NUMBER("soldOut", 0),
	TEXT("status", "PUBLISHED"),
	DAYS("createdAt", -21),
	DAYS("updatedAt", -20),
	{0},
};

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

/* One row of what was listed, later lists winning. */
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

static void write_order(struct req *r, struct json *j, bool refunded)
{
	write_row(r, j, order_fields, order_sample, refunded ? refunded_sample : NULL);
	write_array(j, "items");
	write_object(j, NULL);
	write_row(r, j, order_item.fields, item_sample, refunded ? refunded_item_sample : NULL);
	write_end_object(j);
	write_end_array(j);
}

const struct buf *sample_body(struct req *r, const char *name, const struct uuid *id)
{
	static struct buf data = {.max = 65536}, body = {.max = 65536};
	struct json j;
	buf_clear(&data);
	write_start(&j, &data);
	write_object(&j, NULL);
	if (strncmp(name, "order.", 6) == 0)
		write_order(r, &j, strcmp(name, "order.refunded") == 0);
	else if (strcmp(name, "event.sold_out") == 0)
		write_row(r, &j, event.fields, event_sample, NULL);
	else
		write_row(r, &j, ticket_fields, ticket_sample, NULL);
	write_end_object(&j);
	buf_clear(&body);
	const struct outbox_event published = {.type = name,
		.id = *id,
		.test = true,
		.now = r->now,
		.data = data.p,
		.data_n = data.n};
	outbox_write_event(&body, &published);
	return &body;
}
