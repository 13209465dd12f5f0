/* value: a typed value passed between JSON, C and SQL, and lists of named values. */
#include "common/base/value.h"

#include "common/base/arena.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

struct val val_null(void)
{
	return (struct val){.type = VAL_NULL};
}

struct val val_bool(bool b)
{
	return (struct val){.type = VAL_BOOL, .i = b};
}

struct val val_int(int64_t i)
{
	return (struct val){.type = VAL_INT, .i = i};
}

struct val val_time(int64_t ms)
{
	return (struct val){.type = VAL_TIME, .i = ms};
}

struct val val_uuid(struct uuid id)
{
	return (struct val){.type = VAL_UUID, .id = id};
}

struct val val_text(const char *s)
{
	if (!s)
		return val_null();
	return (struct val){.type = VAL_TEXT, .s = s, .n = strlen(s)};
}

struct val val_bytes(const void *p, size_t n)
{
	return (struct val){.type = VAL_BYTES, .s = p, .n = n};
}

bool val_is_set(struct val v)
{
	return v.type != VAL_NONE && v.type != VAL_NULL;
}

static bool is_number(enum val_type type)
{
	return type == VAL_INT || type == VAL_BOOL;
}

/* Objects are equal when they have the same members, in any order. */
static bool lists_equal(struct val a, struct val b)
{
	if (a.count != b.count)
		return false;
	for (size_t i = 0; i < a.count; i++) {
		const struct params *x = &a.items[i], *y = &b.items[i];
		if (x->n != y->n)
			return false;
		for (size_t k = 0; k < x->n; k++)
			if (!params_has(y, x->list[k].name) ||
				!val_equal(x->list[k].v, params_get(y, x->list[k].name)))
				return false;
	}
	return true;
}

/* A boolean equals the integer that SQL returns for it. */
int64_t val_int_or(struct val v, int64_t otherwise)
{
	if (v.type == VAL_INT || v.type == VAL_TIME)
		return v.i;
	return otherwise;
}

bool val_equal(struct val a, struct val b)
{
	if (is_number(a.type) && is_number(b.type))
		return a.i == b.i;
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case VAL_NONE:
	case VAL_NULL:
		return true;
	case VAL_BOOL:
	case VAL_INT:
	case VAL_MONEY:
	case VAL_TIME:
		return a.i == b.i;
	case VAL_UUID:
		return memcmp(a.id.b, b.id.b, sizeof a.id.b) == 0;
	case VAL_TEXT:
	case VAL_BYTES:
		return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
	case VAL_LIST:
		return lists_equal(a, b);
	}
	return false;
}

void params_init(struct params *p, struct arena *a)
{
	*p = (struct params){.arena = a};
}

/* Linear: statements have a few dozen parameters at most, and the pointers are usually equal. */
static struct param *value_find(const struct params *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].name == name || strcmp(p->list[i].name, name) == 0)
			return &p->list[i];
	return NULL;
}

void params_set(struct params *p, const char *name, struct val v)
{
	struct param *old = value_find(p, name);
	if (old) {
		old->v = v;
		return;
	}
	if (p->n == p->cap) {
		size_t cap = MAX(p->cap * 2, 16);
		struct param *list = arena_array(p->arena, cap, sizeof *list);
		if (p->n)
			memcpy(list, p->list, p->n * sizeof *list);
		p->list = list;
		p->cap = cap;
	}
	assert(p->n < p->cap);
	p->list[p->n++] = (struct param){name, v};
}

struct val params_get(const struct params *p, const char *name)
{
	const struct param *found = value_find(p, name);
	if (found)
		return found->v;
	return (struct val){.type = VAL_NONE};
}

bool params_has(const struct params *p, const char *name)
{
	return value_find(p, name) != NULL;
}

const char *params_text(const struct params *p, const char *name)
{
	struct val v = params_get(p, name);
	if (v.type == VAL_TEXT)
		return v.s;
	return NULL;
}

struct val rows_next(const struct rows *r, size_t row, const char *name, size_t *at)
{
	size_t k = *at < r->columns ? *at : 0;
	for (size_t i = 0; row < r->n && i < r->columns; i++, k = k + 1 < r->columns ? k + 1 : 0)
		if (r->names[k] == name || strcmp(r->names[k], name) == 0) {
			*at = k + 1;
			return r->cells[row * r->columns + k];
		}
	return (struct val){.type = VAL_NONE};
}

struct val rows_get(const struct rows *r, size_t row, const char *name)
{
	size_t at = 0;
	return rows_next(r, row, name, &at);
}

void rows_set(struct rows *r, size_t row, const char *name, struct val v)
{
	for (size_t k = 0; row < r->n && k < r->columns; k++)
		if (strcmp(r->names[k], name) == 0)
			r->cells[row * r->columns + k] = v;
}

void rows_add(struct rows *r, struct arena *a, const char *name, struct val v)
{
	const char **names = arena_array(a, r->columns + 1, sizeof *names);
	struct val *cells = arena_array(a, r->columns + 1, sizeof *cells);
	memcpy(names, r->names, r->columns * sizeof *names);
	memcpy(cells, r->cells, r->columns * sizeof *cells);
	names[r->columns] = name;
	cells[r->columns] = v;
	r->names = names;
	r->cells = cells;
	r->columns++;
}

int64_t rows_int(const struct rows *r, size_t row, const char *name)
{
	struct val v = rows_get(r, row, name);
	if (is_number(v.type) || v.type == VAL_TIME)
		return v.i;
	return 0;
}

const char *rows_text(const struct rows *r, size_t row, const char *name)
{
	struct val v = rows_get(r, row, name);
	if (v.type == VAL_TEXT)
		return v.s;
	return NULL;
}

struct rows rows_from_params(const struct params *p)
{
	const char **names = arena_array(p->arena, p->n, sizeof *names);
	struct val *cells = arena_array(p->arena, p->n, sizeof *cells);
	for (size_t i = 0; i < p->n; i++) {
		names[i] = p->list[i].name;
		cells[i] = p->list[i].v;
	}
	return (struct rows){.n = 1, .columns = p->n, .names = names, .cells = cells};
}

void params_from_row(struct params *p, const struct rows *r, size_t row)
{
	if (row < r->n)
		for (size_t i = 0; i < r->columns; i++)
			params_set(p, r->names[i], r->cells[row * r->columns + i]);
}
