// sync: decides about scans, by the server where it answers in time, else by the admission list;
// sends what was decided without it, and keeps the list up to date.
import { BOX_OFFICE, get, post } from "../dashboard/api.js";
import { hash_code } from "./codes.js";
import {
	change_ticket,
	count_tickets,
	find_ticket,
	forget_scans,
	keep_fact,
	keep_scan,
	keep_tickets,
	read_fact,
	scans_to_send,
} from "./store.js";

const PATIENCE_MS = 220; // how long a scan waits for the server before the list decides
const SERVER_MS = 10000;
const BATCH = 100;

// counts: {inside, expected} of the list and this device's own scans; null: there is no list yet
export const state = { event: null, gate: null, online: true, waiting: 0, counts: null };
const watchers = new Set();
export const on_change = (f) => watchers.add(f);
function changed(facts) {
	Object.assign(state, facts);
	for (const f of watchers) f(state);
}

const is_unreachable = (error) => !error.status || error.status >= 500 || error.status === 429;

// ---- one scan ----

const detail_of = (error, field) => error.details?.find((d) => d.field === field)?.message ?? null;

// {result, name, ticket, at, gate, id} of what the server answers.
async function ask_server(scan, which) {
	try {
		const { data } = await post(
			`${BOX_OFFICE}check-ins`,
			{ ...which, eventId: state.event.id, gate: scan.gate, at: scan.at, id: scan.id },
			{ signal: AbortSignal.timeout(SERVER_MS) },
		);
		return {
			result: "ADMITTED",
			name: data.holderName ?? data.buyerName,
			ticket: data.ticket.name,
			at: data.checkedInAt,
			gate: data.gate,
			id: data.checkInId,
		};
	} catch (error) {
		if (error.status === 404) return { result: "UNKNOWN" };
		if (error.status !== 409) throw error;
		return {
			result: error.code,
			at: detail_of(error, "checkedInAt"),
			gate: detail_of(error, "gate"),
			why: error.message,
		};
	}
}

// What the list says of a code.
async function ask_list(scan, hash) {
	const ticket = await find_ticket(hash);
	if (!ticket || ticket.eventId !== state.event.id) return { result: "UNKNOWN", offline: true };
	const type = state.event.types?.find((t) => t.id === ticket.ticketId);
	const shown = { name: ticket.firstName, ticket: type?.name, offline: true };
	if (ticket.status === "CHECKED_IN")
		return {
			...shown,
			result: "ALREADY_CHECKED_IN",
			at: ticket.checkedInAt,
			gate: ticket.gate,
		};
	if (ticket.status !== "ISSUED") return { ...shown, result: ticket.status };
	return { ...shown, result: "ADMITTED", at: scan.at, gate: scan.gate, id: scan.id };
}

// Counts again what this device knows, which may have changed.
export async function recount() {
	const { id } = state.event;
	const inside = await count_tickets(id, "CHECKED_IN"),
		outside = await count_tickets(id, "ISSUED");
	const counts = inside + outside > 0 ? { inside, expected: inside + outside } : null;
	changed({ counts, waiting: (await scans_to_send()).length });
}

// The answer to a scan does not wait for it.
const recount_meanwhile = () => recount().catch(console.error);

async function remember(hash, facts) {
	const ticket = hash && (await find_ticket(hash));
	if (ticket) await change_ticket({ ...ticket, ...facts });
}

// Admitted without the server: the scan is sent later, and this device knows of it at once.
async function keep_for_later(scan, hash, decided) {
	if (decided.result !== "ADMITTED") return;
	await keep_scan({ ...scan, hash, eventId: state.event.id, name: decided.name });
	await remember(hash, { status: "CHECKED_IN", checkedInAt: scan.at, gate: scan.gate });
	recount_meanwhile();
}

async function note_answer(answer, hash) {
	changed({ online: true });
	if (answer.result === "ADMITTED" || answer.result === "ALREADY_CHECKED_IN")
		await remember(hash, { status: "CHECKED_IN", checkedInAt: answer.at, gate: answer.gate });
	else if (answer.result === "REFUNDED" || answer.result === "REISSUED")
		await remember(hash, { status: answer.result });
	recount_meanwhile();
}

