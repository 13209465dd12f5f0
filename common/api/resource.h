/* resource: the table that describes a resource: its fields, statements and hooks. */
#ifndef TG_API_RESOURCE_H
#define TG_API_RESOURCE_H

#include "common/http/request.h"

/* One way to read a list, with statements and indexes of its own. It is used when every filter that
 * `when` names ("eventId,status"; NULL: always) is set by the query or the path. */
struct list_variant {
	const char *when;
	const struct sort_order *sorts; /* ends with a NULL name */
	/* The number of all rows of the variant, from a counter: column "total". */
	const struct statement *total;
	/* An exact count, used when other filters apply. */
	const struct statement *count;
};

/* For lists that show several rows for each row of their statements, such as the tickets of orders:
 * `gather` reads what belongs to the rows, into the request's arena, and `next` sets `out` to one
 * row after the other that rows->row i becomes, for i from 0 on; false: it has no more. */
struct expansion {
	NODISCARD enum err (*gather)(struct req *r, const struct rows *rows, void **state);
	bool (*next)(struct req *r, void *state, size_t i, struct rows *out);
};

struct list_spec {
	const struct list_variant *variants; /* ends with NULL sorts; the first that fits */
	bool down; /* the default direction of the first sort order */
	/* Converts filters into the statement's parameters; may be NULL. */
	NODISCARD enum err (*prepare)(struct req *r, struct params *p);
	/* File name of the CSV export (csv_export.h); NULL: JSON only. */
	const char *csv;
	/* The resource as the CSV export shows it, with further children; NULL: as in JSON. */
	const struct resource *csv_of;
	const struct expansion *expand; /* of the CSV export; NULL: a row is a row */
	/* For lists in order of ids that clients go on from: the state of its epochs
	 * (common/access/epoch.h), below whose mark it ends. Its statements take :fromId and :toId,
	 * which are set to the first and last UUIDv7 of the times :from and :to. Its program lists
	 * epoch_reader_statements among its modules. */
	const struct statement *epochs;
	/* The sort order that `epochs` is of, when it is by the time of creation instead of ids:
	 * its statements take :last, the latest time that they list. Other orders have no end. */
	const char *epochs_by;
	int64_t total_max; /* where the totals stop counting; 0: they are exact */
};

/* Statements of a resource; NULL where it has no such operation. All but `get_by_name`, `by_name`,
 * `by_parent` and `by_parents` take :id. */
struct resource_sql {
	const struct statement *get; /* one row */
	/* The same by :name instead of :id, which saves the look-up of a name; may be NULL. */
	const struct statement *get_by_name;
	const struct statement *lock; /* the stored row, FOR UPDATE */
	/* Column "id" by :name, which a path may contain instead of the id; NULL: ids only. */
	const struct statement *by_name;
	const struct statement *insert;
	const struct statement *update;
	const struct statement *remove;
	/* Renumbers siblings with a `position` to 0, 1, 2…, in the order of 2 * position, with
	 * :bias added for the row :id. */
	const struct statement *renumber;
	/* For parents: whether :id exists, and an update of its turn (sql/020_turns.sql), which
	 * counts as a read. Every write of a child locks its parent by it first, so that rules
	 * among siblings hold. */
	const struct statement *exists;
	const struct statement *lock_parent;
	/* For children: all rows of one parent, in order. With `by_parents`, it is cheaper than
	 * that for a single parent. */
	const struct statement *by_parent;
	/* For children that lists show, too: the rows of all parents in :parents (a JSON array of
	 * ids in hex), in that order. Column "parent" is the parent's id; for the CSV export,
	 * "summary" is the text of a cell. */
	const struct statement *by_parents;
};

struct transition;

