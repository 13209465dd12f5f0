// order: what is held, the buyer's details, and what was ordered.
import { new_once } from "../dashboard/api.js";
import { button, facts, h, link } from "../dashboard/dom.js";
import { field, simple_form } from "../dashboard/form.js";
import { money, number } from "../dashboard/format.js";
import { make_order, wait_words } from "./shop.js";
import { when } from "./when.js";

const amount = (n, currency) => (n ? money(n, currency) : "Free");

// What is bought: a line for each ticket type, fees where there are any, and the total.
export function bill({ items, fees, total, currency }) {
	const line = (name, value) =>
		h("tr", null, h("th", { scope: "row" }, name), h("td", { class: "number" }, value));
	return h(
		"table",
		{ class: "bill" },
		h("caption", { class: "unseen" }, "Your tickets"),
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

const typed = {}; // stays while the page is open, should the tickets have to be chosen again

function buyer_fields() {
	const fields = [
		field({
			name: "name",
			label: "Name",
			required: true,
			value: typed.name,
			attrs: { autocomplete: "name", maxlength: 120 },
		}),
		field({
			name: "email",
			label: "E-mail",
			type: "email",
			required: true,
			value: typed.email,
			attrs: { autocomplete: "email", maxlength: 254 },
		}),
	];
	const needed = fields[1].check;
	fields[1].check = () => {
		const there = needed(),
			ok = fields[1].input.checkValidity();
		if (there && !ok) fields[1].wrong("This does not look like an e-mail address.");
		return there && ok;
	};
	for (const f of fields)
		f.input.addEventListener("input", () => (typed[f.name] = f.input.value));
	return fields;
}

// The API speaks of buyer.email; the form has a field "E-mail".
function at_its_field(error, fields) {
	for (const detail of error.details ?? []) {
		const name = detail.field.replace("buyer.", "");
		detail.message = detail.message.replace(
			detail.field,
			fields.find((f) => f.name === name)?.label ?? detail.field,
		);
		detail.field = name;
	}
	return wait_words(error);
}

// The form that ends a free order. back: the button that changes one's mind. done(order)
export function details(hold, back, done) {
	let once = new_once(); // for a sending that got no answer, and is sent again
	const fields = buyer_fields();
	return simple_form(
		fields,
		"Complete order",
		async (buyer) => {
			try {
				done((await make_order(hold.id, buyer, once)).data);
			} catch (error) {
				if (error.status) once = new_once();
				throw at_its_field(error, fields);
			}
		},
		back,
	);
}

// A paid order is paid for elsewhere: the way there.
export function checkout(hold, back) {
	return h(
		"div",
		{ class: "form" },
		h(
			"p",
			null,
			"You pay at ",
			h("strong", null, new URL(hold.checkoutUrl).host),
			", the organizer’s checkout. The tickets stay yours until the time above is over.",
		),
		h(
			"p",
			{ class: "buttons" },
			link("Continue to checkout", hold.checkoutUrl, "button primary"),
			back,
		),
	);
}

// The confirmation. more(): somebody wants further tickets.
export function confirmation(order, more) {
	const known = document.querySelector(".hero .facts")?.cloneNode(true); // when and where, as it stands above
	const calendar = document.querySelector('.hero a[href$=".ics"]')?.cloneNode(true);
	return h(
		"div",
		{ class: "confirmation" },
		h("p", null, "Your reference is"),
		h("p", { class: "reference" }, order.reference),
		h(
			"p",
			null,
			h("strong", null, "Keep it: "),
			"print this page, or write it down. It is what finds your order at the entrance.",
		),
		bill(order),
		facts([
			["Name", order.buyer.name],
			["E-mail", order.buyer.email],
			["Ordered", when(order.completedAt, order.event.timezone)],
		]),
		h(
			"div",
			{ class: "again" },
			h("h3", null, document.querySelector("h1").textContent),
			known,
		),
		h(
			"p",
			{ class: "buttons" },
			button("Print", () => print(), "primary"),
			calendar,
			button("Get more tickets", more, "quiet"),
		),
	);
}
