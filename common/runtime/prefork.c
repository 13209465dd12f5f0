/* prefork: the master process, which keeps n workers running, recycles and drains them. */
#include "common/runtime/prefork.h"

#include <assert.h>
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
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <sys/param.h>

#include "common/base/log.h"
#include "common/runtime/standby.h"

#define DRAIN_MS 30000 /* from SIGTERM to SIGKILL */
#define LAST_MS 2000 /* for connections still queued on the socket when all workers are gone */
#define UP_MS 10000 /* after which a new worker that is not ready no longer delays recycling */
#define THROTTLE_MS 1000 /* pause before new workers after one crashed early */
#define PROBE_MS 5000 /* for --version of the program on disk */
/* State passed on through execv(): "pid:worker,worker,…;fd", with the descriptor of standby_open */
#define ENV "TG_MASTER"

/* A worker. */
struct slot {
	pid_t pid; /* 0: free */
	long born; /* now_ms() at fork */
	bool old; /* to be replaced */
	bool leaving; /* SIGTERM was sent */
};

/* twice the maximum: a worker and its successor overlap for a moment */
static struct slot slots[2 * MASTER_MAX];
/* One byte per slot in memory shared with the workers: set by the worker when it is ready. */
static volatile char *up;
static int my_slot = -1; /* in a worker */
static pid_t master_pid;
static const struct prefork *self;
static char image[PATH_MAX]; /* of the program on disk */
static int crashes; /* early exits since the last throttling */
static int memory = -1; /* of standby_open() */
static pid_t standby; /* 0 or -1: none */

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

/* Waits up to `ms` for a signal; 0: none. The master blocks these signals at all other times, so
 * that none is lost between two waits. */
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

/* This process's arguments, which fastcgi_run() does not get; NULL when they are too long. */
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

/* Passes the workers' process ids to the next image. */
static void leave_note(void)
{
	static char note[8192];
	int at = snprintf(note, sizeof note, "%d:", (int)getpid());

	for (int i = 0; i < 2 * MASTER_MAX && at < (int)sizeof note - 32; i++)
		if (slots[i].pid)
			at += snprintf(
				note + at, sizeof note - (size_t)at, "%d,", (int)slots[i].pid);
	snprintf(note + at, sizeof note - (size_t)at, ";%d", memory);
	setenv(ENV, note, 1);
}

/* In the process that takes the place of a killed master: begins anew with the same image, which
 * may have been replaced on disk. The other workers finish their requests and end. */
static void succeed(void)
{
	char **argv = arguments();

	memset(slots, 0, sizeof slots);
	leave_note();
	if (argv != NULL)
		execv("/proc/self/exe", argv);
	log_msg(LOG_ERROR, "cannot execute the program: %s", strerror(errno));
	_exit(1);
}

/* In a worker without a master: another one starts the program again on its own socket, or one of
 * those that hold the web server's socket is the next. */
static void orphaned(void)
{
	if (self->own_socket)
		shutdown(STDIN_FILENO, SHUT_RDWR); /* a new master may bind its path */
	else if (standby_succeeds(master_pid))
		succeed();
}

/* The child's side of fork(): restores signals, arranges to end with the master, and serves. */
static void worker_life(int slot, bool last)
{
	sigset_t set;
	int rc = 0;

	my_slot = slot;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	/* work() unblocks the other signals once its handlers are installed (common/http/fastcgi.c)
	 */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (getppid() == master_pid)
		rc = self->work(self->ctx, last);
	if (getppid() != master_pid)
		orphaned();
	exit(rc);
}

/* Starts a worker in a free slot. */
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
		crashes++; /* retry after a pause */
		log_msg(LOG_ERROR, "cannot fork a worker: %s", strerror(errno));
	}
	return pid;
}

/* Records a worker's end; an early one counts as a crash. */
static void died(struct slot *s, int status)
{
	bool young = now_ms() - s->born < THROTTLE_MS;

	if (WIFSIGNALED(status))
		log_msg(LOG_ERROR, "worker %d killed by signal %d", (int)s->pid, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_msg(LOG_ERROR, "worker %d exited with status %d", (int)s->pid,
			WEXITSTATUS(status));
	if (young && !s->leaving && (status != 0 || !up[s - slots]))
		crashes++;
	assert(s->pid > 0);
	s->pid = 0;
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == standby)
			standby = 0;
		for (int i = 0; i < 2 * MASTER_MAX; i++)
			if (slots[i].pid == pid)
				died(&slots[i], status);
	}
}

