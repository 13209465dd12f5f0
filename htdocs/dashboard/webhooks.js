// webhooks: Settings > Webhooks: who is told what happens.
import { get, new_once, OPEN, post } from "./api.js";
import { badge, copyable, dialog, empty, h, button, link, table, time } from "./dom.js";
import { choices, field, pager } from "./form.js";
import { ago, at } from "./format.js";

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

export const status_of = (hook) =>
	badge(
		hook.status === "ACTIVE" ? "Active" : "Disabled",
		hook.status === "ACTIVE" ? "good" : "bad",
	);
export const source_of = (hook) => SOURCE[hook.source] ?? null;

export function secret_box(secret, title) {
	return dialog(
		title,
		[
			h(
				"p",
				null,
				h("strong", null, "Copy the secret now: it is shown this once."),
				" Your receiver checks signatures with it.",
			),
			copyable(secret, "secret"),
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
		choices({
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

function create(page) {
	const fields = webhook_fields(null);
	const once = new_once();
	return dialog(
		"New webhook",
		fields.map((f) => f.el),
		[
			{
				label: "Create webhook",
				kind: "primary",
				run: async () => {
					if (!fields.every((f) => f.check()))
						throw Object.assign(new Error("Something is missing."), {
							hint: "Fill in what is marked.",
						});
					const body = Object.fromEntries(fields.map((f) => [f.name, f.get()]));
					return (
						await post(`${OPEN}webhooks`, body, {
							once: `${once}-${JSON.stringify(body).length}`,
						})
					).data;
				},
			},
		],
	).then(async (made) => {
		if (!made) return;
		await secret_box(made.secret, "Your webhook’s secret");
		page.go(`settings/webhooks/${made.id}`);
	});
}

const row = (hook) => ({
	class: hook.status === "DISABLED" ? "over" : null,
	cells: [
		[
			link(hook.url, `#/settings/webhooks/${hook.id}`, "strong break"),
			hook.description ? h("div", { class: "small soft" }, hook.description) : null,
			source_of(hook) ? h("div", { class: "small soft" }, source_of(hook)) : null,
		],
		h(
			"ul",
			{ class: "tags" },
			hook.events.map((e) => h("li", null, e)),
		),
		[
			status_of(hook),
			hook.disabledReason ? h("div", { class: "small soft" }, hook.disabledReason) : null,
		],
		hook.consecutiveFailures ? h("span", { class: "bad" }, hook.consecutiveFailures) : "0",
		hook.lastDeliveryAt
			? time(
					hook.lastDeliveryAt,
					ago(hook.lastDeliveryAt),
					at(hook.lastDeliveryAt, undefined, "exact"),
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

export default async function webhooks(page) {
	const { data, meta } = await get(`${OPEN}webhooks`, { take: 50, page: page.query.page });
	const make = () => (page.writes ? button("New webhook", () => create(page), "primary") : null);
	return {
		title: "Webhooks",
		trail: "Settings",
		actions: make(),
		el: [
			data.length
				? table("Webhooks", HEAD, data.map(row))
				: empty(
						"No webhooks yet",
						"Instead of asking the API again and again, be told: a webhook gets a signed POST when something is sold, refunded, sold out or running low.",
						make(),
						link("Receivers to copy", "../docs/webhooks.html"),
					),
			pager(meta, page.query, page.filter),
		],
	};
}
