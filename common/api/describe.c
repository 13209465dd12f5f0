/* describe: checks a program's tables, and prints them for tests and the OpenAPI document. */
#include "common/api/describe.h"

#include "common/api/crud.h"
#include "common/api/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_transition(struct json *j, const struct transition *t)
{
	write_object(j, "transition");
	write_array(j, "from");
	for (const char *const *s = t->from; *s; s++)
		write_text(j, NULL, *s);
	write_end_array(j);
	write_text(j, "to", t->to);
	write_end_object(j);
}

static void write_sorts(struct json *j, const struct list_spec *l)
{
	char fallback[80];
	const struct sort_order *orders = l->variants[0].sorts;
	write_array(j, "sorts");
	for (const struct sort_order *o = orders; o->name; o++)
		write_text(j, NULL, o->name);
	write_end_array(j);
	snprintf(fallback, sizeof fallback, "%s%s", l->down ? "-" : "", orders->name);
	write_text(j, "defaultSort", fallback);
}

/* Who may call a route, as in the member "for". */
static const char *caller_name(unsigned scope)
{
	switch (scope) {
	case SCOPE_ANYONE:
	case SCOPE_PUBLIC:
		return "anyone";
	case SCOPE_SESSION:
		return "user";
	case SCOPE_OWNER:
		return "owner";
	default:
		return "key";
	}
}

static void write_query(struct json *j, const struct field *fields)
{
	for (const struct field *f = fields; f && f->name; f++) {
		write_object(j, NULL);
		write_text(j, "name", f->name);
		field_schema(j, "schema", f, FIELD_QUERY);
		write_end_object(j);
	}
}

static void write_route(struct json *j, const char *mount, const struct route *r)
{
	write_object(j, NULL);
	write_text(j, "mount", mount);
	write_text(j, "name", r->name);
	write_text(j, "method", method_name(r->method));
	write_text(j, "path", r->path);
	write_text(j, "for", caller_name(r->scope));
	write_text(j, "scope", text_filled(scope_name(r->scope)));
	write_text(j, "orScope", text_filled(scope_second_name(r->scope)));
	write_text(j, "resource", r->of ? r->of->name : NULL);
	write_text(j, "noun", r->of ? r->of->title : NULL);
	write_bool(j, "list", r->flags & ROUTE_LIST);
	write_bool(j, "csv", (r->flags & ROUTE_LIST) && r->of->list->csv);
	write_bool(j, "creates", r->flags & ROUTE_CREATES);
	write_bool(j, "unkept", r->flags & ROUTE_NO_IDEMPOTENCY);
	write_bool(j, "bare", r->flags & ROUTE_BODY_OPTIONAL);
	write_text(j, "description", r->doc);
	if (r->body)
		fields_schema(j, "body", r->body, r->body_mode);
	write_array(j, "query");
	if (r->flags & ROUTE_LIST)
		write_query(j, cursor_page_fields);
	write_query(j, r->query);
	write_end_array(j);
	if (r->flags & ROUTE_LIST)
		write_sorts(j, r->of->list);
	if (r->handler == crud_transition)
		write_transition(j, r->arg);
	write_end_object(j);
}

static void write_tables(struct json *j, const struct module *const *modules)
{
	write_array(j, "routes");
	for (const struct module *const *m = modules; *m; m++)
		for (const struct route *r = (*m)->routes; r && r->path; r++)
			write_route(j, text_or((*m)->mount, MOUNT_OPEN_API), r);
	write_end_array(j);
	write_object(j, "resources");
	for (const struct module *const *m = modules; *m; m++)
		for (const struct resource *const *of = (*m)->resources; of && *of; of++)
			fields_schema(j, (*of)->name, (*of)->fields, FIELD_OUT);
	write_end_object(j);
	write_array(j, "statements");
	for (const struct module *const *m = modules; *m; m++)
		for (const struct statement *const *st = (*m)->statements; st && *st; st++) {
			write_object(j, NULL);
			write_text(j, "name", (*st)->name);
			write_text(j, "sql", (*st)->sql);
			write_end_object(j);
		}
	write_end_array(j);
}

static void write_extras(struct json *j, const struct module *const *modules)
{
	for (; *modules; modules++)
		if ((*modules)->describe)
			(*modules)->describe(j);
}

static void write_common(struct json *j)
{
	write_array(j, "errors");
	for (int e = ERR_VALIDATION; e <= ERR_UNAVAILABLE; e++) {
		const struct err_row *row = err_row((enum err)e);
		write_object(j, NULL);
		write_text(j, "code", row->code);
		write_int(j, "status", row->status);
		write_text(j, "message", row->message);
		write_text(j, "hint", row->hint);
		write_end_object(j);
	}
	write_end_array(j);
	write_array(j, "scopes");
	for (const struct scope_row *s = scope_rows; s->name; s++) {
		write_object(j, NULL);
		write_text(j, "name", s->name);
		write_text(j, "label", s->label);
		write_text(j, "description", s->doc);
		write_end_object(j);
	}
	write_end_array(j);
	write_array(j, "gates");
	for (const struct gate *g = gates; g->name; g++)
		write_text(j, NULL, g->name);
	write_end_array(j);
	write_array(j, "config");
	for (const struct config_key *k = config_keys; k->name; k++) {
		write_object(j, NULL);
		write_text(j, "name", k->name);
		write_text(j, "default", k->default_value);
		write_text(j, "description", k->doc);
		write_end_object(j);
	}
	write_end_array(j);
}

