// order: one order: who bought what, and giving it back, whole or in part.
import { BOX_OFFICE, get, new_once, OPEN, post } from "./api.js";
import { dialog, facts, h, link, button, table, time, toast } from "./dom.js";
import { field } from "./form.js";
import { at, money, number, plural } from "./format.js";
import { status_of } from "./orders.js";

const left_of = (item) => item.quantity - item.refundedQuantity;

const cents = (amount, n) => Math.round(amount * 100) * n;

function quantity_label(item, n, currency) {
	if (n === 0) return "none";
	return `${n} of ${left_of(item)}, ${money(cents(item.unitPrice, n) / 100, currency)}`;
}

// Fields for what is refunded, and what they hold.
function refund_fields(order) {
	const open = order.items.filter((i) => left_of(i) > 0);
	const rest = order.total - order.refundedTotal;
	const amounts = open.map((item) =>
		field({
			name: item.id,
			label: item.name,
			type: "select",
			value: String(left_of(item)),
			options: Array.from({ length: left_of(item) + 1 }, (_, n) => [
				String(n),
				quantity_label(item, n, order.currency),
			]),
		}),
	);
	const restock = field({
		name: "restock",
		label: "Put the tickets on sale again",
		type: "check",
		value: true,
	});
	const reason = field({
		name: "reason",
		label: "Reason",
		attrs: { maxlength: 500 },
		hint: "Kept with the refund.",
	});
	const sum = h("p", { class: "strong", role: "status" });
	const chosen = () =>
		open
			.map((item, i) => ({ itemId: item.id, quantity: Number(amounts[i].get()) }))
			.filter((c) => c.quantity);
	const whole = () => open.every((item, i) => Number(amounts[i].get()) === left_of(item));
	const summary = () => {
		if (whole()) return `Refunds all that is left: ${money(rest, order.currency)}.`;
		const part = open.reduce(
			(n, item, i) => n + cents(item.unitPrice, Number(amounts[i].get())),
			0,
		);
		return `Refunds ${money(part / 100, order.currency)}${order.fees ? " and the fees on it" : ""}.`;
	};
	const show_sum = () => (sum.textContent = summary());
	for (const f of amounts) f.input.addEventListener("change", show_sum);
	show_sum();
	return {
		nodes: [amounts.map((f) => f.el), sum, restock.el, reason.el],
		body: () => ({
			...(whole() ? {} : { items: chosen() }),
			restock: restock.get(),
			...(reason.get() ? { reason: reason.get() } : {}),
		}),
		chosen,
	};
}

function refund(order, done) {
	const { nodes, body, chosen } = refund_fields(order);
	const once = new_once();
	return dialog(
		`Refund ${order.reference}`,
		[
			h(
				"p",
				{ class: "soft" },
				"This books the refund and tells your webhooks. Sending the money back is your payment provider’s part.",
			),
			nodes,
		],
		[
			{
				label: "Refund",
				kind: "danger primary",
				run: async () => {
					const quantities = chosen().map((i) => i.quantity);
					const sent = body();
					if (!quantities.length)
						throw Object.assign(new Error("Nothing is chosen."), {
							hint: "Choose at least one ticket to refund.",
						});
					const { data } = await post(`${BOX_OFFICE}orders/${order.id}/refund`, sent, {
						once: [once, ...quantities, sent.restock, (sent.reason ?? "").length].join(
							"-",
						),
					});
					toast(
						`Refunded ${money(data.refundedTotal - order.refundedTotal, order.currency)}.`,
					);
					done();
				},
			},
		],
	);
}

const HEAD = [
	{ label: "Ticket" },
	{ label: "Price", number: true },
	{ label: "Quantity", number: true },
	{ label: "Refunded", number: true },
	{ label: "Sum", number: true },
];

export default async function order_page(page) {
	const { data: order } = await get(`${OPEN}orders/${encodeURIComponent(page.params.id)}`);
	const event = await get(`${OPEN}events/${order.eventId}`).then(
		(r) => r.data,
		() => null,
	);
	const cash = (amount) => h("span", { class: "number" }, money(amount, order.currency));
	const when = (iso) => (iso ? time(iso, at(iso, event?.timezone, "full")) : "–");
	const refundable = page.writes && order.status !== "REFUNDED";
	return {
		title: order.reference,
		trail: [link("Orders", "#/orders"), " › ", status_of(order)],
		actions: refundable ? button("Refund", () => refund(order, page.reload), "danger") : null,
		el: [
			h(
				"section",
				{ class: "card" },
				facts([
					["Buyer", order.buyer.name],
					["E-mail", h("a", { href: `mailto:${order.buyer.email}` }, order.buyer.email)],
					order.buyer.phone ? ["Phone", order.buyer.phone] : null,
					["Event", event ? link(event.name, `#/events/${event.id}`) : order.eventId],
					["Bought", when(order.completedAt)],
					order.refundedAt ? ["Last refund", when(order.refundedAt)] : null,
					[
						"Payment",
						[order.payment?.provider, order.payment?.reference]
							.filter(Boolean)
							.join(", ") || "–",
					],
				]),
			),
			h(
				"section",
				{ "aria-labelledby": "items" },
				h(
					"h2",
					{ id: "items" },
					plural(
						order.items.reduce((n, i) => n + i.quantity, 0),
						"ticket",
					),
				),
				table(
					"What was bought",
					HEAD,
					order.items.map((i) => [
						i.name,
						money(i.unitPrice, order.currency),
						number(i.quantity),
						number(i.refundedQuantity),
						money(i.subtotal, order.currency),
					]),
				),
			),
			h(
				"section",
				{ class: "card sums" },
				facts([
					["Tickets", cash(order.subtotal)],
					["Fees", cash(order.fees)],
					["Total", h("strong", null, cash(order.total))],
					order.refundedTotal ? ["Refunded", cash(order.refundedTotal)] : null,
				]),
			),
		],
	};
}
