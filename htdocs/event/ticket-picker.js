// ticket-picker: adds quantity steppers to the server-rendered list of ticket types, and keeps the
// selection within the available quantities.
import { h, replace } from "../dashboard/dom.js";
import { add, money, multiply, number } from "../dashboard/format.js";
import { tickets_section } from "./public-api.js";
import { stepper } from "./stepper.js";
import { count, format_event_time, say } from "./language.js";

const list = tickets_section.querySelector(".tickets");
const rows = new Map(); // ticket type id → {ticket, li, stepper}; no stepper: not available here
let event = null;

const unit_price = (ticket) => add([ticket.price, ticket.fee], event.currency);
const open_rows = () => [...rows.values()].filter((r) => r.stepper);
const selected_rows = () => open_rows().filter((r) => r.stepper.get());

// The same text as the server renders.
function availability_text(ticket) {
	if (ticket.state === "NOT_YET")
		return say("type_from", { when: format_event_time(ticket.salesStart, event.timezone) });
	if (ticket.state === "ON_SALE") return say("type_left", { count: number(ticket.remaining) });
	if (ticket.state === "SOLD_OUT") return say("type_sold_out");
	return say(ticket.state === "CLOSED" ? "type_closed" : "type_over");
}

function price_text(ticket) {
	const price = ticket.price ? money(ticket.price, event.currency) : say("free");
	if (!ticket.fee) return price;
	return say("price_with_fee", { price, fee: money(ticket.fee, event.currency) });
}

// The list item of a ticket type that went on sale after the page was loaded.
const create_item = (ticket) =>
	h(
		"li",
		{ class: "ticket", "data-ticket": ticket.id },
		h("h3", { dir: "auto" }),
		h("p", { class: "price" }),
		h("p", { class: "left" }),
	);

// Shows everything that is known of a ticket type, as the server renders it.
function show_ticket(li, ticket) {
	li.dataset.state = ticket.state;
	replace(li.querySelector("h3"), ticket.name);
	li.querySelector(".about")?.remove();
	if (ticket.description)
		li.querySelector("h3").after(h("p", { class: "about", dir: "auto" }, ticket.description));
	replace(li.querySelector(".price"), price_text(ticket));
	replace(li.querySelector(".left"), availability_text(ticket));
}

function create_row(ticket) {
	const li =
		list.querySelector(`[data-ticket="${CSS.escape(ticket.id)}"]`) ??
		list.appendChild(create_item(ticket));
	rows.set(ticket.id, { li, ticket, stepper: null });
	return rows.get(ticket.id);
}

function remove_stepper(row) {
	const had_focus = row.stepper?.el.contains(document.activeElement);
	row.stepper?.el.remove();
	row.stepper = null;
	if (had_focus) document.getElementById("tickets-title").focus();
}

// Updates a row. Returns a message when the buyer's selection, or its price, had to change, else
// null.
function refresh(row, ticket, changed) {
	const had = row.stepper?.get() ?? 0;
	const before = price_text(row.ticket);
	row.ticket = ticket;
	show_ticket(row.li, ticket);
	if (ticket.state !== "ON_SALE" || (event.checkout === "NONE" && unit_price(ticket) > 0)) {
		remove_stepper(row);
		return had
			? say("selection_removed", {
					ticket: ticket.name,
					state: availability_text(ticket).toLowerCase(),
				})
			: null;
	}
	if (!row.stepper) {
		row.stepper = stepper(ticket, changed);
		row.li.append(row.stepper.el);
	}
	if (row.stepper.set_limits(ticket) <= 0)
		return had && before !== price_text(ticket)
			? say("price_changed", { ticket: ticket.name, price: price_text(ticket), before })
			: null;
	return say("selection_reduced", {
		ticket: ticket.name,
		count: number(row.stepper.get()),
	});
}

function selection_summary() {
	const selected = selected_rows().reduce((n, r) => n + r.stepper.get(), 0);
	const total = add(
		selected_rows().map((r) => multiply(unit_price(r.ticket), r.stepper.get(), event.currency)),
		event.currency,
	);
	if (!selected) return [say("no_tickets_selected")];
	return [
		count("ticket_count", selected),
		total ? money(total, event.currency) : say("free_of_charge"),
	];
}

// Shown when paid tickets are on sale but the organizer has no online checkout.
function no_checkout_notice() {
	const some = event.tickets.some((t) => t.state === "ON_SALE" && unit_price(t) > 0);
	if (event.checkout !== "NONE" || !some) return null;
	return h(
		"p",
		{ class: "notice" },
		say("no_online_sale", { organizer: event.organization.name }),
	);
}

// Tells the style sheet how much of the list a pinned tray covers.
const keep_height = (tray) =>
	new ResizeObserver(() =>
		document.documentElement.style.setProperty("--tray", `${tray.offsetHeight}px`),
	).observe(tray);

// on_submit(button, box) is called by the button. Returns {el, update(event), set_items(items),
// announce(text), items(), first_input()}.
export function ticket_picker(on_submit) {
	const box = h("div"),
		checkout_notice = h("div"),
		reduced_notice = h("div", { class: "lowered" }),
		live_region = h("p", { class: "visually-hidden", role: "status" }),
		summary = h("p", { class: "sum" });
	const button = h(
		"button",
		{ type: "button", class: "primary", onclick: () => on_submit(button, box) },
		say("get_tickets"),
	);
	const bar = h("div", { class: "take" }, summary, button);
	// in sight beside every ticket type, while anything is selected
	const tray = h("div", { class: "tray" }, reduced_notice, bar);
	keep_height(tray);
	const update_summary = () => {
		const [words, amount] = selection_summary();
		tray.classList.toggle("pinned", selected_rows().length > 0);
		replace(summary, words, amount ? [", ", h("strong", { class: "number" }, amount)] : null);
	};
	const preselect_only_ticket = () => {
		const [one, another] = open_rows();
		if (one && !another && !one.stepper.get()) one.stepper.set_value(1);
	};
	const changed = () => {
		update_summary();
		replace(reduced_notice);
		live_region.textContent = selection_summary().join(", ");
	};
	return {
		el: h("div", { class: "choosing" }, checkout_notice, box, tray, live_region),
		update(now) {
			const first = !event;
			event = now;
			if (event.tickets.length) list.querySelector(".none")?.remove();
			const words = event.tickets
				.map((t) => refresh(rows.get(t.id) ?? create_row(t), t, changed))
				.filter(Boolean);
			for (const [id, row] of rows)
				if (!event.tickets.some((t) => t.id === id)) {
					remove_stepper(row);
					row.li.remove();
					rows.delete(id);
				}
			if (first) preselect_only_ticket();
			bar.hidden = !open_rows().length;
			replace(checkout_notice, no_checkout_notice());
			update_summary();
			if (words.length) {
				replace(
					reduced_notice,
					box.firstChild ? null : h("p", { class: "notice warn" }, words.join(" ")),
				); // the error message already says so
				live_region.textContent = words.join(" ");
			}
		},
		set_items(items) {
			for (const row of open_rows())
				row.stepper.set_value(
					items.find((i) => i.ticketId === row.ticket.id)?.quantity ?? 0,
				);
			preselect_only_ticket();
			update_summary();
		},
		announce: (words) => (live_region.textContent = words),
		items: () =>
			selected_rows().map((r) => ({ ticketId: r.ticket.id, quantity: r.stepper.get() })),
		first_input: () => open_rows()[0]?.stepper.input,
	};
}
