/* event_rules: the rules for the fields of an event and for its deletion. */
#include "fcgi/events/event_rules.h"

#include "common/ticketing/slug.h"
#include "common/ticketing/ticket.h"
#include "common/ticketing/venue.h"
#include "common/schema/money.h"
#include "common/text/currency.h"
#include "fcgi/events/events.h"

#include <string.h>

/* Locks the ticket types before a check of counts or prices: sales wait, so the result holds until
 * COMMIT. */
static const struct statement stock_lock = {
	"event_stock_lock",
	"SELECT name, price, sold, held, kept"
	" FROM ticket_types"
	" WHERE event_id = :id AND org_id = :org"
	" ORDER BY id"
	" FOR UPDATE",
	SQL_READ,
};

/* Checks that the venue exists. */
static enum err venue_known(struct req *r, const struct params *p)
{
	struct params ask;
	struct rows rows;
	struct val id = params_get(p, "venueId");
	if (id.type != VAL_UUID)
		return OK;
	req_params(r, &ask, NULL);
	params_set(&ask, "id", id);
	enum err err = req_sql(r, &venue_get, &ask, &rows);
	if (!err && rows.n == 0)
		problem_add(&r->problems, "venueId", "venueId must be the id of a venue");
	return err;
}

/* The prices are the same amounts in another currency, which may be stored with another number of
 * decimals. */
static const struct statement reprice = {"event_reprice",
	"UPDATE ticket_types"
	" SET price = price * :to DIV :from, version = version + 1"
	" WHERE event_id = :id AND org_id = :org",
	SQL_WRITE};

/* Changes the prices to the event's new currency; a problem when it has fewer decimals than they
 * have. `stock` has the locked ticket types. */
static enum err event_reprice(
	struct req *r, const char *from, const char *to, struct val id, const struct rows *stock)
{
	struct params p;
	char *finer = arena_strdup(r->arena, "");
	int64_t old_unit = power_of_ten(currency_scale(from)),
		new_unit = power_of_ten(currency_scale(to)),
		finest = power_of_ten(currency_decimals(to));
	for (size_t i = 0; i < stock->n; i++)
		if (rows_int(stock, i, "price") * finest % old_unit)
			finer = arena_list(r->arena, finer, ", ", rows_text(stock, i, "name"));
	if (*finer)
		problem_add(&r->problems, "currency",
			"currency cannot be %s: prices in %s must have %s; change the price of: %s",
			to, to, money_decimals_text(currency_decimals(to)), finer);
	if (*finer || old_unit == new_unit || !stock->n)
		return OK;
	req_params(r, &p, NULL);
	params_set(&p, "id", id);
	params_set(&p, "from", val_int(old_unit));
	params_set(&p, "to", val_int(new_unit));
	return req_sql(r, &reprice, &p, NULL);
}

/* Rejects changes of type, currency and capacity that contradict prices or sold tickets. */
static enum err event_check_inventory(
	struct req *r, const struct rows *before, const struct params *p)
{
	const char *type = params_text(p, "type");
	struct val capacity = params_get(p, "eventCapacity");
	bool freed = crud_changed(before, p, "type") && type && strcmp(type, "FREE") == 0;
	bool recoined = crud_changed(before, p, "currency"),
	     capped = crud_changed(before, p, "eventCapacity") && capacity.type == VAL_INT;
	struct rows stock;
	if (!freed && !recoined && !capped)
		return OK;
	enum err err = req_sql(r, &stock_lock, p, &stock);
	if (err)
		return err;
	int64_t taken = 0;
	bool kept = false;
	char *priced = arena_strdup(r->arena, "");
	for (size_t i = 0; i < stock.n; i++) {
		taken += rows_int(&stock, i, "sold") + rows_int(&stock, i, "held");
		kept = kept || rows_int(&stock, i, "kept");
		if (rows_int(&stock, i, "price") > 0)
			priced = arena_list(r->arena, priced, ", ", rows_text(&stock, i, "name"));
	}
	if (freed && *priced)
		return fail(r, ERR_CONFLICT, "Set the price of these ticket types to 0 first.",
			"The event type cannot be FREE: these ticket types have a price: %s.",
			priced);
	if (recoined && (taken > 0 || kept))
		return fail(r, ERR_CONFLICT, "Create another event for another currency.",
			"The currency cannot be changed: %lld tickets are sold or held%s.",
			(long long)taken, kept ? ", and some were sold and refunded" : "");
	if (capped && capacity.i < taken)
		return fail(r, ERR_CONFLICT,
			arena_printf(r->arena, "Choose at least %lld.", (long long)taken),
			"eventCapacity cannot be less than the %lld tickets that are sold or held.",
			(long long)taken);
	if (recoined)
		return event_reprice(r, rows_text(before, 0, "currency"),
			params_text(p, "currency"), params_get(p, "id"), &stock);
	return OK;
}

