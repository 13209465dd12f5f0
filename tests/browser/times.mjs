// times: times in the dashboard, in browsers of other time zones than the event.
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
import { api_call, click_button, fill, sql, text } from "./actions.mjs";

const DAY = "from=2026-03-08&to=2026-03-08";
const EVENT_PATH = `/open-api/v1/events/${facts.event}`;
const BERLIN = ["F 7:30 PM", "E 7:29 PM", "D 6:00 AM", "C 5:59 AM"];
// The orders of that day in the browser's zone, which shows all orders; and in that of the event.
const ZONES = {
	"America/New_York": ["G 11:59 PM", "F 2:30 PM", "E 2:29 PM", "D 12:00 AM"],
	"Asia/Kolkata": ["E 11:59 PM", "D 10:30 AM", "C 10:29 AM", "B 12:00 AM"],
};

// ---- days of filters ----

async function orders_of_day(page, query) {
	await go_to(page, `#/orders?${query}`);
	const rows = await page.locator("tbody tr").allInnerTexts();
	return rows.map((row) => {
		const [, buyer] = /\b([A-H])\s+ben@/.exec(row);
		const [, clock] = /Mar 8, 2026, ([\d:]+\s[AP]M)/.exec(row) ?? [null, row];
		return `${buyer} ${clock.replace(/\s/, " ")}`;
	});
}

async function check_day(page, zone, query, wanted) {
	const got = await orders_of_day(page, query);
	check(
		`a day of ${zone} has exactly its orders, with the times of that zone`,
		JSON.stringify(got) === JSON.stringify(wanted) &&
			(await text(page)).includes(`Days in ${zone}.`),
		[got, wanted, await text(page)],
	);
}

// ---- the fields of the event form ----

const stored_start = () => sql("SELECT date_time FROM events");

async function edit(page) {
	await go_to(page, "#/events");
	await go_to(page, `#/events/${facts.event}/edit`);
	const start = page.getByLabel("Start time", { exact: true }).first();
	const around = page.locator(".field", { has: start }).first();
	return { start, says: () => around.innerText() };
}

async function save(page) {
	await click_button(page, "Save");
	await page.waitForSelector(".tile");
}

// What the choice between two instants says; null when there is none.
const chosen = (page) =>
	page.evaluate(() => {
		const label = [...document.querySelectorAll("#part-when label")].find(
			(l) => l.textContent === "Which of the two" && l.checkVisibility(),
		);
		return label ? label.control.selectedOptions[0].textContent : null;
	});

async function repeated_time(page, zone) {
	sql("UPDATE events SET date_time = '2027-10-31 01:30:00.250'");
	const { start, says } = await edit(page);
	const shown = await chosen(page);
	check(
		"the second of two instants with one local time is shown as such",
		(await start.inputValue()) === "2027-10-31T02:30" &&
			/show this time twice/.test(await says()) &&
			/^Second: .* 2:30\sAM GMT\+1$/.test(shown),
		[await start.inputValue(), await says(), shown],
	);
	await check_accessible(page, "a note at a time");
	await fill(page, "Name", `Winter time, seen from ${zone}`);
	await save(page);
	check(
		"… and is not moved by saving another field",
		stored_start() === "2027-10-31 01:30:00.250",
		stored_start(),
	);
	await choose_instant(page);
	await entered_again(page);
}

// The choice by keyboard, which is the next stop after the parts of the time.
async function choose_instant(page) {
	const { start } = await edit(page);
	await start.fill("2027-10-31T01:59");
	check("a time that occurs once leaves no choice", (await chosen(page)) === null);
	await start.fill("2027-10-31T02:45");
	const first = await chosen(page);
	await start.focus();
	for (let i = 0; i < 9; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate(() => document.activeElement.tagName === "SELECT")) break;
	}
	await page.keyboard.press("ArrowDown");
	const second = await chosen(page);
	check(
		"a local time that is entered and occurs twice is the first, until the second is selected",
		/^First: .* 2:45\sAM GMT\+2$/.test(first) && /^Second: .* 2:45\sAM GMT\+1$/.test(second),
		[first, second],
	);
	await page.keyboard.press("Tab");
	await start.fill("2027-10-31T02:50");
	await fill(page, "Time zone", "Europe/Paris");
	await page.keyboard.press("Tab");
	const elsewhere = await chosen(page);
	await fill(page, "Time zone", "Europe/Berlin");
	await page.keyboard.press("Tab");
	for (const scheme of ["light", "dark"])
		for (const width of [360, 1280]) {
			await page.emulateMedia({ colorScheme: scheme });
			await page.setViewportSize({ width, height: 860 });
			await check_fits_width(page, `two instants at ${width} px`);
			await screenshot(page, `two-instants-${width}-${scheme}`, false);
		}
	await save(page);
	check(
		"… also with other minutes and in another zone, and is saved",
		/^Second: .* 2:50\sAM GMT\+1$/.test(elsewhere) &&
			stored_start() === "2027-10-31 01:50:00.000",
		[elsewhere, stored_start()],
	);
	await edit(page);
	await page.getByLabel("Which of the two").first().selectOption("0");
	await save(page);
	check(
		"… as the first is after it",
		stored_start() === "2027-10-31 00:50:00.000",
		stored_start(),
	);
}

