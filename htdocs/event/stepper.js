// stepper: a quantity input with a minus and a plus button.
import { h, new_id } from "../dashboard/dom.js";
import { number } from "../dashboard/format.js";
import { say } from "./language.js";

// The allowed quantity for `wanted`. Between 0 and the minimum, the direction decides.
function clamp_quantity(wanted, before, min, max) {
	const n = Number.isFinite(wanted) ? Math.trunc(wanted) : 0;
	if (n < 1 || max < min) return 0;
	if (n < min) return n > before ? min : 0;
	return Math.min(n, max);
}

function limits_text({ minPerOrder, maxPerOrder, remaining }) {
	const limits = { min: number(minPerOrder), max: number(maxPerOrder) };
	const has_min = minPerOrder > 1,
		has_max = maxPerOrder < remaining;
	if (has_min && has_max) return say("limit_min_max", limits);
	if (has_min) return say("limit_min", limits);
	return has_max ? say("limit_max", limits) : "";
}

// Calls on_change() when the user changes the value. Returns {el, input, get, set_value(n),
// set_limits(ticket)}; set_limits returns by how much it had to reduce the value.
export function stepper(ticket, on_change) {
	const id = new_id("quantity");
	let value = 0,
		min = 1,
		max = 0;
	const hint = h("p", { class: "hint", id: `${id}-hint` });
	const input = h("input", {
		id,
		type: "number",
		inputmode: "numeric",
		min: 0,
		step: 1,
		autocomplete: "off",
		"aria-describedby": hint.id,
	});
	const set_value = (wanted) => {
		value = clamp_quantity(wanted, value, min, max);
		input.value = value;
		fewer.setAttribute("aria-disabled", String(value <= 0));
		more.setAttribute("aria-disabled", String(value >= max));
	};
	const change_value = (wanted) => {
		set_value(wanted);
		on_change();
	};
	const button = (by, sign, label) =>
		h(
			"button",
			{
				type: "button",
				"aria-label": label,
				onclick: () => change_value(value + by),
			},
			sign,
		);
	const fewer = button(-1, "−", say("decrease_quantity", { ticket: ticket.name })),
		more = button(1, "+", say("increase_quantity", { ticket: ticket.name }));
	input.addEventListener("keydown", (e) => {
		const by = { ArrowUp: 1, ArrowDown: -1 }[e.key];
		if (!by) return;
		e.preventDefault();
		change_value(value + by);
	});
	input.addEventListener("change", () =>
		change_value(Number(input.value) > 0 ? Math.max(Number(input.value), min) : 0),
	);
	input.addEventListener("focus", () => input.select());
	return {
		el: h(
			"div",
			{ class: "stepper" },
			h(
				"label",
				{ class: "visually-hidden", for: id },
				say("quantity", { ticket: ticket.name }),
			),
			fewer,
			input,
			more,
			hint,
		),
		input,
		get: () => value,
		set_value,
		set_limits(now) {
			const before = value;
			min = now.minPerOrder;
			max = now.maxPerOrder;
			input.max = max;
			hint.textContent = limits_text(now);
			set_value(value);
			return before - value;
		},
	};
}
