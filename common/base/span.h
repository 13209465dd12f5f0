/* span: bytes that somebody else owns, and how many there are. */
#ifndef TG_BASE_SPAN_H
#define TG_BASE_SPAN_H

#include <stddef.h>

struct span {
	const void *p;
	size_t n;
};

#endif
