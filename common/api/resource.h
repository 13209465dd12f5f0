/* resource: what a resource is, as a table: its fields, its statements, its hooks. */
#ifndef TG_API_RESOURCE_H
#define TG_API_RESOURCE_H

#include "common/http/request.h"

/* A way to list, chosen when every filter that `when` names ("eventId,status"; NULL: always) was
 * sent or stands in the path. */
struct list_variant {
	const char *when;
	const struct sort_order *sorts; /* ends with a NULL name */
	/* The count of all rows of the variant, from a counter: column "total". */
	const struct statement *total;
	/* An exact count, when other filters narrow the list. */
	const struct statement *count;
};

struct list_spec {
	const struct list_variant *variants; /* ends with NULL sorts; the first that fits */
	bool down; /* the default direction of the first sort order */
	/* Turns filters into parameters; may be NULL. */
	NODISCARD enum err (*prepare)(struct req *r, struct params *p);
	/* File name of the CSV that "Accept: text/csv" gets, every row of the list (csv_export.h);
	 * NULL: JSON only. */
	const char *csv;
};

/* Statements of a resource. All but `exists`, `lock_parent`, `by_parents` and `by_name` take :id.
 */
struct resource_sql {
	const struct statement *get; /* one row */
	const struct statement *lock; /* the row as it is stored, FOR UPDATE */
	/* Column "id" by :name, which a path may give instead of the id; NULL: ids only. */
	const struct statement *by_name;
	const struct statement *insert;
	const struct statement *update;
	const struct statement *remove;
	/* Closes gaps after a change among siblings with a `position`: rows in the order of
	 * 2 * position, :bias added for :id, get 0, 1, 2… */
	const struct statement *renumber;
	/* Of a parent: does :id exist, and the same FOR UPDATE. Every write below a parent locks it
	 * first, so that rules among siblings hold. */
	const struct statement *exists;
	const struct statement *lock_parent;
	/* Of a child: every row of one parent, in order. */
	const struct statement *by_parent;
	/* Of a child that lists show, too: the rows of all parents of :parents (a JSON array of ids
	 * in hex), in that order. Column "parent" is the parent's id, "summary" the text of a CSV
	 * cell. */
	const struct statement *by_parents;
};

struct transition;

/* Behaviour that tables cannot state; each may be NULL. */
struct resource_hooks {
	/* Cross-field rules on the whole new state `p`; `before` is NULL on create. Adds problems,
	 * or fails. May complete `p`. */
	NODISCARD enum err (*check)(struct req *r, const struct rows *before, struct params *p);
	/* In the same transaction, after the row was inserted (`before` NULL), updated, or removed
	 * (`after` NULL). */
	NODISCARD enum err (*after_write)(
		struct req *r, const struct rows *before, const struct params *after);
	/* The insert or update met a unique key. OK: `p` was changed, try again; anything else ends
	 * the request. `attempt` counts from 0. */
	NODISCARD enum err (*on_duplicate_key)(struct req *r, struct params *p, int attempt);
	/* Whether the row may be deleted. */
	NODISCARD enum err (*can_delete)(struct req *r, const struct rows *before);
	/* Rows of one parent that were just read, to be shown or changed: brings what depends on
	 * the current time up to date. */
	NODISCARD enum err (*refresh)(struct req *r, struct rows *rows);
	/* In a single get: adds columns that follow from the children's rows (in the order of
	 * `children`), which saves a query. */
	void (*compute)(struct req *r, struct rows *row, const struct rows *children);
	/* In a single get: writes the FIELD_EMBEDDED members that are not children. */
	NODISCARD enum err (*embed)(struct req *r, struct json *j, const struct rows *row);
};

struct resource {
	const char *title; /* "Event", as in "Event not found: x" */
	const char *name; /* "event" */
	const struct field *fields;
	/* The resource this one is nested under; :<parent_param> becomes the parent's id, and the
	 * row's column of that name holds it. On paths without the parent (ROUTE_NESTED unset) it
	 * is NULL for reads, and looked up for writes. */
	const struct resource *parent;
	const char *parent_param;
	struct resource_sql sql;
	struct resource_hooks hooks;
	/* The name that a path argument stands for, in the arena; NULL: no such name can exist. Set
	 * when sql.by_name is. */
	const char *(*name_of)(struct arena *a, const char *s, size_t n);
	int64_t limit; /* rows below one parent; 0: no limit */
	const struct list_spec *list;
	const struct child *children; /* ends with a NULL name; may be NULL */
};

/* Rows shown inside their parent; lists show those with `by_parents` only. `has`: a column of the
 * parent's row that is 0 when there are none, which saves a query; NULL: always asked. */
struct child {
	const char *name;
	const struct resource *of;
	const char *has;
};

/* One verb of a state machine: the guarded update decides by its affected rows. */
struct transition {
	const char *verb; /* "publish" */
	const char *const *from; /* statuses it may start from; ends with NULL */
	const char *to;
	const struct statement *update; /* takes :id, :from, :to */
	/* Why the guard refuses although the status fits; NULL: another caller was faster. */
	const char *refusal;
	/* In the same transaction; may be NULL. */
	NODISCARD enum err (*after_transition)(
		struct req *r, const struct rows *before, const struct transition *t);
};

/* "Event not found: abc". */
NODISCARD enum err resource_not_found(struct req *r, const struct resource *of, const char *arg);
/* Runs the refresh hook, where there is one. */
NODISCARD enum err resource_refresh(struct req *r, const struct resource *of, struct rows *rows);

#endif
