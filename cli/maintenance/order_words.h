/* order_words: adds the words of buyers' names to the index that order lists search. */
#ifndef TG_CLI_MAINTENANCE_ORDER_WORDS_H
#define TG_CLI_MAINTENANCE_ORDER_WORDS_H

#include "cli/core/cli.h"

/* Indexes the orders of every organization that are not indexed yet, as far as no open transaction
 * can still insert one before them. *total gets their number. Runs its own transactions. */
NODISCARD enum err order_words_index(struct cli *c, int64_t *total);

#endif
