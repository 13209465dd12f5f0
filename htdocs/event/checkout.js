// checkout: the steps after the selection: order summary, buyer details, confirmation.
import { new_idempotency_key } from "../dashboard/api.js";
import { button, description_list, h, link } from "../dashboard/dom.js";
import { field, form_with_submit } from "../dashboard/form.js";
import { money, number } from "../dashboard/format.js";
import { create_order, with_retry_hint } from "./public-api.js";
import { format_event_time } from "./date-format.js";

const amount = (n, currency) => (n ? money(n, currency) : "Free");

// One line per ticket type, the fees if there are any, and the total.
export function order_summary({ items, fees, total, currency }) {
	const line = (name, value) =>
		h("tr", null, h("th", { scope: "row" }, name), h("td", { class: "number" }, value));
	return h(
		"table",
		{ class: "bill" },
		h("caption", { class: "visually-hidden" }, "Your tickets"),
		h(
			"tbody",
			null,
			items.map((i) =>
				line(`${number(i.quantity)} × ${i.name}`, amount(i.subtotal, currency)),
			),
			fees ? line("Fees", money(fees, currency)) : null,
		),
		h("tfoot", null, line("Total", amount(total, currency))),
	);
}

const entered = {}; // kept while the page is open, for another attempt

function buyer_fields() {
	const fields = [
		field({
			name: "name",
			label: "Name",
			required: "Enter your name.",
			value: entered.name,
			attrs: { autocomplete: "name", maxlength: 120 },
		}),
		field({
			name: "email",
			label: "Email address",
			type: "email",
			required: "Enter your email address.",
			value: entered.email,
			attrs: { autocomplete: "email", maxlength: 254 },
		}),
	];
	const needed = fields[1].validate;
	fields[1].validate = () => {
		const there = needed(),
			ok = fields[1].input.checkValidity();
		if (there && !ok) fields[1].set_error("Enter a valid email address.");
		return there && ok;
	};
	for (const f of fields)
		f.input.addEventListener("input", () => (entered[f.name] = f.input.value));
	return fields;
}

// The API reports buyer.email; the form has a field "Email address".
function map_field_errors(error, fields) {
	for (const detail of error.details ?? []) {
		const name = detail.field.replace("buyer.", "");
		detail.message = detail.message.replace(
			detail.field,
			fields.find((f) => f.name === name)?.label ?? detail.field,
		);
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
		"Complete order",
		async (buyer) => {
			try {
				on_complete((await create_order(hold.id, buyer, idempotency_key)).data);
			} catch (error) {
				if (error.status) idempotency_key = new_idempotency_key();
				throw map_field_errors(error, fields);
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
			"You will pay at ",
			h("strong", null, new URL(hold.checkoutUrl).host),
			", the organizer’s checkout. Your tickets are reserved until the timer ends.",
		),
		h(
			"p",
			{ class: "buttons" },
			link("Continue to checkout", hold.checkoutUrl, "button primary"),
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
		h("p", null, "Order reference"),
		h("p", { class: "reference" }, order.reference),
		h(
			"p",
			null,
			h("strong", null, "Save your order reference: "),
			"print this page or write the reference down, and show it at the entrance.",
		),
		order_summary(order),
		description_list([
			["Name", order.buyer.name],
			["Email address", order.buyer.email],
			["Ordered", format_event_time(order.completedAt, order.event.timezone)],
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
			button("Print", () => print(), "primary"),
			calendar,
			button("Get more tickets", on_more, "quiet"),
		),
	);
}
