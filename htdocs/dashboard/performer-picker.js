// performer-picker: a field with a check box for each performer, for entries of the schedule.
import { h, new_id, replace } from "./dom.js";

function option(performer, chosen, on_change) {
	const box = h("input", {
		type: "checkbox",
		id: new_id("p"),
		onchange: () => on_change(performer.key, box.checked),
	});
	box.checked = chosen;
	return h(
		"div",
		{ class: "row" },
		box,
		h("label", { for: box.id }, performer.name() || "(unnamed)"),
	);
}

// performers(): the rows of the form's performers. A value is a list of row keys.
export function performer_picker(entry, performers) {
	const id = new_id("people");
	const error = h("p", { class: "field-error" });
	const options = h("div", { class: "people" });
	const el = h(
		"fieldset",
		{ class: "field wide", "aria-describedby": id },
		h(
			"legend",
			{ class: "label" },
			"Performers",
			h("span", { class: "soft optional" }, " optional"),
		),
		options,
		h("div", { id }, error),
	);
	let chosen = entry?.performerIds ?? [];
	const choose = (key, yes) =>
		(chosen = yes ? [...chosen, key] : chosen.filter((other) => other !== key));
	const name_of = (key) =>
		performers()
			.find((p) => p.key === key)
			?.name() ?? "unknown";
	const self = {
		name: "performerIds",
		label: "Performers",
		el,
		input: options,
		get: () => chosen.filter((key) => performers().some((p) => p.key === key)),
		set: (list) => {
			chosen = list ?? [];
			self.render();
		},
		validate: () => true,
		set_error: (text) => replace(error, text ?? ""),
		show: (list) => list.map(name_of).join(", ") || "none",
		render() {
			const rows = performers();
			replace(
				options,
				rows.length
					? rows.map((p) => option(p, chosen.includes(p.key), choose))
					: h("p", { class: "hint" }, "Add performers above to select them here."),
			);
		},
	};
	self.render();
	return self;
}
