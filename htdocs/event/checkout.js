// checkout: the steps after the selection: order summary, buyer details, confirmation.
import { new_idempotency_key } from "../dashboard/api.js";
import { button, description_list, h, link } from "../dashboard/dom.js";
import { field, form_with_submit } from "../dashboard/form.js";
import { money, number } from "../dashboard/format.js";
import { LANGUAGE, format_event_time, say, say_with, with_retry_hint } from "./language.js";
import { create_order } from "./public-api.js";

const amount = (n, currency) => (n ? money(n, currency) : say("free"));

// One line per ticket type, the fees if there are any, and the total.
export function order_summary({ items, fees, total, currency }) {
	const line = (name, value) =>
		h("tr", null, h("th", { scope: "row" }, name), h("td", { class: "number" }, value));
	return h(
		"table",
		{ class: "bill" },
		h("caption", { class: "visually-hidden" }, say("your_tickets")),
		h(
			"tbody",
			null,
			items.map((i) =>
				line(`${number(i.quantity)} × ${i.name}`, amount(i.subtotal, currency)),
			),
			fees ? line(say("fees"), money(fees, currency)) : null,
		),
		h("tfoot", null, line(say("total"), amount(total, currency))),
	);
}

const entered = {}; // kept while the page is open, for another attempt

function buyer_fields() {
	const fields = [
		field({
			name: "name",
			label: say("name"),
			required: say("enter_name"),
			value: entered.name,
			attrs: { autocomplete: "name", maxlength: 120 },
		}),
		field({
			name: "email",
			label: say("email"),
			type: "email",
			required: say("enter_email"),
			value: entered.email,
			attrs: { autocomplete: "email", maxlength: 254 },
		}),
	];
	const needed = fields[1].validate;
	fields[1].validate = () => {
		const there = needed(),
			ok = fields[1].input.checkValidity();
		if (there && !ok) fields[1].set_error(say("enter_valid_email"));
		return there && ok;
	};
	for (const f of fields)
		f.input.addEventListener("input", () => (entered[f.name] = f.input.value));
	return fields;
}

// What the API's English sentences about a field mean.
const REFUSALS = { name: "enter_name", email: "enter_valid_email" };

// The API reports buyer.email; the form has a field "Email address".
function map_field_errors(error) {
	for (const detail of error.details ?? []) {
		const name = detail.field.replace("buyer.", "");
		if (LANGUAGE === "en") detail.message = detail.message.replace(detail.field, name);
		else detail.message = say(REFUSALS[name] ?? "error_invalid");
		detail.field = name;
	}
	return with_retry_hint(error);
}

// The form that completes a free order. Calls on_complete(order).
export function buyer_form(hold, back_button, on_complete) {
	let idempotency_key = new_idempotency_key(); // reused when a request got no response
	const fields = buyer_fields();
	return form_with_submit(
		fields,
		say("complete_order"),
		async (buyer) => {
			try {
				on_complete((await create_order(hold.id, buyer, idempotency_key)).data);
			} catch (error) {
				if (error.status) idempotency_key = new_idempotency_key();
				throw map_field_errors(error);
			}
		},
		back_button,
	);
}

// Leads to the organizer's checkout, where paid orders are completed.
export function checkout_link(hold, back_button) {
	return h(
		"div",
		{ class: "form" },
		h(
			"p",
			null,
			say_with("pay_at", { host: h("strong", null, new URL(hold.checkoutUrl).host) }),
		),
		h(
			"p",
			{ class: "buttons" },
			link(say("to_checkout"), hold.checkoutUrl, "button primary"),
			back_button,
		),
	);
}

// The confirmation. on_more() is called by the button for more tickets.
export function confirmation(order, on_more) {
	const date_and_venue = document.querySelector(".hero .facts")?.cloneNode(true);
	const calendar = document.querySelector('.hero a[href$=".ics"]')?.cloneNode(true);
	return h(
		"div",
		{ class: "confirmation" },
		h("p", null, say("order_reference")),
		h("p", { class: "reference" }, order.reference),
		h("p", null, h("strong", null, say("keep_tickets")), " ", say("keep_tickets_how")),
		order_summary(order),
		description_list([
			[say("name"), order.buyer.name],
			[say("email"), order.buyer.email],
			[say("ordered"), format_event_time(order.completedAt, order.event.timezone)],
		]),
		h(
			"div",
			{ class: "again" },
			h("h3", null, document.querySelector("h1").textContent),
			date_and_venue,
		),
		h(
			"p",
			{ class: "buttons" },
			order.orderUrl
				? link(say("show_tickets"), order.orderUrl, "button primary")
				: button(say("print"), () => print(), "primary"),
			calendar,
			button(say("get_more_tickets"), on_more, "quiet"),
		),
	);
}
