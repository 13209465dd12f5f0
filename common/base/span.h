/* span: a pointer to bytes owned elsewhere, and their number. */
#ifndef TG_BASE_SPAN_H
#define TG_BASE_SPAN_H

#include <stddef.h>

/* Valid as long as the bytes; never freed through the span. */
struct span {
	const void *p;
	size_t n;
};

#endif
