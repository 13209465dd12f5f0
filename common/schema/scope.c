/* scope: the table of API key scopes, and the conversions between bits and text. */
#include "common/schema/scope.h"

#include "common/base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/param.h>

const struct scope_row scope_rows[] = {
	{SCOPE_EVENTS_READ, "events:read", "Read Events",
		"List and get events, performers, schedules and brands; search venues."},
	{SCOPE_EVENTS_WRITE, "events:write", "Write Events",
		"Create, update, publish, unpublish, archive and delete events; manage performers, "
		"schedules and brands."},
	{SCOPE_TICKETS_READ, "tickets:read", "Read Tickets", "List and get ticket types."},
	{SCOPE_TICKETS_WRITE, "tickets:write", "Write Tickets",
		"Create, update, publish, mark sold out and delete ticket types."},
	{SCOPE_ORDERS_READ, "orders:read", "Read Orders",
		"List and get orders; implied by any event scope."},
	{SCOPE_WEBHOOKS_MANAGE, "webhooks:manage", "Manage Webhooks",
		"Create, read, update and delete webhooks; read and replay their deliveries."},
	{SCOPE_BOXOFFICE_SELL, "boxoffice:sell", "Sell Tickets",
		"Hold and sell tickets at the box office."},
	{SCOPE_DOOR_SCAN, "door:scan", "Scan Tickets",
		"Check tickets in at the door, undo it, and get the admission list."},
	{0, NULL, NULL, NULL},
};

const char *const scope_names[] = {"events:read", "events:write", "tickets:read", "tickets:write",
	"orders:read", "webhooks:manage", "boxoffice:sell", "door:scan", NULL};

/* The name of the nth of the scopes in a mask, from 0. */
static const char *nth_name(unsigned scopes, int n)
{
	for (const struct scope_row *r = scope_rows; r->name; r++)
		if ((r->bit & scopes) && n-- == 0)
			return r->name;
	return "";
}

const char *scope_name(unsigned scope)
{
	return nth_name(scope, 0);
}

const char *scope_second_name(unsigned scope)
{
	return nth_name(scope, 1);
}

/* The bit of a scope name of n bytes; 0 when it is unknown. */
static unsigned scope_find(const char *s, size_t n)
{
	for (const struct scope_row *r = scope_rows; r->name; r++)
		if (strlen(r->name) == n && memcmp(r->name, s, n) == 0)
			return r->bit;
	return 0;
}

void scopes_print(unsigned scopes, char out[SCOPES_TEXT])
{
	size_t used = 0;

	out[0] = '\0';
	for (const struct scope_row *r = scope_rows; r->name; r++) {
		if (!(scopes & r->bit))
			continue;
		int n = snprintf(out + used, SCOPES_TEXT - used, "%s%s", used ? "," : "", r->name);
		if (n > 0 && (size_t)n < SCOPES_TEXT - used)
			used += (size_t)n;
	}
}

/* Writes the reason for rejecting the entry `s` and returns false. The entry comes from outside:
 * bytes that are not visible ASCII are shown as '?', so that they cannot disturb a terminal or a
 * log. */
static bool scope_reject(const char *s, size_t n, char *why, size_t why_size)
{
	char shown[41], all[SCOPES_TEXT];
	size_t cut = MIN(n, sizeof shown - 1);

	for (size_t i = 0; i < cut; i++)
		shown[i] = s[i] > ' ' && s[i] < 127 ? s[i] : '?';
	shown[cut] = '\0';
	scopes_print(~0U, all);
	if (n == 0)
		snprintf(why, why_size, "scopes has an empty entry; allowed: %s", all);
	else
		snprintf(why, why_size, "unknown scope %s; allowed: %s", shown, all);
	return false;
}

bool scopes_parse(const char *s, size_t n, unsigned *out, char *why, size_t why_size)
{
	unsigned scopes = 0;
	size_t at = 0;

	for (;;) {
		size_t end = at + text_before(s + at, n - at, ','), from = at, to = end;
		while (from < to && s[from] == ' ')
			from++;
		while (to > from && s[to - 1] == ' ')
			to--;
		unsigned bit = scope_find(s + from, to - from);
		if (bit == 0)
			return scope_reject(s + from, to - from, why, why_size);
		scopes |= bit;
		if (end == n)
			break;
		at = end + 1;
	}
	/* contract section 3: any event scope grants orders:read */
	if (scopes & SCOPE_EVENTS)
		scopes |= SCOPE_ORDERS_READ;
	*out = scopes;
	return true;
}
