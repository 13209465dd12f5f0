// webhooks: Settings > Webhooks, the list of webhooks, and what other pages share about them.
import { get, new_idempotency_key, OPEN_API, post } from "./api.js";
import { badge, button, copy_field, dialog, empty_state, h, link, table, time } from "./dom.js";
import { checkbox_group, field, invalid_fields, pager } from "./form.js";
import { time_ago } from "./format.js";

export const EVENTS = [
	{
		value: "order.completed",
		label: "Order completed",
		hint: "An order is completed (order.completed).",
	},
	{
		value: "order.refunded",
		label: "Order refunded",
		hint: "An order is fully or partially refunded (order.refunded).",
	},
	{
		value: "event.sold_out",
		label: "Event sold out",
		hint: "The last ticket of an event is sold (event.sold_out).",
	},
	{
		value: "ticket.inventory_low",
		label: "Low inventory",
		hint: "A ticket type falls below its low-stock threshold (ticket.inventory_low).",
	},
	{
		value: "ticket.checked_in",
		label: "Ticket checked in",
		hint: "A ticket is checked in at the door (ticket.checked_in).",
	},
];
const SOURCE = { API_KEY: "callback URL of an API key", EVENT: "callback URL of an event" };

export const status_badge = (hook) =>
	badge(
		hook.status === "ACTIVE" ? "Active" : "Disabled",
		hook.status === "ACTIVE" ? "good" : "bad",
	);
export const source_label = (hook) => SOURCE[hook.source] ?? null;

// Of an event: the API does not count tests.
export const last_delivery = ({ lastDeliveryAt: at }) =>
	at ? time(at, ...time_ago(at)) : h("span", { class: "soft" }, "None yet; tests do not count");

export function secret_dialog(secret, title) {
	return dialog(
		title,
		[
			h(
				"p",
				null,
				h("strong", null, "Copy the secret now; you won’t see it again."),
				" Your receiver needs it to verify signatures.",
			),
			copy_field(secret, "secret"),
			h(
				"p",
				{ class: "small" },
				link("How to verify signatures", "../docs/webhooks.html#check"),
			),
		],
		[],
	);
}

export function webhook_fields(hook) {
	const own = !hook || hook.source === "WEBHOOK" || !hook.source;
	return [
		own
			? field({
					name: "url",
					label: "URL",
					type: "url",
					required: true,
					value: hook?.url,
					attrs: { placeholder: "https://example.com/hooks/tickets", maxlength: 2048 },
					hint: "Receives a signed POST request for each event.",
				})
			: null,
		checkbox_group({
			name: "events",
			label: "Events",
			options: EVENTS,
			value: hook?.events ?? EVENTS.map((e) => e.value),
		}),
		field({
			name: "description",
			label: "Description",
			value: hook?.description,
			attrs: { maxlength: 500 },
		}),
	].filter(Boolean);
}

function create_dialog(page) {
	const fields = webhook_fields(null);
	const idempotency_key = new_idempotency_key();
	return dialog(
		"New webhook",
		fields.map((f) => f.el),
		[
			{
				label: "Create webhook",
				kind: "primary",
				run: async () => {
					if (!fields.every((f) => f.validate())) throw invalid_fields();
					const body = Object.fromEntries(fields.map((f) => [f.name, f.get()]));
					return (
						await post(`${OPEN_API}webhooks`, body, {
							idempotency_key: `${idempotency_key}-${JSON.stringify(body).length}`,
						})
					).data;
				},
			},
		],
	).then(async (made) => {
		if (!made) return;
		await secret_dialog(made.secret, "Webhook secret");
		page.navigate(`settings/webhooks/${made.id}`);
	});
}

const row = (hook) => ({
	class: hook.status === "DISABLED" ? "over" : null,
	cells: [
		[
			link(hook.url, `#/settings/webhooks/${hook.id}`, "strong break"),
			hook.description ? h("div", { class: "small soft" }, hook.description) : null,
			source_label(hook) ? h("div", { class: "small soft" }, source_label(hook)) : null,
		],
		h(
			"ul",
			{ class: "tags" },
			hook.events.map((e) => h("li", null, e)),
		),
		[
			status_badge(hook),
			hook.disabledReason ? h("div", { class: "small soft" }, hook.disabledReason) : null,
		],
		hook.consecutiveFailures ? h("span", { class: "bad" }, hook.consecutiveFailures) : "0",
		last_delivery(hook),
	],
});

const HEAD = [
	{ label: "URL" },
	{ label: "Events" },
	{ label: "Status" },
	{ label: "Consecutive failures", number: true },
	{ label: "Last successful delivery" },
];

export default async function webhooks_page(page) {
	const { data, meta } = await get(`${OPEN_API}webhooks`, { take: 50, page: page.query.page });
	const create_button = () =>
		page.can_write ? button("New webhook", () => create_dialog(page), "primary") : null;
	return {
		title: "Webhooks",
		breadcrumb: "Settings",
		actions: create_button(),
		el: [
			data.length
				? table("Webhooks", HEAD, data.map(row))
				: empty_state(
						"No webhooks yet",
						"A webhook notifies your server of orders, refunds and low inventory.",
						create_button(),
						link("Guide: webhooks", "../docs/webhooks.html"),
					),
			pager(meta, page.query, page.filter),
		],
	};
}
