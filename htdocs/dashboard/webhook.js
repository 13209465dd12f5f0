// webhook: one webhook: trying it, what it was told and what it answered, and telling it again.
import { ApiError, call, get, OPEN, patch, post } from "./api.js";
import {
	button,
	confirm,
	dialog,
	error_box,
	facts,
	h,
	link,
	replace,
	time,
	toast,
	working,
} from "./dom.js";
import { answer, answer_body, deliveries, open_delivery } from "./deliveries.js";
import { changes, field } from "./form.js";
import { ago, HERE, number } from "./format.js";
import { EVENTS, secret_box, source_of, status_of, webhook_fields } from "./webhooks.js";

function test_result(data, open) {
	const outcome = data.delivered ? "It works: " : "It did not work: ";
	return h(
		"div",
		{ class: `notice ${data.delivered ? "" : "bad"}` },
		h(
			"p",
			null,
			h("strong", null, outcome),
			answer(data),
			` after ${number(data.durationMs)} ms.`,
		),
		answer_body(data),
		h("p", null, button("Open what was sent", open, "quiet")),
	);
}

function test_box(page, path) {
	const event = field({
		name: "event",
		label: "Event",
		type: "select",
		options: EVENTS.map((e) => [e.value, e.label]),
		value: "order.completed",
	});
	const place = h("div", { role: "status" });
	const run = async () => {
		replace(place, h("p", { class: "loading" }, "Sent; waiting for the answer…"));
		try {
			const { data } = await post(`${path}/test`, { event: event.get() });
			replace(
				place,
				test_result(data, () => open_delivery(page, path, data.deliveryId)),
			);
		} catch (error) {
			replace(place, error_box(error));
		}
	};
	const send = h(
		"button",
		{ type: "button", class: "primary", onclick: () => working(send, run) },
		"Send test",
	);
	return h(
		"section",
		{ class: "card", "aria-labelledby": "test" },
		h("h2", { id: "test" }, "Try it"),
		h(
			"p",
			{ class: "soft" },
			"Sends a sample of an event right now, signed like a real one and marked isTest. It is tried once and never counts as a failure.",
		),
		h("div", { class: "inline" }, event.el, send),
		place,
	);
}

function rotate(path) {
	const overlap = field({
		name: "overlap",
		label: "The old secret signs along for",
		type: "select",
		value: "86400",
		options: [
			["0", "no time: it ends now"],
			["3600", "1 hour"],
			["86400", "24 hours"],
			["604800", "7 days"],
		],
	});
	return dialog(
		"Rotate the secret?",
		[
			h(
				"p",
				null,
				"Deliveries carry the signatures of both secrets until the old one ends, so that no receiver misses any.",
			),
			overlap.el,
		],
		[
			{
				label: "Rotate",
				kind: "primary",
				run: async () =>
					(await post(`${path}/rotate-secret`, { overlapSeconds: Number(overlap.get()) }))
						.data.secret,
			},
		],
	).then((secret) => secret && secret_box(secret, "The new secret"));
}

function recover(page, path) {
	const since = field({
		name: "since",
		label: "Since",
		type: "clock",
		zone: () => HERE,
		required: true,
		value: new Date(Date.now() - 86400000).toISOString(),
		hint: `In your own time zone, ${HERE}; at most 14 days ago.`,
	});
	const said = h("p", { class: "soft", role: "status" });
	return dialog(
		"Recover what was missed",
		[
			h(
				"p",
				null,
				"Sends again what failed, was cancelled, or happened while the webhook was off. What was delivered is not sent again.",
			),
			since.el,
			said,
		],
		[
			{
				label: "Recover",
				kind: "primary",
				run: async () => {
					let from = since.get(),
						sum = 0;
					if (!from)
						throw new ApiError(400, {
							error: { message: "Since is needed.", hint: "Choose a time." },
						});
					while (from) {
						// a long recovery goes on where the one before ended
						const { data } = await post(`${path}/recover`, { since: from });
						sum += data.recovered;
						from = data.complete ? null : data.since;
						said.textContent = `${number(sum)} queued…`;
					}
					toast(
						sum ? `${number(sum)} queued to be sent.` : "There was nothing to recover.",
					);
					page.reload();
				},
			},
		],
	);
}

