/* feed: writes an organizer's events as an Atom feed (RFC 4287). */
#ifndef TG_PUBLIC_FEED_H
#define TG_PUBLIC_FEED_H

#include "fcgi/public/organizer.h"

/* Writes the body and its content type. */
void organizer_feed_write(struct req *r, const struct organizer *o);

#endif
