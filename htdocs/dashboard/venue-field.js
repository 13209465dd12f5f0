// venue-field: a combobox that searches the venue directory.
import { get, OPEN_API } from "./api.js";
import { h, new_id, replace } from "./dom.js";
import { plural } from "./format.js";

const venue_label = (venue) => [venue.name, venue.city, venue.country].filter(Boolean).join(", ");

const OPTION = { role: "option", "aria-selected": "false" };

// The elements of the combobox: {el, input, list, error_text, status}
function combobox(id) {
	const error_text = h("p", { class: "field-error", id: `${id}-error` });
	const hint = h(
		"p",
		{ class: "hint", id: `${id}-hint` },
		"The venue sets the address and the time zone.",
	);
	const list = h("ul", {
		id: `${id}-list`,
		role: "listbox",
		class: "options",
		"aria-label": "Matching venues",
		hidden: true,
	});
	const input = h("input", {
		id,
		name: "venueId",
		type: "text",
		role: "combobox",
		autocomplete: "off",
		"aria-autocomplete": "list",
		"aria-expanded": "false",
		"aria-controls": list.id,
		"aria-describedby": `${hint.id} ${error_text.id}`,
		placeholder: "Search venues",
	});
	const status = h("p", { class: "visually-hidden", role: "status" });
	const optional = h("span", { class: "soft optional" }, " optional");
	const label = h("label", { for: id }, "Venue", optional);
	const el = h("div", { class: "field combo" }, label, input, list, hint, error_text, status);
	return { el, input, list, error_text, status };
}

function venue_option(venue, id, choose) {
	const onmousedown = (e) => {
		e.preventDefault();
		choose(venue);
	};
	const place = [venue.city, venue.region, venue.country].filter(Boolean).join(", ");
	return h(
		"li",
		{ ...OPTION, id, onmousedown },
		h("strong", null, venue.name),
		" ",
		h("span", { class: "soft" }, place),
	);
}

// active: index of the active option, or -1.
function next_option(active, count, down) {
	if (down) return (active + 1) % count;
	return active <= 0 ? count - 1 : active - 1;
}

// The list below the input: {open(venues, text), close}. Calls choose(venue) when an option is
// selected by mouse or keyboard.
function dropdown({ input, list, status }, id, choose) {
	let found = [];
	let active = -1;
	const close = () => {
		list.hidden = true;
		active = -1;
		input.setAttribute("aria-expanded", "false");
		input.removeAttribute("aria-activedescendant");
	};
	const open = (venues, text) => {
		found = venues;
		active = -1;
		const none = `No venues match “${text}”.`;
		replace(
			list,
			venues.length
				? venues.map((v, i) => venue_option(v, `${id}-${i}`, choose))
				: h("li", { ...OPTION, "aria-disabled": "true", class: "soft" }, none),
		);
		list.hidden = false;
		status.textContent = venues.length ? `${plural(venues.length, "matching venue")}.` : none;
		input.setAttribute("aria-expanded", "true");
	};
	const move = (down) => {
		if (!found.length) return;
		active = next_option(active, found.length, down);
		for (const [i, option] of [...list.children].entries())
			option.setAttribute("aria-selected", String(i === active));
		list.children[active].scrollIntoView({ block: "nearest" });
		input.setAttribute("aria-activedescendant", list.children[active].id);
	};
	const keys = {
		ArrowDown: () => move(true),
		ArrowUp: () => move(false),
		Enter: () => found.length && choose(found[Math.max(active, 0)]),
		Escape: close,
	};
	input.addEventListener("keydown", (e) => {
		if (e.key === "ArrowDown" || e.key === "ArrowUp") e.preventDefault();
		if (list.hidden || !keys[e.key]) return;
		e.preventDefault();
		keys[e.key]();
	});
	return { open, close };
}

// Has the interface of field(). The value is the id of the venue. Calls on_choice(venue) when the
// user selects another venue.
export function venue_field(venue, on_choice) {
	const id = new_id("venue");
	let chosen = venue;
	let requests = 0;
	const { el, error_text, ...box } = combobox(id);
	const { input } = box;
	const choose = (one) => {
		chosen = one;
		input.value = venue_label(one);
		close();
		input.dispatchEvent(new Event("input", { bubbles: true })); // the form has changed
		on_choice(one);
	};
	const { open, close } = dropdown(box, id, choose);
	const search = async () => {
		const text = input.value.trim();
		const mine = ++requests;
		if (chosen && text === venue_label(chosen)) return;
		chosen = text ? chosen : null;
		if (text.length < 2) return close();
		await new Promise((go) => setTimeout(go, 150)); // debounce
		if (mine !== requests) return;
		try {
			const { data } = await get(`${OPEN_API}venues`, { search: text, take: 8 });
			if (mine === requests && document.activeElement === input) open(data, text);
		} catch (error) {
			self.set_error(error.message);
		}
	};
	input.addEventListener("input", search);
	input.addEventListener("blur", () => {
		requests++;
		close();
		input.value = chosen ? venue_label(chosen) : "";
	});
	const self = {
		name: "venueId",
		label: "Venue",
		el,
		input,
		get: () => chosen?.id ?? null,
		set(value, one) {
			chosen = value ? one : null;
			input.value = chosen ? venue_label(chosen) : "";
		},
		validate: () => true,
		set_error: (text) => replace(error_text, text ?? ""),
		show: (value, one) => (one ? venue_label(one) : (value ?? "none")),
	};
	self.set(venue?.id, venue);
	return self;
}
