// night: an evening on screen, from an empty organization to fifty people through the door: what
// the organizer, a buyer with a phone and three devices at the door see.
import {
	check,
	check_accessible,
	check_fits_width,
	check_no_errors,
	facts,
	go_to,
	open_page,
	run,
	screenshot,
	wait_until_rendered,
} from "./browser.mjs";
import {
	add_one,
	api_call,
	click_button,
	click_link,
	create_event,
	dialog,
	fill,
	get_tickets,
	publish_event,
	sign_in,
	text,
	visit,
	wait_for_step,
} from "./actions.mjs";
import { next, OFFLINE, open_door, result, type_code } from "./door_device.mjs";

const EVENT = facts.event.name;
const FREE = "Community",
	PAID = "General Admission";
const ANA = { name: "Ana Reyes", email: "ana@example.com" },
	BEN = { name: "Ben Cruz", email: "ben@example.com" };
const SINGLES = 43; // orders of one ticket; with three of Ana's and four of Ben's: fifty people
const WEST = 20; // how many of them the device at that gate admits

// A screen on a phone in both themes. Pictures first: a result at the door closes by itself.
async function look(page, name) {
	const size = page.viewportSize();
	await page.setViewportSize({ width: 360, height: 740 });
	for (const colorScheme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme });
		await screenshot(page, `night-${name}-360-${colorScheme}`);
	}
	for (const colorScheme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme });
		await check_accessible(page, `${name}, ${colorScheme}`);
	}
	await check_fits_width(page, name);
	await page.emulateMedia({ colorScheme: "light" });
	await page.setViewportSize(size);
}

// ---- before the evening ----

async function prepare_event(page) {
	await sign_in(page, facts.owner);
	await page.waitForSelector(".empty");
	check("the organization is empty", /No events yet/.test(await text(page)));
	await create_event(page, EVENT, "2040-11-14T19:00", [
		[PAID, "1500", "60"],
		[FREE, "0", "20"],
	]);
	await publish_event(page);
	await look(page, "event-published");
	check(
		"before the first sale nobody is expected",
		/\b0 of 0 tickets are checked in/.test(await text(page, "[aria-labelledby=admission]")),
		await text(page, "[aria-labelledby=admission]"),
	);
	const href = await page.getByRole("link", { name: /Public page/ }).getAttribute("href");
	return { id: page.url().split("/").pop(), path: new URL(href, facts.url).pathname };
}

const codes_on = (page) => page.locator(".issued .facts code").allInnerTexts();

// On the public page, with a phone. The page that the confirmation leads to is that of the order.
async function buy(path) {
	const page = await open_page({ width: 360 });
	await visit(page, path);
	await look(page, "public-page");
	for (let n = 0; n < 3; n++) await add_one(page, FREE);
	await get_tickets(page);
	await fill(page, "Name", ANA.name);
	await fill(page, "Email address", ANA.email);
	await click_button(page, "Complete order");
	await wait_for_step(page, "You’re going!");
	await look(page, "confirmation");
	await click_link(page, "Show the tickets");
	await page.waitForURL(/\/o\/[\w-]{35}$/);
	await page.waitForSelector(".print-choice button");
	await look(page, "order");
	const codes = await codes_on(page);
	check(
		"the page of the order shows three tickets with QR codes",
		codes.length === 3 && (await page.locator("svg.qr").count()) === 3,
		codes,
	);
	check_no_errors("buying");
	const url = page.url();
	await page.context().close();
	return { url, codes };
}

// What the mail server has got for an address after the sender has run: [{subject, links, codes}]
async function mail_for({ email }) {
	const response = await fetch(`${facts.post_box}?${new URLSearchParams({ to: email })}`);
	return response.json();
}

const code_of = (qr) => qr.slice(qr.lastIndexOf("/") + 1);

async function read_mail(ana) {
	const got = await mail_for(ANA);
	check("the mail arrives", got.length === 1 && got[0].subject === `Your tickets: ${EVENT}`, got);
	const [{ links, codes }] = got;
	check(
		"its pictures are the QR codes of the page",
		JSON.stringify(codes.map(code_of)) === JSON.stringify(ana.codes),
		{ codes, page: ana.codes },
	);
	check("its link is the page of the order", links.includes(ana.url), { links, url: ana.url });
	const page = await open_page({ width: 360 });
	await page.goto(links.find((l) => l.includes("/o/")));
	check(
		"which opens from there",
		JSON.stringify(await codes_on(page)) === JSON.stringify(ana.codes),
	);
	await page.context().close();
	return codes;
}

