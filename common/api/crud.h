/* crud: what every resource does, from its tables. */
#ifndef TG_API_CRUD_H
#define TG_API_CRUD_H

#include "common/http/request.h"

/* A way to list, chosen when all filters that `when` names ("eventId,status"; NULL: always) were
 * sent or stand in the path. */
struct family {
	const char *when;
	const struct order *orders; /* ends with a NULL name */
	/* the count of all rows of the family, from a counter: column "total" */
	const struct statement *total;
	const struct statement *count; /* an honest count, when other filters narrow it */
};

struct listing {
	const struct family *families; /* ends with a NULL orders; the first that fits */
	bool down; /* the default direction of the first order */
	/* turns filters into parameters; may be NULL */
	MUST enum err (*prepare)(struct req *r, struct params *p);
	/* the name of the file that "Accept: text/csv" gets, every row of the list
	 * (common/api/csv_export.h); NULL: JSON only */
	const char *csv;
};

struct resource {
	const char *noun; /* "Event", as in "Event not found: x" */
	const char *name; /* "event" */
	const struct field *fields;
	/* The resource this one lives under; :<parent_param> becomes the parent's id, and the row's
	   column of that name holds it. On paths without the parent (ROUTE_UNDER unset) it is NULL
	   for reads, and looked up for writes. */
	const struct resource *parent;
	const char *parent_param;
	/* Parents: does :id exist, and the same FOR UPDATE. Every write below a parent claims it
	 * first, so that rules among siblings hold. */
	const struct statement *exists, *claim;
	const struct statement *get; /* one row by :id */
	/* children: every row of a parent, in order, for embedding */
	const struct statement *all;
	/* Children that lists show, too: the rows of all parents of :parents (a JSON array of ids
	   in hex), in its order; column "parent" holds the parent's id, and "summary" what a cell
	   of a table says of the row. */
	const struct statement *each;
	/* column "id" by :name, what a path may say instead of the id; NULL: ids only */
	const struct statement *by_name;
	/* the name that this stands for; NULL: there can be none such. Set when by_name is */
	const char *(*name_of)(struct arena *a, const char *s, size_t n);
	const struct statement *lock; /* the row by :id as it is stored, FOR UPDATE */
	const struct statement *insert, *update, *remove;
	/* Closes gaps after a change among siblings with a `position`: rows in the order of 2 *
	 * position, :bias added for :id, get 0, 1, 2… */
	const struct statement *renumber;
	int64_t limit; /* rows below one parent; 0: no limit */
	const struct listing *listing;
	/* Cross-field rules on the whole new state `p`; `before` is NULL on create. Adds problems,
	 * or fails. May complete `p`. */
	MUST enum err (*check)(struct req *r, const struct rows *before, struct params *p);
	/* In the same transaction, after the row was inserted (before NULL), updated, or removed
	 * (after NULL). */
	MUST enum err (*stored)(
		struct req *r, const struct rows *before, const struct params *after);
	/* The insert or update met a unique key. OK: `p` was changed, try again; anything else ends
	 * the request. `attempt` counts from 0. */
	MUST enum err (*clash)(struct req *r, struct params *p, int attempt);
	/* May it be deleted? NULL: yes. */
	MUST enum err (*removable)(struct req *r, const struct rows *before);
	/* The FIELD_EMBEDDED members of one shown row: the children (in lists those with `each`
	 * only), then, in a single get, what `embed` writes. */
	const struct child *children; /* ends with a NULL name; may be NULL */
	MUST enum err (*embed)(struct req *r, struct json *j, const struct rows *row);
	/* Rows of one parent that were just read, to be shown or changed: what they say of this
	 * very moment is set right. NULL: they stand as they are stored. */
	MUST enum err (*freshen)(struct req *r, struct rows *rows);
	/* In a single get: adds columns that follow from the children's rows (by their place in
	 * `children`), which saves asking the database for them. NULL: nothing does. */
	void (*derive)(struct req *r, struct rows *row, const struct rows *children);
};

/* Rows shown inside their parent. `has`: a column of the parent's row that is 0 when there are
 * none, which saves asking; NULL: always asked. */
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
	/* why the guard refuses although the status fits; NULL: another caller was faster */
	const char *refusal;
	/* in the same transaction; may be NULL */
	MUST enum err (*moved)(
		struct req *r, const struct rows *before, const struct transition *t);
};

MUST enum err crud_get(struct req *r);
MUST enum err crud_list(struct req *r);
MUST enum err crud_create(struct req *r);
MUST enum err crud_patch(struct req *r);
MUST enum err crud_delete(struct req *r);
MUST enum err crud_transition(struct req *r);

/* What the resource's freshen does, where it has one. */
MUST enum err crud_freshen(struct req *r, const struct resource *of, struct rows *rows);
/* The resource as the API shows it, as the reply's data, with its ETag. `p` has :id (and the
 * parent's). `arg` is what the client called it. */
MUST enum err crud_send(struct req *r, const struct resource *of, const struct params *p,
	const char *arg, int status);
/* Behind the array of a list's rows: meta, the end of the reply, and the Link header. `cursor`
 * NULL: this was the last page. */
void crud_list_end(struct req *r, struct json *j, int64_t total, const char *cursor);
/* The path's arguments as parameters: the parent's id where there is one, and the resource's own
 * when the path names it. */
MUST enum err crud_path(
	struct req *r, const struct resource *of, bool write, struct params *p, const char **arg);
/* The row that the path names, as it is stored, locked until the transaction ends, with If-Match
 * judged. It becomes r->subject. */
MUST enum err crud_lock(struct req *r, const struct resource *of, struct params *p,
	const char **arg, struct rows *before);
/* The id that a path argument names, as a UUID or by name; ERR_NOT_FOUND with the contract's
 * message. */
MUST enum err crud_resolve(
	struct req *r, const struct resource *of, const char *arg, struct uuid *id);
/* Does `after` give the column another value than the row has? False when it does not say. */
bool crud_changed(const struct rows *before, const struct params *after, const char *name);
/* A problem when both times are set and `second` is not after `first`. `prefix` stands before the
 * names in the message. */
void crud_in_order(struct req *r, const struct params *p, const char *first, const char *second,
	const char *prefix);

/* The answer to a DELETE: r->subject is gone. */
void crud_deleted(struct req *r);

/* "Event not found: abc". */
MUST enum err crud_missing(struct req *r, const struct resource *of, const char *arg);

#endif
