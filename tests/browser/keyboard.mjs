// keyboard: every page by keyboard: order of the tab stops, visible focus, focus in dialogs, and
// announcements for screen readers.
import {
	check,
	check_no_errors,
	facts,
	go_to,
	open_page,
	run,
	wait_until_rendered,
} from "./browser.mjs";
import { click_button, dialog } from "./actions.mjs";

const MAX_STOPS = 45; // stops that are looked at on one page

// The focused element: {what, place: its index in the document, marked: has a visible focus ring,
// seen: in the viewport and not covered}.
function describe_focus() {
	const el = document.activeElement;
	if (!el || el === document.body || el === document.documentElement) return null;
	const box = el.getBoundingClientRect(),
		style = getComputedStyle(el);
	const middle = (from, to, size) => (Math.max(from, 0) + Math.min(to, size)) / 2;
	const x = middle(box.left, box.right, innerWidth),
		y = middle(box.top, box.bottom, innerHeight);
	const top = document.elementFromPoint(x, y);
	const name =
		el.getAttribute("aria-label") ??
		el.getAttribute("name") ??
		el.textContent.trim().slice(0, 40);
	return {
		what: `${el.tagName.toLowerCase()} ${name}`,
		place: [...document.querySelectorAll("*")].indexOf(el),
		marked:
			(style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) ||
			style.boxShadow !== "none",
		seen:
			box.width > 1 &&
			box.height > 1 &&
			box.bottom > 0 &&
			box.top < innerHeight &&
			box.right > 0 &&
			box.left < innerWidth &&
			(el.contains(top) ||
				Boolean(top?.closest("label")?.contains(el)) ||
				Boolean(top && top.contains(el) && getComputedStyle(top).position === "static")),
	};
}

async function tab_stops(page) {
	const found = [];
	await page.evaluate(() => {
		document.body.tabIndex = -1; // so that Tab begins at the top
		document.body.focus();
		document.body.removeAttribute("tabindex");
		scrollTo(0, 0);
	});
	for (let n = 0; n < MAX_STOPS; n++) {
		await page.keyboard.press("Tab");
		const stop = await page.evaluate(describe_focus);
		if (!stop || stop.place === found[0]?.place) break;
		found.push(stop);
	}
	return found;
}

async function check_tab_order(page, name, least) {
	const found = await tab_stops(page);
	check(
		`${name}: has enough tab stops`,
		found.length >= least,
		found.map((s) => s.what),
	);
	const names = (wrong) => found.filter(wrong).map((s) => s.what);
	// a datetime input has several tab stops, of which Chromium marks one
	const places = new Set(found.filter((s) => s.marked).map((s) => s.place));
	check(
		`${name}: tab order follows the document`,
		found.every((s, n) => n === 0 || s.place >= found[n - 1].place),
		found.map((s) => `${s.place} ${s.what}`),
	);
	check(
		`${name}: the focus is visible`,
		names((s) => !places.has(s.place)).length === 0,
		names((s) => !places.has(s.place)),
	);
	check(
		`${name}: … in the viewport and not covered`,
		names((s) => !s.seen).length === 0,
		names((s) => !s.seen),
	);
	return found;
}

// ---- dialogs ----

const focus_in_dialog = () => {
	const el = document.activeElement;
	return (
		el === document.body ||
		el === document.documentElement ||
		Boolean(el.closest("dialog[open]"))
	);
};

async function check_dialog(page, name, opener) {
	await opener.focus();
	await page.keyboard.press("Enter");
	await page.waitForSelector("dialog[open]");
	check(
		`${name}: the dialog receives the focus`,
		await page.evaluate(() => Boolean(document.activeElement.closest("dialog[open]"))),
	);
	check(
		`${name}: the dialog has a name`,
		/^- '?dialog "[^"]+"/.test(await dialog(page).ariaSnapshot()),
		await dialog(page).ariaSnapshot(),
	);
	let kept = true;
	for (let n = 0; n < 12; n++) {
		await page.keyboard.press(n < 6 ? "Tab" : "Shift+Tab");
		kept = kept && (await page.evaluate(focus_in_dialog));
	}
	check(`${name}: Tab stays in the dialog`, kept);
	await page.keyboard.press("Escape");
	await page.waitForSelector("dialog", { state: "detached" });
	check(
		`${name}: Escape closes the dialog and restores the focus`,
		await opener.evaluate((el) => el === document.activeElement),
	);
}

