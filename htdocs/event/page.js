// page: the buyer's way: choose, hold, order. The page that the server wrote says everything else, and works without this.
import { new_once } from "../dashboard/api.js";
import { append, button, error_box, h, replace, working } from "../dashboard/dom.js";
import { chooser } from "./choose.js";
import { countdown } from "./clock.js";
import { bill, checkout, confirmation, details } from "./order.js";
import {
	keep,
	kept,
	make_hold,
	place,
	problem,
	read_event,
	read_hold,
	release_hold,
	unforeseen,
} from "./shop.js";

const EVERY = 10000; // how often it is asked what is left, while somebody looks
const NAME = document.title;

const heading = document.getElementById("tickets-title");
const stage = place.appendChild(h("div", { class: "stage" }));
const choice = chooser(take);
let event = null,
	etag = null;
let once = new_once(); // for a hold whose answer was lost: asked for again, it is the same one
let leave = () => {}; // ends what the step at hand has running

// ---- the steps ----

// Shows a step below the heading, which is where the reader is taken.
function step(title, nodes, { choosing = false, first = false, left } = {}) {
	leave();
	leave = left ?? (() => {});
	heading.textContent = title;
	heading.tabIndex = -1;
	document.title = choosing ? NAME : `${title} · ${NAME}`;
	place.classList.toggle("at-work", !choosing);
	append(replace(stage), nodes);
	if (first) return;
	heading.focus({ preventScroll: true });
	place.scrollIntoView({ block: "start" });
}

function choosing(options) {
	keep({});
	step("Tickets", [choice.el], { ...options, choosing: true, left: watch() });
}

async function take(pressed, box) {
	const items = choice.items();
	replace(box);
	if (!items.length) {
		replace(
			box,
			h("p", { class: "notice warn", role: "alert" }, "Choose at least one ticket."),
		);
		choice.first()?.focus();
		return;
	}
	await working(pressed, async () => {
		try {
			const { data } = await make_hold(event.id, items, once);
			once = new_once();
			keep({ hold: data.id, checkoutUrl: data.checkoutUrl });
			held(data, Date.parse(data.createdAt) - Date.now());
		} catch (error) {
			unforeseen(error);
			if (error.status) once = new_once();
			replace(box, problem(error, pressed));
			box.scrollIntoView({ block: "nearest" });
			if (error.status === 409) look();
		}
	});
}

function held(hold, ahead, first) {
	const box = h("div");
	const clock = countdown(hold.expiresAt, ahead, () => over(hold));
	const back = h(
		"button",
		{ type: "button", class: "quiet", onclick: () => working(back, () => change(hold, box)) },
		"Change tickets",
	);
	const next = hold.total === 0 ? details(hold, back, ordered) : checkout(hold, back);
	step(
		hold.total === 0 ? "Your details" : "Your tickets are held",
		[clock.el, bill(hold), box, next],
		{ left: clock.stop, first },
	);
}

// The tickets go back on sale, and are chosen anew from what they were.
async function change(hold, box) {
	try {
		await release_hold(hold.id);
	} catch (error) {
		unforeseen(error);
		if (error.status === 0 || error.status === 429 || error.status >= 500) {
			// still held
			replace(box, problem(error));
			return;
		}
	}
	anew(hold);
}

function anew(hold) {
	const items = hold?.items ?? [];
	choosing();
	choice.put(items);
	look().then(() => items.length && choice.put(items)); // what was held can be had again
}

function over(hold) {
	keep({});
	step("Your time is over", [
		h(
			"p",
			{ class: "notice warn" },
			"The tickets were held for you for a while, and are on sale again. Nothing was ordered.",
		),
		h(
			"p",
			{ class: "buttons" },
			button("Choose again", () => anew(hold), "primary"),
		),
	]);
}

function ordered(order, first) {
	keep({ order });
	step("You have your tickets", [confirmation(order, () => anew())], { first });
}

// Ordered elsewhere: at the organizer's checkout.
function used(first) {
	step(
		"Your order is complete",
		[
			h(
				"p",
				null,
				"The tickets that were held for you have been ordered. The organizer’s checkout gave you the confirmation.",
			),
			h(
				"p",
				{ class: "buttons" },
				button("Get more tickets", () => anew()),
			),
		],
		{ first },
	);
}

// ---- what is left ----

let looks = 0;
async function look() {
	const mine = ++looks;
	try {
		const fresh = await read_event(etag);
		if (fresh && mine === looks) {
			// an answer that was overtaken knows less
			({ data: event, etag } = fresh);
			choice.update(event);
			say_state(event.sale);
		}
	} catch (error) {
		unforeseen(error);
		return error;
	}
	return null;
}

// Until the next look, in milliseconds.
function wait_of(error) {
	if (error?.wait) return error.wait * 1000;
	const opens = event?.sale.opensAt ? Date.parse(event.sale.opensAt) - Date.now() : 0;
	return opens > 0 && opens < EVERY ? opens : EVERY;
}

// Asks again and again while somebody looks, and at the moment the sale opens. Returns what ends it.
function watch() {
	let timer = 0,
		ended = false;
	const plan = (error) => {
		clearTimeout(timer);
		if (!ended) timer = setTimeout(tick, wait_of(error) + Math.random() * 1000); // not everybody at once
	};
	const tick = async () => plan(document.hidden ? null : await look());
	const shown = () => document.hidden || tick();
	document.addEventListener("visibilitychange", shown);
	plan();
	return () => {
		ended = true;
		clearTimeout(timer);
		document.removeEventListener("visibilitychange", shown);
	};
}

const STATES = {
	NOT_YET: "Tickets are not on sale yet. They appear here by themselves.",
	SOLD_OUT: "Sold out. Tickets that come back appear here by themselves.",
	CLOSED: "Ticket sales have ended.",
	OVER: "This event is over.",
};
let notice = document.querySelector(".notice[data-state]");

// The sentence above the tickets, when it is no longer what the server wrote.
function say_state({ state }) {
	if (state === (notice?.dataset.state ?? "ON_SALE")) return;
	notice?.remove();
	notice = STATES[state] ? h("p", { class: "notice", "data-state": state }, STATES[state]) : null;
	if (notice) place.before(notice);
	choice.say(STATES[state] ?? "Tickets are on sale now.");
}

// ---- the beginning, or where a reload finds us ----

async function restore({ hold: id, checkoutUrl, order }) {
	if (order) return ordered(order, true);
	if (!id) return choosing({ first: true });
	try {
		const { data, ahead } = await read_hold(id);
		const hold = { checkoutUrl, ...data };
		if (data.status === "ACTIVE") return held(hold, ahead, true);
		if (data.status === "EXPIRED") return over(hold);
		if (data.status === "USED") return used(true);
	} catch (error) {
		if (error.status !== 404) throw error;
	}
	return choosing({ first: true });
}

async function begin() {
	try {
		const failed = await look();
		if (failed) throw failed;
		await restore(kept());
	} catch (error) {
		unforeseen(error);
		replace(stage, error_box(error, button("Try again", begin)));
	}
}

addEventListener("pageshow", (e) => e.persisted && begin()); // back from the checkout, the page as it was left
begin();