int describe_print(
	const char *program, const struct program_usage *usage, const struct module *const *modules)
{
	struct buf out;
	struct json j;
	buf_init(&out, 4 << 20);
	write_start(&j, &out);
	write_object(&j, NULL);
	write_text(&j, "program", program);
	write_text(&j, "version", TG_VERSION);
	write_program_usage(&j, usage);
	write_tables(&j, modules);
	write_extras(&j, modules);
	write_common(&j);
	write_end_object(&j);
	buf_putc(&out, '\n');
	int status = out.full || fwrite(out.p, 1, out.n, stdout) != out.n;
	buf_free(&out);
	return status;
}

/* The statements of a resource's parent and children, which this program also runs although other
 * modules define them. Ends with NULL. */
static const struct statement **borrowed(struct arena *a, const struct resource *of)
{
	size_t n = 0, children = 0;
	while (of->children && of->children[children].name)
		children++;
	const struct statement **list = arena_array(a, 2 * children + 4, sizeof *list);
	for (size_t i = 0; i < children; i++) {
		if (of->children[i].of->sql.by_parent)
			list[n++] = of->children[i].of->sql.by_parent;
		if (of->children[i].of->sql.by_parents)
			list[n++] = of->children[i].of->sql.by_parents;
	}
	if (of->parent) {
		list[n++] = of->parent->sql.exists;
		if (of->sql.insert || of->sql.lock) /* else it is only read */
			list[n++] = of->parent->sql.lock_parent;
		if (of->parent->sql.by_name)
			list[n++] = of->parent->sql.by_name;
	}
	return list;
}

/* The mistake in a statement; NULL when it is valid. It must name :org (the tenant) unless it is
 * SQL_GLOBAL. */
static const char *statement_fault(struct arena *a, const struct statement *st)
{
	char *text;
	const char **names;
	int n = sql_rewrite(a, st->sql, &text, &names);
	bool org = st->flags & SQL_GLOBAL;
	for (int i = 0; i < n && !org; i++)
		org = strcmp(names[i], "org") == 0;
	if (n < 0)
		return arena_printf(a, "statement %s is not well formed", st->name);
	if (!(st->flags & (SQL_READ | SQL_WRITE)))
		return arena_printf(a, "statement %s has neither SQL_READ nor SQL_WRITE", st->name);
	if (org)
		return NULL;
	return arena_printf(a, "statement %s does not name :org and is not SQL_GLOBAL", st->name);
}

static const char *list_fault(struct arena *a, const struct statement *const *list)
{
	const char *fault = NULL;
	for (const struct statement *const *st = list; st && *st && !fault; st++)
		fault = statement_fault(a, *st);
	return fault;
}

const char *describe_fault(struct arena *a, const struct module *const *modules,
	const struct statement *const *const *common)
{
	const char *fault = NULL;
	for (const struct module *const *m = modules; *m && !fault; m++) {
		fault = (*m)->routes ? routes_fault(a, (*m)->routes) : NULL;
		if (!fault)
			fault = list_fault(a, (*m)->statements);
		for (const struct resource *const *of = (*m)->resources; of && *of && !fault; of++)
			if (!(fault = fields_fault(a, (*of)->fields)))
				fault = list_fault(a, borrowed(a, *of));
	}
	for (; *common && !fault; common++)
		fault = list_fault(a, *common);
	return fault;
}

/* Prepares the statements of a list, adds their number to `checked`, and returns how many
 * failed. */
static int check_list(struct app *app, const struct statement *const *list, int *checked)
{
	int bad = 0;
	char why[500];
	for (const struct statement *const *st = list; st && *st; st++) {
		++*checked;
		if (sql_check(app->db, *st, why, sizeof why) != OK) {
			printf("%s: %s\n", (*st)->name, why);
			bad++;
		}
	}
	return bad;
}

int describe_check(struct app *app, const struct module *const *modules,
	const struct statement *const *const *common)
{
	char why[500];
	app->conf = config_open(app->conf_path, app->program, why, sizeof why);
	if (!app->conf) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	app->db = db_new(app->conf);
	if (db_ready(app->db) != OK) {
		fprintf(stderr, "cannot connect to the database: %s\n", db_error(app->db));
		return 1;
	}
	int bad = 0, checked = 0;
	struct arena *a = arena_new((size_t)1 << 20);
	for (const struct module *const *m = modules; *m; m++) {
		bad += check_list(app, (*m)->statements, &checked);
		for (const struct resource *const *of = (*m)->resources; of && *of; of++)
			bad += check_list(app, borrowed(a, *of), &checked);
	}
	for (; *common; common++)
		bad += check_list(app, *common, &checked);
	arena_free(a);
	printf("%d statements checked, %d failed\n", checked, bad);
	return bad != 0;
}
