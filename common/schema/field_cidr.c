/* field_cidr: the field type for a list of IP addresses and CIDR ranges. */
#include "common/schema/field_cidr.h"

#include "common/schema/field_readers.h"
#include "common/text/cidr.h"

#include <string.h>

/* The text of one item; NULL after adding a problem. */
static const char *item_text(const char *name, struct json_object *o, struct problems *p)
{
	const char *s;
	size_t n;
	if (!reader_string(name, o, p, &s, &n))
		return NULL;
	if (s[strspn(s, " \t")])
		return s;
	/* never an empty list, which allows every address */
	problem_add(p, name, "%s should not be empty", name);
	return NULL;
}

/* The items of an array as one comma-separated string; NULL after adding a problem. */
static const char *items_text(const char *name, struct json_object *o, struct problems *p)
{
	size_t count = json_object_array_length(o), n = 0;
	const char **items = arena_array(p->arena, count + 1, sizeof *items);
	for (size_t i = 0; i < count; i++) {
		items[i] = item_text(arena_printf(p->arena, "%s.%zu", name, i),
			json_object_array_get_idx(o, i), p);
		if (!items[i])
			return NULL;
		n += strlen(items[i]) + 1;
	}
	char *out = arena_alloc(p->arena, n + 1), *to = out;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(items[i]);
		if (i)
			*to++ = ',';
		memcpy(to, items[i], length);
		to += length;
	}
	return out;
}

/* The sent value as one comma-separated string; NULL after adding a problem. */
static const char *joined(const char *name, struct json_object *o, struct problems *p)
{
	const char *s;
	size_t n;
	if (json_object_is_type(o, json_type_string))
		return reader_string(name, o, p, &s, &n) ? s : NULL;
	if (json_object_is_type(o, json_type_array))
		return items_text(name, o, p);
	problem_add(p, name,
		"%s must be an array of addresses and ranges, or a comma-separated string", name);
	return NULL;
}

struct val field_cidr_read(
	const struct field *f, const char *name, struct json_object *o, struct problems *p)
{
	struct cidr nets[CIDR_MAX];
	char why[300], text[CIDR_TEXT], *out = arena_strdup(p->arena, "");
	const char *list = joined(name, o, p);
	(void)f;
	if (!list)
		return (struct val){0};
	int n = cidr_list_parse(list, strlen(list), nets, why, sizeof why);
	if (n < 0)
		problem_add(p, name, "%s: %s", name, why);
	if (n < 0)
		return (struct val){0};
	for (int i = 0; i < n; i++) {
		cidr_print(&nets[i], text);
		out = arena_list(p->arena, out, ",", text);
	}
	return val_text(out);
}

void field_cidr_schema(struct json *j, const struct field *f, unsigned mode)
{
	if (mode == FIELD_OUT) {
		write_text(j, "type", "array");
	} else {
		write_array(j, "type");
		write_text(j, NULL, "array");
		write_text(j, NULL, "string");
		write_end_array(j);
	}
	write_text(j, "format", "ip-allowlist");
	write_int(j, "maxItems", CIDR_MAX);
	write_object(j, "items");
	write_text(j, "type", "string");
	write_end_object(j);
	(void)f;
}
