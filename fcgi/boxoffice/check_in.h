/* check_in: admits tickets, each once. */
#ifndef TG_BOXOFFICE_CHECK_IN_H
#define TG_BOXOFFICE_CHECK_IN_H

#include "common/ticketing/issued_ticket_view.h"

/* What a scan came to. In the order of scan_results. */
enum scan_result {
	SCAN_ADMITTED,
	SCAN_ALREADY, /* `found` says when and where */
	SCAN_REFUNDED,
	SCAN_REISSUED,
	SCAN_WRONG_EVENT,
	SCAN_UNKNOWN,
	SCAN_UNDONE, /* the same scan was admitted before, and undone */
	SCAN_ID_TAKEN, /* its id belongs to a scan of another ticket */
};
extern const char *const scan_results[]; /* ADMITTED, ALREADY_CHECKED_IN…; ends with NULL */

struct scan {
	const char *code; /* NULL: it was chosen from the list of attendees, by order and unit */
	const char *order, *ticket; /* id or reference of the order; "1.2" */
	struct uuid id, event;
	int64_t at; /* ms; not in the future */
	const char *gate; /* NULL: none was named */
	/* The device was offline and has decided by itself: of two such scans the earlier one is
	 * the admission, and the other one is recorded, too. Otherwise who comes first is
	 * admitted, whatever the clocks say: two doors must not both be told so. */
	bool offline;
};

/* Decides about one scan and writes what follows from it, in the request's transaction. A scan that
 * was decided before gets the same result again, and changes nothing. *out: the ticket as it is
 * afterwards, unless it is unknown. */
NODISCARD enum err check_in(
	struct req *r, const struct scan *s, enum scan_result *result, struct found_ticket *out);

extern const struct module check_in_module; /* the statements */
extern const struct module check_ins_module; /* the routes */
extern const struct module reissue_module;
extern const struct module admission_module;

#endif
