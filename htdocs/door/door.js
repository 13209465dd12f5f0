// door: signs in, chooses the event, and checks tickets in by camera, hand-held scanner, typed
// code or name.
import {
	BOX_OFFICE,
	DASHBOARD,
	OPEN_API,
	call,
	configure_session,
	get,
	post,
} from "../dashboard/api.js";
import { watch } from "./camera.js";
import { read_code } from "./codes.js";
import { button, field, h, show } from "./elements.js";
import { allow_sound, signal } from "./signals.js";
import { forget_other_events, keep_fact, read_fact, tickets_of } from "./store.js";
import { decide, decide_attendee, on_change, recount, state, sync } from "./sync.js";
import { count, format_time, say } from "./words.js";

const SYNC_MS = 15000,
	SAME_CODE_MS = 3000, // after which a ticket that comes back before the camera is scanned again
	GOOD_MS = 2500, // how long a result is shown, unless it is touched
	BAD_MS = 6000,
	KEY_MS = 80; // between two characters of a hand-held scanner

let stop_camera = null,
	scanning = false;

const is_unreachable = (error) => !error.status || error.status >= 500;

// ---- signing in ----

async function sign_in_screen(problem) {
	leave_scanner();
	const email = field(say("email"), { type: "email", autocomplete: "username", required: true });
	const password = field(say("door_password"), {
		type: "password",
		autocomplete: "current-password",
		required: true,
	});
	const message = h("p", { class: "problem", role: "alert" }, problem ?? "");
	async function submit(event) {
		event.preventDefault();
		allow_sound();
		try {
			const { data } = await post(
				`${DASHBOARD}session`,
				{ email: email.input.value.trim(), password: password.input.value },
				{ no_sign_in: true },
			);
			await signed_in(data);
		} catch (error) {
			message.textContent = say(error.status === 401 ? "door_wrong_sign_in" : "door_failed");
		}
	}
	show(
		h(
			"form",
			{ class: "panel", onsubmit: submit },
			h("h1", null, say("door_title")),
			email.element,
			password.element,
			message,
			h("button", { class: "primary" }, say("door_sign_in")),
		),
	);
	email.input.focus();
}

async function signed_in(session) {
	configure_session(session.csrfToken, async () => {
		await sign_in_screen();
		return false;
	});
	if (!session.scopes.includes("door:scan")) return sign_in_screen(say("door_may_not"));
	const kept = await read_fact("event");
	if (kept) return scan_screen(kept, await read_fact("gate"));
	return event_screen();
}

async function sign_out() {
	leave_scanner();
	await keep_fact("event", null);
	try {
		await call("DELETE", `${DASHBOARD}session`, { no_sign_in: true });
	} catch {
		/* it ends by itself */
	}
	await sign_in_screen();
}

// A link of the dashboard has a code that signs in once: /door/#CODE.
async function sign_in_by_link(code) {
	history.replaceState(null, "", location.pathname);
	const { data } = await post(`${DASHBOARD}door-session`, { code }, { no_sign_in: true });
	await signed_in(data);
}

// ---- the event ----

async function event_screen() {
	leave_scanner();
	const { data } = await get(`${BOX_OFFICE}door`);
	const gate = field(say("door_gate"), { maxlength: 60, value: (await read_fact("gate")) ?? "" });
	const choose = (event) => async () => {
		allow_sound();
		await keep_fact("gate", gate.input.value.trim() || null);
		await keep_fact("event", event);
		await forget_other_events(event.id);
		await scan_screen(event, gate.input.value.trim() || null);
	};
	const events = data.events.map((event) =>
		h(
			"button",
			{ type: "button", class: "choice", onclick: choose(event) },
			h("strong", null, event.name),
			event.dateTime ? h("span", null, format_time(event.dateTime)) : null,
		),
	);
	show(
		h(
			"div",
			{ class: "panel" },
			h("h1", null, say("door_choose_event")),
			gate.element,
			events.length ? events : h("p", null, say("door_no_events")),
			button(say("door_sign_out"), sign_out, "quiet"),
		),
	);
}

// ---- scanning ----

function leave_scanner() {
	scanning = false;
	stop_camera?.();
	stop_camera = null;
}

function status_line() {
	const line = h("p", { class: "status", role: "status" });
	function update() {
		const { counts, online, waiting } = state;
		const parts = [];
		if (counts) parts.push(say("door_inside", counts));
		if (!online) parts.push(say("door_offline"));
		if (waiting) parts.push(count("door_waiting", waiting));
		line.textContent = parts.join(" \u00b7 ");
		line.classList.toggle("offline", !online);
	}
	on_change(update);
	update();
	return line;
}

