/* handover: hands messages over, each by a process of its own. */
#include "cron/mail_send/mail.h"

#include "common/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/param.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 20 /* between looks whether a silent process has ended */
#define SAID_MAX 4096 /* bytes that are read of what a process says */

bool handover_start(struct mail *m, struct mail_job *j)
{
	int said[2];

	if (pipe2(said, O_CLOEXEC | O_NONBLOCK) != 0) {
		mail_result(j, MAIL_RETRY, 0, strerror(errno));
		return false;
	}
	j->began_ns = clock_mono_ns();
	j->said = said[0];
	j->silent = false;
	if (m->route == MAIL_SENDMAIL)
		sendmail_start(m, j, said[1]);
	else
		smtp_start(m, j, said[1]);
	close(said[1]);
	if (j->pid > 0)
		return true;
	j->pid = 0;
	handover_abort(j);
	if (!j->done)
		mail_result(j, MAIL_RETRY, 0, "the process cannot be started");
	return false;
}

void handover_abort(struct mail_job *j)
{
	if (j->pid > 0) {
		kill(j->pid, SIGKILL);
		waitpid(j->pid, NULL, 0);
	}
	j->pid = 0;
	if (j->said >= 0)
		close(j->said);
	j->said = -1;
}

static void set_result(struct mail *m, struct mail_job *j, int status)
{
	char said[SAID_MAX + 1];
	ssize_t n = read(j->said, said, SAID_MAX);

	n = MAX(n, 0);
	said[n] = '\0';
	if (m->route == MAIL_SENDMAIL)
		sendmail_ended(j, status, said, (size_t)n);
	else
		smtp_ended(j, status, said, (size_t)n);
}

/* Whether it has ended, or has had its time; sets the result then. */
static bool has_ended(struct mail *m, struct mail_job *j)
{
	int status;
	pid_t pid = waitpid(j->pid, &status, WNOHANG);

	if (pid == j->pid) {
		j->pid = 0;
		set_result(m, j, status);
	} else if (pid < 0) {
		j->pid = 0;
		mail_result(j, MAIL_RETRY, 0, "the process cannot be waited for");
	} else if (clock_mono_ns() - j->began_ns > ns_of_ms(BUDGET_MS)) {
		mail_result(j, MAIL_RETRY, 0, "timeout");
	} else {
		return false;
	}
	handover_abort(j);
	return true;
}

/* Waits until a process says something or closes its end. */
static void wait_for_one(struct mail *m, int ms)
{
	struct pollfd list[FLYING_MAX];
	struct mail_job *jobs[FLYING_MAX];
	nfds_t n = 0;

	for (struct mail_job *j = m->flying; j; j = j->next) {
		if (j->silent)
			ms = MIN(ms, LOOK_MS);
		jobs[n] = j;
		list[n++] = (struct pollfd){.fd = j->silent ? -1 : j->said};
	}
	if (poll(list, n, ms) <= 0)
		return;
	for (nfds_t i = 0; i < n; i++)
		if (list[i].revents)
			jobs[i]->silent = true;
}

void handover_wait(struct mail *m, int ms, void (*ended)(struct mail *m, struct mail_job *j))
{
	wait_for_one(m, ms);
	for (struct mail_job *j = m->flying, *next; j; j = next) {
		next = j->next;
		if (has_ended(m, j))
			ended(m, j);
	}
}
