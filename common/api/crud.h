/* crud: what every resource does, from its tables. */
#ifndef TG_API_CRUD_H
#define TG_API_CRUD_H

#include "common/api/resource.h"

NODISCARD enum err crud_get(struct req *r);
NODISCARD enum err crud_list(struct req *r);
NODISCARD enum err crud_create(struct req *r);
NODISCARD enum err crud_patch(struct req *r);
NODISCARD enum err crud_delete(struct req *r);
NODISCARD enum err crud_transition(struct req *r);

/* The resource as the API shows it, as the reply's data, with its ETag. `p` has :id (and the
 * parent's). `arg` is what the client called it. */
NODISCARD enum err crud_send_one(struct req *r, const struct resource *of, const struct params *p,
	const char *arg, int status);
/* Behind the array of a list's rows: meta, the end of the reply, and the Link header. `cursor`
 * NULL: this was the last page. */
void crud_list_end(struct req *r, struct json *j, int64_t total, const char *cursor);
/* The path's arguments as parameters: the parent's id where there is one, and the resource's own
 * when the path names it. */
NODISCARD enum err crud_path(
	struct req *r, const struct resource *of, bool write, struct params *p, const char **arg);
/* The row that the path names, as it is stored, locked until the transaction ends, with If-Match
 * judged. It becomes r->subject. */
NODISCARD enum err crud_lock(struct req *r, const struct resource *of, struct params *p,
	const char **arg, struct rows *before);
/* The id that a path argument names, as a UUID or by name; ERR_NOT_FOUND with the contract's
 * message. */
NODISCARD enum err crud_resolve(
	struct req *r, const struct resource *of, const char *arg, struct uuid *id);
/* Does `after` give the column another value than the row has? False when it does not say. */
bool crud_changed(const struct rows *before, const struct params *after, const char *name);
/* A problem when both times are set and `second` is not after `first`. `prefix` stands before the
 * names in the message. */
void crud_check_time_order(struct req *r, const struct params *p, const char *first,
	const char *second, const char *prefix);

/* The answer to a DELETE: r->subject is gone. */
void crud_send_deleted(struct req *r);

#endif
