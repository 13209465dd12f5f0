// form: form fields with label, hint and error message, and their values in the format of the API.
import { error_box, h, new_id, replace, while_busy } from "./dom.js";
import {
	format_time,
	from_local,
	local_instants,
	parse_number,
	parse_whole_number,
	to_local,
} from "./format.js";

const instants_of = (c, zone) => (c.value ? local_instants(c.value, zone()) : []);

const has_clock_of_value = (c, zone) => c.value === c.dataset.shown && zone() === c.dataset.zone;
// An unchanged field keeps its milliseconds, which the control does not show.
const is_unchanged = (c, zone) =>
	has_clock_of_value(c, zone) && c.dataset.which === c.dataset.shownWhich;

// A local time that the clocks of the zone skip.
const skipped_time = (c, zone) =>
	c.value && !instants_of(c, zone).length
		? `Clocks in ${zone()} skip this time. Enter another one, such as ` +
			`${format_time(from_local(c.value, zone()), zone(), "full")}.`
		: null;

// A local time that the clocks of the zone show twice.
const repeated_time = (c, zone) =>
	instants_of(c, zone).length > 1
		? `Clocks in ${zone()} show this time twice: select the one that is meant.`
		: null;

// The choice between the two instants of such a time, which is hidden for all others. The control's
// data-which is the one that is meant, 0 or 1: the first, until another one is selected.
function instant_choice(c, zone) {
	const select = h("select", { id: `${c.id}-which`, autocomplete: "off" });
	const el = h(
		"div",
		{ class: "field", hidden: true },
		h("label", { for: select.id }, "Which of the two"),
		select,
	);
	select.addEventListener("change", () => (c.dataset.which = select.value));
	const update = () => {
		const instants = instants_of(c, zone);
		const was_hidden = el.hidden;
		el.hidden = instants.length < 2;
		if (el.hidden || was_hidden)
			c.dataset.which = has_clock_of_value(c, zone) ? c.dataset.shownWhich : "0";
		if (el.hidden) return;
		const labels = instants.map(
			(iso, i) => `${["First", "Second"][i]}: ${format_time(iso, zone(), "full")}`,
		);
		replace(
			select,
			labels.map((text, i) => h("option", { value: String(i) }, text)),
		);
		select.value = c.dataset.which;
	};
	return { el, update };
}

const number_control = (parse, must) => ({
	get: (c) => (c.value.trim() === "" ? null : parse(c.value.trim())),
	set: (c, v) => (c.value = v ?? ""),
	must,
});

// "1.500" is one and a half here, and 1500 to those who write thousands with a dot.
const dot_of_thousands = ({ value }) =>
	/^\d{1,3}\.\d\d0$/.test(value.trim())
		? `This is ${Number(value)}. If you mean thousands, ` +
			`enter ${value.trim().replace(".", ",")}.`
		: null;

// Conversions between a control and the value of the API: get reads the control, set fills it.
// error and note: what is wrong, or worth a note, about the control's input, or null. must: what a
// text must be that is no number, for which get returns NaN.
const CONTROLS = {
	text: { get: (c) => c.value.trim() || null, set: (c, v) => (c.value = v ?? "") },
	number: number_control(parse_whole_number, "must be a whole number"),
	money: {
		...number_control(parse_number, "must be a number, such as 1,500.50"),
		note: dot_of_thousands,
	},
	checkbox: { get: (c) => c.checked, set: (c, v) => (c.checked = Boolean(v)) },
	lines: {
		get: (c) =>
			c.value
				.split("\n")
				.map((l) => l.trim())
				.filter(Boolean),
		set: (c, v) => (c.value = (v ?? []).join("\n")),
	},
	datetime: {
		get(c, zone) {
			if (is_unchanged(c, zone)) return c.dataset.iso || null;
			return instants_of(c, zone)[Number(c.dataset.which)] ?? from_local(c.value, zone());
		},
		set(c, v, zone) {
			c.value = to_local(v, zone());
			const which = instants_of(c, zone)[1] <= new Date(v ?? 0).toISOString() ? "1" : "0";
			const as_shown = { shown: c.value, zone: zone(), iso: v ?? "", shownWhich: which };
			Object.assign(c.dataset, as_shown, { which });
		},
		choice: instant_choice,
		error: skipped_time,
		note: repeated_time,
	},
};
const CONTROL_OF = {
	number: "number",
	money: "money",
	checkbox: "checkbox",
	lines: "lines",
	datetime: "datetime",
};
const INPUT_ATTRIBUTES = {
	number: { type: "text", inputmode: "numeric" },
	money: { type: "text", inputmode: "decimal" },
	datetime: { type: "datetime-local" },
	checkbox: { type: "checkbox" },
};

