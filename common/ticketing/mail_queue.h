/* mail_queue: queues mail to buyers and users, written with the request's transaction;
 * cron/mail_send sends it. */
#ifndef TG_TICKETING_MAIL_QUEUE_H
#define TG_TICKETING_MAIL_QUEUE_H

#include "common/api/module.h"

/* What a message is about, in the order of mail_kinds: an order, its refund or the reissue of its
 * tickets; the link of an order that its buyer has asked for; an invitation of a user, a new
 * password. */
enum mail_kind {
	MAIL_ORDER,
	MAIL_REFUND,
	MAIL_REISSUE,
	MAIL_LINK,
	MAIL_INVITATION,
	MAIL_PASSWORD_RESET,
	MAIL_KINDS
};
extern const char *const mail_kinds[]; /* ends with NULL */
extern const char *const mail_statuses[]; /* the same */

/* Messages of the kinds ORDER and LINK about one order within an hour, the sale's included:
 * mail_admit(). */
#define MAIL_ORDER_HOURLY 5
/* Bytes of the path of a link that is sealed. */
#define MAIL_LINK_MAX 1024

/* Whether mail is sent (mail_url is set). */
bool mail_is_on(const struct req *r);

/* All of these defer one row, and nothing when no mail is sent. */
/* To the buyer of an order that this transaction writes. */
NODISCARD enum err mail_queue_sale(struct req *r, const struct uuid *order, const char *email);
/* To the buyer of an order; the program must be able to read orders. */
NODISCARD enum err mail_queue_order(struct req *r, enum mail_kind kind, const struct uuid *order);
/* To a user: an invitation or a new password. `path` is the link's, from base_path on, with its
 * one-time code: stored encrypted, and forgotten when it was sent. */
NODISCARD enum err mail_queue_user(struct req *r, enum mail_kind kind, const struct uuid *user,
	const char *email, const char *path);

/* Whether another message about the order may be asked for; sets *wait to 0, or to the seconds
 * until then. Counts what is queued already: within a transaction that has locked the order it is
 * exact. */
NODISCARD enum err mail_admit(struct req *r, const struct uuid *order, int64_t *wait);

extern const struct module mail_queue_module; /* the statements of sales: for programs that sell */
extern const struct module mail_order_module; /* those of mail_queue_order and mail_admit */
extern const struct module mail_user_module; /* that of mail_queue_user */

#endif
