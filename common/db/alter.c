/* alter: ALTER TABLE with IF [NOT] EXISTS, for MySQL, which does not have these words. */
#include "common/db/alter.h"

#include "common/base/buf.h"
#include "common/db/statement.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define COMPOSED_MAX ((size_t)1 << 20) /* bytes */
#define EXISTS                                                                         \
	" WHERE table_schema = DATABASE() AND table_name = CONVERT(:table USING utf8)" \
	" AND "

static const struct statement find_column = {"alter_column",
	"SELECT COUNT(*) AS n FROM information_schema.columns" EXISTS
	"column_name = CONVERT(:name USING utf8)",
	SQL_READ | SQL_GLOBAL};
static const struct statement find_key = {"alter_key",
	"SELECT COUNT(*) AS n FROM information_schema.statistics" EXISTS
	"index_name = CONVERT(:name USING utf8)",
	SQL_READ | SQL_GLOBAL};

/* The text behind the words, which blanks separate, or NULL. */
static const char *after_words(const char *p, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, " ");
		p += strspn(p, " \t\n");
		if (strncasecmp(p, words, n) != 0 || isalnum((unsigned char)p[n]) || p[n] == '_')
			return NULL;
		p += n;
		words += n;
		words += strspn(words, " ");
	}
	return p;
}

static const char *name_read(struct arena *a, const char **p)
{
	*p += strspn(*p, " \t\n`");
	size_t n = strcspn(*p, " \t\n`,;(");
	const char *name = arena_dup(a, *p, n);
	*p += n;
	*p += **p == '`';
	return name;
}

/* The end of a change: the next comma outside of parentheses and quotes, or the end of the text. */
static const char *change_end(const char *p)
{
	int depth = 0;
	for (char quote = 0; *p && (quote || depth > 0 || *p != ','); p++) {
		if (quote)
			quote = *p == quote ? 0 : quote;
		else if (*p == '\'' || *p == '"' || *p == '`')
			quote = *p;
		else
			depth += (*p == '(') - (*p == ')');
	}
	return p;
}

static const struct form {
	const char *words, *plain; /* as it is written, and as MySQL reads it */
	bool key, wanted;
} forms[] = {
	{"ADD COLUMN IF NOT EXISTS", "ADD COLUMN", false, false},
	{"ADD KEY IF NOT EXISTS", "ADD KEY", true, false},
	{"ADD UNIQUE KEY IF NOT EXISTS", "ADD UNIQUE KEY", true, false},
	{"DROP COLUMN IF EXISTS", "DROP COLUMN", false, true},
	{"DROP KEY IF EXISTS", "DROP KEY", true, true},
	{"MODIFY COLUMN IF EXISTS", "MODIFY COLUMN", false, true},
};

/* The form of the change at *p, which is moved behind its words; NULL: it has none of them. */
static const struct form *form_at(const char **p)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const char *end = after_words(*p, forms[i].words);
		if (end) {
			*p = end;
			return &forms[i];
		}
	}
	return NULL;
}

/* Where the changes of an ALTER TABLE begin; NULL: it is another statement. */
static const char *changes_of(struct arena *a, const char *sql, const char **table)
{
	const char *p = after_words(sql, "ALTER TABLE");
	if (p)
		*table = name_read(a, &p);
	return p;
}

bool alter_read(struct arena *a, const char *sql, struct alter *out)
{
	const char *table, *p = changes_of(a, sql, &table);
	out->n = 0;
	for (; p && *p; p += *p == ',') {
		const char *end = change_end(p);
		const struct form *form = form_at(&p);
		if (form && out->n == ALTER_MOST)
			return false;
		if (form)
			out->list[out->n++] = (struct alter_change){.table = table,
				.name = name_read(a, &p),
				.key = form->key,
				.wanted = form->wanted};
		p = end;
	}
	return true;
}

const char *alter_compose(struct arena *a, const char *sql, const struct alter *alter)
{
	const char *table, *p = changes_of(a, sql, &table);
	struct buf out;
	size_t i = 0, written = 0;
	if (!p || alter->n == 0)
		return sql;
	buf_init(&out, COMPOSED_MAX);
	buf_put(&out, sql, (size_t)(p - sql));
	for (; *p; p += *p == ',') {
		const char *end = change_end(p);
		const struct form *form = form_at(&p);
		if (!form || alter->list[i++].apply) {
			buf_puts(&out, written++ ? ", " : " ");
			buf_puts(&out, form ? form->plain : "");
			buf_put(&out, p, (size_t)(end - p));
		}
		p = end;
	}
	const char *text = written ? arena_dup(a, out.p, out.n) : NULL;
	buf_free(&out);
	return text;
}

enum err alter_text(struct db *db, struct arena *a, const char *sql, const char **out)
{
	struct alter alter;
	enum err err = db_ready(db);
	*out = sql;
	if (err || !db_is_mysql(db))
		return err;
	if (!alter_read(a, sql, &alter))
		return ERR_INTERNAL;
	for (size_t i = 0; i < alter.n && !err; i++) {
		struct alter_change *c = &alter.list[i];
		struct params p;
		struct rows rows;
		params_init(&p, a);
		params_set(&p, "table", val_text(c->table));
		params_set(&p, "name", val_text(c->name));
		err = sql_run(db, a, c->key ? &find_key : &find_column, &p, &rows);
		c->apply = !err && (rows_int(&rows, 0, "n") > 0) == c->wanted;
	}
	if (!err)
		*out = alter_compose(a, sql, &alter);
	return err;
}