function control(spec, id) {
	const attrs = {
		id,
		name: spec.name,
		autocomplete: "off",
		...INPUT_ATTRIBUTES[spec.type],
		...spec.attrs,
	};
	if (spec.type === "select")
		return h(
			"select",
			attrs,
			spec.options.map(([value, label]) => h("option", { value }, label)),
		);
	if (spec.type === "lines" || spec.type === "textarea")
		return h("textarea", { rows: 4, ...attrs });
	return h("input", { type: spec.type ?? "text", ...attrs });
}

function field_classes(spec) {
	if (spec.type === "checkbox") return "field check";
	return spec.wide ? "field wide" : "field";
}

// "Enter the event name.", or spec.required when it is a sentence.
function required_message({ required, label }) {
	if (typeof required === "string") return required;
	const is_acronym = /^[A-Z]{2}/.test(label);
	return `Enter the ${is_acronym ? label : label[0].toLowerCase() + label.slice(1)}.`;
}

// Client-side validation. Returns null when the value is valid.
function validation_error(spec, kind, value) {
	if (spec.required && (value === null || value === "")) return required_message(spec);
	if (Number.isNaN(value)) return `${spec.label} ${kind.must}.`;
	return value === null ? null : (spec.check?.(value) ?? null);
}

// spec: {name, label, type, value, hint, required, options, attrs, zone: () => "Asia/Manila",
// check: (value) => what is wrong with a value, or null,
// warn: (value) => text shown below a value that is allowed but looks wrong, or null}.
// Returns {name, label, el, input, get, set, validate, set_error, review}.
export function field(spec) {
	const id = new_id("f");
	const kind = CONTROLS[CONTROL_OF[spec.type] ?? "text"];
	const input = control(spec, id);
	const hint = spec.hint ? h("p", { class: "hint", id: `${id}-hint` }, spec.hint) : null;
	const error_text = h("p", { class: "field-error", id: `${id}-error` });
	const warning = h("p", { class: "hint warning", id: `${id}-warning`, role: "status" });
	const says_optional = !spec.required && spec.type !== "checkbox" && spec.type !== "select";
	const label = h(
		"label",
		{ for: id },
		spec.label,
		says_optional ? h("span", { class: "soft optional" }, " optional") : null,
	);
	const zone = () => (spec.zone ? spec.zone() : "UTC");
	const can_warn = spec.warn || kind.note;
	const choice = kind.choice?.(input, zone);
	input.setAttribute(
		"aria-describedby",
		[hint?.id, can_warn && warning.id, error_text.id].filter(Boolean).join(" "),
	);
	if (spec.required) input.setAttribute("aria-required", "true");
	const el = h(
		"div",
		{ class: field_classes(spec) },
		spec.type === "checkbox" ? h("div", { class: "row" }, input, label) : [label, input],
		choice?.el,
		hint,
		can_warn ? warning : null,
		error_text,
	);
	const self = {
		name: spec.name,
		label: spec.label,
		el,
		input,
		get: () => kind.get(input, zone),
		set(value) {
			kind.set(input, value, zone);
			self.review();
		},
		set_error(text) {
			replace(error_text, text ?? "");
			input.toggleAttribute("aria-invalid", false);
			if (text) input.setAttribute("aria-invalid", "true");
		},
		validate() {
			self.set_error(validation_error(spec, kind, self.get()) ?? kind.error?.(input, zone));
			return !input.hasAttribute("aria-invalid");
		},
		// A message goes when the value is corrected, not at the next attempt to save. What is
		// wrong with a complete value is told at once.
		review() {
			choice?.update();
			if (input.hasAttribute("aria-invalid") || kind.error?.(input, zone)) self.validate();
			const notes = [kind.note?.(input, zone), spec.warn?.(self.get())];
			replace(warning, notes.filter(Boolean).join(" "));
		},
	};
	self.set(spec.value);
	for (const event of ["input", "change"]) input.addEventListener(event, self.review);
	return self;
}

// The body of a PATCH: the fields whose value has changed.
export const is_equal = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
export const changed_fields = (before, now) =>
	Object.fromEntries(
		Object.entries(now).filter(([name, value]) => !is_equal(before[name], value)),
	);

export const field_values = (fields) => Object.fromEntries(fields.map((f) => [f.name, f.get()]));

export function validate_all(fields) {
	const bad = fields.filter((f) => !f.validate());
	bad[0]?.input.focus();
	return bad.length === 0;
}

// What the action of a dialog throws when one of its fields is invalid.
export const invalid_fields = () =>
	Object.assign(new Error("Some fields are invalid."), { hint: "Correct the marked fields." });

// "Quantity must not be less than 0" for the API's "tickets.0.quantity must …".
const field_message = ({ field: path, message }, name, hit) =>
	name === hit.name && message.startsWith(`${path} `)
		? hit.label + message.slice(path.length)
		: message;

