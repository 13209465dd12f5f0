// order: the page of an order, with full and partial refunds.
import { BOX_OFFICE, get, new_idempotency_key, OPEN_API, post } from "./api.js";
import { button, description_list, dialog, h, link, table, time, toast } from "./dom.js";
import { field } from "./form.js";
import { add, format_time, money, multiply, number, plural } from "./format.js";
import { mail_section, order_messages } from "./order-mail.js";
import { status_badge } from "./orders.js";

const refundable_quantity = (item) => item.quantity - item.refundedQuantity;

function quantity_label(item, n, currency) {
	if (n === 0) return "none";
	const amount = money(multiply(item.unitPrice, n, currency), currency);
	return `${n} of ${refundable_quantity(item)}, ${amount}`;
}

// The fields of the refund dialog: {nodes, body(), chosen()}
function refund_fields(order) {
	const open = order.items.filter((i) => refundable_quantity(i) > 0);
	const refundable_amount = order.total - order.refundedTotal;
	const amounts = open.map((item) =>
		field({
			name: item.id,
			label: item.name,
			type: "select",
			value: String(refundable_quantity(item)),
			options: Array.from({ length: refundable_quantity(item) + 1 }, (_, n) => [
				String(n),
				quantity_label(item, n, order.currency),
			]),
		}),
	);
	const restock = field({
		name: "restock",
		label: "Return the tickets to inventory",
		type: "checkbox",
		value: true,
	});
	const reason = field({
		name: "reason",
		label: "Reason",
		attrs: { maxlength: 500 },
		hint: "Stored with the refund.",
	});
	const sum = h("p", { class: "strong", role: "status" });
	const chosen = () =>
		open
			.map((item, i) => ({ itemId: item.id, quantity: Number(amounts[i].get()) }))
			.filter((c) => c.quantity);
	const whole = () =>
		open.every((item, i) => Number(amounts[i].get()) === refundable_quantity(item));
	const summary = () => {
		if (whole()) return `Full refund: ${money(refundable_amount, order.currency)}.`;
		const part = add(
			open.map((item, i) =>
				multiply(item.unitPrice, Number(amounts[i].get()), order.currency),
			),
			order.currency,
		);
		const fees = order.fees ? " plus fees" : "";
		return `Partial refund: ${money(part, order.currency)}${fees}.`;
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

function refund_dialog(order, done) {
	const { nodes, body, chosen } = refund_fields(order);
	const idempotency_key = new_idempotency_key();
	return dialog(
		`Refund ${order.reference}`,
		[
			h(
				"p",
				{ class: "soft" },
				"Records the refund and notifies webhooks. ",
				"Return the money through your payment provider.",
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
						throw Object.assign(new Error("No tickets selected."), {
							hint: "Select at least one ticket to refund.",
						});
					const { data } = await post(`${BOX_OFFICE}orders/${order.id}/refund`, sent, {
						idempotency_key: [
							idempotency_key,
							...quantities,
							sent.restock,
							(sent.reason ?? "").length,
						].join("-"),
					});
					const refunded = data.refundedTotal - order.refundedTotal;
					toast(`Refunded ${money(refunded, order.currency)}.`);
					done();
				},
			},
		],
	);
}

const REFUNDS_HEAD = [
	{ label: "Refunded" },
	{ label: "Amount", number: true },
	{ label: "Tickets" },
	{ label: "Reason" },
];

function refunds_section(refunds, when) {
	return h(
		"section",
		{ "aria-labelledby": "refunds" },
		h("h2", { id: "refunds" }, plural(refunds.length, "refund")),
		table(
			"Refunds",
			REFUNDS_HEAD,
			refunds.map((r) => [
				when(r.createdAt),
				money(r.amount, r.currency),
				r.restocked ? "Returned to inventory" : "Not returned",
				r.reason ?? h("span", { class: "soft" }, "None given"),
			]),
		),
	);
}

const HEAD = [
	{ label: "Ticket" },
	{ label: "Price", number: true },
	{ label: "Quantity", number: true },
	{ label: "Refunded", number: true },
	{ label: "Subtotal", number: true },
];

export default async function order_page(page) {
	const { data: order } = await get(`${OPEN_API}orders/${encodeURIComponent(page.params.id)}`);
	const event = await get(`${OPEN_API}events/${order.eventId}`).then(
		(r) => r.data,
		() => null,
	);
	const refunds = order.refundedAt
		? (await get(`${OPEN_API}orders/${order.id}/refunds`, { take: 100 })).data
		: [];
	const messages = await order_messages(order);
	const amount_cell = (amount) => h("span", { class: "number" }, money(amount, order.currency));
	const when = (iso) => (iso ? time(iso, format_time(iso, event?.timezone, "full")) : "–");
	const refundable = page.can_write && order.status !== "REFUNDED";
	return {
		title: order.reference,
		breadcrumb: [link("Orders", "#/orders"), " › ", status_badge(order)],
		actions: refundable
			? button("Refund", () => refund_dialog(order, page.reload), "danger")
			: null,
		el: [
			h(
				"section",
				{ class: "card" },
				description_list([
					["Buyer", order.buyer.name],
					["Email", h("a", { href: `mailto:${order.buyer.email}` }, order.buyer.email)],
					order.buyer.phone ? ["Phone", order.buyer.phone] : null,
					["Event", event ? link(event.name, `#/events/${event.id}`) : order.eventId],
					["Ordered", when(order.completedAt)],
					order.refundedAt ? ["Last refunded", when(order.refundedAt)] : null,
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
					"Order items",
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
				description_list([
					["Tickets", amount_cell(order.subtotal)],
					["Fees", amount_cell(order.fees)],
					["Total", h("strong", null, amount_cell(order.total))],
					order.refundedTotal ? ["Refunded", amount_cell(order.refundedTotal)] : null,
				]),
			),
			refunds.length ? refunds_section(refunds, when) : null,
			mail_section(order, messages, page, when),
		],
	};
}
