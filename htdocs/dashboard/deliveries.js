// deliveries: the list of a webhook's deliveries, and a dialog with the attempts of one.
import { get, post } from "./api.js";
import {
	badge,
	button,
	description_list,
	dialog,
	empty_state,
	error_box,
	h,
	rerender,
	table,
	time,
	toast,
	while_busy,
} from "./dom.js";
import { field, filter_form, pager, status_field } from "./form.js";
import { format_time, LOCAL_ZONE, number, time_ago } from "./format.js";
import { EVENTS } from "./webhooks.js";

export const STATUS = {
	PENDING: ["Pending", "warn"],
	DELIVERED: ["Delivered", "good"],
	FAILED: ["Failed", "bad"],
	CANCELLED: ["Cancelled", ""],
};
const delivery_badge = (d) => badge(...(STATUS[d.status] ?? [d.status]));

export function response_text(attempt) {
	const { responseStatus: status, error } = attempt;
	if (!status) return error ?? "running";
	return error && !error.startsWith("http_") ? `${status}, ${error}` : String(status);
}

// ---- delivery dialog ----

function pretty(body) {
	try {
		return JSON.stringify(JSON.parse(body), null, 2);
	} catch {
		return body;
	}
}

const CAUSES = { MANUAL: ", manual", TEST: ", test" };

const preformatted = (text, label, classes) =>
	h(
		"pre",
		{ class: classes, tabindex: "0", role: "group", "aria-label": label },
		h("code", null, text),
	);

export const response_body = ({ response }) =>
	response
		? preformatted(response, "Response body")
		: h("p", { class: "small soft" }, "Empty response body.");

function attempts(delivery) {
	if (!delivery.attempts.length) return h("p", { class: "soft" }, "No attempts yet.");
	return delivery.attempts.map((a) =>
		h(
			"div",
			{ class: "attempt" },
			h(
				"p",
				null,
				h("strong", null, `Attempt ${a.number}: `),
				badge(response_text(a), a.error ? "bad" : "good"),
				" ",
				time(a.startedAt, format_time(a.startedAt, LOCAL_ZONE, "exact")),
				a.durationMs === null ? "" : `, ${number(a.durationMs)} ms`,
				CAUSES[a.cause] ?? "",
			),
			response_body(a),
		),
	);
}

function delivery_details(delivery) {
	return [
		description_list([
			["Message ID", h("code", null, delivery.messageId)],
			[
				"Queued",
				time(delivery.createdAt, format_time(delivery.createdAt, LOCAL_ZONE, "exact")),
			],
			delivery.nextAttemptAt
				? [
						"Next attempt",
						time(
							delivery.nextAttemptAt,
							format_time(delivery.nextAttemptAt, LOCAL_ZONE, "exact"),
						),
					]
				: null,
		]),
		h("h3", null, "Attempts"),
		attempts(delivery),
		h("h3", null, "Request body"),
		delivery.body
			? preformatted(pretty(delivery.body), "Request body", "body")
			: h("p", { class: "soft" }, "The request body is no longer stored."),
	];
}

// Resolves to true when the delivery was queued again.
async function delivery_dialog(page, path, id) {
	const { data } = await get(`${path}/deliveries/${id}`);
	const redeliver = {
		label: "Redeliver",
		kind: "primary",
		run: async () => {
			await post(`${path}/deliveries/${id}/redeliver`);
			toast("Delivery queued again with the same ID.");
			return true;
		},
	};
	const is_offered = page.can_write && data.status !== "PENDING" && !data.isTest;
	return dialog(
		`${data.event}${data.isTest ? " (test)" : ""}: ${STATUS[data.status]?.[0] ?? data.status}`,
		delivery_details(data),
		is_offered ? [redeliver] : [],
	);
}

const HEAD = [
	{ label: "Event" },
	{ label: "Status" },
	{ label: "Attempts", number: true },
	{ label: "Response" },
	{ label: "Queued" },
	{ label: "Open", hidden: true },
];

const no_deliveries = (searched) =>
	searched
		? empty_state("No matching deliveries", "Change or clear the filters.")
		: empty_state("No deliveries yet", "Send a test event to see what a delivery looks like.");

function filters(page) {
	const fields = [
		status_field(STATUS, page.query.status),
		field({
			name: "event",
			label: "Event",
			type: "select",
			value: page.query.event ?? "",
			options: [["", "All"], ...EVENTS.map((e) => [e.value, e.value])],
		}),
	];
	return filter_form(fields, page.query, page.filter);
}

function row(d, open) {
	return [
		[h("code", null, d.event), d.isTest ? [" ", badge("test")] : null],
		delivery_badge(d),
		number(d.attemptCount),
		d.responseStatus || d.error ? response_text(d) : "–",
		time(d.createdAt, ...time_ago(d.createdAt)),
		h(
			"button",
			{
				type: "button",
				class: "quiet",
				"aria-label": `Open ${d.event}, ${d.messageId}`,
				onclick: (e) => while_busy(e.currentTarget, () => open(d.id)),
			},
			"Open",
		),
	];
}

// The section of the webhook's page with its deliveries: {el, open(id), refresh()}. What makes or
// changes a delivery refreshes the section, so that the rest of the page stays as it is.
export async function deliveries_section(page, path) {
	const { status, event } = page.query;
	const load = () =>
		get(
			`${path}/deliveries`,
			{ status, event, page: page.query.page, take: 20 },
			{ signal: page.signal },
		);
	const content = ({ data, meta }) => [
		data.length || status || event ? filters(page) : null,
		data.length
			? table(
					"Deliveries",
					HEAD,
					data.map((d) => row(d, self.open)),
				)
			: no_deliveries(status || event),
		pager(meta, page.query, page.filter),
	];
	const heading = h("h2", { id: "deliveries", tabindex: "-1" }, "Deliveries");
	const shown = h("div");
	const self = {
		async open(id) {
			try {
				if (await delivery_dialog(page, path, id)) await self.refresh();
			} catch (error) {
				toast(error.message, "bad");
			}
		},
		async refresh() {
			try {
				rerender(shown, heading, content(await load()));
			} catch (error) {
				if (error.name !== "AbortError") rerender(shown, heading, error_box(error));
			}
		},
		el: h(
			"section",
			{ "aria-labelledby": "deliveries" },
			h("div", { class: "head" }, heading, button("Refresh", page.reload, "quiet")),
			shown,
		),
	};
	rerender(shown, heading, content(await load()));
	return self;
}