// Shows each detail of an ApiError at its field, and everything else in the box above the form.
export function show_errors(error, fields, box, prefix = "") {
	const left = [];
	let first = null;
	for (const detail of error.details ?? []) {
		const name =
			prefix && detail.field.startsWith(prefix)
				? detail.field.slice(prefix.length)
				: detail.field;
		const hit =
			fields.find((f) => f.name === name) ??
			fields.find((f) => name.startsWith(`${f.name}.`) || name.startsWith(`${f.name}[`));
		if (!hit) {
			left.push(detail);
			continue;
		}
		hit.set_error(field_message(detail, name, hit));
		first ??= hit;
	}
	const shown = Object.assign(Object.create(Object.getPrototypeOf(error)), error, {
		message: error.message,
		details: left,
	});
	replace(box, error_box(shown));
	if (first) first.input.focus();
	else box.scrollIntoView({ block: "center" });
}

// A form with an error box and a submit button. send(values) can throw an ApiError.
export function form_with_submit(fields, label, send, ...more) {
	const box = h("div");
	const submit = h("button", { type: "submit", class: "primary" }, label);
	const form = h(
		"form",
		{ novalidate: true, class: "form" },
		box,
		fields.map((f) => f.el),
		h("p", { class: "buttons" }, submit, more),
	);
	const submit_values = async () => {
		try {
			await send(field_values(fields));
		} catch (error) {
			if (!error.hint) console.error(error);
			show_errors(error, fields, box);
		}
	};
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		replace(box);
		if (!submit.getAttribute("aria-disabled") && validate_all(fields))
			while_busy(submit, submit_values);
	});
	return form;
}

// A group of check boxes. options: [{value, label, hint, off}]; off: disabled.
export function checkbox_group({ name, label, hint, options, value }) {
	const id = new_id("c");
	const error_text = h("p", { class: "field-error", id: `${id}-error` });
	const boxes = options.map((o) =>
		h("input", {
			type: "checkbox",
			id: `${id}-${o.value}`,
			name,
			disabled: o.off,
			"aria-describedby": `${id}-${o.value}-hint`,
		}),
	);
	const el = h(
		"fieldset",
		{ class: "choices", "aria-describedby": error_text.id },
		h("legend", null, label),
		hint ? h("p", { class: "hint" }, hint) : null,
		options.map((o, i) =>
			h(
				"div",
				{ class: "choice" },
				boxes[i],
				h("label", { for: boxes[i].id }, o.label),
				h("p", { class: "hint", id: `${id}-${o.value}-hint` }, o.hint ?? ""),
			),
		),
		error_text,
	);
	const self = {
		name,
		label,
		el,
		input: boxes[0],
		boxes,
		get: () => options.filter((o, i) => boxes[i].checked).map((o) => o.value),
		set: (list) =>
			boxes.forEach((b, i) => (b.checked = (list ?? []).includes(options[i].value))),
		set_error: (text) => replace(error_text, text ?? ""),
		validate() {
			self.set_error(self.get().length ? null : "Select at least one.");
			return self.get().length > 0;
		},
	};
	self.set(value);
	return self;
}

// The two fields of a range of days, which say the zone whose days they are.
export const day_fields = ({ from, to }, zone) => [
	field({ name: "from", label: "From", type: "date", value: from, hint: `Days in ${zone}.` }),
	field({ name: "to", label: "To", type: "date", value: to }),
];

// The filter by status; labels: {value: [label, kind]}, as badges have them.
export const status_field = (labels, value) =>
	field({
		name: "status",
		label: "Status",
		type: "select",
		value: value ?? "",
		options: [["", "All"], ...Object.entries(labels).map(([v, [label]]) => [v, label])],
	});

// A row of filters. They are part of the URL, so that the back button restores them.
export function filter_form(fields, query, go) {
	const form = h(
		"form",
		{ class: "filters", role: "search" },
		fields.map((f) => f.el),
		h(
			"p",
			{ class: "buttons" },
			h("button", { type: "submit" }, "Filter"),
			Object.keys(query).some((k) => k !== "page")
				? h("button", { type: "button", class: "quiet", onclick: () => go({}) }, "Clear")
				: null,
		),
	);
	const apply = () =>
		go(
			Object.fromEntries(
				Object.entries(field_values(fields)).filter(([, v]) => v !== null && v !== ""),
			),
		);
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		apply();
	});
	for (const select of form.querySelectorAll("select")) select.addEventListener("change", apply);
	return form;
}

// The range of rows shown, and buttons for the previous and next page.
export function pager(meta, query, go) {
	if (meta.totalPages <= 1) return null;
	const to = (page, label) =>
		h(
			"button",
			{
				type: "button",
				disabled: page < 1 || page > meta.totalPages,
				onclick: () => go({ ...query, page }),
			},
			label,
		);
	const first = (meta.page - 1) * meta.take + 1;
	return h(
		"nav",
		{ class: "pager", "aria-label": "Pages" },
		to(meta.page - 1, "Previous"),
		h(
			"span",
			{ class: "soft" },
			`${first}–${Math.min(meta.total, first + meta.take - 1)} of ${meta.total}`,
		),
		to(meta.page + 1, "Next"),
	);
}
