// long_list: an event with many ticket types, where the total stays in sight and the rest of the
// page in its place; and an event without any.
import { check, facts, fetch_routed, open_page } from "./browser.mjs";
import { add_one, wait_for_picker } from "./actions.mjs";

const { events } = facts;
const EMPTY = { en: "No tickets have been published yet.", fil: "Wala pang inilalabas na ticket." };

// ---- the total ----

// At a height of the page: whether the list, and the total with its button, are in sight.
const what_is_seen = (y) => {
	scrollTo(0, y);
	const list = document.querySelector(".tickets").getBoundingClientRect();
	const is_seen = (el) => {
		const box = el.getBoundingClientRect();
		const top = document.elementFromPoint(box.left + box.width / 2, box.bottom - 2);
		return box.top >= 0 && box.bottom <= innerHeight && el.contains(top);
	};
	return {
		y: scrollY,
		list: list.top < innerHeight && list.bottom > 0,
		total: [...document.querySelectorAll(".sum, .take button")].every(is_seen),
	};
};

async function check_total(page, kind) {
	const end = await page.evaluate(() => document.documentElement.scrollHeight);
	check(
		`a long list, ${kind}: nothing selected, nothing over the list`,
		!(await page.evaluate(what_is_seen, 1500)).total,
	);
	await page.evaluate(() => scrollTo(0, 0));
	await add_one(page, "Section 3");
	const seen = [];
	for (let y = 0; y < end; y += 250) seen.push(await page.evaluate(what_is_seen, y));
	check(
		`a long list, ${kind}: the total is in sight wherever the list is`,
		seen.filter((s) => s.list).length > 10 && seen.every((s) => !s.list || s.total),
		seen,
	);
	check(
		`a long list, ${kind}: … and in its place below the list at its end`,
		await page.evaluate(() => {
			document.querySelector(".tray").scrollIntoView({ block: "center" });
			const place = (what) => document.querySelector(what).getBoundingClientRect();
			const [list, tray] = [place(".tickets"), place(".tray")];
			return tray.bottom < innerHeight - 100 && Math.abs(tray.top - list.bottom) < 2;
		}),
	);
}

// ---- the focus ----

// What has the focus, and whether all of it is in sight and nothing lies on it.
const focus = () => {
	const el = document.activeElement,
		box = el.getBoundingClientRect();
	const at = (y) => document.elementFromPoint(box.left + box.width / 2, y);
	const seen = [box.top + 1, box.bottom - 1].every((y) => el.contains(at(y)));
	return {
		what: el.getAttribute("aria-label") ?? el.id,
		seen,
		in_list: !!el.closest(".tickets"),
	};
};

async function check_focus(page, kind) {
	for (const [key, first] of [
		["Tab", ".ticket:first-child button"],
		["Shift+Tab", ".take button"],
	]) {
		await page.locator(first).first().focus();
		const stops = [];
		for (let n = 0; n < 92; n++) {
			await page.keyboard.press(key);
			stops.push(await page.evaluate(focus));
		}
		const in_list = stops.filter((s) => s.in_list);
		check(
			`a long list, ${kind}: the total covers nothing that has the focus, ${key}`,
			in_list.length >= 89 && in_list.every((s) => s.seen),
			in_list.filter((s) => !s.seen),
		);
	}
}

// ---- the rest of the page ----

async function check_places(page, kind) {
	const places = await page.evaluate(() => {
		const top = (what) => document.querySelector(what).getBoundingClientRect().top;
		return { about: top("section.about"), tickets: top("#tickets") };
	});
	if (kind === "1280")
		check(
			`a long list, ${kind}: the description begins beside it`,
			Math.abs(places.about - places.tickets) < 2,
			places,
		);
	const links = await page
		.locator(".past-tickets")
		.evaluateAll((all) => all.map((a) => a.hash && Boolean(document.querySelector(a.hash))));
	check(
		`a long list, ${kind}: links lead to the sections behind it`,
		links.length === 1 && links.every(Boolean),
		links,
	);
}

async function check_without_script(page, kind) {
	const { width, height } = page.viewportSize();
	const plain = await open_page({ width, javaScriptEnabled: false });
	await plain.goto(events.many.path);
	const notice = await plain.locator("#tickets .notice").boundingBox();
	const list = await plain.locator(".tickets").boundingBox();
	check(
		`a long list, ${kind}: without JavaScript the first screen says so, above the list`,
		notice.y + notice.height <= height && notice.y + notice.height <= list.y,
		[notice, list],
	);
	await plain.context().close();
}

export async function check_long_list(page, kind, check_page) {
	await page.goto(events.many.path);
	await wait_for_picker(page);
	await check_total(page, kind);
	await check_focus(page, kind);
	await check_places(page, kind);
	await check_page(page, "many", kind);
	await check_without_script(page, kind);
}

// ---- no ticket type ----

const SOON = {
	id: "01890000-0000-7000-8000-000000000001",
	name: "Entrance",
	description: null,
	price: 0,
	fee: 0,
	state: "NOT_YET",
	remaining: 0,
	minPerOrder: 1,
	maxPerOrder: 0,
	salesStart: "2040-11-01T04:00:00.000Z",
	salesEnd: null,
};

export async function check_empty_list(page, kind, check_page) {
	for (const [language, words] of Object.entries(EMPTY)) {
		await page.goto(`${events.empty.path}?lang=${language}`);
		await wait_for_picker(page);
		check(
			`no ticket type, ${kind}, ${language}: the card says so, once`,
			(await page.locator("#tickets li").allInnerTexts()).join() === words &&
				(await page.locator(".notice").count()) === 0,
			await page.innerText("main"),
		);
	}
	await page.evaluate(() => localStorage.clear()); // the language
	await page.goto(`${events.empty.path}?lang=en`);
	await wait_for_picker(page);
	await check_page(page, "empty", kind);
	let changes = { sale: { state: "OVER" } };
	await page.route("**/public/v1/events/**", async (route) => {
		const response = await fetch_routed(route);
		const { data } = await response.json();
		await route.fulfill({ response, json: { data: { ...data, ...changes } } });
	});
	await page.reload();
	await wait_for_picker(page);
	check(
		`no ticket type, ${kind}: over since the page was made: the card says that instead`,
		(await page.locator("#tickets li").allInnerTexts()).join() === "This event is over." &&
			(await page.locator(".notice").count()) === 0,
		await page.innerText("main"),
	);
	changes = { tickets: [SOON] };
	await page.reload();
	await wait_for_picker(page);
	check(
		`no ticket type, ${kind}: the first one takes its place, with a notice`,
		(await page.locator("#tickets li h3").allInnerTexts()).join() === "Entrance" &&
			(await page.locator(".none").count()) === 0 &&
			/not on sale yet/.test(await page.innerText(".notice")),
		await page.innerText("main"),
	);
}
