// choose: the list of ticket types that the server wrote, with something to choose by, kept within what there is while others buy.
import { h, replace } from "../dashboard/dom.js";
import { money, number, plural } from "../dashboard/format.js";
import { place } from "./shop.js";
import { stepper } from "./stepper.js";
import { when } from "./when.js";

const list = place.querySelector(".tickets");
const rows = new Map(); // by the ticket type's id: {ticket, li, stepper: null where it cannot be had here}
let event = null;

const one_price = (ticket) => ticket.price + ticket.fee;
const open_rows = () => [...rows.values()].filter((r) => r.stepper);
const chosen_rows = () => open_rows().filter((r) => r.stepper.get());

// What can be chosen, in words, as the server writes it.
function left_of(ticket) {
	if (ticket.state === "NOT_YET")
		return `On sale from ${when(ticket.salesStart, event.timezone)}`;
	return (
		{
			ON_SALE: `${number(ticket.remaining)} left`,
			SOLD_OUT: "Sold out",
			CLOSED: "Sales have ended",
		}[ticket.state] ?? "The event is over"
	);
}

// A ticket type that was put on sale while the page was open.
function new_item(ticket) {
	return h(
		"li",
		{ class: "ticket", "data-ticket": ticket.id },
		h("h3", null, ticket.name),
		ticket.description ? h("p", { class: "about" }, ticket.description) : null,
		h(
			"p",
			{ class: "price" },
			ticket.price ? money(ticket.price, event.currency) : "Free",
			ticket.fee ? ` + ${money(ticket.fee, event.currency)} fee` : null,
		),
		h("p", { class: "left" }),
	);
}

function row_of(ticket) {
	const li =
		list.querySelector(`[data-ticket="${CSS.escape(ticket.id)}"]`) ??
		list.appendChild(new_item(ticket));
	rows.set(ticket.id, { li, ticket, stepper: null });
	return rows.get(ticket.id);
}

function close(row) {
	const had_focus = row.stepper?.el.contains(document.activeElement);
	row.stepper?.el.remove();
	row.stepper = null;
	if (had_focus) document.getElementById("tickets-title").focus();
}

// Brings one row up to date; what a buyer who had chosen it must be told, or null.
function refresh(row, ticket, changed) {
	const had = row.stepper?.get() ?? 0;
	row.ticket = ticket;
	row.li.dataset.state = ticket.state;
	replace(row.li.querySelector(".left"), left_of(ticket));
	if (ticket.state !== "ON_SALE" || (event.checkout === "NONE" && one_price(ticket) > 0)) {
		close(row);
		return had
			? `${ticket.name}: ${left_of(ticket).toLowerCase()}. It is no longer in your choice.`
			: null;
	}
	if (!row.stepper) {
		row.stepper = stepper(ticket, changed);
		row.li.append(row.stepper.el);
	}
	return row.stepper.limit(ticket) > 0
		? `${ticket.name}: only ${number(row.stepper.get())} can be had now. Your choice is lowered to that.`
		: null;
}

function sum() {
	const count = chosen_rows().reduce((n, r) => n + r.stepper.get(), 0);
	const total = chosen_rows().reduce((n, r) => n + r.stepper.get() * one_price(r.ticket), 0);
	if (!count) return ["Nothing chosen yet"];
	return [plural(count, "ticket"), total ? money(total, event.currency) : "free"];
}

// Who sells by other means alone says so, where something is on sale at all.
function sold_elsewhere() {
	const some = event.tickets.some((t) => t.state === "ON_SALE" && one_price(t) > 0);
	return event.checkout === "NONE" && some
		? h(
				"p",
				{ class: "notice" },
				`Tickets that cost something are not sold on this page. Ask ${event.organization.name} where to get them.`,
			)
		: null;
}

// take(button, box): what the button does. {el, update(event), put(items), say(words), items(), first()}
export function chooser(take) {
	const box = h("div"),
		elsewhere = h("div"),
		lowered = h("div", { class: "lowered" }),
		told = h("p", { class: "unseen", role: "status" }),
		line = h("p", { class: "sum" });
	const button = h(
		"button",
		{ type: "button", class: "primary", onclick: () => take(button, box) },
		"Get tickets",
	);
	const bar = h("div", { class: "take" }, line, button);
	const add_up = () => {
		const [words, amount] = sum();
		replace(line, words, amount ? [", ", h("strong", { class: "number" }, amount)] : null);
	};
	const begin_with_one = () => {
		// nothing else to choose
		const [one, another] = open_rows();
		if (one && !another && !one.stepper.get()) one.stepper.put(1);
	};
	const changed = () => {
		add_up();
		replace(lowered);
		told.textContent = sum().join(", ");
	};
	return {
		el: h("div", { class: "choosing" }, elsewhere, lowered, box, bar, told),
		update(now) {
			const first = !event;
			event = now;
			const words = event.tickets
				.map((t) => refresh(rows.get(t.id) ?? row_of(t), t, changed))
				.filter(Boolean);
			for (const [id, row] of rows)
				if (!event.tickets.some((t) => t.id === id)) {
					close(row);
					row.li.remove();
					rows.delete(id);
				}
			if (first) begin_with_one();
			bar.hidden = !open_rows().length;
			replace(elsewhere, sold_elsewhere());
			add_up();
			if (words.length) {
				replace(
					lowered,
					box.firstChild ? null : h("p", { class: "notice warn" }, words.join(" ")),
				); // an error says as much
				told.textContent = words.join(" ");
			}
		},
		put(items) {
			for (const row of open_rows())
				row.stepper.put(items.find((i) => i.ticketId === row.ticket.id)?.quantity ?? 0);
			begin_with_one();
			add_up();
		},
		say: (words) => (told.textContent = words),
		items: () =>
			chosen_rows().map((r) => ({ ticketId: r.ticket.id, quantity: r.stepper.get() })),
		first: () => open_rows()[0]?.stepper.input,
	};
}
