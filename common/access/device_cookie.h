/* device_cookie: the cookie of a browser that has signed in. */
#ifndef TG_ACCESS_DEVICE_COOKIE_H
#define TG_ACCESS_DEVICE_COOKIE_H

#include "common/http/request.h"

/* Sets the cookie for a browser that has signed in to the account `email`, for a year: its attempts
 * are told from those of strangers. It gives no access. */
void device_cookie_write(struct req *r, const char *email);
/* The cookie's value when it is this account's and has not expired; NULL otherwise. */
const char *device_cookie_of(struct req *r, const char *email);
/* Identifies the browser, of whichever account, in shared memory: the tag of a cookie that this
 * server has set; 0: it has none. */
uint64_t device_cookie_tag(const struct req *r);

#endif
