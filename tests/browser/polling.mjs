// polling: how often an open event page asks for the event. The clock of the browser is advanced;
// the server's responses are changed on their way.
import { check, check_no_errors, facts, fetch_routed, open_page, run } from "./browser.mjs";
import { visit } from "./actions.mjs";

const SECOND = 1000,
	MINUTE = 60 * SECOND;
const { path } = facts.event;

// A page whose reads of the event are counted. change(data) alters the event; respond: another
// response instead.
async function open_counted(change = () => null) {
	const page = await open_page();
	const reads = { n: 0, open: 0, now: 0, change, respond: null, headers: [] };
	await page.route("**/public/v1/events/**", async (route) => {
		reads.n++;
		reads.open++;
		reads.headers.push(await route.request().allHeaders());
		if (reads.respond) await route.fulfill(reads.respond);
		else {
			const headers = { ...route.request().headers(), "if-none-match": "" };
			const response = await fetch_routed(route, { headers });
			const json = await response.json();
			reads.change(json.data, reads.now || Date.now());
			const date = new Date(reads.now || Date.now()).toUTCString();
			await route.fulfill({ response, json, headers: { ...response.headers(), date } });
		}
		reads.open--;
	});
	await page.clock.install();
	await visit(page, path);
	const now = Date.now() + MINUTE;
	await page.clock.pauseAt(now); // from here on only the test advances it
	reads.now = now;
	return { page, reads };
}

// Advances the clock in steps, and lets each request end. Returns how many there were.
async function reads_within({ page, reads }, ms, step = SECOND) {
	const before = reads.n;
	for (let passed = 0; passed < ms; passed += step) {
		await page.clock.runFor(step);
		reads.now += step;
		await page.evaluate(() => null); // a request that was made is known here
		while (reads.open) await new Promise((go) => setTimeout(go, 5));
		await page.evaluate(() => null);
	}
	return reads.n - before;
}

// How many there were since then: a request that has just been made may not be known yet.
async function reads_since(before, open) {
	for (let n = 0; n < 5 && open.reads.n === before; n++) await reads_within(open, SECOND);
	return open.reads.n - before;
}

async function nothing_changes() {
	const open = await open_counted();
	const first = await reads_within(open, 30 * SECOND);
	const later = await reads_within(open, 10 * MINUTE, 5 * SECOND);
	check(
		"the page asks every ten seconds at first, and once a minute while nothing changes",
		first >= 1 && first <= 3 && later >= 8 && later <= 16,
		[first, later],
	);
	let left = 50;
	open.reads.change = (event) => (event.tickets[0].remaining = --left);
	await reads_within(open, 75 * SECOND);
	const busy = await reads_within(open, MINUTE);
	check("it asks more often again after a change", busy >= 4 && busy <= 7, busy);
	open.reads.change = (event) => (event.tickets[0].remaining = left);
	await reads_within(open, 10 * MINUTE, 5 * SECOND);
	// figures of the last ten seconds are recent enough
	while ((await reads_within(open, 11 * SECOND)) > 0);
	const { reads, page } = open;
	const before = reads.n;
	await page.locator(".stepper button").last().click();
	await page.waitForFunction(() => document.querySelector(".stepper input").value !== "0");
	const used = await reads_since(before, open);
	check("it asks at once when the visitor selects tickets", used >= 1, used);
	check(
		"it accepts responses that a cache has stored for two seconds",
		reads.headers.every((h) => h["cache-control"] === "max-age=2"),
		reads.headers.at(-1),
	);
}

async function errors() {
	const open = await open_counted();
	const { page, reads } = open;
	await reads_within(open, 20 * SECOND);
	reads.respond = {
		status: 429,
		headers: { "Retry-After": "120" },
		json: { error: { code: "RATE_LIMIT_EXCEEDED", message: "Too many requests" } },
	};
	let refused = 0;
	while (!refused) refused = await reads_within(open, SECOND);
	await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
	const told = await reads_within(open, 118 * SECOND);
	check("Retry-After: no request before, not even by a tab that is shown", told === 0, told);
	const after = await reads_within(open, 10 * SECOND);
	check("… and one after it", after === 1, after);
	reads.respond = { status: 503, body: "" };
	await reads_within(open, 3 * MINUTE, 5 * SECOND);
	const failing = await reads_within(open, 20 * MINUTE, 5 * SECOND);
	check("errors without Retry-After: a request in minutes", failing <= 12, failing);
	reads.respond = null;
	await reads_within(open, 6 * MINUTE, 5 * SECOND);
	const again = await reads_within(open, 75 * SECOND);
	check("it asks as before when the server responds again", again >= 1, again);
}

async function long_before_sales() {
	const opens = Date.now() + 60 * MINUTE;
	const open = await open_counted((event, now) => {
		if (now < opens)
			Object.assign(event.sale, { state: "NOT_YET", opensAt: new Date(opens).toISOString() });
	});
	const waiting = await reads_within(open, 58 * MINUTE, 10 * SECOND);
	check("an hour before sales begin: a request in minutes", waiting <= 14, waiting);
	const begun = await reads_within(open, 3 * MINUTE);
	check(
		"the page shows that sales have begun",
		begun >= 1 && (await open.page.locator(".notice[data-state]").count()) === 0,
		begun,
	);
}

async function over() {
	const open = await open_counted((event) =>
		Object.assign(event.sale, { state: "OVER", opensAt: null }),
	);
	const n = await reads_within(open, 50 * MINUTE, 30 * SECOND);
	check("after the event: no request within fifty minutes", n === 0, n);
	const before = open.reads.n;
	await open.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
	const shown = await reads_since(before, open);
	check("… unless the tab is shown again", shown === 1, shown);
}

run(async () => {
	await Promise.all([nothing_changes(), errors(), long_before_sales(), over()]);
	check_no_errors("polling", /status of (429|503)/);
});
