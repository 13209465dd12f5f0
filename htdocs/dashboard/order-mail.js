// order-mail: the mail about an order, on its page, and a dialog to send it again.
import { BOX_OFFICE, get, OPEN_API, post } from "./api.js";
import { STATUS } from "./deliveries.js";
import { badge, button, dialog, h, table, toast } from "./dom.js";
import { number } from "./format.js";

const KINDS = {
	ORDER: "Tickets",
	REFUND: "Refund",
	REISSUE: "Tickets issued again",
	LINK: "Link asked for by the buyer",
};

const HEAD = [
	{ label: "Message" },
	{ label: "Recipient" },
	{ label: "Status" },
	{ label: "Attempts", number: true },
	{ label: "Queued" },
	{ label: "Sent" },
];

function resend_dialog(order, done) {
	return dialog(
		`Resend ${order.reference}`,
		[
			h(
				"p",
				null,
				"Sends the tickets to ",
				h("strong", null, order.buyer.email),
				" again, with the same codes.",
			),
		],
		[
			{
				label: "Resend",
				kind: "primary",
				run: async () => {
					await post(`${BOX_OFFICE}orders/${order.id}/resend`);
					toast("Message queued.");
					done();
				},
			},
		],
	);
}

const status_cell = (message) => [
	badge(...(STATUS[message.status] ?? [message.status])),
	message.lastError ? h("div", { class: "small soft" }, message.lastError) : null,
];

export const order_messages = async (order) =>
	(await get(`${OPEN_API}orders/${order.id}/mail`, { take: 100, sort: "-createdAt" })).data;

export function mail_section(order, messages, page, when) {
	const rows = messages.map((m) => [
		KINDS[m.kind] ?? m.kind,
		m.recipient,
		h("div", null, ...status_cell(m)),
		number(m.attempts),
		when(m.createdAt),
		when(m.sentAt),
	]);
	return h(
		"section",
		{ "aria-labelledby": "mail" },
		h("h2", { id: "mail" }, "Mail"),
		rows.length
			? table("Mail", HEAD, rows)
			: h("p", { class: "soft" }, "No mail about this order in the last 30 days."),
		page.can_write
			? h(
					"p",
					null,
					button("Resend", () => resend_dialog(order, page.reload)),
				)
			: null,
	);
}
