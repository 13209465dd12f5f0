// venue-field: chooses a venue of the directory by typing part of its name.
import { get, OPEN } from "./api.js";
import { h, new_id, replace } from "./dom.js";
import { plural } from "./format.js";

const words = (venue) => [venue.name, venue.city, venue.country].filter(Boolean).join(", ");

// Like field(): holds the venue's id. A list of what fits opens below the input; arrows, Enter and Escape work as in any combobox.
export function venue_field(venue, on_choice) {
	const id = new_id("venue");
	let chosen = venue;
	let found = [];
	let active = -1;
	let asked = 0;
	const wrong = h("p", { class: "wrong", id: `${id}-wrong` });
	const list = h("ul", {
		id: `${id}-list`,
		role: "listbox",
		class: "options",
		"aria-label": "Venues that fit",
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
		"aria-describedby": `${id}-hint ${wrong.id}`,
		placeholder: "Search the directory",
	});
	const told = h("p", { class: "unseen", role: "status" });
	const el = h(
		"div",
		{ class: "field combo" },
		h("label", { for: id }, "Venue", h("span", { class: "soft optional" }, " optional")),
		input,
		list,
		h(
			"p",
			{ class: "hint", id: `${id}-hint` },
			"A venue brings its address and its time zone.",
		),
		wrong,
		told,
	);

	const close = () => {
		list.hidden = true;
		active = -1;
		input.setAttribute("aria-expanded", "false");
		input.removeAttribute("aria-activedescendant");
	};
	const choose = (one) => {
		chosen = one;
		input.value = one ? words(one) : "";
		close();
		input.dispatchEvent(new Event("input", { bubbles: true })); // so that the page knows of the change
		if (one) on_choice(one);
	};
	const mark = (n) => {
		active = n;
		for (const [i, option] of [...list.children].entries())
			option.setAttribute("aria-selected", String(i === n));
		list.children[n]?.scrollIntoView({ block: "nearest" });
		input.setAttribute("aria-activedescendant", list.children[n]?.id ?? "");
	};
	const open = (rows, text) => {
		found = rows;
		active = -1;
		replace(
			list,
			rows.length
				? rows.map((v, i) =>
						h(
							"li",
							{
								id: `${id}-${i}`,
								role: "option",
								"aria-selected": "false",
								onmousedown: (e) => {
									e.preventDefault();
									choose(v);
								},
							},
							h("strong", null, v.name),
							" ",
							h(
								"span",
								{ class: "soft" },
								[v.city, v.region, v.country].filter(Boolean).join(", "),
							),
						),
					)
				: h(
						"li",
						{
							role: "option",
							"aria-disabled": "true",
							"aria-selected": "false",
							class: "soft",
						},
						`No venue fits “${text}”.`,
					),
		);
		list.hidden = false;
		told.textContent = rows.length
			? `${plural(rows.length, "venue")} to choose from.`
			: `No venue fits “${text}”.`;
		input.setAttribute("aria-expanded", "true");
	};
	const search = async () => {
		const text = input.value.trim();
		const mine = ++asked;
		if (chosen && text === words(chosen)) return;
		chosen = text ? chosen : null;
		if (text.length < 2) return close();
		await new Promise((go) => setTimeout(go, 150)); // until the typing pauses
		if (mine !== asked) return;
		try {
			const { data } = await get(`${OPEN}venues`, { search: text, take: 8 });
			if (mine === asked && document.activeElement === input) open(data, text);
		} catch (error) {
			self.wrong(error.message);
		}
	};
	input.addEventListener("input", search);
	input.addEventListener("blur", () => {
		asked++;
		close();
		input.value = chosen ? words(chosen) : "";
	});
	input.addEventListener("keydown", (e) => {
		if (e.key === "ArrowDown" || e.key === "ArrowUp") {
			e.preventDefault();
			if (!list.hidden && found.length)
				mark(
					(active + (e.key === "ArrowDown" ? 1 : found.length - (active < 0 ? 0 : 1))) %
						found.length,
				);
		} else if (e.key === "Enter" && !list.hidden) {
			e.preventDefault();
			if (found[Math.max(active, 0)]) choose(found[Math.max(active, 0)]);
		} else if (e.key === "Escape" && !list.hidden) {
			e.preventDefault();
			close();
		}
	});
	const self = {
		name: "venueId",
		label: "Venue",
		el,
		input,
		get: () => chosen?.id ?? null,
		set(value, one) {
			chosen = value ? one : null;
			input.value = chosen ? words(chosen) : "";
		},
		check: () => true,
		wrong: (text) => replace(wrong, text ?? ""),
		show: (value, one) => (one ? words(one) : (value ?? "none")),
	};
	self.set(venue?.id, venue);
	return self;
}
