/* standby: a process beside the master that takes its place when it was killed, and that stops the
 * program when the lighttpd that started it was. */
#ifndef TG_RUNTIME_STANDBY_H
#define TG_RUNTIME_STANDBY_H

#include <stdbool.h>
#include <sys/types.h>

/* Maps the memory that a master shares with its workers, its standby process and its successors.
 * fd: of that memory, when a master before this one made it; -1: none did. The descriptor must stay
 * open for the next master. -1: failed; ESRCH: the web server has gone. */
int standby_open(int fd);
/* Forks the standby process; as fork(). */
pid_t standby_fork(void);
/* The master is stopping: nobody takes its place. */
void standby_close(void);
/* For a process whose master, `dead`, was killed: true for one of all callers, which is then the
 * next master, with its signals as after a program's start. */
bool standby_succeeds(pid_t dead);
/* In the standby process, once it has to be the next master. */
extern void (*standby_on_succession)(void);

#endif
