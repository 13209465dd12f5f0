// widget: turns the tickets of [ticketgate_event] into a form that reserves and, when nothing is to
// be paid, orders them by the public API. Tickets that cost something are paid at the organizer's
// checkout.
import { Ticketgate, TicketgateError } from "./ticketgate.js";

const element = (name, attributes = {}, ...children) => {
	const made = Object.assign(document.createElement(name), attributes);
	made.append(...children);
	return made;
};

const price_text = (event, ticket) =>
	Number(ticket.price) > 0 ? `${event.currency} ${ticket.price}` : "Free";

function quantity_row(event, ticket) {
	const on_sale = ticket.state === "ON_SALE" && ticket.remaining > 0;
	const input = element("input", {
		type: "number",
		name: ticket.id,
		min: 0,
		max: Math.min(ticket.maxPerOrder, ticket.remaining),
		value: 0,
		disabled: !on_sale,
	});
	const state = on_sale ? "" : " · Not available";
	const price = element("span", { textContent: price_text(event, ticket) + state });
	return element("li", {}, element("label", {}, `${ticket.name} `, price, input));
}

// The message of an error, for visitors.
function message(error) {
	if (error instanceof TicketgateError && error.code !== "NETWORK_ERROR") return error.message;
	return "The ticket office cannot be reached. Please try again.";
}

// Sends a form once: its button is disabled meanwhile, and an error is shown below it.
function on_submit(form, action) {
	const note = form.querySelector("[role=alert]");
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		const button = form.querySelector("button");
		button.disabled = true;
		note.textContent = "";
		try {
			await action(new FormData(form));
		} catch (error) {
			note.textContent = message(error);
		}
		button.disabled = false;
	});
}

const alert_line = () => element("p", { className: "ticketgate-error", role: "alert" });

function confirmation(order) {
	return element(
		"p",
		{ className: "ticketgate-done", tabIndex: -1 },
		"You have your tickets. Your order is ",
		element("strong", { textContent: order.reference }),
		".",
	);
}

// The next step takes the place of the form, and the focus.
function next_step(form, made) {
	form.replaceWith(made);
	(made.querySelector("input") ?? made).focus();
}

function buyer_form(api, hold) {
	const until = new Date(hold.expiresAt).toLocaleTimeString([], { timeStyle: "short" });
	const field = (label, name, type, autocomplete) =>
		element(
			"label",
			{},
			`${label} `,
			element("input", { name, type, autocomplete, required: true }),
		);
	const form = element(
		"form",
		{ className: "ticketgate-buyer" },
		element("p", { textContent: `Reserved until ${until}.` }),
		field("Name", "name", "text", "name"),
		field("Email", "email", "email", "email"),
		element("button", { textContent: "Get tickets" }),
		alert_line(),
	);
	on_submit(form, async (data) => {
		const buyer = { name: data.get("name"), email: data.get("email") };
		const order = await api.createPublicOrder({ holdId: hold.id, buyer });
		next_step(form, confirmation(order));
	});
	return form;
}

function ticket_form(api, event) {
	const rows = event.tickets.map((ticket) => quantity_row(event, ticket));
	const form = element(
		"form",
		{},
		element("ul", { className: "ticketgate-tickets" }, ...rows),
		element("button", { textContent: "Get tickets" }),
		alert_line(),
	);
	on_submit(form, async (data) => {
		const items = [...data]
			.map(([ticketId, quantity]) => ({ ticketId, quantity: Number(quantity) }))
			.filter((item) => item.quantity > 0);
		if (items.length === 0) {
			form.querySelector("[role=alert]").textContent = "Select at least one ticket.";
			return;
		}
		const hold = await api.createPublicHold({ eventId: event.id, items });
		if (hold.checkoutUrl) location.assign(hold.checkoutUrl);
		else next_step(form, buyer_form(api, hold));
	});
	return form;
}

// Paid tickets without a checkout stay a link to the event's page, which says how to get them.
const sells_here = (event) =>
	event.sale.state === "ON_SALE" &&
	(event.checkout !== "NONE" || event.tickets.every((ticket) => Number(ticket.price) === 0));

async function start(section) {
	const { base, organizer, slug } = section.dataset;
	const api = new Ticketgate({ baseUrl: base, maxAttempts: 3, totalTimeout: 20 });
	const event = await api.getPublicEvent(organizer, slug);
	if (!sells_here(event)) return;
	section.querySelector(".ticketgate-link").remove();
	section.querySelector("ul").replaceWith(ticket_form(api, event));
}

for (const section of document.querySelectorAll(".ticketgate-event"))
	start(section).catch(() => {}); // the list and the link stay
