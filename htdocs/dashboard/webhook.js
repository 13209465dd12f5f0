// webhook: the page of a webhook, with test deliveries, past deliveries, and recovery.
import { call, get, OPEN_API, patch, post } from "./api.js";
import {
	button,
	confirm,
	description_list,
	dialog,
	error_box,
	h,
	link,
	replace,
	time,
	toast,
	while_busy,
} from "./dom.js";
import { deliveries_section, response_body, response_text } from "./deliveries.js";
import { changed_fields, field, invalid_fields } from "./form.js";
import { LOCAL_ZONE, number, relative_time } from "./format.js";
import {
	EVENTS,
	last_delivery,
	secret_dialog,
	source_label,
	status_badge,
	webhook_fields,
} from "./webhooks.js";

function test_result(data, open) {
	const outcome = data.delivered ? "Success: " : "Failed: ";
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
		h("p", null, button("View delivery", open, "quiet")),
	);
}

function test_section(path, deliveries) {
	const event = field({
		name: "event",
		label: "Event",
		type: "select",
		options: EVENTS.map((e) => [e.value, e.label]),
		value: "order.completed",
	});
	const result = h("div", { role: "status" });
	const run = async () => {
		replace(result, h("p", { class: "loading" }, "Waiting for the response…"));
		try {
			const { data } = await post(`${path}/test`, { event: event.get() });
			replace(
				result,
				test_result(data, () => deliveries.open(data.deliveryId)),
			);
		} catch (error) {
			replace(result, error_box(error));
		}
		await deliveries.refresh();
	};
	const send = h(
		"button",
		{ type: "button", class: "primary", onclick: () => while_busy(send, run) },
		"Send test",
	);
	return h(
		"section",
		{ class: "card", "aria-labelledby": "test" },
		h("h2", { id: "test" }, "Send a test event"),
		h(
			"p",
			{ class: "soft" },
			"Sends a signed sample event with isTest set to true. ",
			"A test is not retried, and counts neither as a delivery nor as a failure.",
		),
		h("div", { class: "inline" }, event.el, send),
		result,
	);
}

function rotate_dialog(path) {
	const overlap = field({
		name: "overlap",
		label: "Keep signing with the old secret for",
		type: "select",
		value: "86400",
		options: [
			["0", "0 minutes (revoke now)"],
			["3600", "1 hour"],
			["86400", "24 hours"],
			["604800", "7 days"],
		],
	});
	return dialog(
		"Rotate the secret?",
		[
			h("p", null, "Until the old secret expires, deliveries are signed with both secrets."),
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
	).then((secret) => secret && secret_dialog(secret, "New webhook secret"));
}

async function recover_dialog(path, deliveries) {
	const since = field({
		name: "since",
		label: "Since",
		type: "datetime",
		zone: () => LOCAL_ZONE,
		required: "Enter a start time.",
		value: new Date(Date.now() - 86400000).toISOString(),
		hint: `In your time zone, ${LOCAL_ZONE}. At most 14 days ago.`,
	});
	const progress = h("p", { class: "soft", role: "status" });
	const done = await dialog(
		"Recover missed deliveries",
		[
			h(
				"p",
				null,
				"Sends events whose delivery failed or was cancelled, ",
				"and events that occurred while the webhook was disabled.",
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
					if (!since.validate()) throw invalid_fields();
					while (from) {
						// a long recovery continues where the last response ended
						const { data } = await post(`${path}/recover`, { since: from });
						sum += data.recovered;
						from = data.complete ? null : data.since;
						progress.textContent = `${number(sum)} queued…`;
					}
					toast(
						sum
							? `${number(sum)} deliveries queued.`
							: "No missed deliveries to recover.",
					);
					return true;
				},
			},
		],
	);
	if (done) await deliveries.refresh();
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
					if (!fields.every((f) => f.validate())) throw invalid_fields();
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

function action_buttons(page, path, { data: hook, etag }, deliveries) {
	const active = hook.status === "ACTIVE";
	const set_active = async (isActive) => {
		await patch(path, { isActive }, etag);
		toast(isActive ? "Enabled. Use Recover to send missed events." : "Disabled.");
		page.reload();
	};
	return [
		button("Edit", () => edit_dialog(page, path, hook, etag)),
		button("Rotate secret", () => rotate_dialog(path)),
		active ? button("Recover…", () => recover_dialog(path, deliveries)) : null,
		active
			? button("Disable", () =>
					confirm(
						"Disable this webhook?",
						"Pending deliveries are cancelled. You can recover them later.",
						"Disable",
						() => set_active(false),
					),
				)
			: button(
					"Enable",
					() =>
						confirm(
							"Enable this webhook?",
							"New events are sent from now on. Use Recover to send missed ones.",
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
							"The webhook stops receiving events, and its deliveries are deleted.",
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
	const [found, deliveries] = await Promise.all([get(path), deliveries_section(page, path)]);
	const hook = found.data;
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
						"No events are sent. Fix the receiver and send a test event. ",
						"Then enable the webhook and recover missed events.",
					),
				)
			: null;
	return {
		title: hook.description || new URL(hook.url).host,
		breadcrumb: [link("Settings › Webhooks", "#/settings/webhooks"), " › ", status_badge(hook)],
		actions: page.can_write ? action_buttons(page, path, found, deliveries) : null,
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
					["Consecutive failures", `${hook.consecutiveFailures} (disabled at 10)`],
					["Last successful delivery", last_delivery(hook)],
				]),
			),
			page.can_write ? test_section(path, deliveries) : null,
			deliveries.el,
		],
	};
}
