// dom: creates elements. Text becomes text nodes: no script of the pages parses markup.

const SVG = "http://www.w3.org/2000/svg";

// h("p", {class: "soft", onclick: f}, "text", node, [more]) skips children that are null or false.
export function h(tag, props, ...children) {
	return set_attributes(document.createElement(tag), props, children);
}

export function svg(tag, props, ...children) {
	return set_attributes(document.createElementNS(SVG, tag), props, children);
}

function set_attributes(el, props, children) {
	for (const [name, value] of Object.entries(props ?? {})) {
		if (value === null || value === undefined || value === false) continue;
		if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
		else if (name === "value") el.value = value;
		else if (name === "href") el.setAttribute("href", safe_url(value));
		else el.setAttribute(name, value === true ? "" : value);
	}
	append(el, children);
	return el;
}

export function append(el, children) {
	for (const child of [children].flat(Infinity))
		if (child !== null && child !== undefined && child !== false)
			el.append(child instanceof Node ? child : String(child));
	return el;
}

export function replace(el, ...children) {
	el.replaceChildren();
	return append(el, children);
}

// Identifies a control across two renderings.
const focus_key = (el) =>
	el.getAttribute("name") ?? el.getAttribute("aria-label") ?? el.textContent;

// Replaces what an element shows with a new rendering of the same. A control that has the focus
// keeps it, or gives it to `fallback` when it is gone. Returns whether the focus was inside.
export function rerender(el, fallback, ...children) {
	const at = document.activeElement;
	const held = el.contains(at) ? [at.tagName, focus_key(at)] : null;
	replace(el, children);
	if (!held) return false;
	const again = [...el.querySelectorAll(held[0])].find((e) => focus_key(e) === held[1]);
	(again ?? fallback).focus({ preventScroll: true });
	return true;
}

