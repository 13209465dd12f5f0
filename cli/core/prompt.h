/* prompt: asks for a line at the terminal. */
#ifndef TG_CLI_PROMPT_H
#define TG_CLI_PROMPT_H

#include <stdbool.h>

#define PROMPT_ROOM 2048

/* Reads one line of standard input without its newline; at a terminal, prompts on standard error
 * first, for a secret with echo off. Returns 0, -1 at end of input, or -2 when the line does not
 * fit. */
int prompt_line(const char *prompt, bool secret, char out[PROMPT_ROOM]);

#endif
