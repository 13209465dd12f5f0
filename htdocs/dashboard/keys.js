// keys: Settings > API Keys, the list of API keys.
import { call, DASHBOARD, get, post } from "./api.js";
import {
	badge,
	button,
	confirm,
	copy_field,
	dialog,
	empty_state,
	h,
	link,
	table,
	time,
	toast,
} from "./dom.js";
import { field, pager } from "./form.js";
import { format_time, time_ago } from "./format.js";

export const STATUS = {
	active: ["Active", "good"],
	rotated: ["Rotated", "warn"],
	expired: ["Expired", ""],
	revoked: ["Revoked", ""],
};
export const is_usable = (key) => key.status === "active" || key.status === "rotated";

export const status_badge = (key) => badge(...(STATUS[key.status] ?? [key.status]));

export async function list_scopes() {
	return (await get(`${DASHBOARD}scopes`)).data.scopes;
}

// Secrets that are shown only once: the key and its webhook secret, with a curl command to try it.
export function new_key_panel(key, title = "Your new key") {
	const url = new URL("../open-api/v1/me", location.href.split("#")[0]).href;
	const command = `curl -H 'api-key: ${key.key}' ${url}`;
	return h(
		"section",
		{ class: "card reveal", "aria-labelledby": "reveal" },
		h("h2", { id: "reveal", tabindex: "-1" }, title),
		h(
			"p",
			null,
			h("strong", null, "Copy it now; you won’t see it again."),
			" The server stores only a hash.",
		),
		copy_field(key.key, "key"),
		key.webhookSecret
			? [
					h("p", null, "Webhook secret of the callback URL, also shown only once:"),
					copy_field(key.webhookSecret, "webhook secret"),
				]
			: null,
		h("p", null, "Try it:"),
		copy_field(command, "curl command"),
	);
}

export function rotate_dialog(key, done) {
	const overlap = field({
		name: "overlap",
		label: "Keep the old key valid for",
		type: "select",
		value: "86400",
		options: [
			["0", "0 minutes (revoke now)"],
			["3600", "1 hour"],
			["86400", "24 hours"],
			["259200", "3 days"],
			["604800", "7 days"],
		],
		hint: "Deploy the new key before the old one expires.",
	});
	return dialog(
		`Rotate “${key.name}”?`,
		[
			h("p", null, "Creates a new key with the same scopes, IP allowlist and expiry."),
			overlap.el,
		],
		[
			{
				label: "Rotate",
				kind: "primary",
				run: async () =>
					done(
						(
							await post(`${DASHBOARD}keys/${key.id}/rotate`, {
								overlapSeconds: Number(overlap.get()),
							})
						).data,
					),
			},
		],
	);
}

export function revoke_dialog(key, done) {
	return confirm(
		`Revoke “${key.name}”?`,
		`${key.hint} stops working immediately. This cannot be undone.`,
		`Revoke ${key.name}`,
		async () => {
			await call("DELETE", `${DASHBOARD}keys/${key.id}`);
			toast(`“${key.name}” revoked.`);
			done();
		},
	);
}

function row_actions(key, page, on_new) {
	if (!page.can_write || !is_usable(key)) return null;
	const action = (label, kind, onclick) =>
		h(
			"button",
			{ type: "button", class: kind, "aria-label": `${label} ${key.name}`, onclick },
			label,
		);
	return [
		key.status === "active"
			? action("Rotate", "quiet", () => rotate_dialog(key, on_new))
			: null,
		action("Revoke", "quiet danger", () => revoke_dialog(key, page.reload)),
	];
}

const never = () => h("span", { class: "soft" }, "Never");

function row(key, names, page, on_new) {
	return {
		class: is_usable(key) ? null : "over",
		cells: [
			[
				link(key.name, `#/settings/keys/${key.id}`, "strong"),
				key.description ? h("div", { class: "small soft" }, key.description) : null,
			],
			h("code", null, key.hint),
			h(
				"ul",
				{ class: "tags" },
				key.scopes.map((s) => h("li", { title: s }, names.get(s) ?? s)),
			),
			key.ipAllowlist.length
				? h(
						"ul",
						{ class: "plain small mono" },
						key.ipAllowlist.map((a) => h("li", null, a)),
					)
				: h("span", { class: "soft" }, "Any"),
			key.lastUsedAt ? time(key.lastUsedAt, ...time_ago(key.lastUsedAt)) : never(),
			key.expiresAt ? time(key.expiresAt, format_time(key.expiresAt)) : never(),
			status_badge(key),
			h("div", { class: "buttons tight" }, row_actions(key, page, on_new)),
		],
	};
}

const HEAD = [
	"Name",
	"Key",
	"Scopes",
	"IP allowlist",
	"Last used",
	"Expires",
	"Status",
	"Actions",
].map((label) => ({ label, hidden: label === "Actions" }));

export default async function keys_page(page) {
	const show_all = page.query.all === "yes";
	const [{ data, meta }, scopes] = await Promise.all([
		get(`${DASHBOARD}keys`, {
			take: 50,
			page: page.query.page,
			usable: show_all ? null : true,
		}),
		list_scopes(),
	]);
	const names = new Map(scopes.map((s) => [s.name, s.label]));
	const create = () =>
		page.can_write ? link("+ Create Key", "#/settings/keys/new", "button primary") : null;
	const show_new = (key) => {
		page.reload().then(() => {
			const main = document.getElementById("main");
			main.querySelector(".head").after(new_key_panel(key));
			document.getElementById("reveal").focus();
		});
	};
	const toggle = h(
		"p",
		null,
		button(
			show_all ? "Hide revoked and expired keys" : "Show revoked and expired keys",
			() => page.filter(show_all ? {} : { all: "yes" }),
			"quiet",
		),
	);
	const list = data.length
		? table(
				"API keys",
				HEAD,
				data.map((k) => row(k, names, page, show_new)),
			)
		: empty_state(
				"No keys yet",
				"Create one API key per integration, with only the scopes that it needs.",
				create(),
				link("Guide: API keys", "../docs/keys.html"),
			);
	return {
		title: "API Keys",
		breadcrumb: "Settings",
		actions: create(),
		el: [list, pager(meta, page.query, page.filter), toggle],
	};
}
