/* standby: a process beside the master that takes its place when it was killed, and that stops the
 * program when the lighttpd that started it was. */

/* lighttpd starts a program again that has ended only if nobody listens on its socket; otherwise it
 * uses the socket as that of a server which others take care of, for as long as it runs
 * (gw_spawn_connection() of lighttpd 1.4). The workers of a killed master still listen, so one of
 * these processes must be the next master. When lighttpd itself was killed they must stop to
 * listen before the next one looks. */
#include "common/runtime/standby.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/log.h"

#define SERVER "lighttpd" /* others may be launchers that end at once, such as spawn-fcgi */
#define LOOK_MS 200 /* between two looks, where pidfd_open() is not enough (Linux 5.3) */

static struct shared {
	_Atomic pid_t master;
	_Atomic pid_t standby;
	_Atomic pid_t web; /* the lighttpd that started the first master; 0: another program did */
	_Atomic bool closing; /* the master is stopping */
} * shared;

void (*standby_on_succession)(void);

/* The parent when it has this name, else 0. */
static pid_t parent_named(const char *name)
{
	char path[64], text[32] = "";
	pid_t parent = getppid();
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)parent);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fgets(text, sizeof text, f) == NULL)
		text[0] = '\0';
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, name) == 0 ? parent : 0;
}

/* The process that called listen() for the socket of this program, also when it has gone: unix(7),
 * SO_PEERCRED. 0: unknown, as with TCP. */
static pid_t listener(void)
{
	struct ucred who = {.pid = 0};
	socklen_t n = sizeof who;

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return 0;
	return who.pid;
}

/* A process whose parent has gone gets another one: process 1, as a rule, which in a container may
 * have the same session. What process 1 starts itself, it also listens for, or the program does. */
bool standby_abandoned(void)
{
	pid_t session = getsid(0), parent = getppid(), by = listener();

	if (session == getpid())
		return false;
	return getsid(parent) != session ||
		(parent == 1 && by != 0 && by != parent && by != getpid());
}

int standby_open(int fd)
{
	bool first = fd < 0;
	void *p;

	if (first && (fd = memfd_create("ticketgate-master", 0)) < 0)
		return -1;
	if (first && ftruncate(fd, (off_t)sizeof *shared) != 0)
		return -1;
	p = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -1;
	shared = p;
	if (first)
		shared->web = parent_named(SERVER);
	shared->master = getpid();
	shared->closing = false;
	return fd;
}

bool standby_wanted(void)
{
	return shared->web != 0;
}

bool standby_must_stay(void)
{
	pid_t web = shared->web;

	return web != 0 && getppid() != web && kill(web, 0) == 0;
}

bool standby_socket_ended(void)
{
	struct pollfd p = {.fd = STDIN_FILENO};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0;
}

/* With TCP, what is queued would be lost, too. */
void standby_refuse_more(void)
{
	int domain = 0;
	socklen_t n = sizeof domain;

	if (standby_wanted() && !standby_must_stay() &&
		getsockopt(STDIN_FILENO, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
		domain == AF_UNIX)
		shutdown(STDIN_FILENO, SHUT_RDWR);
}

void standby_close(void)
{
	shared->closing = true;
}

bool standby_succeeds(pid_t dead)
{
	static const int ignored[] = {SIGHUP, SIGUSR2, SIGPIPE};
	pid_t expected = dead;

	if (shared->closing ||
		!atomic_compare_exchange_strong(&shared->master, &expected, getpid()))
		return false;
	log_msg(LOG_ERROR, "the master, %d, was killed; process %d takes its place", (int)dead,
		(int)getpid());
	prctl(PR_SET_PDEATHSIG, 0);
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_DFL);
	return true;
}

/* A descriptor that is readable when the process has ended; -1: not possible, or it has. */
static int pidfd(pid_t pid)
{
	if (pid == 0)
		return -1;
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static bool gone(const struct pollfd *p, pid_t pid)
{
	if (p->fd >= 0)
		return p->revents != 0;
	return kill(pid, 0) != 0 && errno == ESRCH;
}

/* The web server was killed. The connections that it left in the queue are nobody's. The shutdown
 * comes first: when the next lighttpd looks earlier, it does not start the program. */
static void stop_all(pid_t master)
{
	bool expected = shared->closing;

	shutdown(STDIN_FILENO, SHUT_RDWR);
	shared->closing = true;
	kill(master, SIGTERM);
	if (!expected)
		log_msg(LOG_WARN, "the web server, %d, has gone; the program stops",
			(int)shared->web);
	_exit(0);
}

/* Waits for the end of the master or of the web server. */
static void watch(pid_t master)
{
	pid_t web = shared->web;
	struct pollfd p[2] = {
		{.fd = pidfd(master), .events = POLLIN}, {.fd = pidfd(web), .events = POLLIN}};
	bool blind = p[0].fd < 0 || (web != 0 && p[1].fd < 0) || getppid() != master;

	while (!gone(&p[0], master) && shared->standby == getpid()) {
		if (web != 0 && gone(&p[1], web))
			stop_all(master);
		poll(p, 2, blind ? LOOK_MS : -1);
	}
	close(p[0].fd);
	close(p[1].fd);
	if (shared->standby != getpid())
		_exit(0); /* the master has another */
}

/* `before`: the standby process when the master made this one. Another one may have taken its place
 * meanwhile, if this one was long in coming to run and its master was killed. When a worker was
 * faster than this process, it may have been killed at once, too: until it has a standby process,
 * this one watches it. */
static void standby_life(pid_t master, pid_t before)
{
	if (!atomic_compare_exchange_strong(&shared->standby, &before, getpid()))
		_exit(0); /* a master that lives makes another */
	for (;;) {
		watch(master);
		if (standby_succeeds(master))
			standby_on_succession();
		if (shared->closing)
			_exit(0);
		master = shared->master;
	}
}

pid_t standby_fork(void)
{
	pid_t master = getpid(), before = shared->standby, pid = fork();
	sigset_t none;

	if (pid != 0)
		return pid;
	/* so that killall with the program's name leaves it */
	prctl(PR_SET_NAME, "standby");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	standby_life(master, before);
	_exit(0);
}