// URLs in data may have a scheme such as javascript:. Only the schemes below are allowed.
function safe_url(url) {
	return /^(https?:|mailto:|blob:|#|\.{0,2}\/)/i.test(url) ? url : "#";
}

let counter = 0;
export const new_id = (prefix) => `${prefix}-${++counter}`;

// ---- shared components ----

export function button(label, onclick, kind = "") {
	return h("button", { type: "button", class: kind, onclick }, label);
}

export const link = (text, href, kind) => h("a", { href, class: kind }, text);

// Opens in a new tab that cannot access this window.
export const external_link = (text, href) =>
	h(
		"a",
		{ href, target: "_blank", rel: "noopener noreferrer" },
		text,
		h("span", { class: "visually-hidden" }, " (opens a new tab)"),
	);

export const badge = (text, kind = "") => h("span", { class: `badge ${kind}` }, text);

export function time(iso, text, title) {
	return iso ? h("time", { datetime: iso, title: title ?? iso }, text) : null;
}

export function description_list(rows) {
	return h(
		"dl",
		{ class: "facts" },
		rows
			.filter(Boolean)
			.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
	);
}

// head: [{label, number, hidden}]; rows: arrays of cells, or {cells, class}. On a narrow screen
// each row becomes a card with the column name in each cell. The roles keep the table semantics for
// screen readers.
export function table(caption, head, rows) {
	const cells = (row) =>
		(Array.isArray(row) ? row : row.cells).map((cell, i) =>
			h(
				"td",
				{ role: "cell", class: head[i].number && "number", "data-label": head[i].label },
				cell,
			),
		);
	return h(
		"table",
		{ role: "table", class: "cards" },
		h("caption", { class: "visually-hidden" }, caption),
		h(
			"thead",
			{ role: "rowgroup" },
			h(
				"tr",
				{ role: "row" },
				head.map((c) =>
					h(
						"th",
						{ role: "columnheader", scope: "col", class: c.number && "number" },
						c.hidden ? h("span", { class: "visually-hidden" }, c.label) : c.label,
					),
				),
			),
		),
		h(
			"tbody",
			{ role: "rowgroup" },
			rows.map((row) => h("tr", { role: "row", class: row.class }, cells(row))),
		),
	);
}

export function empty_state(title, text, ...actions) {
	return h(
		"div",
		{ class: "card empty" },
		h("h2", null, title),
		h("p", { class: "soft" }, text),
		actions.length ? h("p", { class: "buttons" }, actions) : null,
	);
}

// What the components of every page say; pages in other languages replace it.
export const words = {
	request_id: "Request ID:",
	unexpected: "Something went wrong. Reload the page and try again.",
};

// Shows an ApiError: message, details, hint and request ID.
export function error_box(error, ...actions) {
	return h(
		"div",
		{ class: "notice bad", role: "alert" },
		h("p", null, h("strong", null, error.message)),
		error.details?.length
			? h(
					"ul",
					null,
					error.details.map((d) => h("li", null, d.message)),
				)
			: null,
		error.hint ? h("p", null, error.hint) : null,
		error.request_id
			? h(
					"p",
					{ class: "small soft" },
					words.request_id,
					" ",
					h("span", { class: "mono" }, error.request_id),
				)
			: null,
		actions.length ? h("p", { class: "buttons" }, actions) : null,
	);
}

// ---- toasts ----

// The live region of all toasts. It exists from the start, because screen readers announce only
// changes of a region that they know.
const region = h("div", {
	id: "toasts",
	popover: "manual",
	role: "status",
	"aria-live": "polite",
});
document.body.append(region);

// While a dialog is open the live region must be inside it: screen readers ignore the rest.
export function toast(text, kind = "") {
	const note = h("p", { class: `toast ${kind}` }, text);
	const parent = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
	if (region.parentNode !== parent) parent.append(region);
	region.hidePopover?.();
	region.showPopover?.();
	setTimeout(() => region.append(note), 50); // a live region that has moved needs a moment
	setTimeout(() => note.remove(), 6000);
}

// An error that no page has handled is shown, never swallowed. It also stays in the console.
addEventListener("unhandledrejection", ({ reason }) => {
	if (reason?.name === "AbortError") return;
	const known = reason?.status !== undefined; // an ApiError, whose message is for people
	toast(known ? reason.message : words.unexpected, "bad");
});

// ---- dialogs ----

// Closes and removes a dialog. The focus returns to where it was; open toasts stay.
export function close_dialog(box) {
	box.close();
	if (box.contains(region)) {
		document.body.append(region);
		region.showPopover?.();
	}
	box.remove();
}

// Resolves with the result of an action, or null when the dialog is closed. body: nodes. actions:
// [{label, kind, run}]; when run throws, the dialog shows the error and stays open.
export function dialog(title, body, actions) {
	return new Promise((resolve) => {
		const id = new_id("dialog");
		const error_container = h("div");
		const close = (value) => {
			close_dialog(box);
			resolve(value);
		};
		const run = (action, trigger) =>
			while_busy(trigger, async () => {
				replace(error_container);
				try {
					close(action.run ? await action.run() : true);
				} catch (error) {
					if (!error.hint) console.error(error);
					replace(error_container, error_box(error));
				}
			});
		const main = actions.at(-1);
		const presses = actions.map((a) =>
			h(
				"button",
				{
					type: a === main ? "submit" : "button",
					class: a.kind,
					onclick: a === main ? null : (e) => run(a, e.currentTarget),
				},
				a.label,
			),
		);
		const form = h(
			"form",
			{
				onsubmit: (e) => {
					e.preventDefault();
					run(main, presses.at(-1));
				},
			},
			h("h2", { id }, title),
			body,
			error_container,
			h(
				"p",
				{ class: "buttons end" },
				h(
					"button",
					{ type: "button", onclick: () => close(null) },
					actions.length ? "Cancel" : "Close",
				),
				presses,
			),
		);
		const box = h(
			"dialog",
			{
				"aria-labelledby": id,
				oncancel: (e) => {
					e.preventDefault();
					close(null);
				},
			},
			form,
		);
		document.body.append(box);
		box.showModal();
	});
}

// text: a sentence, or a list of sentences and nodes.
export function confirm(title, text, label, run, kind = "danger primary") {
	const body = [text]
		.flat()
		.map((part) => (typeof part === "string" ? h("p", null, part) : part));
	return dialog(title, body, [{ label, kind, run }]);
}

// ---- busy buttons ----

// Disables the button while the task runs, so that nothing is sent twice.
export async function while_busy(trigger, task) {
	if (trigger.getAttribute("aria-disabled")) return;
	trigger.setAttribute("aria-disabled", "true");
	trigger.classList.add("busy");
	try {
		return await task();
	} finally {
		trigger.removeAttribute("aria-disabled");
		trigger.classList.remove("busy");
	}
}

// ---- copying ----

export async function copy(text, trigger) {
	let done = false;
	try {
		await navigator.clipboard.writeText(text);
		done = true;
	} catch {
		// the clipboard API needs HTTPS
		const area = h("textarea", {
			value: text,
			readonly: true,
			class: "visually-hidden",
			"aria-hidden": "true",
			tabindex: "-1",
		});
		(trigger.closest("dialog") ?? document.body).append(area);
		area.select();
		done = document.execCommand("copy");
		area.remove();
		trigger.focus();
	}
	toast(done ? "Copied." : "Copying is not available. Select the text and copy it.");
}

// Text with a copy button. label: its name for screen readers.
export function copy_field(text, label) {
	return h(
		"div",
		{ class: "copyable" },
		h("code", { tabindex: "0", role: "group", "aria-label": label }, text),
		h(
			"button",
			{
				type: "button",
				"aria-label": `Copy ${label}`,
				onclick: (e) => copy(text, e.currentTarget),
			},
			"Copy",
		),
	);
}
