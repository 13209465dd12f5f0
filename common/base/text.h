/* text: what is said where a text may be missing. */
#ifndef TG_BASE_TEXT_H
#define TG_BASE_TEXT_H

/* `text`, or `otherwise` when it is NULL. Neither is copied. */
static inline const char *text_or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

#endif
