// page: the checkout on the public event page: select tickets, hold them, order. The rest of the
// page is rendered by the server and needs no script.
import { new_idempotency_key } from "../dashboard/api.js";
import { append, button, error_box, h, replace, while_busy } from "../dashboard/dom.js";
import { say } from "./language.js";
import { ticket_picker } from "./ticket-picker.js";
import {
	create_hold,
	error_notice,
	load_state,
	log_unexpected,
	read_event,
	read_hold,
	release_hold,
	save_state,
	tickets_section,
} from "./public-api.js";

const RECENT_MS = 10000; // a visitor who begins to select needs no newer figures
const DEFAULT_INTERVAL_MS = 10000;
const PAGE_TITLE = document.title,
	PAGE_PATH = location.pathname;

const heading = document.getElementById("tickets-title");
const step_container = tickets_section.appendChild(h("div", { class: "stage" }));
const picker = ticket_picker(hold_selection);
let event = null,
	etag = null,
	clock_skew = 0; // server time minus local time
// Of reading the event: responses in a row without a change, errors in a row, local times of the
// last one and before which the server wants none.
const reads = { unchanged: 0, failures: 0, last: 0, not_before: 0 };
let idempotency_key = new_idempotency_key(); // reused when a request got no response
let leave_step = () => {}; // stops the timers of the current step
let steps = null; // the module of what follows the selection, which few visitors need at once
const load_steps = async () => (steps ??= await import("./steps.js"));
let intervals = null; // the module of the intervals, which is loaded when the page can be used
const load_intervals = async () => (intervals ??= await import("./poll-interval.js"));

// ---- steps ----

// Shows a step below the heading, and moves the focus to the heading.
function show_step(title, nodes, { choosing: show_picker = false, first = false, left } = {}) {
	leave_step();
	leave_step = left ?? (() => {});
	heading.textContent = title;
	heading.tabIndex = -1;
	document.title = show_picker ? PAGE_TITLE : `${title} · ${PAGE_TITLE}`;
	tickets_section.classList.toggle("at-work", !show_picker);
	append(replace(step_container), nodes);
	if (first) return;
	heading.focus({ preventScroll: true });
	tickets_section.scrollIntoView({ block: "start" });
}

function show_picker(options) {
	save_state({});
	show_step(say("tickets"), [picker.el], { ...options, choosing: true, left: poll() });
}

// Holds the selection, and waits in line while too much is held from this network.
async function hold_selection(pressed, box) {
	replace(box);
	if (!picker.items().length) {
		replace(box, h("p", { class: "notice warn", role: "alert" }, say("select_a_ticket")));
		picker.first_input()?.focus();
		return;
	}
	await while_busy(pressed, async () => {
		let waiting = true;
		while (waiting) {
			try {
				await load_steps();
				const { data } = await create_hold(event.id, picker.items(), idempotency_key);
				idempotency_key = new_idempotency_key();
				save_state({ hold: data.id, checkoutUrl: data.checkoutUrl });
				return show_hold(data, Date.parse(data.createdAt) - Date.now());
			} catch (error) {
				waiting =
					error.status === 429 && (await steps.wait_in_line(box, error.retry_after));
				if (error.status) idempotency_key = new_idempotency_key();
				if (error.status !== 429) show_refusal(error, box);
			}
		}
	});
}

function show_refusal(error, box) {
	log_unexpected(error);
	replace(box, error_notice(error));
	box.scrollIntoView({ block: "nearest" });
	if (error.status === 409) refresh(true);
}

function show_hold(hold, clock_skew, first) {
	const box = h("div");
	const clock = steps.countdown(hold.expiresAt, clock_skew, () => show_expired(hold));
	const back = h(
		"button",
		{
			type: "button",
			class: "quiet",
			onclick: () => while_busy(back, () => change_selection(hold, box)),
		},
		say("change_tickets"),
	);
	const next =
		hold.total === 0
			? steps.buyer_form(hold, back, show_confirmation)
			: steps.checkout_link(hold, back);
	show_step(
		say(hold.total === 0 ? "your_details" : "reserved"),
		[clock.el, steps.order_summary(hold), box, next],
		{ left: clock.stop, first },
	);
}

// Releases the hold and returns to the selection, which stays as it was.
async function change_selection(hold, box) {
	try {
		await release_hold(hold.id);
	} catch (error) {
		log_unexpected(error);
		if (error.status === 0 || error.status === 429 || error.status >= 500) {
			// still held
			replace(box, error_notice(error));
			return;
		}
	}
	restart(hold);
}

function restart(hold) {
	const items = hold?.items ?? [];
	if (location.pathname !== PAGE_PATH) history.pushState(null, "", PAGE_PATH + location.search);
	show_picker();
	steps.show_own_orders();
	picker.set_items(items);
	// the released tickets are available again
	refresh(true).then(() => items.length && picker.set_items(items));
}

function show_expired(hold) {
	save_state({});
	show_step(say("expired"), [
		h("p", { class: "notice warn" }, say("expired_why")),
		h(
			"p",
			{ class: "buttons" },
			button(say("select_again"), () => restart(hold), "primary"),
		),
	]);
}

function show_confirmation(order, first) {
	save_state({ order });
	if (!first && order.orderUrl) steps.keep_order(order);
	show_step(say("you_are_going"), [steps.confirmation(order, () => restart())], { first });
}

