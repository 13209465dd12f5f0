// key-form: creates or edits an API key.
import { DASHBOARD, get, new_idempotency_key, patch, post } from "./api.js";
import { badge, button, description_list, h, link, replace, time, toast } from "./dom.js";
import { changed_fields, checkbox_group, field, form_with_submit } from "./form.js";
import { format_time, LOCAL_ZONE, plural, relative_time } from "./format.js";
import { parse_allowlist } from "./cidr.js";
import { secret_dialog } from "./webhooks.js";
import {
	is_usable,
	list_scopes,
	new_key_panel,
	revoke_dialog,
	rotate_dialog,
	status_badge,
} from "./keys.js";

const DAY_MS = 86400000;
const DAYS = [
	["", "Never"],
	["7", "In 7 days"],
	["30", "In 30 days"],
	["90", "In 90 days"],
	["365", "In 1 year"],
	["other", "Custom date…"],
];

function entry_error({ entry, error }, correct) {
	const correction = /use (\S+)$/.exec(error)?.[1];
	const fix = correction
		? button(`Use ${correction}`, () => correct(entry, correction), "quiet")
		: null;
	return h("p", { class: "field-error" }, error, ". ", fix);
}

// Validates the entries on every input. A button applies the correction where there is one.
function allowlist_field(value, my_address) {
	const list = field({
		name: "ipAllowlist",
		label: "IP allowlist",
		type: "textarea",
		value: (value ?? []).join("\n"),
		attrs: { spellcheck: "false", class: "mono", rows: 3 },
		hint: "One address or CIDR range per line: 203.0.113.7, 2001:db8::/32. Empty: any.",
	});
	const feedback = h("div", { class: "feedback", "aria-live": "polite" });
	const validate = () => {
		const entries = parse_allowlist(list.input.value);
		const invalid = entries.filter((e) => e.error);
		replace(
			feedback,
			invalid.map((e) => entry_error(e, correct)),
			entries.length && !invalid.length
				? h(
						"p",
						{ class: "hint" },
						`${plural(entries.length, "valid entry", "valid entries")}.`,
					)
				: null,
		);
		list.set_error(null);
		return invalid.length === 0;
	};
	const correct = (entry, correction) => {
		list.input.value = list.input.value.replace(entry, correction);
		validate();
		list.input.focus();
	};
	const add = my_address
		? button(`Add my address (${my_address})`, () => {
				const lines = list.input.value.split("\n").filter(Boolean);
				if (!lines.includes(my_address))
					list.input.value = [...lines, my_address].join("\n");
				validate();
			})
		: null;
	list.input.addEventListener("input", validate);
	list.el.append(feedback, h("p", null, add));
	list.get = () => parse_allowlist(list.input.value).map((e) => e.text ?? e.entry);
	list.validate = () => validate() || (list.set_error("Correct the invalid entries."), false);
	return list;
}

function scopes_field(scopes, value) {
	const box = checkbox_group({
		name: "scopes",
		label: "Scopes",
		hint: "Select only what the integration needs. Write scopes do not include read scopes.",
		value,
		options: scopes.map((s) => ({
			value: s.name,
			label: s.label,
			hint: `${s.description} (${s.name})`,
			off: !s.choosable,
		})),
	});
	const reads_orders = scopes.findIndex((s) => s.name === "orders:read");
	const update = () => {
		// implied by any event scope
		if (reads_orders >= 0)
			box.boxes[reads_orders].checked = box.get().some((s) => s.startsWith("events:"));
	};
	box.el.addEventListener("change", update);
	if (!value) update();
	return box;
}

function expiry_field(value) {
	const choice = field({
		name: "expiresAt",
		label: "Expires",
		type: "select",
		options: DAYS,
		value: value ? "other" : "",
	});
	const exact = field({
		name: "exact",
		label: "Expires at",
		type: "datetime",
		zone: () => LOCAL_ZONE,
		value,
		hint: `In your time zone, ${LOCAL_ZONE}.`,
		required: true,
	});
	const update = () => (exact.el.hidden = choice.input.value !== "other");
	choice.input.addEventListener("change", update);
	choice.get = () => {
		const chosen = choice.input.value;
		if (chosen === "") return null;
		if (chosen === "other") return exact.get();
		return new Date(Date.now() + Number(chosen) * DAY_MS).toISOString();
	};
	choice.validate = () => exact.el.hidden || exact.validate();
	choice.el.append(exact.el);
	update();
	return choice;
}