function conflict_list() {
	const list = h("div", { class: "conflicts" });
	function update() {
		const conflicts = state.conflicts ?? [];
		list.replaceChildren(
			...(conflicts.length
				? [
						h("h2", null, say("door_conflicts")),
						h(
							"ul",
							null,
							conflicts.map((c) =>
								h(
									"li",
									null,
									`${c.name ?? "?"}, ${format_time(c.at)}: `,
									say(WORDS[c.result] ?? "door_unknown"),
									c.otherAt ? ` ${when(c.otherAt, c.otherGate)}` : "",
								),
							),
						),
					]
				: []),
		);
	}
	on_change(update);
	update();
	return list;
}

async function start_camera(video, message) {
	try {
		stop_camera = await watch(video, camera_found);
		if (!scanning) leave_scanner();
		message.textContent = say("door_point");
	} catch (error) {
		video.hidden = true;
		message.textContent = say(
			error.name === "NotAllowedError" ? "door_camera_denied" : "door_no_camera",
		);
	}
}

async function scan_screen(event, gate) {
	state.event = event;
	state.gate = gate;
	state.conflicts = (await read_fact("conflicts")) ?? [];
	scanning = true;
	const video = h("video", { class: "camera", muted: true, playsinline: true });
	const message = h("p", { class: "hint" });
	const code = field(say("door_code"), {
		autocomplete: "off",
		autocapitalize: "characters",
		spellcheck: "false",
		inputmode: "text",
	});
	async function typed(e) {
		e.preventDefault();
		const text = code.input.value;
		code.input.value = "";
		if (text.trim()) await scanned(text);
	}
	show(
		h(
			"header",
			{ class: "bar" },
			h("h1", null, event.name),
			gate ? h("span", null, gate) : null,
			button(say("door_change_event"), () => event_screen().catch(failed), "quiet"),
		),
		status_line(),
		h("div", { class: "view" }, video, message),
		h(
			"form",
			{ class: "typed", onsubmit: typed },
			code.element,
			h("button", null, say("door_check_in")),
		),
		button(say("door_find"), find_screen, "wide"),
		conflict_list(),
	);
	recount().then(sync).catch(failed);
	await start_camera(video, message);
}

// ---- results ----

const WORDS = {
	ADMITTED: "door_admitted",
	ALREADY_CHECKED_IN: "door_already",
	REFUNDED: "door_refunded",
	REISSUED: "door_reissued",
	WRONG_EVENT: "door_wrong_event",
	UNKNOWN: "door_unknown",
};

const KINDS = { ADMITTED: "good", ALREADY_CHECKED_IN: "twice" };

const when = (at, gate) =>
	gate ? say("door_at_gate", { time: format_time(at), gate }) : format_time(at);

function lines_of(answer) {
	const lines = [];
	if (answer.name) lines.push(answer.name);
	if (answer.ticket) lines.push(answer.ticket);
	if (answer.result === "ALREADY_CHECKED_IN" && answer.at)
		lines.push(when(answer.at, answer.gate));
	if (answer.result === "REISSUED") lines.push(say("door_reissued_why"));
	if (answer.result === "UNKNOWN")
		lines.push(
			say(answer.offline && !state.online ? "door_unknown_offline" : "door_unknown_why"),
		);
	if (answer.result === "WRONG_EVENT" && answer.why) lines.push(answer.why);
	return lines;
}

let shown = null;

function close_result() {
	shown?.remove();
	shown = null;
}

async function undo(answer) {
	try {
		await call("DELETE", `${BOX_OFFICE}check-ins/${answer.id}`);
		close_result();
		sync().catch(failed);
	} catch (error) {
		failed(error);
	}
}

const may_undo = ({ result, id, offline }) => result === "ADMITTED" && id && !offline;

const word_of = (answer) => say(WORDS[answer.result] ?? "door_unknown");

const result_parts = (answer) => [
	h("p", { class: "word" }, word_of(answer)),
	...lines_of(answer).map((line) => h("p", null, line)),
	h(
		"div",
		{ class: "row" },
		button(say("door_next"), close_result, "wide"),
		may_undo(answer) ? button(say("door_undo"), () => undo(answer), "quiet") : null,
	),
];

function result_screen(answer) {
	const good = answer.result === "ADMITTED";
	close_result();
	const kind = KINDS[answer.result] ?? "bad";
	const screen = h(
		"section",
		{ class: `result ${kind}`, role: "alertdialog", "aria-label": word_of(answer) },
		result_parts(answer),
	);
	screen.dataset.result = answer.result;
	screen.dataset.scan = answer.id ?? "";
	document.body.append(screen);
	screen.querySelector("button").focus();
	shown = screen;
	signal(good);
	setTimeout(() => shown === screen && close_result(), good ? GOOD_MS : BAD_MS);
}

// The server's answer to what the list has decided: shown when it is another one; else what is
// still shown gets the full name, and can be undone.
function late_answer(answer, decided) {
	if (answer.result !== decided.result) result_screen(answer);
	else if (shown && answer.id && shown.dataset.scan === answer.id) {
		shown.replaceChildren(...result_parts(answer));
		shown.querySelector("button").focus();
	}
}

