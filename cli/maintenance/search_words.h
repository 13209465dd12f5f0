/* search_words: brings search indexes up to date after the way words are split has changed. */
#ifndef TG_CLI_MAINTENANCE_SEARCH_WORDS_H
#define TG_CLI_MAINTENANCE_SEARCH_WORDS_H

#include "cli/core/cli.h"

/* Indexes the names of all events and venues again, once after the migration that asked for it. An
 * interrupted run starts again with the next call. */
NODISCARD enum err search_words_update(struct cli *c);

#endif