// Decides about a code. When the list has decided, late(answer, decided) is called with what the
// server says later.
export async function decide(code, late) {
	const scan = {
		id: crypto.randomUUID(),
		code,
		at: new Date().toISOString(),
		gate: state.gate,
	};
	const hash = await hash_code(code);
	const server = ask_server(scan, { code }).then(
		(answer) => ({ answer }),
		(error) => ({ error }),
	);
	const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, {}));
	const first = await Promise.race([server, patience]);
	if (first.answer) {
		await note_answer(first.answer, hash);
		return first.answer;
	}
	if (first.error && !is_unreachable(first.error)) throw first.error;
	const local = await ask_list(scan, hash);
	if (local.result === "UNKNOWN" && state.online && !first.error) {
		const { answer } = await server; // sold since the list was loaded
		if (!answer) return local;
		await note_answer(answer, hash);
		return answer;
	}
	await keep_for_later(scan, hash, local); // also if the page is closed before the answer
	if (first.error) changed({ online: false });
	else server.then((end) => settle(end, { scan, hash, local, late }));
	return local;
}

// The server's answer to a scan that the list has decided.
async function settle({ answer, error }, { scan, hash, local, late }) {
	if (!answer) {
		if (is_unreachable(error)) changed({ online: false });
		return; // sent again later
	}
	await forget_scans([scan.id]);
	await note_answer(answer, hash);
	late(answer, local);
}

// Checks in who was found by name, which needs the server.
export async function decide_attendee(attendee) {
	const scan = { id: crypto.randomUUID(), at: new Date().toISOString(), gate: state.gate };
	return ask_server(scan, { orderId: attendee.orderId, unit: attendee.unit });
}

// ---- the background ----

async function send_scans() {
	const all = await scans_to_send();
	for (let begin = 0; begin < all.length; begin += BATCH) {
		const part = all.slice(begin, begin + BATCH);
		for (const event_id of new Set(part.map((s) => s.eventId))) {
			const scans = part.filter((s) => s.eventId === event_id);
			const { data } = await post(`${BOX_OFFICE}check-ins/batch`, {
				eventId: event_id,
				scans: scans.map(({ id, code, at, gate }) => ({ id, code, at, gate })),
			});
			await note_results(scans, data.results);
		}
	}
}

// What the server refused after this device had admitted it is told.
async function note_results(scans, results) {
	const conflicts = (await read_fact("conflicts")) ?? [];
	for (const result of results) {
		const scan = scans.find((s) => s.id === result.id);
		if (result.result !== "ADMITTED")
			conflicts.push({
				name: scan.name,
				at: scan.at,
				result: result.result,
				otherAt: result.checkedInAt,
				otherGate: result.gate,
			});
		if (result.checkedInAt)
			await remember(scan.hash, {
				status: "CHECKED_IN",
				checkedInAt: result.checkedInAt,
				gate: result.gate,
			});
	}
	await keep_fact("conflicts", conflicts.slice(-100));
	await forget_scans(scans.map((s) => s.id));
	if (conflicts.length) changed({ conflicts });
}

async function load_list() {
	const { event } = state,
		path = `${BOX_OFFICE}events/${event.id}/admission-list`;
	const known = `list ${event.id}`;
	const since = (await read_fact(known)) ?? undefined;
	let after, next;
	do {
		const { data } = await get(path, { since, after });
		const waiting = new Map((await scans_to_send()).map((s) => [s.hash, s]));
		await keep_tickets(event.id, data.tickets, waiting);
		next ??= data.next; // of the first response
		after = data.after;
		state.event.types = data.ticketTypes;
	} while (after);
	await keep_fact(known, next);
	await keep_fact("event", state.event);
}

let running = null,
	wanted = false;

async function synchronize() {
	try {
		await send_scans();
		await load_list();
		changed({ online: true });
		await recount();
	} catch (error) {
		if (error.name === "AbortError" || is_unreachable(error)) changed({ online: false });
		else throw error;
	}
}

async function synchronize_while_wanted() {
	while (wanted) {
		wanted = false;
		await synchronize();
	}
}

// One at a time, and once more for who asks while it runs; resolves when it has ended.
export function sync() {
	wanted = true;
	running ??= synchronize_while_wanted().finally(() => {
		running = null;
	});
	return running;
}