function failed(error) {
	if (error?.status === 401) return;
	console.error(error);
	if (document.querySelector(".failed")) return;
	const note = h("p", { class: "failed", role: "alert" }, say("door_failed"));
	document.body.append(note);
	setTimeout(() => note.remove(), BAD_MS);
}

let busy = false;

async function scanned(text) {
	if (busy) return;
	busy = true;
	try {
		const code = read_code(text);
		if (!code) result_screen({ result: "UNKNOWN" });
		else result_screen(await decide(code, late_answer));
	} catch (error) {
		failed(error);
	} finally {
		busy = false;
	}
}

let last = { text: null, at: 0 };

// A ticket that stays before the camera is scanned once.
function camera_found(text) {
	const again = text === last.text && Date.now() - last.at < SAME_CODE_MS;
	last = { text, at: Date.now() };
	if (!again && scanning && !shown) scanned(text);
}

// A hand-held scanner types a code quickly, and Enter, wherever the focus is.
let keys = "",
	key_at = 0;

document.addEventListener("keydown", (event) => {
	if (!scanning || event.target.matches("input")) return;
	if (event.timeStamp - key_at > KEY_MS) keys = "";
	key_at = event.timeStamp;
	if (event.key === "Enter" && keys.length > 10) {
		event.preventDefault();
		const text = keys;
		keys = "";
		close_result();
		scanned(text);
	} else if (event.key.length === 1) keys += event.key;
});

// ---- names ----

async function find_attendees(text) {
	try {
		const { data } = await get(`${OPEN_API}events/${state.event.id}/attendees`, {
			q: text,
			take: 50,
		});
		return data;
	} catch (error) {
		if (!is_unreachable(error)) throw error;
		const wanted = text.toLowerCase();
		return (await tickets_of(state.event.id))
			.filter((t) => t.firstName.toLowerCase().startsWith(wanted) && t.status !== "REISSUED")
			.slice(0, 50)
			.map((t) => ({ ...t, name: t.firstName, offline: true }));
	}
}

function attendee_row(attendee, choose) {
	const inside = attendee.status === "CHECKED_IN";
	return h(
		"button",
		{
			type: "button",
			class: "choice",
			disabled: attendee.offline || attendee.status === "REFUNDED",
			onclick: choose,
		},
		h("strong", null, attendee.name),
		h("span", null, attendee.ticket?.name ?? ""),
		inside
			? h("span", null, `${say("door_already")} ${when(attendee.checkedInAt, attendee.gate)}`)
			: null,
		attendee.status === "REFUNDED" ? h("span", null, say("door_refunded")) : null,
	);
}

function find_screen() {
	const dialog = h("dialog", { class: "find" });
	const name = field(say("door_name"), { type: "search", autocomplete: "off" });
	const list = h("div", { class: "found", role: "status" });
	async function search(event) {
		event.preventDefault();
		try {
			const found = await find_attendees(name.input.value.trim());
			const rows = found.map((attendee) =>
				attendee_row(attendee, async () => {
					dialog.close();
					try {
						result_screen(await decide_attendee(attendee));
						sync().catch(failed); // the list here changes by codes alone
					} catch (error) {
						failed(error);
					}
				}),
			);
			const note = found.some((a) => a.offline)
				? [h("p", null, say("door_find_offline"))]
				: [];
			list.replaceChildren(
				...note,
				...(rows.length ? rows : [h("p", null, say("door_nobody"))]),
			);
		} catch (error) {
			failed(error);
		}
	}
	dialog.append(
		h(
			"form",
			{ class: "typed", onsubmit: search },
			name.element,
			h("button", null, say("door_find")),
		),
		list,
		button(say("door_close"), () => dialog.close(), "quiet"),
	);
	dialog.addEventListener("close", () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
	name.input.focus();
}

// ---- the start ----

async function start() {
	document.title = say("door_title");
	if (location.hash.length > 10) return sign_in_by_link(location.hash.slice(1));
	try {
		const { data } = await get(`${DASHBOARD}session`, null, { no_sign_in: true });
		await signed_in(data);
	} catch (error) {
		const kept = await read_fact("event");
		if (is_unreachable(error) && kept) {
			state.online = false;
			await scan_screen(kept, await read_fact("gate"));
		} else await sign_in_screen();
	}
}

addEventListener("unhandledrejection", ({ reason }) => failed(reason)); // never silence
setInterval(() => scanning && sync().catch(failed), SYNC_MS);
addEventListener("online", () => scanning && sync().catch(failed));
document.addEventListener("pointerdown", allow_sound, { once: true });
// The only script address that this page makes; see Trusted Types.
const scripts = { createScriptURL: (file) => new URL(file, import.meta.url).href };
const trusted = window.trustedTypes?.createPolicy("door", scripts) ?? scripts;
navigator.serviceWorker?.register(trusted.createScriptURL("sw.js")).catch(() => {
	/* not by https: works with the network only */
});
start().catch(async (error) => {
	failed(error);
	await sign_in_screen();
});
