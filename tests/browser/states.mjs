// states: an event's page in everything it can say, judged by axe in both themes, wide and narrow.
import { accessible, check, facts, fits, open, quiet, run, shot } from "./browser.mjs";
import { fill, press } from "./hands.mjs";

const { events } = facts;
const settled = (page) => page.waitForSelector(".choosing", { state: "attached" });
const at = (page, title) =>
	page.waitForFunction((t) => document.getElementById("tickets-title").textContent === t, title);
const more = (page, name) =>
	page.getByRole("button", { name: `One more: ${name}`, exact: true }).click();

async function judge(page, name, kind) {
	await fits(page, `${name}, ${kind}`);
	for (const colorScheme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme });
		await accessible(page, `${name}, ${kind}, ${colorScheme}`);
		await shot(page, `public-${name}-${kind}-${colorScheme}`);
	}
}

// What each state says, and whether anything can be chosen.
const STATES = [
	["free", null, 3],
	["paid", null, 3],
	["sold-out", /Sold out/, 0],
	["not-yet", /go on sale on Thu 1 November 2040, 12:00/, 0],
	["closed", /sales have ended/i, 0],
	["over", /is over/, 0],
	["private", null, 1],
];

async function says(page, name, notice, choices, kind) {
	const response = await page.goto(events[name].path);
	await settled(page);
	const told = await page.locator("main > .notice").allInnerTexts();
	check(
		`${name}, ${kind}: says how it is with its sale`,
		response.status() === 200 &&
			(notice ? told.length === 1 && notice.test(told[0]) : told.length === 0),
		told,
	);
	check(
		`${name}, ${kind}: offers what can be had`,
		(await page.getByRole("spinbutton").count()) === choices &&
			(await page.getByRole("button", { name: "Get tickets" }).isVisible()) === choices > 0,
	);
	if (name === "paid")
		check(
			`${name}, ${kind}: its pictures are shown`,
			await page.evaluate(
				() =>
					document.images.length === 6 &&
					[...document.images].every((i) => i.complete && i.naturalWidth > 0),
			),
		);
	const hidden = name === "private";
	check(
		`${name}, ${kind}: ${hidden ? "not for" : "for"} search engines`,
		/noindex/.test(response.headers()["x-robots-tag"] ?? "") === hidden &&
			((await page.locator("meta[name=robots][content*=noindex]").count()) === 1) ===
				hidden &&
			((await page.locator('script[type="application/ld+json"]').count()) === 0) === hidden,
	);
	await judge(page, name, kind);
}

async function missing(page, kind) {
	for (const [name, path] of [
		["draft", events.draft.path],
		["no-event", "/e/test/nothing-is-called-so"],
		["no-organization", "/e/nobody/free"],
	]) {
		const response = await page.goto(path);
		const shown = await page.innerText("main");
		check(
			`${name}, ${kind}: a page that says that there is none, and why`,
			response.status() === 404 &&
				/no published event at this address/.test(shown) &&
				/not be published yet/.test(shown),
			shown,
		);
		if (name === "draft") await judge(page, "missing", kind);
	}
}

// What looks like a script is there to read, and nothing of it runs.
async function hostile(page, kind) {
	await page.goto(events.evil.path);
	await settled(page);
	const read = () =>
		page.evaluate(() => ({
			pwned: window.pwned,
			alien: document.querySelectorAll(
				"body :is(script, iframe, [onerror], [style]), img:not(.cover)",
			).length,
			h1: document.querySelector("h1").textContent,
			ticket: document.querySelector(".ticket h3").textContent,
		}));
	const page_of = await read();
	check(
		`evil, ${kind}: markup stayed text`,
		!page_of.pwned &&
			page_of.alien === 0 &&
			page_of.h1 === facts.evil &&
			page_of.ticket === facts.evil.slice(0, 120),
		page_of,
	);
	await press(page, "Get tickets");
	await at(page, "Your details");
	await fill(page, "Name", facts.evil.slice(0, 120));
	await fill(page, "E-mail", "buyer@example.com");
	await press(page, "Complete order");
	await at(page, "You have your tickets");
	const done = await read();
	check(
		`evil, ${kind}: in the confirmation, too`,
		!done.pwned &&
			done.alien === 0 &&
			(await page.innerText(".confirmation")).includes(facts.evil.slice(0, 120)),
		done,
	);
	await judge(page, "evil", kind);
}

async function steps(page, kind) {
	await page.goto(events.free.path);
	await settled(page);
	await press(page, "Get tickets");
	await judge(page, "nothing-chosen", kind);
	await more(page, "Visitor");
	await press(page, "Get tickets");
	await at(page, "Your details");
	await press(page, "Complete order");
	await judge(page, "details", kind);
	await fill(page, "Name", "Ana Reyes");
	await fill(page, "E-mail", "ana@example.com");
	await press(page, "Complete order");
	await at(page, "You have your tickets");
	await judge(page, "confirmation", kind);
	await page.goto(events.paid.path);
	await settled(page);
	await more(page, "General Admission");
	await press(page, "Get tickets");
	await at(page, "Your tickets are held");
	await judge(page, "checkout", kind);
	await press(page, "Change tickets");
	await at(page, "Tickets");
}

async function look(width) {
	const kind = String(width);
	const page = await open({ width });
	for (const [name, notice, choices] of STATES) await says(page, name, notice, choices, kind);
	await missing(page, kind);
	await hostile(page, kind);
	await steps(page, kind);
	await page.context().close();
}

run(async () => {
	await Promise.all([look(1280), look(360)]);
	quiet("all states", /status of 404/);
});
