// door: doors on phones: a camera that shows real QR codes, typed codes, a hand-held scanner,
// names, and the network gone and back.
import {
	check,
	check_accessible,
	check_fits_width,
	check_no_errors,
	facts,
	run,
	screenshot,
} from "./browser.mjs";
import { next, OFFLINE, open_door, result, type_code } from "./door_device.mjs";

const { codes, other_code, old_code, refunded_code, other_event } = facts;

async function camera() {
	const page = await open_door(codes[0], "north", "North");
	const first = await result(page);
	check("the camera reads a ticket, and it is admitted", first.result === "ADMITTED", first);
	check("with name and ticket type", /\bLea\b.*Standard/.test(first.text), first);
	await check_accessible(page, "door: admitted");
	await screenshot(page, "door-admitted");
	await next(page);
	await page.reload();
	const again = await result(page);
	check("seen again it is already in", again.result === "ALREADY_CHECKED_IN", again);
	check("with the gate", /North/.test(again.text), again);
	await check_accessible(page, "door: already in");
	await screenshot(page, "door-already");
	await page.context().browser().close();
}

// All other tests type: the camera sees a wall.
async function results(page) {
	const cases = [
		["a typed code", codes[1].toLowerCase().replaceAll("-", " "), "ADMITTED"],
		["the same again", codes[1], "ALREADY_CHECKED_IN"],
		["a refunded ticket", refunded_code, "REFUNDED"],
		["a ticket that was issued again", old_code, "REISSUED"],
		["a ticket of another event", other_code, "WRONG_EVENT"],
		["an unknown code", "TN-7K3M9QXW-1.1-0000000000", "UNKNOWN"],
		["what is no code", "hello", "UNKNOWN"],
	];
	for (const [what, code, want] of cases) {
		const got = await type_code(page, code);
		check(`${what}: ${want}`, got.result === want, got);
		if (want !== "ADMITTED") await check_accessible(page, `door: ${want}`);
		await screenshot(page, `door-${want.toLowerCase()}`);
		if (want === "WRONG_EVENT")
			check("it names that event", got.text.includes(other_event.name), got);
		await next(page);
	}
	await page.locator(".hint").click(); // the focus is not in the input
	await page.evaluate(
		(keys) => {
			// at once: a scanner is told from a person by its speed
			for (const key of keys)
				document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
		},
		[...codes[2], "Enter"],
	);
	const wedge = await result(page);
	check("a hand-held scanner", wedge.result === "ADMITTED", wedge);
	await page.click('.result button:has-text("Undo")');
	await page.waitForSelector(".result", { state: "detached" });
	const undone = await type_code(page, codes[2]);
	check("undone, it is admitted again", undone.result === "ADMITTED", undone);
	await next(page);
}

async function names(page) {
	await page.click('button:has-text("Find a name")');
	await page.fill(".find input", "santos");
	await page.press(".find input", "Enter");
	await page.waitForSelector(".found button");
	await check_accessible(page, "door: names");
	await screenshot(page, "door-names");
	const rows = page.locator(".found button");
	const inside = await page.locator('.found button:has-text("Already in")').count();
	check("names have their state", inside >= 3 && (await rows.count()) >= 8, inside);
	await page.click('.found button:not([disabled]):not(:has-text("Already in"))');
	const got = await result(page);
	check("a name is checked in", got.result === "ADMITTED" && /Lea Santos/.test(got.text), got);
	await next(page);
}

const requests_end = (page) =>
	page.waitForFunction(() => !document.querySelector(".status").textContent.includes("scan"));

// [how many are in, how many are expected], as the device says
const inside = async (page) =>
	(await page.locator(".status").innerText())
		.match(/(\d+) of (\d+) in/)
		.slice(1)
		.map(Number);

// Counts come after the answer to a scan.
const counts_to = (page, text) =>
	page.waitForFunction(
		(t) => document.querySelector(".status").textContent.includes(t),
		`${text} in`,
	);

