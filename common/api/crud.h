/* crud: generic handlers that get, list, create, change and delete a resource by its tables. */
#ifndef TG_API_CRUD_H
#define TG_API_CRUD_H

#include "common/api/resource.h"

/* Handlers of routes; r->route->of is the resource. crud_patch and crud_delete check If-Match;
 * crud_transition takes a struct transition as the route's `arg`. */
NODISCARD enum err crud_get(struct req *r);
NODISCARD enum err crud_list(struct req *r);
NODISCARD enum err crud_create(struct req *r);
NODISCARD enum err crud_patch(struct req *r);
NODISCARD enum err crud_delete(struct req *r);
NODISCARD enum err crud_transition(struct req *r);

/* Responds with one resource and its ETag. `p` has :id (and the parent's id); `arg` is the path
 * argument as sent, for the message of ERR_NOT_FOUND. */
NODISCARD enum err crud_send_one(struct req *r, const struct resource *of, const struct params *p,
	const char *arg, int status);
/* For lists with epochs (resource.h): begins with the whole range in `p`; ends it below the mark;
 * and reads the next rows, below the mark. Other lists are read as they are. */
void crud_list_begin(struct req *r, struct params *p);
NODISCARD enum err crud_list_below_mark(struct req *r, struct params *p);
NODISCARD enum err crud_list_read(
	struct req *r, const struct statement *page, struct params *p, struct rows *rows);
/* Ends a list response after the array of rows: writes meta and adds the Link header. `cursor`
 * starts the next page; NULL: this is the last one. */
void crud_list_end(struct req *r, struct json *j, int64_t total, const char *cursor);
/* Resolves the path's arguments: initializes `p` (req_params) and sets the parent's id where there
 * is one, and :id when the path names the resource. `arg` is the resource's argument as sent, NULL
 * without one. For a `write` the parent is locked; otherwise, a parent named by its id may be
 * missing. */
NODISCARD enum err crud_path(
	struct req *r, const struct resource *of, bool write, struct params *p, const char **arg);
/* For reads that found no row: ERR_NOT_FOUND when the parent that the path names is missing. A row
 * that was found proves that there is one. */
NODISCARD enum err crud_check_parent(struct req *r, const struct resource *of);
/* Reads and locks the row that the path names until the transaction ends, checks If-Match, and
 * makes the row the subject of the audit entry. */
NODISCARD enum err crud_lock(struct req *r, const struct resource *of, struct params *p,
	const char **arg, struct rows *before);
/* Resolves a path argument (a UUID or a name such as a slug) to an id. ERR_NOT_FOUND with the
 * contract's message when the name is unknown; a UUID is not looked up. */
NODISCARD enum err crud_resolve(
	struct req *r, const struct resource *of, const char *arg, struct uuid *id);
/* Whether `after` has a value for the column that differs from the row's. */
bool crud_changed(const struct rows *before, const struct params *after, const char *name);
/* Adds a problem when both times are set and `second` is not after `first`. `prefix` precedes the
 * field's name ("tickets.0."). */
void crud_check_time_order(struct req *r, const struct params *p, const char *first,
	const char *second, const char *prefix);

/* Responds {"id": …, "deleted": true} for r->audit.subject. */
void crud_send_deleted(struct req *r);

#endif
