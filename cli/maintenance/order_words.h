/* order_words: adds the words of buyers' names to the index that order lists search. */
#ifndef TG_CLI_MAINTENANCE_ORDER_WORDS_H
#define TG_CLI_MAINTENANCE_ORDER_WORDS_H

#include "cli/maintenance/each_org.h"

/* Indexes the orders of every organization that are not indexed yet, as far as no open transaction
 * can still insert one before them. The total is their number. Runs its own transactions. */
NODISCARD enum err order_words_turn(struct cli *c, struct job_run *run);

#endif
