/* command: `ticketgate doctor`, which diagnoses the installation. */
#include "cli/doctor/findings.h"

int doctor(struct cli *c)
{
	struct doctor d = {.c = c};
	size_t count[3] = {0};

	progress("Checking ...");
	doctor_files(&d);
	/* without a configuration there is nothing else to check */
	if (c->conf) {
		doctor_node(&d);
		doctor_database(&d);
	}
	progress(NULL);
	for (size_t i = 0; i < d.n; i++)
		count[d.list[i].state]++;
	if (c->as_json)
		findings_json(c, &d);
	else
		findings_print(c, &d, count);
	if (count[FINDING_FAIL])
		return REFUSED;
	return DONE;
}
