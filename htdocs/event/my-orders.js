// my-orders: the orders made in this browser, whose pages have the tickets. They are kept until the
// event is over, so that a closed tab loses nothing.
import { h, link } from "../dashboard/dom.js";
import { say } from "./language.js";
import { tickets_section } from "./public-api.js";

const { api, event } = tickets_section.dataset;
const STORAGE_KEY = `ticketgate orders ${api}`;
const MOST = 50; // of all events
const LASTS_MS = 12 * 3600 * 1000; // an event without an end

function load_orders() {
	try {
		const orders = JSON.parse(localStorage.getItem(STORAGE_KEY)) ?? [];
		return orders.filter((o) => o.until > Date.now());
	} catch {
		return []; // no storage, or not JSON
	}
}

function store_orders(orders) {
	try {
		localStorage.setItem(STORAGE_KEY, JSON.stringify(orders.slice(-MOST)));
	} catch {
		/* no storage: the link is on the confirmation, and in the history */
	}
}

// Keeps an order, and makes its page the address of this one: a reload or a closed tab that is
// opened again leads to the tickets.
export function keep_order({ reference, orderUrl: url, event: { startsAt, endsAt } }) {
	const until = endsAt ? Date.parse(endsAt) : Date.parse(startsAt) + LASTS_MS;
	store_orders([...load_orders(), { event, reference, url, until }]);
	try {
		history.pushState(null, "", url);
	} catch {
		/* the public address is another host than the one in use */
	}
}

// Shows the links to the orders of this event above the tickets.
export function show_own_orders() {
	const all = load_orders();
	const own = all.filter((o) => o.event === event);
	store_orders(all);
	document.querySelector(".notice.own")?.remove();
	if (!own.length) return;
	tickets_section.before(
		h(
			"nav",
			{ class: "notice own", "aria-label": say("your_tickets") },
			h("strong", null, say("your_tickets")),
			own.map((o) => [" ", link(o.reference, o.url)]),
		),
	);
}