async function sell(event, ticket, quantity, buyer) {
	const order = await api_call("POST", "/box-office/v1/orders", facts.key, {
		eventId: event.id,
		items: [{ ticketId: ticket.id, quantity }],
		buyer,
		payment: { provider: "cash", reference: "till 3" },
	});
	if (order.status !== 201) throw new Error(JSON.stringify(order));
	return order.json.data;
}

const codes_of = (order) => order.issuedTickets.map((t) => t.code);

// Ben's order, and the codes of those who bought one ticket.
async function sell_the_rest(event) {
	const { json } = await api_call("GET", `/open-api/v1/events/${event.id}`, facts.key);
	const type = (name) => json.data.tickets.find((t) => t.name === name);
	const ben = await sell(event, type(PAID), 5, BEN);
	const singles = [];
	for (let i = 0; i < SINGLES; i++) {
		const buyer = { name: `Guest ${i}`, email: `guest${i}@example.com` };
		const order = await sell(event, type(i % 4 ? PAID : FREE), 1, buyer);
		singles.push(...codes_of(order));
	}
	return { ben, singles };
}

async function refund_one(page, order) {
	await go_to(page, `#/orders/${order.reference}`);
	await click_button(page, "Refund");
	await dialog(page).getByLabel(PAID).selectOption("1");
	await look(page, "refund");
	await dialog(page).getByRole("button", { name: "Refund" }).click();
	await page.waitForSelector(".breadcrumb :text('Partially refunded')");
}

// One of Ben's five tickets is refunded and one is issued again: {valid, refunded, old, young}
async function change_tickets(page, ben) {
	await refund_one(page, ben);
	const path = `/box-office/v1/orders/${ben.id}/issued-tickets/1.1/reissue`;
	const again = await api_call("POST", path, facts.key);
	const [old, ...others] = codes_of(ben);
	const young = again.json.data?.code;
	check("a ticket is issued again under a new code", young && young !== old, again);
	const refunded = others.pop();
	const mail = await mail_for(BEN);
	const last = mail.at(-1)?.codes.map(code_of);
	check("each change is mailed", mail.length === 3, mail);
	check(
		"the last mail has the new code and neither the old one nor the refunded one",
		JSON.stringify(last) === JSON.stringify([young, ...others]),
		{ last, young, others },
	);
	await page.reload(); // the mail has been sent since
	await wait_until_rendered(page);
	const kinds = page.locator("section[aria-labelledby=mail] tbody tr");
	check("the order's page lists them as sent", (await kinds.count()) === 3, await text(page));
	await look(page, "order-in-dashboard");
	check_no_errors("refund and reissue");
	return { valid: [young, ...others], refunded, old };
}

// ---- the door ----

// Waits until the organizer's page shows how many are in.
const wait_for_live = (page, inside) =>
	page.waitForFunction(
		(words) => document.querySelector("main").innerText.includes(words),
		`${inside} of 50 tickets are checked in`,
		{ timeout: 60000 },
	);

// The first through the door shows the picture of the mail.
async function scan_mail(qr) {
	const page = await open_door(qr, "north", "North");
	const first = await result(page);
	await look(page, "door-admitted");
	check(
		"the camera reads the code of the mail: admitted",
		first.result === "ADMITTED" && /\bAna\b.*Community/.test(first.text),
		first,
	);
	await next(page);
	await page.reload();
	const again = await result(page);
	await look(page, "door-already-in");
	check("the second scan is refused", again.result === "ALREADY_CHECKED_IN", again);
	check("with the gate of the first", again.text.includes("North"), again);
	await page.context().browser().close();
}

// A device whose camera sees a wall, with the admission list.
async function open_typing_door(name, gate) {
	const page = await open_door(null, name, gate);
	await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active);
	await page.waitForFunction(() =>
		/\d+ of 50/.test(document.querySelector(".status").textContent),
	);
	return page;
}

async function admit(page, codes, what) {
	const wrong = [];
	for (const code of codes) {
		const got = await type_code(page, code);
		if (got.result !== "ADMITTED") wrong.push({ code, ...got });
		await next(page);
	}
	check(`${what}: ${codes.length} are admitted`, wrong.length === 0, wrong);
}

