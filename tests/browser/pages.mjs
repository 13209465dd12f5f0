// pages: accessibility, layout and text safety of every page.
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
import { check_phone_line } from "./phone_line.mjs";

const { event, order, webhook, disabled, key } = facts;
const DASHBOARD = [
	["events", "#/events"],
	["events-none", "#/events?q=nothing-is-called-so"],
	["event", `#/events/${event}`],
	["event-edit", `#/events/${event}/edit`],
	["event-new", "#/events/new"],
	["orders", "#/orders"],
	["order", `#/orders/${order}`],
	["keys", "#/settings/keys"],
	["key", `#/settings/keys/${key}`],
	["key-new", "#/settings/keys/new"],
	["webhooks", "#/settings/webhooks"],
	["webhook", `#/settings/webhooks/${webhook}`],
	["webhook-off", `#/settings/webhooks/${disabled}`],
	["audit", "#/settings/audit"],
	["account", "#/settings/account"],
	["no-page", "#/nowhere"],
];
const READING = [
	["front", "/"],
	["docs", "/docs/"],
	["docs-operation", "/docs/#/createEvent"],
	["docs-first-call", "/docs/first-call.html"],
	["docs-keys", "/docs/keys.html"],
	["docs-webhooks", "/docs/webhooks.html"],
	["docs-selling", "/docs/selling.html"],
	["docs-errors", "/docs/errors.html"],
	["docs-limits", "/docs/limits.html"],
	["docs-polling", "/docs/polling.html"],
];

// Dialogs and the buttons that open them.
const DIALOGS = [
	["revoke", "#/settings/keys", "button:has-text('Revoke')"],
	["rotate", "#/settings/keys", "button:has-text('Rotate')"],
	["refund", `#/orders/${order}`, "button:has-text('Refund')"],
	["webhook-new", "#/settings/webhooks", "button:has-text('New webhook')"],
	["recover", `#/settings/webhooks/${webhook}`, "button:has-text('Recover')"],
	["archive", `#/events/${event}`, "button:has-text('Archive')"],
];

async function check_no_markup_parsed(page, name) {
	const found = await page.evaluate(() => ({
		pwned: window.pwned,
		alien: document.querySelectorAll("main img, main script, main iframe, [onerror], [style]")
			.length,
	}));
	check(`${name}: markup is shown as text`, !found.pwned && found.alien === 0, found);
}

async function check_page(page, name, kind) {
	const what = `${name}, ${kind}`;
	await check_fits_width(page, what);
	await check_no_markup_parsed(page, what);
	await check_accessible(page, what);
	await screenshot(page, `${name}-${kind}`);
}

async function check_all_pages(width, scheme) {
	const kind = `${width}-${scheme}`;
	const visitor = await open_page({ width, scheme });
	await visitor.goto("/dashboard/");
	await wait_until_rendered(visitor);
	await check_page(visitor, "sign-in", kind);
	for (const [name, path] of READING) {
		await visitor.goto(path);
		await wait_until_rendered(visitor);
		await check_page(visitor, name, kind);
	}
	const page = await open_page({ width, scheme, cookie: facts.cookie });
	await page.goto("/dashboard/");
	await wait_until_rendered(page);
	for (const [name, hash] of DASHBOARD) {
		await go_to(page, hash);
		await check_page(page, name, kind);
	}
	if (width === 360) {
		await page.click("text=Menu");
		await check_page(page, "menu", kind);
		await page.click("text=Menu");
	}
	for (const [name, hash, press] of DIALOGS) {
		await go_to(page, hash);
		await page.locator(press).first().click();
		await page.waitForSelector("dialog[open]");
		await check_accessible(page, `${name}, ${kind}`);
		await screenshot(page, `dialog-${name}-${kind}`, false);
		await page.keyboard.press("Escape");
	}
	await page.context().close();
	await visitor.context().close();
}

// The page names what all pages load; each page's modules are asked for at once while the session
// is read, and its data after both.
async function check_start() {
	const { cookie } = facts;
	await check_phone_line("/dashboard/", ".sign-in input", { bytes: 40000, depth: 3, count: 14 });
	for (const [hash, bytes, count] of [
		["#/events", 42000, 16],
		[`#/events/${event}`, 68000, 22],
		[`#/events/${event}/edit`, 75000, 25],
		[`#/settings/webhooks/${webhook}`, 50000, 19],
	])
		await check_phone_line(`/dashboard/${hash}`, "main h1", {
			bytes,
			depth: 3,
			count,
			scripts: 3,
			cookie,
		});
}

run(async () => {
	await check_start();
	// no layout depends on the theme, so each width and each theme is tested once
	await Promise.all([check_all_pages(1280, "light"), check_all_pages(360, "dark")]);
	check_no_errors("all pages", /status of 404/);
	const shown = await open_page({ cookie: facts.cookie });
	await shown.goto(`/dashboard/#/events/${event}`);
	await wait_until_rendered(shown);
	check("markup in a name is shown as text", (await shown.textContent("h1")) === facts.evil);
});
