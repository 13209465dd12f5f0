/* programs: checks that the FastCGI programs run and have the database privileges they need. */
#include "cli/doctor/findings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <sys/param.h>

#define PATIENCE_MS 15000 /* a program that runs longer is killed */

/* The child's side of fork(): executes argv with standard output into the pipe `to` and standard
 * input and error at /dev/null. Does not return. */
static void exec_program(const char *const argv[], int to)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, 0);
	dup2(to, 1);
	dup2(null, 2);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* Reads the child's output to its end; false when it is still open after PATIENCE_MS. */
static bool listen_to(int from, struct buf *out)
{
	struct timespec begin, now;
	char some[4096];
	struct pollfd p = {.fd = from, .events = POLLIN};
	int left = PATIENCE_MS;
	ssize_t n;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (left > 0) {
		if (poll(&p, 1, left) > 0) {
			if ((n = read(from, some, sizeof some)) <= 0)
				return true;
			buf_put(out, some, (size_t)n);
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = PATIENCE_MS -
			(int)((now.tv_sec - begin.tv_sec) * 1000 +
				(now.tv_nsec - begin.tv_nsec) / 1000000);
	}
	return false;
}

/* Runs a program and collects its output. Returns its exit status, 127 when it cannot be executed,
 * or -1 when it was not started, was killed or timed out. */
static int doctor_run(const char *const argv[], struct buf *out)
{
	int fd[2], status = -1;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) != 0)
		return -1;
	if ((pid = fork()) == 0)
		exec_program(argv, fd[1]);
	close(fd[1]);
	if (pid > 0 && !listen_to(fd[0], out))
		kill(pid, SIGKILL);
	close(fd[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (pid > 0 && WIFEXITED(status))
		return WEXITSTATUS(status);
	return -1;
}

/* The name of the executable of a section. */
static const char *doctor_program_file(struct arena *a, const char *name)
{
	if (strcmp(name, "flush") == 0)
		return "webhook-flush";
	if (strcmp(name, "mail") == 0)
		return "mail-send";
	return arena_printf(a, "%s.fcgi", name);
}

/* Searches beside this command, in fcgi/ or cron/ there or one level up (a build directory), and
 * where make install puts it. */
const char *doctor_program_path(struct arena *a, const char *name)
{
	static const char *const folders[] = {
		"/", "/fcgi/", "/../fcgi/", "/cron/", "/../cron/", "/../libexec/ticketgate/"};
	const char *file = doctor_program_file(a, name);
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	const char *path;

	self[MAX(n, 0)] = '\0';
	char *slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		path = arena_printf(a, "%s%s%s", self, folders[i], file);
		if (access(path, F_OK) == 0)
			return path;
	}
#ifdef PKGLIBEXECDIR
	path = arena_printf(a, "%s/%s", PKGLIBEXECDIR, file);
	if (access(path, F_OK) == 0)
		return path;
#endif
	return NULL;
}

void doctor_program(struct doctor *d, const char *name)
{
	struct arena *a = d->c->arena;
	const char *path = doctor_program_path(a, name),
		   *check = arena_printf(a, "program %s", name);
	struct buf out;
	int status;

	if (!path) {
		found(d, FINDING_OK, check, NULL, "not found beside this command; skipped");
		return;
	}
	if (access(path, X_OK) != 0) {
		found(d, FINDING_FAIL, check, arena_printf(a, "chmod 755 %s", path),
			"%s is not executable", path);
		return;
	}
	const char *outcome = "failed";
	buf_init(&out, 65536);
	status = doctor_run((const char *const[]){path, "--version", NULL}, &out);
	if (status < 0)
		outcome = "was killed or timed out";
	else if (status == 127)
		outcome = "cannot be executed";
	if (status == 0)
		found(d, FINDING_OK, check, NULL, "%s", path);
	else
		found(d, FINDING_FAIL, check,
			"Run it manually with --version (a library may be missing), or reinstall.",
			"%s --version %s", path, outcome);
	buf_free(&out);
}

/* Shortens a server message to the missing privilege: "event_insert: 1142 INSERT command denied to
 * user 'x'@'y' for table `z`.`events`" becomes "INSERT on events". Other lines are returned as is.
 */
static const char *missing_privilege(struct arena *a, const char *line)
{
	const char *number = strstr(line, ": "), *denied = strstr(line, " command denied ");
	size_t n = strlen(line), end;

	if (!number || !denied || !(number = strchr(number + 2, ' ')) || number >= denied)
		return line;
	while (n > 0 && line[n - 1] != '`' && line[n - 1] != '\'')
		n--;
	end = n ? n - 1 : 0;
	n = end;
	while (n > 0 && line[n - 1] != '`' && line[n - 1] != '\'')
		n--;
	const char *what = arena_dup(a, number + 1, (size_t)(denied - number - 1));
	if (strcmp(what, "SELECT with locking clause") == 0) /* MySQL's words for it */
		what = "UPDATE";
	return arena_printf(a, "%s on %.*s", what, (int)(end - n), line + n);
}

/* The problems that --check printed, comma-separated and each once. The last line is a summary and
 * left out. */
static const char *missing_privileges(struct arena *a, const struct buf *out)
{
	const char *all = "", *p = arena_dup(a, out->n ? out->p : "", out->n);

	for (const char *next; (next = strchr(p, '\n')) && next[1]; p = next + 1) {
		const char *one = missing_privilege(a, arena_dup(a, p, (size_t)(next - p)));
		if (strlen(all) < 2000 && !strstr(all, one))
			all = arena_list(a, all, ", ", one);
	}
	if (*all)
		return all;
	return "no details; run it manually";
}

/* Runs the program with --check, which prepares each of its statements as its own database user. */
static void check_statements(
	struct doctor *d, const char *name, const char *check, const struct config *conf)
{
	struct arena *a = d->c->arena;
	const char *path = doctor_program_path(a, name);
	struct buf out;

	if (!path || access(path, X_OK) != 0) {
		found(d, FINDING_OK, check, NULL, "user %s can connect", conf->db_user);
		return;
	}
	buf_init(&out, 1 << 20);
	if (doctor_run((const char *const[]){path, "--conf", conf->path, "--check", NULL}, &out) ==
		0)
		found(d, FINDING_OK, check, NULL, "user %s has all privileges that %s needs",
			conf->db_user, strrchr(path, '/') + 1);
	else
		found(d, FINDING_FAIL, check,
			"Run `ticketgate migrate`, then `ticketgate grants | mariadb` as the "
			"database administrator.",
			"user %s lacks privileges: %s (%s --check)", conf->db_user,
			missing_privileges(a, &out), path);
	buf_free(&out);
}

void doctor_program_user(struct doctor *d, const char *name)
{
	struct arena *a = d->c->arena;
	const char *check = arena_printf(a, "database for %s", name);
	char why[600];
	struct config *conf = config_load(d->c->conf->path, name, why, sizeof why);
	struct db *db = conf ? db_new(conf) : NULL;

	if (!conf)
		found(d, FINDING_FAIL, check, NULL, "%s", why);
	else if (db_ready(db) != OK)
		found(d, FINDING_FAIL, check, NULL, "%s",
			db_sentence(conf, db_errno(db), db_error(db), a));
	else
		check_statements(d, name, check, conf);
	db_free(db);
	config_free(conf);
}
