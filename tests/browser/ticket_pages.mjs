// ticket_pages: the pages of orders and tickets: looked at with axe, as a scanner would, on paper,
// and without JavaScript.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
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

const { order, five, code, tickets, event } = facts;
const WIDTHS = { 360: "phone", 1280: "wide" };

// The codes that a scanner finds in a picture, sorted.
function scan(file) {
	const out = execFileSync("zbarimg", ["-q", "--raw", "-Sdisable", "-Sqrcode.enable", file]);
	return out.toString().trim().split("\n").sort();
}

async function scan_screen(page, name) {
	const file = `${facts.screens}/${name}.png`;
	writeFileSync(file, await page.locator(".issued .qr").first().screenshot());
	return scan(file);
}

// The measures of a code on the screen, with its quiet zone, and how light and dark it is.
const code_box = (page) =>
	page.evaluate(() => {
		const svg = document.querySelector(".issued .qr");
		const [light, dark] = [...svg.querySelectorAll("path")].map(
			(p) => getComputedStyle(p).fill,
		);
		return { width: svg.getBoundingClientRect().width, light, dark };
	});

async function check_ticket(width) {
	const page = await open_page({ width });
	const kind = WIDTHS[width];
	await page.goto(tickets.valid);
	await page.waitForSelector(".hero .actions button"); // the script has run
	await check_fits_width(page, `ticket, ${kind}`);
	for (const colorScheme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme });
		await check_accessible(page, `ticket, ${kind}, ${colorScheme}`);
		await screenshot(page, `ticket-valid-${kind}-${colorScheme}`);
		const box = await code_box(page);
		check(
			`ticket, ${kind}, ${colorScheme}: the code is large, and dark on white`,
			box.width >= 260 && box.light === "rgb(255, 255, 255)" && box.dark === "rgb(0, 0, 0)",
			box,
		);
		const found = await scan_screen(page, `ticket-code-${kind}-${colorScheme}`);
		check(
			`ticket, ${kind}, ${colorScheme}: a scanner reads it from the screen`,
			found.length === 1 && found[0] === code,
			found,
		);
	}
	for (const state of ["in", "refunded", "reissued"]) {
		await page.goto(tickets[state]);
		await check_fits_width(page, `ticket, ${state}, ${kind}`);
		for (const colorScheme of ["light", "dark"]) {
			await page.emulateMedia({ colorScheme });
			await check_accessible(page, `ticket, ${state}, ${kind}, ${colorScheme}`);
			await screenshot(page, `ticket-${state}-${kind}-${colorScheme}`);
		}
		check(
			`ticket, ${state}, ${kind}: its state in the place of the code`,
			(await page.locator(".qr").count()) === 0 &&
				(await page.locator(".state strong").isVisible()),
		);
	}
	await page.context().close();
}

async function check_order(width) {
	const page = await open_page({ width });
	const kind = WIDTHS[width];
	for (const [name, path] of Object.entries({ order: order.path, five: five.path })) {
		await page.goto(path);
		await page.waitForSelector(".print-choice button");
		await check_fits_width(page, `${name}, ${kind}`);
		for (const colorScheme of ["light", "dark"]) {
			await page.emulateMedia({ colorScheme });
			await check_accessible(page, `${name}, ${kind}, ${colorScheme}`);
			await screenshot(page, `tickets-${name}-${kind}-${colorScheme}`);
		}
	}
	const file = `${facts.screens}/tickets-five-${kind}-dark.png`;
	check(
		`five tickets, ${kind}: a scanner reads them all from one screenshot`,
		JSON.stringify(scan(file)) === JSON.stringify([...five.codes].sort()),
		scan(file),
	);
	await page.context().close();
}

// ---- paper ----

// Prints a page to PDF: what is on each sheet, as pictures and to a scanner.
async function print(page, name, format) {
	const file = `${facts.screens}/${name}.pdf`;
	writeFileSync(file, await page.pdf({ format, preferCSSPageSize: false }));
	const sheets = readFileSync(file, "latin1").match(/\/Type\s*\/Page\b/g).length;
	execFileSync("pdftoppm", ["-r", "100", "-png", file, file.replace(".pdf", "")]);
	const on = [];
	for (let i = 1; i <= sheets; i++)
		on.push(scan(`${file.replace(".pdf", "")}-${i}.png`).filter(Boolean));
	return on;
}

// Whether a sheet has any colour or grey area: ink that nobody needs.
function ink_of(file) {
	const ppm = execFileSync("pdftoppm", ["-r", "20", "-gray", "-f", "1", "-l", "1", file]);
	const pixels = ppm.subarray(ppm.indexOf("255\n") + 4);
	return pixels.reduce((n, p) => n + (p < 128), 0) / pixels.length;
}

// What does not fit on its part of a sheet is cut off.
async function check_nothing_cut(page) {
	await page.emulateMedia({ media: "print", colorScheme: "dark" });
	// 186 mm: what is between the margins of Letter
	await page.setViewportSize({ width: 700, height: 900 });
	const cut = await page.evaluate(
		() =>
			[...document.querySelectorAll(".issued")].filter(
				(card) =>
					card.querySelector(".facts code").getBoundingClientRect().bottom >
					card.getBoundingClientRect().bottom - 2,
			).length,
	);
	check("four tickets: the code of each is on the sheet", cut === 0, cut);
	await page.setViewportSize({ width: 1280, height: 860 });
	await page.emulateMedia({ media: null, colorScheme: "dark" });
}

