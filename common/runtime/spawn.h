/* spawn: starts a program as a process of its own. */
#ifndef TG_RUNTIME_SPAWN_H
#define TG_RUNTIME_SPAWN_H

#include <sys/types.h>

/* Starts the program with argv, whose first word says what it is, and env. Its standard input,
 * output and error are the descriptors, or /dev/null where they are -1: a web server may wait until
 * nobody has a request's pipes open. -1: it could not be started. */
pid_t spawn_self(char *const *argv, char *const *env, int in, int out, int err);
/* The same with the program in the file. */
pid_t spawn_program(const char *file, char *const *argv, char *const *env, const int standard[3]);

#endif
