// webhook: one webhook: trying it, what it was told and what it answered, and telling it again.
import { ApiError, call, get, OPEN_API, patch, post } from "./api.js";
import {
	button,
	confirm,
	dialog,
	error_box,
	description_list,
	h,
	link,
	replace,
	time,
	toast,
	while_busy,
} from "./dom.js";
import { response_text, response_body, deliveries_section, open_delivery } from "./deliveries.js";
import { changed_fields, field } from "./form.js";
import { relative_time, LOCAL_ZONE, number } from "./format.js";
import { EVENTS, secret_dialog, source_label, status_badge, webhook_fields } from "./webhooks.js";

function test_result(data, open) {
	const outcome = data.delivered ? "It works: " : "It did not work: ";
	return h(
		"div",
		{ class: `notice ${data.delivered ? "" : "bad"}` },
		h(
			"p",
			null,
			h("strong", null, outcome),
			response_text(data),
			` after ${number(data.durationMs)} ms.`,
		),
		response_body(data),
		h("p", null, button("Open what was sent", open, "quiet")),
	);
}

function test_section(page, path) {
	const event = field({
		name: "event",
		label: "Event",
		type: "select",
		options: EVENTS.map((e) => [e.value, e.label]),
		value: "order.completed",
	});
	const result = h("div", { role: "status" });
	const run = async () => {
		replace(result, h("p", { class: "loading" }, "Sent; waiting for the answer…"));
		try {
			const { data } = await post(`${path}/test`, { event: event.get() });
			replace(
				result,
				test_result(data, () => open_delivery(page, path, data.deliveryId)),
			);
		} catch (error) {
			replace(result, error_box(error));
		}
	};
	const send = h(
		"button",
		{ type: "button", class: "primary", onclick: () => while_busy(send, run) },
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
		result,
	);
}

function rotate_dialog(path) {
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
	).then((secret) => secret && secret_dialog(secret, "The new secret"));
}

function recover_dialog(page, path) {
	const since = field({
		name: "since",
		label: "Since",
		type: "datetime",
		zone: () => LOCAL_ZONE,
		required: true,
		value: new Date(Date.now() - 86400000).toISOString(),
		hint: `In your own time zone, ${LOCAL_ZONE}; at most 14 days ago.`,
	});
	const progress = h("p", { class: "soft", role: "status" });
	return dialog(
		"Recover what was missed",
		[
			h(
				"p",
				null,
				"Sends again what failed, was cancelled, or happened while the webhook was off. What was delivered is not sent again.",
			),
			since.el,
			progress,
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
						progress.textContent = `${number(sum)} queued…`;
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

function edit_dialog(page, path, hook, etag) {
	const fields = webhook_fields(hook);
	return dialog(
		"Edit webhook",
		fields.map((f) => f.el),
		[
			{
				label: "Save",
				kind: "primary",
				run: async () => {
					if (!fields.every((f) => f.validate()))
						throw new ApiError(400, {
							error: {
								message: "Something is missing.",
								hint: "Fill in what is marked.",
							},
						});
					await patch(
						path,
						changed_fields(
							hook,
							Object.fromEntries(fields.map((f) => [f.name, f.get()])),
						),
						etag,
					);
					page.reload();
				},
			},
		],
	);
}

function action_buttons(page, path, hook, etag) {
	const active = hook.status === "ACTIVE";
	const set_active = async (isActive) => {
		await patch(path, { isActive }, etag);
		toast(isActive ? "Enabled. Recover sends what it missed." : "Disabled.");
		page.reload();
	};
	return [
		button("Edit", () => edit_dialog(page, path, hook, etag)),
		button("Rotate secret", () => rotate_dialog(path)),
		active ? button("Recover…", () => recover_dialog(page, path)) : null,
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
								page.navigate("settings/webhooks");
							},
						),
					"danger",
				)
			: null,
	];
}

export default async function webhook_page(page) {
	const path = `${OPEN_API}webhooks/${encodeURIComponent(page.params.id)}`;
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
						h("strong", null, `Disabled ${relative_time(hook.disabledAt)}: `),
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
		breadcrumb: [link("Settings › Webhooks", "#/settings/webhooks"), " › ", status_badge(hook)],
		actions: page.can_write ? action_buttons(page, path, hook, etag) : null,
		el: [
			disabled,
			h(
				"section",
				{ class: "card" },
				description_list([
					["URL", h("code", null, hook.url)],
					[
						"Events",
						h(
							"ul",
							{ class: "tags" },
							hook.events.map((e) => h("li", null, e)),
						),
					],
					source_label(hook) ? ["Source", source_label(hook)] : null,
					["Failures in a row", `${hook.consecutiveFailures} (10 disable it)`],
					[
						"Last delivery",
						hook.lastDeliveryAt
							? time(hook.lastDeliveryAt, relative_time(hook.lastDeliveryAt))
							: "never",
					],
				]),
			),
			page.can_write ? test_section(page, path) : null,
			deliveries_section(page, path, list),
		],
	};
}