async function check_paper() {
	const page = await open_page({ scheme: "dark" });
	await page.goto(five.path);
	await page.waitForSelector(".print-choice button");
	for (const format of ["A4", "Letter"]) {
		await page.check("#print-one");
		const one = await print(page, `print-one-${format}`, format);
		check(
			`${format}: one ticket on each sheet, in their order`,
			JSON.stringify(one) === JSON.stringify(five.codes.map((c) => [c])),
			one,
		);
		check(
			`${format}: black on white, though the screen is dark`,
			ink_of(`${facts.screens}/print-one-${format}.pdf`) < 0.15,
			ink_of(`${facts.screens}/print-one-${format}.pdf`),
		);
		await page.check("#print-four");
		await check_nothing_cut(page);
		const four = await print(page, `print-four-${format}`, format);
		check(
			`${format}: four tickets on the first sheet, the fifth on the second`,
			four.length === 2 &&
				JSON.stringify(four[0]) === JSON.stringify(five.codes.slice(0, 4).sort()) &&
				four[1][0] === five.codes[4],
			four,
		);
	}
	await page.goto(tickets.valid);
	const alone = await print(page, "print-ticket-A4", "A4");
	check("a ticket alone: one sheet", JSON.stringify(alone) === JSON.stringify([[code]]), alone);
	await page.context().close();
}

// ---- without JavaScript ----

async function check_plain() {
	const page = await open_page({ width: 360, javaScriptEnabled: false });
	await page.goto(five.path);
	check(
		"without JavaScript: all tickets, with their codes",
		(await page.locator(".issued .qr").count()) === 5,
	);
	await page.check("#print-four");
	const four = await print(page, "print-plain-A4", "A4");
	check("… the choice of paper works", four.length === 2 && four[0].length === 4, four);
	await page.getByRole("link", { name: "Open this ticket alone" }).first().click();
	const found = await scan_screen(page, "ticket-code-plain");
	check("… a ticket's own page", found[0] === five.codes[0], found);
	await page.getByRole("link", { name: "Filipino" }).click();
	check(
		"… and in another language",
		(await page.getAttribute("html", "lang")) === "fil" &&
			(await page.getByText("Ipakita ang code na ito sa entrance.").isVisible()),
	);
	await page.context().close();
}

// ---- the name ----

async function check_name() {
	const page = await open_page({ width: 360 });
	await page.goto(tickets.other);
	await page.getByRole("button", { name: "Change the name" }).click();
	await check_accessible(page, "ticket, the form for the name");
	await screenshot(page, "ticket-name");
	const input = page.getByLabel("Name on the ticket");
	await input.fill("");
	await page.getByRole("button", { name: "Save" }).click();
	check(
		"a name is required",
		(await page.locator(".field-error").innerText()) === "Enter the name.",
	);
	await input.fill("Ben <b>Cruz</b>");
	await page.keyboard.press("Enter");
	await page.getByText("The name was changed.").waitFor();
	check(
		"the name is changed, as text",
		(await page.locator(".holder").innerText()) === "Ben <b>Cruz</b>" &&
			(await page.evaluate(() => document.activeElement.textContent)) === "Change the name",
	);
	await page.reload();
	check("… and stays", (await page.locator(".holder").innerText()) === "Ben <b>Cruz</b>");
	await page.evaluate((code) => {
		document.querySelector(".issued").dataset.code = code;
	}, facts.refunded);
	await page.getByRole("button", { name: "Change the name" }).click();
	await page.getByRole("button", { name: "Save" }).click();
	await page.locator(".notice.bad").waitFor();
	check(
		"a refusal is shown",
		/refunded/.test(await page.locator(".notice.bad").innerText()),
		await page.locator(".notice.bad").innerText(),
	);
	await page.context().close();
}

// ---- languages ----

async function check_language() {
	const page = await open_page({ width: 360, locale: "en-PH" });
	await page.goto(tickets.valid);
	await page.getByRole("link", { name: "Filipino" }).click();
	await page.waitForSelector(".hero .actions button");
	check(
		"the switch: in Filipino, the script's words, too",
		(await page.innerText(".hero .actions button")) === "I-print",
	);
	await check_accessible(page, "ticket, in Filipino");
	await screenshot(page, "ticket-filipino");
	await page.goto(event);
	await page.waitForURL(/lang=fil/);
	check("another page remembers it", (await page.getAttribute("html", "lang")) === "fil");
	await page.context().close();
}

await run(async () => {
	mkdirSync(facts.screens, { recursive: true });
	for (const width of [360, 1280]) {
		await check_ticket(width);
		await check_order(width);
	}
	await check_paper();
	await check_plain();
	await check_language();
	await check_name();
	check_no_errors("ticket pages", /status of 409/);
});
