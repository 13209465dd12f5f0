/* mail: checks the settings of mail, and that mail-send runs. */
#include "cli/doctor/findings.h"

#include "common/base/clock.h"
#include "common/text/mail_address.h"

#include <unistd.h>

#define LATE_MS 120000 /* two starts of cron: overdue */

/* The first subquery reads one index entry for each organization. */
static const struct statement mail_state = {
	"doctor_mail",
	"SELECT (SELECT MIN(m.due) FROM (SELECT MIN(due_at) AS due"
	" FROM mail_messages FORCE INDEX FOR GROUP BY (mail_due) GROUP BY org_id) m) AS due,"
	" (SELECT MAX(seen_at) FROM mail_senders) AS seen",
	SQL_READ | SQL_GLOBAL | SQL_QUIET,
};

/* Whether the settings belong together. */
static bool check_settings(struct doctor *d)
{
	const struct config *c = d->c->conf;
	struct span host;
	enum mail_route route = mail_url_parse(c->mail_url, &host);

	if (route == MAIL_OFF && !*c->mail_from) {
		found(d, FINDING_OK, "mail", NULL, "mail_url is not set: no mail is sent");
		return false;
	}
	if (route == MAIL_OFF || !*c->mail_from) {
		found(d, FINDING_FAIL, "mail", "Set both, or neither.",
			"of mail_url and mail_from only one is set: no mail is sent");
		return false;
	}
	if (route == MAIL_SENDMAIL && access(c->mail_url, X_OK) != 0)
		return found(d, FINDING_FAIL, "mail",
			"Install a mail server on this machine, or name another one in mail_url.",
			"mail_url: %s cannot be executed", c->mail_url);
	if (!*c->public_url)
		found(d, FINDING_WARN, "mail", "Set public_url.",
			"without public_url, mail has no links to the pages of the tickets");
	return true;
}

void doctor_mail(struct doctor *d)
{
	struct rows r = {0};
	int64_t now = clock_now();

	if (!check_settings(d))
		return;
	if (sql_run(d->c->db, d->c->arena, &mail_state, NULL, &r) != OK) {
		found(d, FINDING_FAIL, "mail sent",
			"Run `ticketgate migrate`, then run doctor again.", "check failed: %s",
			db_error(d->c->db));
		return;
	}
	struct val due = rows_get(&r, 0, "due"), seen = rows_get(&r, 0, "seen");
	bool late = due.type == VAL_TIME && now - due.i > LATE_MS,
	     nobody = seen.type != VAL_TIME || now - seen.i > LATE_MS;
	const char *fix = doctor_cron_line(
		d, text_or(doctor_program_path(d->c->arena, "mail"), "mail-send"), "");
	if (nobody)
		found(d, late ? FINDING_FAIL : FINDING_WARN, "mail sent", fix,
			"mail is configured, and no sender has run in the last two minutes");
	else if (late)
		found(d, FINDING_WARN, "mail sent", "See the log of mail-send, and mail_rate.",
			"messages are overdue since %s", time_text(d->c->arena, due));
	else
		found(d, FINDING_OK, "mail sent", NULL, "a sender is running");
}