function key_fields(key, scopes, my_address) {
	return [
		field({
			name: "name",
			label: "Name",
			required: true,
			value: key?.name,
			hint: "The integration that uses it, such as “Web shop” or “Check-in app”.",
			attrs: { maxlength: 120 },
		}),
		field({
			name: "description",
			label: "Description",
			value: key?.description,
			attrs: { maxlength: 500 },
		}),
		scopes_field(scopes, key?.scopes),
		field({
			name: "callbackUrl",
			label: "Callback URL",
			type: "url",
			value: key?.callbackUrl,
			hint: "Receives all webhook events. To select events, create a webhook instead.",
			attrs: { placeholder: "https://" },
		}),
		allowlist_field(key?.ipAllowlist, my_address),
		expiry_field(key?.expiresAt),
	];
}

const BREADCRUMB = [link("Settings › API Keys", "#/settings/keys")];

// Replaces the form with the new key.
function show_new_key(container, key) {
	replace(
		container,
		new_key_panel(key),
		h("p", { class: "buttons" }, link("Done", "#/settings/keys", "button primary")),
	);
	document.getElementById("reveal").focus();
}

async function create_key(page, scopes) {
	const idempotency_key = new_idempotency_key();
	const container = h("div");
	const fields = key_fields(null, scopes, page.session.clientAddress);
	const form = form_with_submit(
		fields,
		"Create key",
		async (body) => {
			const { data } = await post(`${DASHBOARD}keys`, body, { idempotency_key });
			page.set_unsaved_check(() => false);
			show_new_key(container, data);
		},
		link("Cancel", "#/settings/keys", "button"),
	);
	let touched = false;
	form.addEventListener("input", () => (touched = true));
	page.set_unsaved_check(() => touched && form.isConnected);
	replace(container, form);
	return { title: "Create Key", breadcrumb: BREADCRUMB, el: container };
}

function key_details(key) {
	return description_list([
		["Key", h("code", null, key.hint)],
		["Status", status_badge(key)],
		["Created", time(key.createdAt, format_time(key.createdAt))],
		[
			"Last used",
			key.lastUsedAt ? time(key.lastUsedAt, relative_time(key.lastUsedAt)) : "never",
		],
		["Expires", key.expiresAt ? time(key.expiresAt, format_time(key.expiresAt)) : "never"],
		["Rate limit tier", key.tier],
		key.rotatedTo ? ["Rotated to", link("new key", `#/settings/keys/${key.rotatedTo}`)] : null,
		key.rotatedFrom
			? ["Rotated from", link("old key", `#/settings/keys/${key.rotatedFrom}`)]
			: null,
	]);
}

function edit_form(page, key, scopes, etag) {
	const fields = key_fields(key, scopes, page.session.clientAddress);
	let touched = false;
	const form = form_with_submit(
		fields,
		"Save",
		async (body) => {
			const { data } = await patch(
				`${DASHBOARD}keys/${key.id}`,
				changed_fields(key, body),
				etag,
			);
			touched = false;
			if (data.webhookSecret) await secret_dialog(data.webhookSecret, "Callback URL secret");
			toast(`“${body.name}” saved. Changes take effect now.`);
			page.navigate("settings/keys");
		},
		link("Cancel", "#/settings/keys", "button"),
	);
	form.addEventListener("input", () => (touched = true));
	page.set_unsaved_check(() => touched);
	return form;
}

function read_only_details(key, scopes) {
	const names = new Map(scopes.map((s) => [s.name, s.label]));
	return description_list([
		["Description", key.description ?? "–"],
		["Scopes", key.scopes.map((s) => [badge(names.get(s) ?? s), " "])],
		["Callback URL", key.callbackUrl ?? "–"],
		["IP allowlist", key.ipAllowlist.join(", ") || "any address"],
	]);
}

async function edit_key(page, scopes) {
	const { data: key, etag } = await get(`${DASHBOARD}keys/${encodeURIComponent(page.params.id)}`);
	const editable = page.can_write && is_usable(key);
	const container = h("div");
	const actions = [];
	if (editable && key.status === "active")
		actions.push(
			button("Rotate", () => rotate_dialog(key, (made) => show_new_key(container, made))),
		);
	if (editable)
		actions.push(
			button(
				"Revoke",
				() => revoke_dialog(key, () => page.navigate("settings/keys")),
				"danger",
			),
		);
	replace(
		container,
		key_details(key),
		editable ? edit_form(page, key, scopes, etag) : read_only_details(key, scopes),
	);
	return {
		title: key.name,
		breadcrumb: BREADCRUMB,
		actions: editable ? actions : null,
		el: container,
	};
}

export default async function key_form(page) {
	const scopes = await list_scopes();
	return page.params.id ? edit_key(page, scopes) : create_key(page, scopes);
}
