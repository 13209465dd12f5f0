// key-form: makes an API key, or changes one.
import { DASHBOARD, get, new_once, patch, post } from "./api.js";
import { badge, button, facts, h, link, replace, time, toast } from "./dom.js";
import { changes, choices, field, simple_form } from "./form.js";
import { ago, at, HERE, plural } from "./format.js";
import { read_list } from "./cidr.js";
import { secret_box } from "./webhooks.js";
import { is_usable, labels, reveal, revoke, rotate, status_of } from "./keys.js";

const DAY_MS = 86400000;
const DAYS = [
	["", "Never"],
	["7", "In 7 days"],
	["30", "In 30 days"],
	["90", "In 90 days"],
	["365", "In a year"],
	["other", "At another time…"],
];

function entry_error({ entry, wrong }, correct) {
	const better = /use (\S+)$/.exec(wrong)?.[1];
	const fix = better ? button(`Use ${better}`, () => correct(entry, better), "quiet") : null;
	return h("p", { class: "wrong" }, wrong, ". ", fix);
}

// Says while one types what is wrong with an entry, and puts right what has an obvious correction.
function allowlist(value, mine) {
	const list = field({
		name: "ipAllowlist",
		label: "IP allowlist",
		type: "area",
		value: (value ?? []).join("\n"),
		attrs: { spellcheck: "false", class: "mono", rows: 3 },
		hint: "One address or range a line, such as 203.0.113.7 or 2001:db8::/32. Empty: from anywhere.",
	});
	const told = h("div", { class: "told", "aria-live": "polite" });
	const judge = () => {
		const entries = read_list(list.input.value);
		const wrong = entries.filter((e) => e.wrong);
		replace(
			told,
			wrong.map((e) => entry_error(e, correct)),
			entries.length && !wrong.length
				? h(
						"p",
						{ class: "hint" },
						`${plural(entries.length, "entry", "entries")}, all in order.`,
					)
				: null,
		);
		list.wrong(null);
		return wrong.length === 0;
	};
	const correct = (entry, better) => {
		list.input.value = list.input.value.replace(entry, better);
		judge();
		list.input.focus();
	};
	const add = mine
		? button(`Add my address (${mine})`, () => {
				const lines = list.input.value.split("\n").filter(Boolean);
				if (!lines.includes(mine)) list.input.value = [...lines, mine].join("\n");
				judge();
			})
		: null;
	list.input.addEventListener("input", judge);
	list.el.append(told, h("p", null, add));
	list.get = () => read_list(list.input.value).map((e) => e.text ?? e.entry);
	list.check = () => judge() || (list.wrong("Correct what is marked first."), false);
	return list;
}

function scope_boxes(scopes, value) {
	const box = choices({
		name: "scopes",
		label: "Scopes",
		hint: "Only what it needs: writing does not include reading.",
		value,
		options: scopes.map((s) => ({
			value: s.name,
			label: s.label,
			hint: `${s.description} (${s.name})`,
			off: !s.choosable,
		})),
	});
	const reads_orders = scopes.findIndex((s) => s.name === "orders:read");
	const follow = () => {
		// it comes with any event scope
		if (reads_orders >= 0)
			box.boxes[reads_orders].checked = box.get().some((s) => s.startsWith("events:"));
	};
	box.el.addEventListener("change", follow);
	if (!value) follow();
	return box;
}

function expiry(value) {
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
		type: "clock",
		zone: () => HERE,
		value,
		hint: `In your own time zone, ${HERE}.`,
		required: true,
	});
	const follow = () => (exact.el.hidden = choice.input.value !== "other");
	choice.input.addEventListener("change", follow);
	choice.get = () => {
		const chosen = choice.input.value;
		if (chosen === "") return null;
		if (chosen === "other") return exact.get();
		return new Date(Date.now() + Number(chosen) * DAY_MS).toISOString();
	};
	choice.check = () => exact.el.hidden || exact.check();
	choice.el.append(exact.el);
	follow();
	return choice;
}