// A time that was left and is entered again.
async function entered_again(page) {
	sql("UPDATE events SET date_time = '2027-10-31 01:30:00.250'");
	const { start } = await edit(page);
	await fill(page, "Time zone", "Asia/Manila");
	await page.keyboard.press("Tab");
	const none = await chosen(page);
	await fill(page, "Time zone", "Europe/Berlin");
	await page.keyboard.press("Tab");
	await start.fill("2027-10-31T05:00");
	await start.fill("2027-10-31T02:30");
	const again = await chosen(page);
	await start.fill("2027-10-31T05:00");
	await start.fill("2027-10-31T02:45");
	const first = await chosen(page);
	await save(page);
	check(
		"the stored time entered again is the stored one, another one is the first",
		none === null &&
			/^Second/.test(again) &&
			/^First/.test(first) &&
			stored_start() === "2027-10-31 00:45:00.000",
		[none, again, first, stored_start()],
	);
}

async function skipped_time(page, zone) {
	const before = stored_start();
	const { start, says } = await edit(page);
	await start.fill("2027-03-28T02:30");
	const told = await says();
	await click_button(page, "Save");
	check(
		"a local time that clocks skip is reported at its field and not saved",
		/Clocks in Europe\/Berlin skip this time.* 3:30\sAM GMT\+2/.test(told) &&
			(await start.getAttribute("aria-invalid")) === "true" &&
			(await start.evaluate((e) => e === document.activeElement)) &&
			stored_start() === before,
		[told, stored_start()],
	);
	for (const scheme of ["light", "dark"])
		for (const width of [360, 1280]) {
			await page.emulateMedia({ colorScheme: scheme });
			await page.setViewportSize({ width, height: 860 });
			await check_fits_width(page, `${zone}, a skipped time at ${width} px`);
			await screenshot(page, `skipped-time-${width}-${scheme}`, false);
		}
	await fill(page, "Time zone", "Asia/Manila");
	await page.keyboard.press("Tab");
	check("… until the zone is one that has it", !/skip/.test(await says()), await says());
	await fill(page, "Time zone", "Europe/Berlin");
	await page.keyboard.press("Tab");
	check("… and again when it is not", /skip/.test(await says()), await says());
	await start.fill("2027-03-28T03:30");
	await save(page);
	check(
		"a time in the event's zone is stored as its instant",
		stored_start() === "2027-03-28 01:30:00.000",
		stored_start(),
	);
}

// Another user saves another zone meanwhile: the instant stays.
async function zone_of_another_user(page) {
	const { start } = await edit(page);
	await fill(page, "Description optional", `Saved at ${stored_start()}`);
	await api_call("PATCH", EVENT_PATH, facts.key, { timezone: "Asia/Tokyo" });
	await click_button(page, "Save");
	await page.waitForSelector(".notice.warn");
	const shown = await start.inputValue();
	await save(page);
	check(
		"a zone that another user has saved shows the same instant on its clocks",
		shown === "2027-03-28T10:30" && stored_start() === "2027-03-28 01:30:00.000",
		[shown, stored_start()],
	);
	await edit(page);
	await fill(page, "Time zone", "Mars/Olympus");
	await click_button(page, "Save");
	check(
		"a zone that the browser does not know is reported at its field",
		/does not know this time zone/.test(await text(page, "#part-when")),
		await text(page, "#part-when"),
	);
	await fill(page, "Time zone", "Europe/Berlin");
	await fill(page, "Start time", "2027-10-31T05:00");
	await save(page);
}

run(async () => {
	for (const [zone, wanted] of Object.entries(ZONES)) {
		const page = await open_page({ cookie: facts.cookie, timezoneId: zone });
		await page.goto("/dashboard/");
		await wait_until_rendered(page);
		// a browser may know its zone by an older name
		const name = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
		await check_day(page, await page.evaluate(name), DAY, wanted);
		await check_day(page, "Europe/Berlin", `${DAY}&eventId=${facts.event}`, BERLIN);
		await repeated_time(page, zone);
		await skipped_time(page, zone);
		await zone_of_another_user(page);
		check_no_errors(zone);
		await page.context().close();
	}
});
