// webhooks: Settings > Webhooks: who is told what happens.
import { get, new_idempotency_key, OPEN_API, post } from "./api.js";
import { badge, copy_field, dialog, empty_state, h, button, link, table, time } from "./dom.js";
import { checkbox_group, field, pager } from "./form.js";
import { relative_time, format_time } from "./format.js";

export const EVENTS = [
	{
		value: "order.completed",
		label: "Order completed",
		hint: "A purchase completes (order.completed).",
	},
	{
		value: "order.refunded",
		label: "Order refunded",
		hint: "An order is refunded, in part or whole (order.refunded).",
	},
	{
		value: "event.sold_out",
		label: "Event sold out",
		hint: "The last ticket of an event goes (event.sold_out).",
	},
	{
		value: "ticket.inventory_low",
		label: "Tickets run low",
		hint: "A ticket type falls below its threshold (ticket.inventory_low).",
	},
];
const SOURCE = { API_KEY: "callback URL of an API key", EVENT: "callback URL of an event" };

export const status_badge = (hook) =>
	badge(
		hook.status === "ACTIVE" ? "Active" : "Disabled",
		hook.status === "ACTIVE" ? "good" : "bad",
	);
export const source_label = (hook) => SOURCE[hook.source] ?? null;

export function secret_dialog(secret, title) {
	return dialog(
		title,
		[
			h(
				"p",
				null,
				h("strong", null, "Copy the secret now: it is shown this once."),
				" Your receiver checks signatures with it.",
			),
			copy_field(secret, "secret"),
			h(
				"p",
				{ class: "small" },
				link("How to check a signature", "../docs/webhooks.html#check"),
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
					hint: "Gets a POST for each event, within seconds.",
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
					if (!fields.every((f) => f.validate()))
						throw Object.assign(new Error("Something is missing."), {
							hint: "Fill in what is marked.",
						});
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
		await secret_dialog(made.secret, "Your webhook’s secret");
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
		hook.lastDeliveryAt
			? time(
					hook.lastDeliveryAt,
					relative_time(hook.lastDeliveryAt),
					format_time(hook.lastDeliveryAt, undefined, "exact"),
				)
			: h("span", { class: "soft" }, "Never"),
	],
});

const HEAD = [
	{ label: "URL" },
	{ label: "Events" },
	{ label: "State" },
	{ label: "Failures in a row", number: true },
	{ label: "Last delivery" },
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
						"Instead of asking the API again and again, be told: a webhook gets a signed POST when something is sold, refunded, sold out or running low.",
						create_button(),
						link("Receivers to copy", "../docs/webhooks.html"),
					),
			pager(meta, page.query, page.filter),
		],
	};
}
