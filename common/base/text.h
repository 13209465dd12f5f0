/* text: a default for strings that may be NULL. */
#ifndef TG_BASE_TEXT_H
#define TG_BASE_TEXT_H

/* Returns `text`, or `otherwise` when it is NULL. Nothing is copied. */
static inline const char *text_or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

#endif
