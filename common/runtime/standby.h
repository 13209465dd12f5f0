/* standby: a process beside the master that takes its place when it was killed, and that stops the
 * program when the lighttpd that started it was. */
#ifndef TG_RUNTIME_STANDBY_H
#define TG_RUNTIME_STANDBY_H

#include <stdbool.h>
#include <sys/types.h>

/* Maps the memory that a master shares with its workers, its standby process and its successors.
 * fd: of that memory, when a master before this one made it; -1: none did. The descriptor must stay
 * open for the next master. -1: failed. */
int standby_open(int fd);
/* Whether the process that started this one has gone already: the parent has another session, or is
 * process 1 and does not listen on this socket; and this one is not the leader of a session, as
 * spawn-fcgi makes it. Asked after standby_open(), which finds no lighttpd then. */
bool standby_abandoned(void);
/* Whether lighttpd started the program: then nobody else can start it again. */
bool standby_wanted(void);
/* The same for a master that it did not start itself, which therefore must not end before it. */
bool standby_must_stay(void);
/* Whether the listen socket was shut down, because the web server has gone. */
bool standby_socket_ended(void);
/* Lets lighttpd not connect any more, if no other master follows on this socket; what is queued can
 * still be accepted (unix(7)). A connection between the last look at the queue and the end of the
 * process would get no answer; like this lighttpd knows that nobody listens, and answers 503.
 * Afterwards poll() always finds something, and accept() tells what. */
void standby_refuse_more(void);
/* Forks the standby process; as fork(). */
pid_t standby_fork(void);
/* The master is stopping: nobody takes its place. */
void standby_close(void);
/* For a process whose master, `dead`, was killed: true for one of all callers, which is then the
 * next master, with its signals as after a program's start. Never without lighttpd. */
bool standby_succeeds(pid_t dead);
/* In the standby process, once it has to be the next master. */
extern void (*standby_on_succession)(void);

#endif
