// languages: the public pages in Filipino, which browsers ask for or people choose.
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
import { add_one, click_button, fill, wait_for_picker, wait_for_step } from "./actions.mjs";

const { events } = facts;
const lang = (page) => page.getAttribute("html", "lang");

// English words that no sentence of the catalogue in Filipino has.
const ENGLISH =
	/\b(the|your|you|and|are|is|not|of|for|with|left|sale|select|reload|again|page has)\b/i;

// What the pages themselves say, without the words of the organizer.
const own_words = (page) =>
	page.evaluate(() => {
		const copy = document.body.cloneNode(true);
		const theirs =
			".about, .schedule, .performers, .brands, .venue, .gallery, .upcoming strong";
		for (const el of copy.querySelectorAll(
			`${theirs}, h1, h3, .organizer, script, noscript, .zone`,
		))
			el.remove();
		return copy.textContent;
	});

async function check_words(page, name) {
	const text = await own_words(page);
	check(`${name}: nothing is left in English`, !ENGLISH.test(text), text.match(ENGLISH)?.input);
	await check_accessible(page, name);
	await check_fits_width(page, name);
	await screenshot(page, `filipino-${name.replaceAll(" ", "-")}`);
}

async function check_order() {
	const page = await open_page({ width: 360, locale: "fil-PH" });
	await page.goto(events.free.path);
	await wait_for_picker(page);
	check("a browser that asks for it gets Filipino", (await lang(page)) === "fil");
	await check_words(page, "event page");
	await click_button(page, "Kumuha ng ticket");
	check(
		"nothing selected",
		(await page.locator(".notice.warn").innerText()) === "Pumili ng kahit isang ticket.",
	);
	await page.getByRole("button", { name: "Dagdagan ang bilang: Visitor" }).click();
	check("the sum", (await page.innerText(".sum")) === "1 ticket, libre");
	await page.getByRole("button", { name: "Dagdagan ang bilang: Visitor" }).click();
	check("… of two", (await page.innerText(".sum")) === "2 na ticket, libre");
	await click_button(page, "Kumuha ng ticket");
	await wait_for_step(page, "Ang iyong impormasyon");
	await click_button(page, "Tapusin ang order");
	await check_words(page, "details");
	await fill(page, "Pangalan", "Ana Reyes");
	await fill(page, "Email address", "ana@example.com");
	await click_button(page, "Tapusin ang order");
	await wait_for_step(page, "Kasama ka na!");
	await check_words(page, "confirmation");
	check(
		"times as the language writes them",
		/\w{3}, [A-Z]\w+ \d+, \d{4}, \d\d:\d\d/.test(await page.innerText(".confirmation")),
		await page.innerText(".confirmation"),
	);
	await page.getByRole("link", { name: "Ipakita ang mga ticket" }).click();
	await page.waitForSelector(".print-choice button");
	await check_words(page, "tickets");
	await page.context().close();
}

// What the API says in English is told by what it means.
async function check_refusals() {
	const page = await open_page({ width: 360, locale: "fil-PH" });
	await page.goto(events.free.path);
	await wait_for_picker(page);
	await page.getByRole("button", { name: "Dagdagan ang bilang: Visitor" }).click();
	for (const [status, said] of [
		[409, "Hindi na makukuha ang mga ticket ayon sa pinili mo."],
		[503, "May problema ang serbisyo."],
	]) {
		await page.route("**/public/v1/holds", (route) =>
			route.fulfill({
				status,
				contentType: "application/json",
				body: JSON.stringify({
					error: {
						code: "X",
						message: "Only 1 left.",
						hint: "Select fewer.",
						details: [],
					},
					requestId: "req_x",
				}),
			}),
		);
		await click_button(page, "Kumuha ng ticket");
		await page.getByText(said).waitFor();
		const text = await page.locator(".notice.bad").innerText();
		check(`a refusal with ${status}: in Filipino`, !/Only|Select/.test(text), text);
		await page.unroute("**/public/v1/holds");
	}
	await page.route("**/public/v1/holds", (route) => route.abort());
	await click_button(page, "Kumuha ng ticket");
	await page.getByText("Hindi maabot ang server.").waitFor();
	check("without a network: in Filipino", true);
	await page.context().close();
}

async function check_switch() {
	const page = await open_page({ width: 1280, locale: "en-PH" });
	await page.goto("/e/test");
	check("English", (await lang(page)) === "en");
	await page.getByRole("link", { name: "Filipino" }).click();
	await page.waitForURL(/[?]lang=fil$/);
	check("the switch on the organizer's page", (await lang(page)) === "fil");
	await check_words(page, "organizer");
	await page.locator(".upcoming a").first().click();
	await page.waitForURL(/[?]lang=fil$/);
	check("a link keeps the language", (await lang(page)) === "fil");
	await page.goto(events.free.path);
	await page.waitForURL(/[?]lang=fil$/);
	await wait_for_picker(page);
	check("a later visit remembers it", (await lang(page)) === "fil");
	await page.goto(`${events.free.path}?fbclid=x`);
	await page.waitForURL(/[?]fbclid=x&lang=fil$/);
	check("… and keeps the rest of the address", true);
	await page.getByRole("link", { name: "English" }).click();
	await page.waitForURL(/[?]lang=en$/);
	await page.goto(events.free.path);
	await wait_for_picker(page);
	await add_one(page, "Visitor");
	check("back to English", (await lang(page)) === "en" && !page.url().includes("lang"));
	check(
		"no cookie remembers it",
		(await page.context().cookies()).length === 0 &&
			(await page.evaluate(() => localStorage.getItem("ticketgate language"))) === "en",
	);
	await page.context().close();
}

await run(async () => {
	await check_order();
	await check_refusals();
	await check_switch();
	check_no_errors("languages", /status of (400|409|503)|ERR_FAILED/);
});