// The organizer's checkout has used the hold.
function show_used(first) {
	show_step(
		say("order_complete"),
		[
			h("p", null, say("order_complete_why")),
			h(
				"p",
				{ class: "buttons" },
				button(say("get_more_tickets"), () => restart()),
			),
		],
		{ first },
	);
}

// ---- availability ----

let refreshes = 0;
async function refresh(after_own_change = false) {
	const current = ++refreshes;
	try {
		const latest = await read_event(etag, after_own_change);
		if (current === refreshes) show_event(latest); // a newer request is on its way otherwise
	} catch (error) {
		log_unexpected(error);
		reads.failures++;
		const told = error.retry_after ?? 0;
		const wait =
			intervals?.retry_delay(reads.failures, told) ?? DEFAULT_INTERVAL_MS + told * 1000;
		reads.not_before = Date.now() + wait;
		return error;
	}
	return null;
}

// latest: null when a conditional request found no change.
function show_event(latest) {
	const same = !latest || JSON.stringify(latest.data) === JSON.stringify(event);
	Object.assign(reads, { failures: 0, last: Date.now(), not_before: 0 });
	reads.unchanged = same ? reads.unchanged + 1 : 0;
	if (!latest) return;
	({ data: event, etag, clock_skew } = latest);
	note_changes(event);
	picker.update(event);
	update_sale_notice(event.sale);
}

// What the server has rendered around the tickets. The page cannot update it, so it says so.
const rendered_part = ({ name, description, startsAt, endsAt, timezone, venue }) =>
	JSON.stringify([name, description, startsAt, endsAt, timezone, venue]);
let rendered = null;

function note_changes(now) {
	rendered ??= rendered_part(now);
	if (rendered === rendered_part(now) || document.querySelector(".notice.updated")) return;
	tickets_section.before(
		h(
			"p",
			{ class: "notice updated", role: "status" },
			say("event_changed"),
			" ",
			button(say("show_changes"), () => location.reload()),
		),
	);
}

// Polls while the page is visible. Returns a function that stops polling.
function poll() {
	const ended = new AbortController();
	const { signal } = ended;
	let timer = 0,
		asking = false;
	const schedule = () => {
		clearTimeout(timer);
		if (signal.aborted || document.hidden) return;
		const now = Date.now() + clock_skew;
		const wait = reads.failures
			? reads.not_before - Date.now()
			: (intervals?.poll_delay(event, now, reads.unchanged) ?? DEFAULT_INTERVAL_MS);
		timer = setTimeout(tick, Math.max(wait, 0));
	};
	const tick = async () => {
		if (asking) return;
		asking = true;
		if (!document.hidden && Date.now() >= reads.not_before) await refresh();
		asking = false;
		schedule();
	};
	// whoever selects tickets sees the current figures
	const used = () => {
		reads.unchanged = 0;
		if (Date.now() - reads.last > RECENT_MS) tick();
		else schedule();
	};
	document.addEventListener("visibilitychange", tick, { signal });
	for (const name of ["pointerdown", "keydown"])
		tickets_section.addEventListener(name, used, { signal });
	schedule();
	load_intervals().then(schedule, () => null); // tried again by the next step
	return () => {
		ended.abort();
		clearTimeout(timer);
	};
}

const SALE_NOTICES = {
	NOT_YET: say("sale_not_yet_updates"),
	SOLD_OUT: say("sale_sold_out"),
	CLOSED: say("sale_closed"),
	OVER: say("sale_over"),
};
let notice = document.querySelector(".notice[data-state]");
// It needs no notice: the empty list says why there are no tickets.
const empty_line = () => tickets_section.querySelector(".tickets > .none");
let told = notice?.dataset.state ?? (empty_line() ? "EMPTY" : "ON_SALE");

// Replaces the server-rendered notice above the tickets when the sale state changes.
function update_sale_notice(sale) {
	const line = empty_line();
	if (line && sale.state === "OVER") line.textContent = SALE_NOTICES.OVER;
	const state = line ? "EMPTY" : sale.state;
	if (state === told) return;
	told = state;
	notice?.remove();
	notice = SALE_NOTICES[state]
		? h("p", { class: "notice", "data-state": state }, SALE_NOTICES[state])
		: null;
	if (notice) tickets_section.before(notice);
	if (state !== "EMPTY") picker.announce(SALE_NOTICES[state] ?? say("sale_open"));
}

// ---- start, or resume after a reload ----

async function restore({ hold: id, checkoutUrl, order }) {
	if (!order && !id) return show_picker({ first: true });
	await load_steps();
	if (order) return show_confirmation(order, true);
	try {
		const { data, clock_skew } = await read_hold(id);
		const hold = { checkoutUrl, ...data };
		if (data.status === "ACTIVE") return show_hold(hold, clock_skew, true);
		if (data.status === "EXPIRED") return show_expired(hold);
		if (data.status === "USED") return show_used(true);
	} catch (error) {
		if (error.status !== 404) throw error;
	}
	return show_picker({ first: true });
}

function steps_ready() {
	steps.offer_lost_tickets();
	if (!document.querySelector(".confirmation")) steps.show_own_orders();
}

async function start() {
	try {
		const failed = await refresh();
		if (failed) throw failed;
		await restore(load_state());
		// tried again when they are needed
		load_steps().then(steps_ready, () => null);
	} catch (error) {
		log_unexpected(error);
		replace(step_container, error_box(error, button(say("try_again"), start)));
	}
}

addEventListener("pageshow", (e) => e.persisted && start()); // back from the checkout
start();