function edit(page, path, hook, etag) {
	const fields = webhook_fields(hook);
	return dialog(
		"Edit webhook",
		fields.map((f) => f.el),
		[
			{
				label: "Save",
				kind: "primary",
				run: async () => {
					if (!fields.every((f) => f.check()))
						throw new ApiError(400, {
							error: {
								message: "Something is missing.",
								hint: "Fill in what is marked.",
							},
						});
					await patch(
						path,
						changes(hook, Object.fromEntries(fields.map((f) => [f.name, f.get()]))),
						etag,
					);
					page.reload();
				},
			},
		],
	);
}

function acts(page, path, hook, etag) {
	const active = hook.status === "ACTIVE";
	const set_active = async (isActive) => {
		await patch(path, { isActive }, etag);
		toast(isActive ? "Enabled. Recover sends what it missed." : "Disabled.");
		page.reload();
	};
	return [
		button("Edit", () => edit(page, path, hook, etag)),
		button("Rotate secret", () => rotate(path)),
		active ? button("Recover…", () => recover(page, path)) : null,
		active
			? button("Disable", () =>
					confirm(
						"Disable this webhook?",
						"What is waiting to be delivered is cancelled. It can be recovered once the webhook is enabled again.",
						"Disable",
						() => set_active(false),
					),
				)
			: button(
					"Enable",
					() =>
						confirm(
							"Enable this webhook?",
							"It is told what happens from now on; Recover sends what it missed.",
							"Enable",
							() => set_active(true),
							"primary",
						),
					"primary",
				),
		hook.source === "WEBHOOK" || !hook.source
			? button(
					"Delete",
					() =>
						confirm(
							`Delete the webhook to ${hook.url}?`,
							"It is no longer told anything, and its deliveries are deleted.",
							"Delete",
							async () => {
								await call("DELETE", path);
								page.go("settings/webhooks");
							},
						),
					"danger",
				)
			: null,
	];
}

export default async function webhook(page) {
	const path = `${OPEN}webhooks/${encodeURIComponent(page.params.id)}`;
	const [{ data: hook, etag }, list] = await Promise.all([
		get(path),
		get(`${path}/deliveries`, {
			status: page.query.status,
			event: page.query.event,
			page: page.query.page,
			take: 20,
		}),
	]);
	const disabled =
		hook.status === "DISABLED"
			? h(
					"div",
					{ class: "notice bad" },
					h(
						"p",
						null,
						h("strong", null, `Disabled ${ago(hook.disabledAt)}: `),
						hook.disabledReason,
					),
					h(
						"p",
						null,
						"Nothing is sent to it. Mend the receiver, send a test, enable it, then recover what it missed.",
					),
				)
			: null;
	return {
		title: hook.description || new URL(hook.url).host,
		trail: [link("Settings › Webhooks", "#/settings/webhooks"), " › ", status_of(hook)],
		actions: page.writes ? acts(page, path, hook, etag) : null,
		el: [
			disabled,
			h(
				"section",
				{ class: "card" },
				facts([
					["URL", h("code", null, hook.url)],
					[
						"Events",
						h(
							"ul",
							{ class: "tags" },
							hook.events.map((e) => h("li", null, e)),
						),
					],
					source_of(hook) ? ["Source", source_of(hook)] : null,
					["Failures in a row", `${hook.consecutiveFailures} (10 disable it)`],
					[
						"Last delivery",
						hook.lastDeliveryAt
							? time(hook.lastDeliveryAt, ago(hook.lastDeliveryAt))
							: "never",
					],
				]),
			),
			page.writes ? test_box(page, path) : null,
			deliveries(page, path, list),
		],
	};
}
