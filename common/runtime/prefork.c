/* prefork: holds the listen socket, keeps n workers alive, recycles and drains them. */
#include "common/runtime/prefork.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/log.h"

#define DRAIN_MS 30000 /* from SIGTERM to SIGKILL */
#define LAST_MS 2000 /* for what still waits on the socket when all workers are gone */
#define UP_MS 10000 /* a new worker that is not up by then no longer holds up the recycling */
#define THROTTLE_MS 1000
#define PROBE_MS 5000
#define ENV "TG_MASTER" /* "pid:worker,worker,…": what one image leaves to the next */

struct slot {
	pid_t pid; /* 0: free */
	long born;
	bool old; /* to be replaced */
	bool leaving; /* told to end */
};

/* a worker and its successor live side by side for a moment */
static struct slot slots[2 * MASTER_MAX];
/* One byte a slot, shared with the workers: set by the worker when it is up. */
static volatile char *up;
static int my_slot = -1;
static pid_t master_pid;
static const struct prefork *self;
static char image[PATH_MAX];
static int crashes;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void signal_set(sigset_t *set)
{
	static const int which[] = {SIGCHLD, SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2};

	sigemptyset(set);
	for (size_t i = 0; i < sizeof which / sizeof *which; i++)
		sigaddset(set, which[i]);
}

/* The next signal, 0 when none came in `ms`. All of them are blocked in the master: none is lost
 * between two waits. */
static int wait_signal(long ms)
{
	sigset_t set;
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	int sig;

	signal_set(&set);
	sig = sigtimedwait(&set, NULL, &t);
	if (sig < 0)
		return 0;
	return sig;
}

void prefork_ready(void)
{
	if (my_slot < 0)
		return;
	up[my_slot] = 1;
	kill(master_pid, SIGUSR2);
}

/* The child's side of fork: back to ordinary signals, dying with the master. */
static void worker_life(int slot, bool last)
{
	sigset_t set;

	my_slot = slot;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master_pid)
		_exit(0);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	/* work() has its handlers in place before it lets the signals in (common/http/fastcgi.c):
	 * those sent meanwhile wait, blocked */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	exit(self->work(self->ctx, last));
}

static pid_t worker_fork(bool last)
{
	int i = 0;
	pid_t pid;

	while (i < 2 * MASTER_MAX && slots[i].pid)
		i++;
	if (i == 2 * MASTER_MAX)
		return -1;
	up[i] = 0;
	pid = fork();
	if (pid == 0)
		worker_life(i, last);
	if (pid > 0)
		slots[i] = (struct slot){.pid = pid, .born = now_ms()};
	else {
		crashes++; /* soon again, not at once */
		log_msg(LOG_ERROR, "cannot fork a worker: %s", strerror(errno));
	}
	return pid;
}

static void died(struct slot *s, int status)
{
	bool young = now_ms() - s->born < THROTTLE_MS;

	if (WIFSIGNALED(status))
		log_msg(LOG_ERROR, "worker %d ended by signal %d", (int)s->pid, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_msg(LOG_ERROR, "worker %d ended with status %d", (int)s->pid,
			WEXITSTATUS(status));
	if (young && !s->leaving && (status != 0 || !up[s - slots]))
		crashes++;
	s->pid = 0;
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < 2 * MASTER_MAX; i++)
			if (slots[i].pid == pid)
				died(&slots[i], status);
}

/* Workers that are neither old nor leaving, and of those the ones not yet up. */
static int prefork_count(int *rising)
{
	int n = 0;

	*rising = 0;
	for (int i = 0; i < 2 * MASTER_MAX; i++)
		if (slots[i].pid && !slots[i].old && !slots[i].leaving) {
			n++;
			*rising += !up[i] && now_ms() - slots[i].born < UP_MS;
		}
	return n;
}

static int alive(void)
{
	int n = 0;

	for (int i = 0; i < 2 * MASTER_MAX; i++)
		n += slots[i].pid != 0;
	return n;
}

static void dismiss(struct slot *s)
{
	s->leaving = true;
	kill(s->pid, SIGTERM);
}

/* Old ones count towards n until their successor is up: a recycled worker is missed by nobody. */
static void staff(void)
{
	int rising, n = prefork_count(&rising), old = 0;
	struct slot *eldest = NULL;

	for (int i = 0; i < 2 * MASTER_MAX; i++)
		if (slots[i].pid && slots[i].old && !slots[i].leaving) {
			old++;
			eldest = &slots[i];
		}
	if (old > 0 && rising == 0 && n + old > self->workers) {
		dismiss(eldest);
		old--;
	}
	if (old > 0 && rising == 0 && worker_fork(false) > 0)
		n++;
	while (n + old < self->workers && worker_fork(false) > 0)
		n++;
}

static void all(int sig)
{
	for (int i = 0; i < 2 * MASTER_MAX; i++)
		if (slots[i].pid) {
			slots[i].leaving = true;
			kill(slots[i].pid, sig);
		}
}

