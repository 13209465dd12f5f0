/* unicode: characters that cannot be seen, and names of characters for messages. */
#ifndef TG_TEXT_UNICODE_H
#define TG_TEXT_UNICODE_H

#include "common/base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether a code point leaves nothing to see or only blank space: spaces of any width, controls,
 * format characters (zero-width, directions), and what Unicode calls default ignorable. */
bool char_is_blank(int32_t c);
/* Whether all characters of a NUL-terminated UTF-8 text are blank; true for an empty one. */
bool text_is_blank(const char *s);
/* A character for a message, in the arena: the character itself in quotation marks, or U+200B when
 * it is blank or cannot stand alone. */
char *char_text(struct arena *a, int32_t c);
/* Decodes the character at *s, which is valid UTF-8 and not at its end, and advances *s. */
int32_t char_next(const char **s);

#endif