async function offline(page, other) {
	const [in_before, expected] = [4, 9];
	await counts_to(page, "4 of 9");
	await other.waitForFunction(() =>
		/\d+ of \d+/.test(document.querySelector(".status").textContent),
	);
	await page.context().setOffline(true);
	const got = await type_code(page, codes[4]);
	check("without the network the list admits", got.result === "ADMITTED", got);
	await next(page);
	await page.waitForFunction(() =>
		/No network/.test(document.querySelector(".status").textContent),
	);
	await counts_to(page, "5 of 9");
	await screenshot(page, "door-offline");
	const counted = await inside(page);
	check(
		"its own scan is counted before it is sent",
		counted[0] === in_before + 1 && counted[1] === expected,
		[in_before, expected, counted],
	);
	const again = await type_code(page, codes[4]);
	check("once", again.result === "ALREADY_CHECKED_IN", again);
	await next(page);
	const refused = await type_code(page, refunded_code);
	check("a refunded ticket is known", refused.result === "REFUNDED", refused);
	await next(page);
	const late = await type_code(other, codes[4]);
	check("the other device does not know yet", late.result === "ADMITTED", late);
	await next(other);
	const before = await type_code(other, codes[5]);
	check("and admits another ticket", before.result === "ADMITTED", before);
	await next(other);
	await page.reload();
	await page.waitForSelector(".typed input");
	check("without the network the page starts", await page.isVisible(".bar"));
	const twice = await type_code(page, codes[5]);
	check("and admits what it cannot know", twice.result === "ADMITTED", twice);
	await next(page);
	await counts_to(page, "6 of 9");
	const waiting = await page.locator(".status").innerText();
	check("two scans wait", /2 scans to send/.test(waiting), waiting);
	const kept = await inside(page);
	check("and are counted", kept[0] === in_before + 2 && kept[1] === expected, kept);
	await page.context().setOffline(false);
	await page.evaluate(() => dispatchEvent(new Event("online")));
	await requests_end(page);
	await page.waitForSelector(".conflicts li");
	const conflicts = await page.locator(".conflicts li").allInnerTexts();
	check(
		"with the network they are sent, and the conflict is told",
		conflicts.length === 1 && /Already in.*South/.test(conflicts[0]),
		conflicts,
	);
	const told = await inside(page);
	check("nobody is counted twice", told[0] === in_before + 2 && told[1] === expected, told);
	await check_accessible(page, "door: conflict");
	await screenshot(page, "door-conflict");
	await other.evaluate(() => dispatchEvent(new Event("online")));
}

// Holds the server's answers back until the function that it returns is called.
async function hold_answers(page) {
	let release;
	const held = new Promise((resolve) => (release = resolve));
	await page.context().route("**/check-ins", async (route) => {
		await held;
		await route.continue();
	});
	return async () => {
		release();
		await page.context().unroute("**/check-ins", { behavior: "wait" });
	};
}

// The list decides, and the server agrees later.
async function slow_agreement(page) {
	const release = await hold_answers(page);
	const local = await type_code(page, codes[7]);
	const undo = page.locator('.result button:has-text("Undo")');
	check(
		"the list admits with the first name, and cannot undo yet",
		local.result === "ADMITTED" && !/Santos/.test(local.text) && (await undo.count()) === 0,
		local,
	);
	await release();
	await undo.waitFor();
	const told = await result(page);
	check("the server's answer has the full name", /Lea Santos/.test(told.text), told);
	await undo.click();
	await page.waitForSelector(".result", { state: "detached" });
}

// The server's answers are held back: the list decides, and the server has the last word.
async function slow_server(page, other) {
	const release = await hold_answers(page);
	const first = await type_code(other, codes[6]);
	check("the other device admits", first.result === "ADMITTED", first);
	await next(other);
	const local = await type_code(page, codes[6]);
	check("a slow server is not waited for", local.result === "ADMITTED", local);
	await release();
	await page.waitForSelector('.result[data-result="ALREADY_CHECKED_IN"]');
	const told = await result(page);
	check("its answer corrects the list", /South/.test(told.text), told);
	await next(page);
	await requests_end(page);
	check("nothing waits", !/to send/.test(await page.locator(".status").innerText()));
}

// A device whose storage is full.
async function full_storage(page) {
	await page.click('button:has-text("Change event")');
	await page.waitForSelector(".choice");
	await page.evaluate(() => {
		window.put = IDBObjectStore.prototype.put;
		IDBObjectStore.prototype.put = () => {
			throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
		};
	});
	await page.locator(".choice").first().click();
	await page.waitForSelector(".failed");
	check("what fails is said", (await page.locator(".failed").innerText()).length > 10);
	await page.evaluate(() => (IDBObjectStore.prototype.put = window.put));
}

await run(async () => {
	await camera();
	const page = await open_door(null, "west", "West");
	await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active);
	await check_accessible(page, "door: scanning");
	await check_fits_width(page, "door: scanning");
	await screenshot(page, "door-scanning");
	await results(page);
	await names(page);
	const other = await open_door(null, "south", "South");
	await offline(page, other);
	await slow_agreement(page);
	await slow_server(page, other);
	await full_storage(other);
	check_no_errors("door", new RegExp(`${OFFLINE.source}|QuotaExceededError|^error: $`));
});