// ---- the pages ----

const DASHBOARD = [
	["events", "#/events", 8],
	["event", `#/events/${facts.event}`, 10],
	["event-edit", `#/events/${facts.event}/edit`, 20],
	["orders", "#/orders", 8],
	["order", `#/orders/${facts.order}`, 6],
	["keys", "#/settings/keys", 8],
	["key-new", "#/settings/keys/new", 12],
	["webhooks", "#/settings/webhooks", 5],
	["webhook", `#/settings/webhooks/${facts.webhook}`, 8],
	["audit", "#/settings/audit", 8],
	["account", "#/settings/account", 6],
];

async function check_dashboard(page, kind) {
	await page.goto("/dashboard/");
	await wait_until_rendered(page);
	for (const [name, hash, least] of DASHBOARD) {
		await go_to(page, hash);
		check(
			`${name}, ${kind}: navigation moves the focus to the heading`,
			name === "events" ||
				(await page.evaluate(() => document.activeElement.tagName)) === "H1",
		);
		const found = await check_tab_order(page, `${name}, ${kind}`, least);
		check(
			`${name}, ${kind}: the first tab stop is the skip link`,
			found[0].what === "a Skip to content",
			found[0],
		);
	}
	check_no_errors(`dashboard ${kind}`);
}

async function check_menu(page) {
	await go_to(page, "#/events");
	const button = page.getByRole("button", { name: "Menu" });
	await button.focus();
	await page.keyboard.press("Enter");
	await page.getByRole("link", { name: "Orders" }).focus();
	check(
		"the menu opens by keyboard and sets aria-expanded",
		(await button.getAttribute("aria-expanded")) === "true",
	);
	await page.keyboard.press("Escape");
	check(
		"Escape closes the menu and focuses its button",
		(await button.getAttribute("aria-expanded")) === "false" &&
			(await button.evaluate((el) => el === document.activeElement)),
	);
}

async function check_dialogs(page) {
	await go_to(page, `#/events/${facts.event}`);
	await check_dialog(page, "archive", page.getByRole("button", { name: "Archive" }));
	await go_to(page, "#/settings/keys");
	await check_dialog(page, "rotate", page.getByRole("button", { name: /^Rotate/ }).first());
	await go_to(page, `#/settings/webhooks/${facts.webhook}`);
	await check_dialog(page, "recover", page.getByRole("button", { name: "Recover…" }));
	await check_dialog(
		page,
		"a new webhook",
		(await go_to(page, "#/settings/webhooks"),
		page.getByRole("button", { name: "New webhook" }).first()),
	);
}

// ---- announcements ----

async function check_announcements(page) {
	await go_to(page, `#/settings/webhooks/${facts.webhook}`);
	const refresh = page.getByRole("button", { name: "Refresh" });
	await refresh.focus();
	await page.evaluate(() => (document.querySelector("h1").dataset.old = "yes"));
	await page.keyboard.press("Enter");
	await page.waitForSelector("h1:not([data-old])");
	check(
		"rendering a page again keeps the focus",
		await refresh.evaluate((el) => el === document.activeElement),
	);
	await click_button(page, "Rotate secret");
	await dialog(page).getByRole("button", { name: "Rotate" }).click();
	await page.waitForSelector("text=New webhook secret");
	await click_button(page, "Copy secret");
	await page.waitForSelector("dialog [role=status] .toast");
	check(
		"toasts are announced inside an open dialog",
		(await dialog(page).getByRole("status").innerText()) === "Copied.",
	);
	await page.keyboard.press("Escape");
	await page.waitForSelector("dialog", { state: "detached" });
	check(
		"… and their live region survives the dialog",
		(await page.locator("body > #toasts[role=status]").count()) === 1,
	);
	await go_to(page, "#/settings/keys/new");
	await click_button(page, "Create key");
	check(
		"an invalid field refers to its error message",
		await page.evaluate(
			() =>
				document.getElementById(
					document.activeElement.getAttribute("aria-describedby").split(" ").at(-1),
				).textContent === "Enter the name." &&
				document.activeElement.getAttribute("aria-invalid") === "true",
		),
	);
	await go_to(page, `#/events/${facts.event}`);
	const tree = await page.locator("main").ariaSnapshot();
	check(
		"the accessibility tree of an event",
		/heading ".+" \[level=1\]/.test(tree) &&
			/- status: Live/.test(tree) &&
			/img "Tickets sold per day: \d+ tickets in \d+ days?/.test(tree) &&
			/table "Ticket types"/.test(tree) &&
			/columnheader "Sold"/.test(tree) &&
			/img "[^"]*: \d+ sold, \d+ held, \d+ left of \d+"/.test(tree),
		tree,
	);
	check_no_errors("announcements");
}