static void drain_until(long end)
{
	reap();
	while (alive() && now_ms() < end) {
		wait_signal(200);
		reap();
	}
	if (!alive())
		return;
	log_msg(LOG_WARN, "%d workers did not end in time: killed", alive());
	all(SIGKILL);
	while (alive()) {
		wait_signal(200);
		reap();
	}
}

/* What a server put on the socket while the workers left is served, too: nobody else will. */
static int drain(void)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};

	if (self->unlink != NULL)
		unlink(self->unlink);
	all(SIGTERM);
	drain_until(now_ms() + DRAIN_MS);
	if (poll(&p, 1, 0) > 0 && worker_fork(true) > 0)
		drain_until(now_ms() + LAST_MS);
	return 0;
}

/* Does the program on disk start at all? A broken one must not take the place of one that works. */
static bool image_sound(void)
{
	int status = 1;
	pid_t pid = fork();
	long end = now_ms() + PROBE_MS;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		sigset_t none;

		dup2(null, 0);
		dup2(null, 1);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execl(image, image, "--version", (char *)NULL);
		_exit(127);
	}
	if (pid < 0)
		return false;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct timespec t = {0, 5000000};

		if (now_ms() > end)
			kill(pid, SIGKILL);
		nanosleep(&t, NULL);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* This process' own arguments: fastcgi_run is not given them. */
static char **arguments(void)
{
	static char text[16384];
	static char *argv[256];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC), n = 0;
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	if (len <= 0 || len == (ssize_t)sizeof text - 1)
		return NULL;
	for (char *p = text; p < text + len && n < 255; p += strlen(p) + 1)
		argv[n++] = p;
	return argv;
}

static void leave_note(void)
{
	static char note[4096];
	int at = snprintf(note, sizeof note, "%d:", (int)getpid());

	for (int i = 0; i < 2 * MASTER_MAX && at < (int)sizeof note - 16; i++)
		if (slots[i].pid)
			at += snprintf(
				note + at, sizeof note - (size_t)at, "%d,", (int)slots[i].pid);
	setenv(ENV, note, 1);
}

/* SIGHUP: the same process continues as the program now on disk; its workers are taken over as old
 * ones. Returns only when that cannot be. */
static void rebirth(void)
{
	char **argv = arguments();

	for (int i = 0; i < 2 * MASTER_MAX; i++)
		slots[i].old = slots[i].pid != 0;
	if (image[0] == '\0' || argv == NULL || !image_sound()) {
		log_msg(LOG_WARN,
			"the program on disk does not answer --version: workers are recycled with "
			"the one in memory");
		return;
	}
	leave_note();
	execv(image, argv);
	log_msg(LOG_ERROR, "cannot start %s: %s", image, strerror(errno));
	unsetenv(ENV);
}

bool prefork_reexecuted(void)
{
	const char *note = getenv(ENV);

	return note != NULL && strtol(note, NULL, 10) == (long)getpid();
}

static void take_over(void)
{
	char *note = getenv(ENV), *p = note == NULL ? NULL : strchr(note, ':');
	int n = 0;

	if (prefork_reexecuted())
		while (p != NULL && p[1] != '\0' && n < 2 * MASTER_MAX) {
			long pid = strtol(p + 1, &p, 10);

			if (pid > 0)
				slots[n++] = (struct slot){
					.pid = (pid_t)pid, .born = now_ms(), .old = true};
			if (*p != ',')
				break;
		}
	unsetenv(ENV);
}

/* The path this program was started from. Of a file that has been replaced since, Linux says so
 * behind its name. */
static void find_image(void)
{
	static const char gone[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", image, sizeof image - 1);
	ssize_t name = n - (ssize_t)(sizeof gone - 1);

	image[n > 0 ? n : 0] = '\0';
	if (name > 0 && strcmp(image + name, gone) == 0 && access(image, F_OK) != 0)
		image[name] = '\0';
}

static int setup(const struct prefork *m)
{
	sigset_t set;

	self = m;
	master_pid = getpid();
	find_image();
	signal_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	up = mmap(NULL, 2 * MASTER_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (up == MAP_FAILED) {
		log_msg(LOG_ERROR, "cannot map %d bytes", 2 * MASTER_MAX);
		return -1;
	}
	take_over();
	return 0;
}

int prefork_run(const struct prefork *m)
{
	long held = 0;

	if (setup(m) < 0)
		return 1;
	for (;;) {
		int sig;

		reap();
		if (crashes) {
			held = now_ms() + THROTTLE_MS;
			crashes = 0;
		}
		if (now_ms() >= held)
			staff();
		sig = wait_signal(now_ms() < held ? 100 : 10000);
		if (sig == SIGTERM || sig == SIGINT || sig == SIGUSR1)
			return drain();
		if (sig == SIGHUP)
			rebirth();
	}
}