/* Counts workers that are neither old nor leaving, and of those the ones that are not ready yet. */
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

/* Starts missing workers, and replaces old ones one at a time: an old worker is stopped only when
 * its successor is ready, so that capacity never drops. */
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
	if (standby <= 0 && !self->own_socket && standby_wanted())
		standby = standby_fork();
}

/* Sends a signal to all workers. */
static void all(int sig)
{
	for (int i = 0; i < 2 * MASTER_MAX; i++)
		if (slots[i].pid) {
			slots[i].leaving = true;
			kill(slots[i].pid, sig);
		}
}

/* Waits for all workers to end, and kills those that are left at `end`. */
static void drain_until(long end)
{
	reap();
	while (alive() && now_ms() < end) {
		wait_signal(200);
		reap();
	}
	if (!alive())
		return;
	log_msg(LOG_WARN, "%d workers did not exit in time; killing them", alive());
	all(SIGKILL);
	while (alive()) {
		wait_signal(200);
		reap();
	}
}

/* Stops all workers. Connections that arrived meanwhile are served by one last worker, since no
 * other process will. */
static int drain(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	standby_close();
	if (self->unlink != NULL)
		unlink(self->unlink);
	if (standby > 0) { /* it must not hold the socket when lighttpd looks */
		kill(standby, SIGKILL);
		waitpid(standby, NULL, 0);
	}
	all(SIGTERM);
	drain_until(now_ms() + DRAIN_MS);
	if (standby_socket_ended())
		return 0;
	standby_refuse_more();
	if (poll(&p, 1, 0) > 0 && worker_fork(true) > 0)
		drain_until(now_ms() + LAST_MS);
	if (standby_must_stay() && !standby_socket_ended())
		succeed();
	return 0;
}

/* Whether the program on disk starts: a broken one must not replace a working one. */
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

/* SIGHUP: replaces this process's image by the program on disk, which takes the workers over as old
 * ones. Returns only when that is not possible; then workers are recycled with the current image.
 */
static void rebirth(void)
{
	char **argv = arguments();

	for (int i = 0; i < 2 * MASTER_MAX; i++)
		slots[i].old = slots[i].pid != 0;
	if (image[0] == '\0' || argv == NULL || !image_sound()) {
		log_msg(LOG_WARN,
			"the program on disk fails to run --version; recycling workers with the "
			"current image");
		return;
	}
	leave_note();
	if (standby > 0)
		kill(standby, SIGTERM); /* the next image has its own */
	execv(image, argv);
	log_msg(LOG_ERROR, "cannot execute %s: %s", image, strerror(errno));
	unsetenv(ENV);
}

bool prefork_reexecuted(void)
{
	const char *note = getenv(ENV);

	return note != NULL && strtol(note, NULL, 10) == (long)getpid();
}

/* After an execv() by way of /proc/self/exe: the name as ps and killall know it. */
static void name_process(void)
{
	const char *slash = strrchr(image, '/');

	if (slash != NULL)
		prctl(PR_SET_NAME, slash + 1);
}

/* After an execv(): adopts the workers of the previous image. */
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
	if (prefork_reexecuted() && (p = strchr(note, ';')) != NULL) {
		memory = (int)strtol(p + 1, NULL, 10);
		name_process();
	}
	unsetenv(ENV);
}

/* The path of this program. When the file was replaced, Linux appends " (deleted)" to it
 * (proc_pid_exe(5)). */
static void find_image(void)
{
	static const char gone[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", image, sizeof image - 1);
	ssize_t name = n - (ssize_t)(sizeof gone - 1);

	image[MAX(n, 0)] = '\0';
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
		log_msg(LOG_ERROR, "mmap of %d bytes failed", 2 * MASTER_MAX);
		return -1;
	}
	bool first = !prefork_reexecuted();
	take_over();
	memory = standby_open(memory);
	if (memory < 0) {
		log_msg(LOG_ERROR, "shared memory: %s", strerror(errno));
		return -1;
	}
	if (!m->own_socket && first && standby_abandoned()) {
		log_msg(LOG_WARN, "the web server has gone already");
		shutdown(STDIN_FILENO, SHUT_RDWR);
		return -1;
	}
	standby_on_succession = succeed;
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
