/* value: a typed value passed between JSON, C and SQL, and lists of named values. */
#ifndef TG_BASE_VALUE_H
#define TG_BASE_VALUE_H

#include "common/base/text.h"
#include "common/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum val_type {
	VAL_NONE = 0, /* absent, which is not null */
	VAL_NULL,
	VAL_BOOL, /* i: 0 or 1 */
	VAL_INT, /* i */
	VAL_MONEY, /* i: thousandths of a unit; sent, and not yet in a currency */
	VAL_TIME, /* i: Unix ms, see clock.h */
	VAL_UUID, /* id */
	VAL_TEXT, /* s, n: UTF-8, NUL-terminated */
	VAL_BYTES, /* s, n */
	VAL_LIST, /* items, count: the objects of a JSON array; never bound to SQL */
};

struct params;

/* Does not own what it points to, which lives in the request's arena or is constant. */
struct val {
	enum val_type type;
	union {
		int64_t i;
		struct uuid id;
		struct {
			const char *s;
			size_t n;
		};
		struct {
			const struct params *items;
			size_t count;
		};
	};
};

struct val val_null(void);
struct val val_bool(bool b);
struct val val_int(int64_t i);
struct val val_time(int64_t ms);
struct val val_uuid(struct uuid id);
struct val val_text(const char *s); /* NULL gives VAL_NULL */
struct val val_bytes(const void *p, size_t n);
bool val_is_set(struct val v); /* neither absent nor null */
/* The number or time; `otherwise` when it is neither. */
int64_t val_int_or(struct val v, int64_t otherwise);
bool val_equal(struct val a, struct val b);

/* Named values: the parameters of a statement, the members of a body. Names are compared as text
 * and not copied; they are constants of the program. */
struct arena;
struct param {
	const char *name;
	struct val v;
};
struct params {
	struct arena *arena;
	struct param *list;
	size_t n, cap; /* entries; entries allocated */
};
void params_init(struct params *p, struct arena *a);
void params_set(struct params *p, const char *name, struct val v); /* replaces */
struct val params_get(const struct params *p, const char *name); /* VAL_NONE when not there */
bool params_has(const struct params *p, const char *name);
const char *params_text(const struct params *p, const char *name); /* NULL unless VAL_TEXT */

/* The result of a statement: n rows of `columns` cells, in the request's arena. */
struct rows {
	size_t n, columns;
	const char *const *names; /* aliases; live as long as the prepared statement */
	struct val *cells; /* n * columns, row by row */
	/* rows matched by an UPDATE or DELETE (CLIENT_FOUND_ROWS), inserted by an INSERT */
	uint64_t affected;
};
/* The cell of a column; VAL_NONE when the row or column does not exist. */
struct val rows_get(const struct rows *r, size_t row, const char *name);
/* The same, but searches from column *at, wrapping around, and sets *at behind the column found:
 * fast when columns are read in their order. */
struct val rows_next(const struct rows *r, size_t row, const char *name, size_t *at);
/* Sets a cell; no effect when the row or column does not exist. */
void rows_set(struct rows *r, size_t row, const char *name, struct val v);
/* Adds a column to a result of one row. */
void rows_add(struct rows *r, struct arena *a, const char *name, struct val v);
/* The cell as an integer; 0 unless it is an integer, boolean or time. */
int64_t rows_int(const struct rows *r, size_t row, const char *name);
/* The cell's text; NULL unless it is VAL_TEXT. */
const char *rows_text(const struct rows *r, size_t row, const char *name);
/* The parameters as a result of one row, in their arena. */
struct rows rows_from_params(const struct params *p);
/* Sets every column of the row as a parameter. */
void params_from_row(struct params *p, const struct rows *r, size_t row);

#endif