function fields_of(key, scopes, mine) {
	return [
		field({
			name: "name",
			label: "Name",
			required: true,
			value: key?.name,
			hint: "Where it is used: “Web shop”, “Check-in app”.",
			attrs: { maxlength: 120 },
		}),
		field({
			name: "description",
			label: "Description",
			value: key?.description,
			attrs: { maxlength: 500 },
		}),
		scope_boxes(scopes, key?.scopes),
		field({
			name: "callbackUrl",
			label: "Callback URL",
			type: "url",
			value: key?.callbackUrl,
			hint: "Gets all four webhook events, signed. Webhooks can do the same with a choice of events.",
			attrs: { placeholder: "https://" },
		}),
		allowlist(key?.ipAllowlist, mine),
		expiry(key?.expiresAt),
	];
}

const TRAIL = [link("Settings › API Keys", "#/settings/keys")];

// Puts a new key in place of the form.
function show_new_key(place, key) {
	replace(
		place,
		reveal(key),
		h("p", { class: "buttons" }, link("Done", "#/settings/keys", "button primary")),
	);
	document.getElementById("reveal").focus();
}

async function create(page, scopes) {
	const once = new_once();
	const place = h("div");
	const fields = fields_of(null, scopes, page.session.clientAddress);
	const form = simple_form(
		fields,
		"Create key",
		async (body) => {
			const { data } = await post(`${DASHBOARD}keys`, body, { once });
			page.guard(() => false);
			show_new_key(place, data);
		},
		link("Cancel", "#/settings/keys", "button"),
	);
	let touched = false;
	form.addEventListener("input", () => (touched = true));
	page.guard(() => touched && form.isConnected);
	replace(place, form);
	return { title: "Create Key", trail: TRAIL, el: place };
}

function key_facts(key) {
	return facts([
		["Key", h("code", null, key.hint)],
		["State", status_of(key)],
		["Made", time(key.createdAt, at(key.createdAt))],
		["Last used", key.lastUsedAt ? time(key.lastUsedAt, ago(key.lastUsedAt)) : "never"],
		["Expires", key.expiresAt ? time(key.expiresAt, at(key.expiresAt)) : "never"],
		["Rate tier", key.tier],
		key.rotatedTo
			? ["Followed by", link("its successor", `#/settings/keys/${key.rotatedTo}`)]
			: null,
		key.rotatedFrom
			? ["Follows", link("its predecessor", `#/settings/keys/${key.rotatedFrom}`)]
			: null,
	]);
}

function edit_form(page, key, scopes, etag) {
	const fields = fields_of(key, scopes, page.session.clientAddress);
	let touched = false;
	const form = simple_form(
		fields,
		"Save",
		async (body) => {
			const { data } = await patch(`${DASHBOARD}keys/${key.id}`, changes(key, body), etag);
			touched = false;
			if (data.webhookSecret)
				await secret_box(data.webhookSecret, "The secret of its callback URL");
			toast(`“${body.name}” is saved; it works so from now on.`);
			page.go("settings/keys");
		},
		link("Cancel", "#/settings/keys", "button"),
	);
	form.addEventListener("input", () => (touched = true));
	page.guard(() => touched);
	return form;
}

function read_only_facts(key, scopes) {
	const names = new Map(scopes.map((s) => [s.name, s.label]));
	return facts([
		["Description", key.description ?? "–"],
		["Scopes", key.scopes.map((s) => [badge(names.get(s) ?? s), " "])],
		["Callback URL", key.callbackUrl ?? "–"],
		["IP allowlist", key.ipAllowlist.join(", ") || "from anywhere"],
	]);
}

async function change(page, scopes) {
	const { data: key, etag } = await get(`${DASHBOARD}keys/${encodeURIComponent(page.params.id)}`);
	const editable = page.writes && is_usable(key);
	const place = h("div");
	const actions = [];
	if (editable && key.status === "active")
		actions.push(button("Rotate", () => rotate(key, (made) => show_new_key(place, made))));
	if (editable)
		actions.push(button("Revoke", () => revoke(key, () => page.go("settings/keys")), "danger"));
	replace(
		place,
		key_facts(key),
		editable ? edit_form(page, key, scopes, etag) : read_only_facts(key, scopes),
	);
	return { title: key.name, trail: TRAIL, actions: editable ? actions : null, el: place };
}

export default async function key_form(page) {
	const scopes = await labels();
	return page.params.id ? change(page, scopes) : create(page, scopes);
}
