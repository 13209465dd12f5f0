/* sendmail: hands messages over to the program that stands for a mail server on this machine. */
#include "cron/mail_send/mail.h"

#include "common/runtime/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

static char *const variables[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};

/* Mail programs read lines as this system writes them. */
static bool write_lines(FILE *file, const struct buf *text)
{
	for (size_t i = 0; i < text->n; i++)
		if (text->p[i] != '\r')
			putc(text->p[i], file);
	return fflush(file) == 0 && fseek(file, 0, SEEK_SET) == 0;
}

/* The text comes from a file without a name, so that neither waits for the other. */
void sendmail_start(struct mail *m, struct mail_job *j, int said)
{
	char *argv[] = {m->s.conf->mail_url, (char[]){"-i"}, (char[]){"-f"}, m->from,
		(char[]){"--"}, j->recipient, NULL};
	FILE *file = tmpfile();

	if (file && write_lines(file, &j->text))
		j->pid = spawn_program(m->s.conf->mail_url, argv, variables,
			(const int[3]){fileno(file), said, said});
	else
		mail_result(j, MAIL_RETRY, 0, strerror(errno));
	if (file)
		fclose(file);
}

/* sysexits(3): these say that the same message is going to be refused again. */
static bool is_final(int status)
{
	return status == EX_NOUSER || status == EX_NOHOST || status == EX_DATAERR ||
		status == EX_NOPERM || status == EX_UNAVAILABLE;
}

void sendmail_ended(struct mail_job *j, int status, const char *said, size_t n)
{
	char text[64];
	int code = WEXITSTATUS(status);

	if (!WIFEXITED(status)) {
		mail_result(j, MAIL_RETRY, 0, "sendmail was killed");
	} else if (code == 0) {
		mail_result(j, MAIL_DELIVERED, 0, "");
	} else {
		snprintf(text, sizeof text, "sendmail ended with status %d", code);
		mail_result(j, is_final(code) ? MAIL_FAILED : MAIL_RETRY, code, n ? said : text);
	}
}