static bool is_private(const char *visibility)
{
	return visibility && strcmp(visibility, "PRIVATE") == 0;
}

/* Chooses the slug where the organizer did not. The address of a PRIVATE event cannot be guessed:
 * it has a random part, also when a draft becomes PRIVATE. A published event keeps its address,
 * which people have. */
static void event_choose_slug(struct req *r, const struct rows *before, struct params *p)
{
	const char *name = params_text(p, "name");
	bool hidden = is_private(params_text(p, "visibility"));
	if (before) {
		name = rows_text(before, 0, "name");
		if (!hidden || is_private(rows_text(before, 0, "visibility")) ||
			crud_changed(before, p, "slug") ||
			strcmp(rows_text(before, 0, "status"), "DRAFT") != 0 ||
			!slug_is_of(r->arena, rows_text(before, 0, "slug"), name, "event"))
			return;
	} else if (!name || params_text(p, "slug")) {
		return;
	}
	const char *slug = slug_make(r->arena, name, "event");
	params_set(p, "slug", val_text(hidden ? slug_unguessable(r->arena, slug) : slug));
}

enum err event_check(struct req *r, const struct rows *before, struct params *p)
{
	struct val tickets = params_get(p, "tickets");
	const struct ticket_terms terms = {params_text(p, "type"), params_text(p, "currency")};
	crud_check_time_order(r, p, "dateTime", "endDateTime", "");
	if (tickets.type == VAL_LIST)
		for (size_t i = 0; i < tickets.count; i++)
			ticket_rules(r, &tickets.items[i],
				arena_printf(r->arena, "tickets.%zu.", i), &terms);
	event_choose_slug(r, before, p);
	enum err err = venue_known(r, p);
	if (err || r->problems.n || !before)
		return err;
	return event_check_inventory(r, before, p);
}

/* resource_hooks.can_delete: only drafts without sales or holds. Refunded sales count, too, because
 * orders refer to the event. */
enum err event_removable(struct req *r, const struct rows *before)
{
	const char *status = rows_text(before, 0, "status");
	struct params p;
	struct rows stock;
	int64_t sold = 0, held = 0;
	bool kept = false;
	if (strcmp(status, "DRAFT") != 0)
		return fail(r, ERR_CONFLICT,
			"Only a DRAFT can be deleted: unpublish or restore it first, or archive it "
			"instead.",
			"Event cannot be deleted: its status is %s.", status);
	req_params(r, &p, NULL);
	params_set(&p, "id", rows_get(before, 0, "id"));
	enum err err = req_sql(r, &stock_lock, &p, &stock);
	for (size_t i = 0; !err && i < stock.n; i++) {
		sold += rows_int(&stock, i, "sold");
		held += rows_int(&stock, i, "held");
		kept = kept || rows_int(&stock, i, "kept");
	}
	if (err || (sold + held == 0 && !kept))
		return err;
	return fail(r, ERR_CONFLICT, "Archive it instead: it has orders.",
		"Event cannot be deleted: %lld tickets are sold and %lld held%s.", (long long)sold,
		(long long)held, kept ? ", and some were sold and refunded" : "");
}

const struct module event_rules_module = {
	.statements =
		(const struct statement *const[]){
			&stock_lock,
			&reprice,
			&venue_get,
			NULL,
		},
};
