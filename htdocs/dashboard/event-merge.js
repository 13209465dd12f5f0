// event-merge: three-way merge for two users who edit the same event. Changes that only the other
// user made are applied; conflicting changes are listed, and the user's input stays.
import { button, h } from "./dom.js";
import { is_equal } from "./form.js";
import { format_time, money } from "./format.js";

function display_value(f, value, fresh, zone) {
	if (f.show) return f.show(value, fresh.venue);
	if (
		value === null ||
		value === undefined ||
		value === "" ||
		(Array.isArray(value) && !value.length)
	)
		return "empty";
	if (typeof value === "boolean") return value ? "yes" : "no";
	if (f.name === "price") return money(value, fresh.currency);
	if (f.input.tagName === "SELECT")
		return [...f.input.options].find((o) => o.value === value)?.textContent ?? value;
	return f.input.type === "datetime-local" ? format_time(value, zone, "full") : String(value);
}

// Merges one set of fields and adds to `changes`: {where, label, theirs, ours}, and accept() for a
// field that both users changed.
function merge_fields(fields, base, fresh, where, changes, zone) {
	for (const f of fields) {
		const theirs = fresh[f.name],
			before = base[f.name],
			ours = f.get();
		if (is_equal(theirs, before) || is_equal(theirs, ours)) continue;
		const accept = () => f.set(theirs, fresh.venue);
		const note = {
			where,
			label: f.label,
			theirs: display_value(f, theirs, fresh, zone),
			mine: display_value(f, ours, base, zone),
		};
		if (is_equal(ours, before)) accept();
		changes.push(is_equal(ours, before) ? note : { ...note, accept });
	}
}

function merge_list(list, fresh, changes, zone) {
	const rows = new Map(list.rows.filter((r) => r.base).map((r) => [r.base.id, r]));
	const gone = new Set(list.removed.map((r) => r.base.id));
	for (const theirs of fresh) {
		const row = rows.get(theirs.id);
		if (row) {
			merge_fields(
				row.fields,
				row.base,
				theirs,
				`${list.kind.title}, ${row.name()}`,
				changes,
				zone,
			);
			row.base = theirs;
		} else if (!gone.has(theirs.id)) {
			list.add_row(theirs);
			changes.push({
				where: list.kind.title,
				label: "added",
				theirs: theirs[list.kind.heading],
			});
		}
		rows.delete(theirs.id);
	}
	for (const row of rows.values()) {
		// removed by the other user
		const touched = row.fields.some((f) => !is_equal(f.get(), row.base[f.name]));
		changes.push({
			where: list.kind.title,
			label: touched
				? "removed by the other user; saving creates it again with your changes"
				: "removed",
			theirs: row.base[list.kind.heading],
		});
		row.base = null;
		if (!touched) list.remove_row(row);
	}
	list.removed = list.removed.filter((r) => fresh.some((t) => t.id === r.base.id));
	list.store_order();
}

// Merges the current state of the event into the form. Returns the changes found.
export function merge(form, fresh) {
	const changes = [];
	const zone = fresh.timezone;
	merge_fields(form.fields, form.base, fresh, "", changes, zone);
	for (const list of form.lists) merge_list(list, fresh[list.path], changes, zone);
	form.base = fresh;
	return changes;
}

// Whether the event differs from the state that the form was filled with.
export function has_changed(form, fresh) {
	return (
		form.fields.some((f) => !is_equal(form.base[f.name], fresh[f.name])) ||
		form.lists.some((list) => {
			const known = new Map(
				[...list.rows, ...list.removed].filter((r) => r.base).map((r) => [r.base.id, r]),
			);
			return (
				known.size !== fresh[list.path].length ||
				fresh[list.path].some((theirs) => {
					const row = known.get(theirs.id);
					return (
						!row || row.fields.some((f) => !is_equal(row.base[f.name], theirs[f.name]))
					);
				})
			);
		})
	);
}

export function merge_notice(changes, when) {
	const both = changes.filter((t) => t.accept),
		theirs = changes.filter((t) => !t.accept);
	const where = (t) => (t.where ? `${t.where}: ${t.label}` : t.label);
	return h(
		"div",
		{ class: "notice warn", role: "alert", tabindex: "-1" },
		h(
			"p",
			null,
			h("strong", null, `Another user saved this event while you were editing it (${when}).`),
			" Your changes are still in the form.",
		),
		theirs.length
			? [
					h("p", null, "Updated with their changes:"),
					h(
						"ul",
						null,
						theirs.map((t) => h("li", null, `${where(t)}: ${t.theirs}`)),
					),
				]
			: null,
		both.length
			? [
					h(
						"p",
						null,
						"Both of you changed these fields. Your version is kept by default:",
					),
					h(
						"ul",
						{ class: "conflicts" },
						both.map((t) => {
							const line = h(
								"li",
								null,
								h("strong", null, where(t)),
								h("div", null, "Theirs: ", t.theirs),
								h("div", null, "Yours: ", t.mine),
								button("Use theirs", () => {
									t.accept();
									line.remove();
								}),
							);
							return line;
						}),
					),
				]
			: null,
		h("p", null, "Review the form, then save again."),
	);
}
