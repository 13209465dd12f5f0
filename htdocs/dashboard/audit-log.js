// audit-log: who did what and when, from which address.
import { DASHBOARD, get } from "./api.js";
import { badge, button, empty_state, h, replace, table, time, while_busy } from "./dom.js";
import { day_fields, field, filter_form } from "./form.js";
import { day_range, format_time, LOCAL_ZONE } from "./format.js";

const ACTOR_TYPES = {
	user: "User",
	key: "API key",
	admin: "Administrator",
	system: "ticketgate",
	visitor: "Visitor",
};
const RESOURCE_PATHS = {
	event: "events",
	order: "orders",
	sale: "orders",
	key: "settings/keys",
	webhook: "settings/webhooks",
};

// Links an entry to its resource, unless the entry deleted it.
function resource_link(row) {
	const results = RESOURCE_PATHS[row.action.split(".")[0]];
	const gone = /\.delete$/.test(row.action);
	if (!row.resourceId) return "–";
	return h(
		"a",
		{
			href: results && !gone ? `#/${results}/${row.resourceId}` : null,
			class: "mono small",
			title: row.resourceId,
		},
		`…${row.resourceId.slice(-12)}`,
	);
}

const HEAD = [
	{ label: "Time" },
	{ label: "Actor" },
	{ label: "Action" },
	{ label: "Resource" },
	{ label: "IP address" },
	{ label: "Request ID" },
];

const cells = (row) => [
	time(row.at, format_time(row.at, LOCAL_ZONE, "exact")),
	[h("strong", null, row.actor.name), " ", badge(ACTOR_TYPES[row.actor.type] ?? row.actor.type)],
	h("code", null, row.action),
	resource_link(row),
	row.address ? h("code", null, row.address) : "–",
	row.requestId ? h("code", { class: "small" }, row.requestId) : "–",
];

export default async function audit_log_page(page) {
	const { action, actor, from, to } = page.query;
	const query = {
		action,
		actor: actor === "me" ? page.session.user.id : actor,
		...day_range({ from, to }, LOCAL_ZONE),
		take: 50,
	};
	const first = await get(`${DASHBOARD}audit`, query);
	const rows = first.data;
	const seen = new Map(rows.filter((r) => r.actor.id).map((r) => [r.actor.id, r.actor.name]));
	if (actor && !["me", "admin", "system", "visitor"].includes(actor) && !seen.has(actor))
		seen.set(actor, actor);
	seen.delete(page.session.user.id);
	const fields = [
		field({
			name: "action",
			label: "Action",
			type: "search",
			value: action,
			attrs: { placeholder: "event.publish", list: "actions" },
		}),
		field({
			name: "actor",
			label: "Actor",
			type: "select",
			value: actor ?? "",
			options: [
				["", "Anyone"],
				["me", "Me"],
				...seen,
				["admin", "Administrator"],
				["system", "ticketgate (automatic)"],
				["visitor", "Event page visitors"],
			],
		}),
		...day_fields({ from, to }, LOCAL_ZONE),
	];
	const results = h("div");
	let next = first.meta.nextCursor;
	const more = button("Load older entries", (e) =>
		while_busy(e.currentTarget, async () => {
			const { data, meta } = await get(`${DASHBOARD}audit`, { ...query, cursor: next });
			rows.push(...data);
			next = meta.nextCursor;
			draw();
		}),
	);
	const draw = () => {
		replace(
			results,
			rows.length
				? table("Audit log", HEAD, rows.map(cells))
				: empty_state(
						"No matching entries",
						"The log records every change. Change or clear the filters.",
					),
		);
		more.hidden = !next;
	};
	draw();
	return {
		title: "Audit Log",
		breadcrumb: "Settings",
		el: [
			h(
				"datalist",
				{ id: "actions" },
				[...new Set(rows.map((r) => r.action))]
					.sort()
					.map((a) => h("option", { value: a })),
			),
			filter_form(fields, page.query, page.filter),
			results,
			h("p", null, more),
		],
	};
}
