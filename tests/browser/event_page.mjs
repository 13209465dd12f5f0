// event_page: every state of the public event page, checked with axe in both themes and two widths.
import {
	check,
	check_accessible,
	check_fits_width,
	check_no_errors,
	facts,
	open_page,
	run,
	screenshot,
} from "./browser.mjs";
import { check_empty_list, check_long_list } from "./long_list.mjs";
import { check_phone_line } from "./phone_line.mjs";
import { add_one, click_button, fill, wait_for_picker, wait_for_step } from "./actions.mjs";

const { events } = facts;

async function check_page(page, name, kind) {
	await check_fits_width(page, `${name}, ${kind}`);
	for (const colorScheme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme });
		await check_accessible(page, `${name}, ${kind}, ${colorScheme}`);
		await screenshot(page, `public-${name}-${kind}-${colorScheme}`);
	}
}

// Event, notice, number of ticket types that can be selected.
const STATES = [
	["free", null, 3],
	["paid", null, 3],
	["sold-out", /Sold out/, 0],
	["not-yet", /go on sale on Thu 1 November 2040, 12:00/, 0],
	["closed", /sales have ended/i, 0],
	["over", /is over/, 0],
	["private", null, 1],
];

async function check_state(page, name, notice, choices, kind) {
	const response = await page.goto(events[name].path);
	await wait_for_picker(page);
	const told = await page.locator("main > .notice").allInnerTexts();
	check(
		`${name}, ${kind}: shows the sale state`,
		response.status() === 200 &&
			(notice ? told.length === 1 && notice.test(told[0]) : told.length === 0),
		told,
	);
	check(
		`${name}, ${kind}: offers the available ticket types`,
		(await page.getByRole("spinbutton").count()) === choices &&
			(await page.getByRole("button", { name: "Get tickets" }).isVisible()) === choices > 0,
	);
	check(
		`${name}, ${kind}: can be added to a calendar, unless it is over`,
		(await page.getByRole("link", { name: "Add to calendar" }).count()) ===
			(name === "over" ? 0 : 1),
	);
	if (name === "paid")
		check(
			`${name}, ${kind}: shows its images`,
			await page.evaluate(
				() =>
					document.images.length === 6 &&
					[...document.images].every((i) => i.complete && i.naturalWidth > 0),
			),
		);
	const hidden = name === "private";
	check(
		`${name}, ${kind}: ${hidden ? "hidden from" : "visible to"} search engines`,
		/noindex/.test(response.headers()["x-robots-tag"] ?? "") === hidden &&
			((await page.locator("meta[name=robots][content*=noindex]").count()) === 1) ===
				hidden &&
			((await page.locator('script[type="application/ld+json"]').count()) === 0) === hidden,
	);
	await check_page(page, name, kind);
}

async function check_not_found(page, kind) {
	for (const [name, path] of [
		["draft", events.draft.path],
		["no-event", "/e/test/nothing-is-called-so"],
		["no-organization", "/e/nobody/free"],
	]) {
		const response = await page.goto(path);
		const shown = await page.innerText("main");
		check(
			`${name}, ${kind}: a 404 page with an explanation`,
			response.status() === 404 &&
				/no published event at this address/.test(shown) &&
				/not be published yet/.test(shown),
			shown,
		);
		if (name === "draft") await check_page(page, "missing", kind);
	}
}

// Markup in the data is shown as text and does not run.
async function check_hostile_text(page, kind) {
	await page.goto(events.evil.path);
	await wait_for_picker(page);
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
		`evil, ${kind}: markup is shown as text`,
		!page_of.pwned &&
			page_of.alien === 0 &&
			page_of.h1 === facts.evil &&
			page_of.ticket === facts.evil.slice(0, 120),
		page_of,
	);
	await click_button(page, "Get tickets");
	await wait_for_step(page, "Your details");
	await fill(page, "Name", facts.evil.slice(0, 120));
	await fill(page, "Email address", "buyer@example.com");
	await click_button(page, "Complete order");
	await wait_for_step(page, "You’re going!");
	const done = await read();
	check(
		`evil, ${kind}: also in the confirmation`,
		!done.pwned &&
			done.alien === 0 &&
			(await page.innerText(".confirmation")).includes(facts.evil.slice(0, 120)),
		done,
	);
	await check_page(page, "evil", kind);
}

async function check_steps(page, kind) {
	await page.goto(events.free.path);
	await wait_for_picker(page);
	await click_button(page, "Get tickets");
	await check_page(page, "nothing-chosen", kind);
	await add_one(page, "Visitor");
	await click_button(page, "Get tickets");
	await wait_for_step(page, "Your details");
	await click_button(page, "Complete order");
	await check_page(page, "details", kind);
	await fill(page, "Name", "Ana Reyes");
	await fill(page, "Email address", "ana@example.com");
	await click_button(page, "Complete order");
	await wait_for_step(page, "You’re going!");
	await check_page(page, "confirmation", kind);
	await page.goto(events.paid.path);
	await wait_for_picker(page);
	await add_one(page, "General Admission");
	await click_button(page, "Get tickets");
	await wait_for_step(page, "Your tickets are reserved");
	await check_page(page, "checkout", kind);
	await click_button(page, "Change tickets");
	await wait_for_step(page, "Tickets");
}

async function check_all_states(width) {
	const kind = String(width);
	const page = await open_page({ width });
	for (const [name, notice, choices] of STATES)
		await check_state(page, name, notice, choices, kind);
	await check_not_found(page, kind);
	await check_hostile_text(page, kind);
	await check_steps(page, kind);
	await check_long_list(page, kind, check_page);
	await check_empty_list(page, kind, check_page);
	await page.context().close();
}

run(async () => {
	await check_phone_line(events.free.path, ".stepper", { bytes: 60000, depth: 3, count: 15 });
	await Promise.all([check_all_states(1280), check_all_states(360)]);
	check_no_errors("all states", /status of 404/);
});