/* Behaviour that tables cannot express; each may be NULL. */
struct resource_hooks {
	/* Cross-field checks of the whole new state `p`; `before` is NULL on create. Adds problems,
	 * or returns an error. May set missing values of `p`. */
	NODISCARD enum err (*check)(struct req *r, const struct rows *before, struct params *p);
	/* Called in the same transaction after the row was inserted (`before` NULL), updated, or
	 * deleted (`after` NULL). */
	NODISCARD enum err (*after_write)(
		struct req *r, const struct rows *before, const struct params *after);
	/* The insert or update violated a unique key. OK: `p` was changed, retry; any error ends
	 * the request. `attempt` counts from 0. */
	NODISCARD enum err (*on_duplicate_key)(struct req *r, struct params *p, int attempt);
	/* OK when the row may be deleted, else ERR_CONFLICT with the reason. */
	NODISCARD enum err (*can_delete)(struct req *r, const struct rows *before);
	/* As nested rows: sets the columns of just-read rows that follow from their parent's row,
	 * which saves a join. */
	void (*inherit)(struct rows *rows, const struct rows *parents, size_t parent);
	/* Updates the columns of just-read rows of one parent that depend on the current time. */
	NODISCARD enum err (*refresh)(struct req *r, struct rows *rows);
	/* In responses with one resource: adds columns that are computed from the children's rows
	 * (in the order of `children`), which saves a query. */
	void (*compute)(struct req *r, struct rows *row, const struct rows *children);
	/* In responses with one resource: writes the FIELD_EMBEDDED members that are not
	 * children. `children` is as in `compute`; NULL when they were not read. */
	NODISCARD enum err (*embed)(
		struct req *r, struct json *j, const struct rows *row, const struct rows *children);
};

struct resource {
	const char *title; /* "Event", as in "Event not found: x" */
	const char *name; /* "event" */
	const struct field *fields;
	/* The resource that this one is nested under; NULL: none. The parameter :<parent_param> is
	 * the parent's id, and so is the row's column of that name. On paths without the parent
	 * (ROUTE_NESTED unset) the parameter is unset for reads, and looked up for writes. */
	const struct resource *parent;
	const char *parent_param;
	struct resource_sql sql;
	struct resource_hooks hooks;
	/* Normalizes a path argument of n bytes to the name for sql.by_name, in the arena; NULL: no
	 * such name can exist. Required with sql.by_name. */
	const char *(*name_of)(struct arena *a, const char *s, size_t n);
	/* For common/access/response_cache.h: the column with the id of the event that the row is a
	 * part of, also the parameter of lists that are nested in the event; NULL: there is none.
	 */
	const char *event_id;
	bool counts_left_out; /* with event_id: sales do not change the rows */
	bool global; /* rows of no organization, which the administrator's commands alone change */
	int64_t limit; /* most rows of one parent; 0: no limit */
	const struct list_spec *list;
	const struct child *children; /* ends with a NULL name; may be NULL */
};

/* Rows nested in their parent; lists show only those with `by_parents`. `has` is a column of the
 * parent's row that is 0 when there are none, which saves a query; NULL: always queried. */
struct child {
	const char *name;
	const struct resource *of;
	const char *has;
};

/* One verb of a state machine. The guarded update decides by its number of affected rows, so that
 * of two concurrent callers one wins. */
struct transition {
	const char *verb; /* "publish" */
	const char *const *from; /* statuses it may start from; ends with NULL */
	const char *to; /* the new status */
	const struct statement *update; /* takes :id, :from, :to */
	/* The hint when the guard rejects although the status is allowed; NULL: another caller was
	 * first. */
	const char *refusal;
	/* In the same transaction; may be NULL. */
	NODISCARD enum err (*after_transition)(
		struct req *r, const struct rows *before, const struct transition *t);
};

/* Fails with ERR_NOT_FOUND and the contract's message, "Event not found: abc". */
NODISCARD enum err resource_not_found(struct req *r, const struct resource *of, const char *arg);
/* Runs the refresh hook, if the resource has one. */
NODISCARD enum err resource_refresh(struct req *r, const struct resource *of, struct rows *rows);

#endif