async function refuse(page, code, want) {
	const got = await type_code(page, code);
	await look(page, `door-${want.toLowerCase()}`);
	check(`${want}: refused`, got.result === want, got);
	await next(page);
}

async function reconcile(page) {
	await page.context().setOffline(false);
	await page.evaluate(() => dispatchEvent(new Event("online")));
	await page.waitForFunction(
		() => !/to send/.test(document.querySelector(".status").textContent),
	);
	await page.waitForSelector(".conflicts li");
	const conflicts = await page.locator(".conflicts li").allInnerTexts();
	check(
		"with the network its scans are sent, and one conflict is told",
		conflicts.length === 1 && /Already in.*West/.test(conflicts[0]),
		conflicts,
	);
	await page.waitForFunction(() =>
		document.querySelector(".status").textContent.includes("50 of 50"),
	);
	await look(page, "door-reconciled");
}

async function open_doors({ valid, refunded, old }) {
	const west = await open_typing_door("west", "West"),
		south = await open_typing_door("south", "South");
	await look(west, "door-scanning");
	await south.context().setOffline(true);
	await refuse(west, refunded, "REFUNDED");
	await refuse(west, old, "REISSUED");
	await admit(west, valid.slice(0, WEST), "the device at the west gate");
	await admit(south, valid.slice(WEST), "the device without the network");
	await admit(south, [valid[0]], "… and who is in by the west gate, which it cannot know");
	const status = await text(south, ".status");
	check("what it has admitted waits", status.includes(`${50 - WEST} scans to send`), status);
	await look(south, "door-offline");
	await reconcile(south);
	check_no_errors("the door", OFFLINE);
}

// ---- what the organizer sees ----

async function check_event_page(page) {
	await wait_for_live(page, 50);
	check("“50 of 50” without a reload", await page.evaluate(() => window.same_page));
	const shown = await text(page, "[aria-labelledby=admission]");
	check(
		"with the numbers of each gate",
		[/North\s+1\b/, /West\s+20\b/, /South\s+29\b/].every((s) => s.test(shown)),
		shown,
	);
	check(
		"and of each ticket type",
		/General Admission\s+36 of 36/.test(shown) && /Community\s+14 of 14/.test(shown),
		shown,
	);
	await look(page, "event");
}

const rows_of = (page) => page.locator("tbody tr").allInnerTexts();

async function filter(page, words, status, count) {
	await page.getByLabel("Search").fill(words);
	await page.getByLabel("Status").selectOption(status);
	await click_button(page, "Filter");
	await page.waitForFunction(
		(n) => document.querySelectorAll("main:not([aria-busy]) tbody tr").length === n,
		count,
	);
	return rows_of(page);
}

async function check_attendees(page) {
	await click_link(page, "Attendees");
	await page.waitForSelector("h1:text('Attendees of')");
	await wait_until_rendered(page);
	await look(page, "attendees");
	const ana = await filter(page, "reyes an", "", 3);
	check(
		"Ana is found by words of her name, with the gate",
		ana.every((r) => /Ana Reyes/.test(r) && /Checked in/.test(r)) &&
			ana.filter((r) => /North/.test(r)).length === 1,
		ana,
	);
	await look(page, "attendees-found");
	const refunded = await filter(page, "", "REFUNDED", 1);
	check("the refunded ticket is Ben's", /Ben Cruz/.test(refunded[0]), refunded);
	await filter(page, "", "", 50); // of the first page
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		click_button(page, "Download CSV"),
	]);
	await download.saveAs(facts.csv);
	check(
		"the file is named after the event",
		/^tickets-himig-ng-bayan-\d{4}-\d\d-\d\d\.csv$/.test(download.suggestedFilename()),
		download.suggestedFilename(),
	);
	check_no_errors("the organizer");
}

run(async () => {
	const page = await open_page({ acceptDownloads: true });
	const event = await prepare_event(page);
	const ana = await buy(event.path);
	const [first] = await read_mail(ana);
	const { ben, singles } = await sell_the_rest(event);
	const { valid, ...refused } = await change_tickets(page, ben);
	await go_to(page, `#/events/${event.id}`);
	await page.evaluate(() => (window.same_page = true));
	await scan_mail(first);
	await wait_for_live(page, 1);
	await open_doors({ valid: [...ana.codes.slice(1), ...valid, ...singles], ...refused });
	await check_event_page(page);
	await check_attendees(page);
});