const PUBLIC = `- link "Skip to tickets":
  - /url: "#tickets"
- banner:
  - paragraph:
    - link "Test Org":
      - /url: /e/test
  - heading "Davao Startup Open Day" [level=1]
  - term: When
  - definition:
    - time: Wed 5 December 2040, 09:00 – 17:00
    - text: Asia/Manila
  - paragraph:
    - link "Add to calendar":
      - /url: /e/test/free/calendar.ics
- main:
  - region "Tickets":
    - heading "Tickets" [level=2]
    - list:
      - listitem:
        - heading "Visitor" [level=3]
        - paragraph: With lunch.
        - paragraph: Free
        - paragraph: 100 left
        - text: "Quantity: Visitor"
        - 'button "Decrease quantity: Visitor" [disabled]': −
        - 'spinbutton "Quantity: Visitor"': "0"
        - 'button "Increase quantity: Visitor"': +
        - paragraph: Max 10 per order`;

async function check_public_page(page, kind) {
	await page.goto(facts.free.path);
	await page.waitForSelector(".take button");
	const found = await check_tab_order(page, `public page, ${kind}`, 10);
	check(
		`public page, ${kind}: the first tab stop is the skip link`,
		found[0].what === "a Skip to tickets",
		found[0],
	);
	const tree = (await page.locator("body").ariaSnapshot()).replace(/\d+ left/g, "100 left");
	check(`public page, ${kind}: its accessibility tree`, tree.startsWith(PUBLIC), tree);
	check(`public page, ${kind}: a free order by keyboard`, await order_by_keyboard(page));
	check_no_errors(`public page ${kind}`);
}

async function order_by_keyboard(page) {
	const tab_to = async (what) => {
		for (let n = 0; n < 30; n++) {
			await page.keyboard.press("Tab");
			if ((await page.evaluate(describe_focus))?.what.startsWith(what)) return true;
		}
		return false;
	};
	await tab_to("input");
	await page.keyboard.press("ArrowUp");
	await tab_to("button Get tickets");
	await page.keyboard.press("Enter");
	await page.waitForSelector(".form");
	await tab_to("input name");
	await page.keyboard.type("Ana");
	await page.keyboard.press("Tab");
	await page.keyboard.type("ana@example.com");
	await page.keyboard.press("Enter");
	await page.waitForSelector(".reference");
	return (await page.evaluate(() => document.activeElement.textContent)) === "You’re going!";
}

async function check_docs(page, kind) {
	for (const [name, path, least] of [
		["docs", "/docs/", 10],
		["docs-operation", "/docs/#/createEvent", 10],
		["docs-webhooks", "/docs/webhooks.html", 10],
		["front", "/", 3],
	]) {
		await page.goto(path);
		await wait_until_rendered(page);
		await check_tab_order(page, `${name}, ${kind}`, least);
	}
	check_no_errors(`docs ${kind}`);
}

run(async () => {
	const wide = await open_page({
			cookie: facts.cookie,
			permissions: ["clipboard-read", "clipboard-write"],
		}),
		narrow = await open_page({ width: 360, cookie: facts.cookie });
	await Promise.all([
		check_dashboard(wide, "1280")
			.then(() => check_dialogs(wide))
			.then(() => check_announcements(wide)),
		check_dashboard(narrow, "360")
			.then(() => check_menu(narrow))
			.then(() => check_public_page(narrow, "360"))
			.then(() => check_docs(narrow, "360")),
	]);
	await check_public_page(wide, "1280");
});
