/* children: reads and prints child rows nested in their parents, such as the tickets of events. */
#include "common/api/children.h"

#include "common/base/hex.h"

#include <assert.h>
#include <string.h>

char *children_ids_json(struct arena *a, const struct rows *parents, size_t n)
{
	char *out = arena_alloc(a, n * 35 + 3), *s = out; /* 32 digits, two quotes, a comma */
	*s++ = '[';
	for (size_t i = 0; i < n; i++) {
		struct uuid id = rows_get(parents, i, "id").id;
		if (i)
			*s++ = ',';
		*s++ = '"';
		hex_print(id.b, sizeof id.b, s);
		s += 2 * sizeof id.b;
		*s++ = '"';
	}
	*s = ']';
	return out;
}

/* Sets the columns that follow from the parent's row, and those that depend on the time. */
static enum err complete(
	struct req *r, const struct resource *of, const struct rows *parent, struct rows *rows)
{
	if (of->hooks.inherit)
		of->hooks.inherit(rows, parent, 0);
	return resource_refresh(r, of, rows);
}

/* Reads one kind of children: of a single parent, or of all. */
static enum err fetch_kind(struct req *r, const struct resource *of, const struct rows *parents,
	bool single, struct rows *rows)
{
	struct params p;
	enum err err;
	req_params(r, &p, NULL);
	if (single && of->sql.by_parent) {
		params_set(&p, of->parent_param, rows_get(parents, 0, "id"));
		err = req_sql(r, of->sql.by_parent, &p, rows);
		if (err)
			return err;
		return complete(r, of, parents, rows);
	}
	params_set(&p, "parents", val_text(children_ids_json(r->arena, parents, parents->n)));
	return req_sql(r, of->sql.by_parents, &p, rows);
}

enum err children_fetch(struct req *r, const struct resource *of, const struct rows *parents,
	bool single, struct children *e)
{
	enum err err = OK;
	assert(!single || parents->n <= 1);
	*e = (struct children){0};
	if (!parents->n || !of->children)
		return OK;
	for (size_t k = 0; !err && of->children[k].name && k < CHILDREN_MAX; k++) {
		const struct child *c = &of->children[k];
		e->there[k] = single || c->of->sql.by_parents;
		if (e->there[k] && !(c->has && single && !rows_int(parents, 0, c->has)))
			err = fetch_kind(r, c->of, parents, single, &e->rows[k]);
	}
	return err;
}

bool children_next(struct children *e, size_t kind, struct val parent, size_t *row)
{
	assert(kind < CHILDREN_MAX);
	const struct rows *rows = &e->rows[kind];
	*row = e->at[kind];
	if (*row >= rows->n)
		return false;
	struct val mine = rows_get(rows, *row, "parent");
	if (mine.type == VAL_UUID && !val_equal(mine, parent))
		return false;
	e->at[kind]++;
	return true;
}

void children_print(struct json *j, const struct resource *of, const struct rows *parents,
	size_t row, struct children *e)
{
	struct val parent = rows_get(parents, row, "id");
	for (size_t k = 0; of->children && of->children[k].name && k < CHILDREN_MAX; k++) {
		if (!e->there[k])
			continue;
		write_array(j, of->children[k].name);
		for (size_t i; children_next(e, k, parent, &i);) {
			write_object(j, NULL);
			fields_print(j, of->children[k].of->fields, &e->rows[k], i, "");
			write_end_object(j);
		}
		write_end_array(j);
	}
}
