// pages: looks at every page there is.
import { accessible, check, facts, fits, go, open, quiet, run, settle, shot } from "./browser.mjs";

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

// Dialogs, each opened by a button of a page.
const DIALOGS = [
	["revoke", "#/settings/keys", "button:has-text('Revoke')"],
	["rotate", "#/settings/keys", "button:has-text('Rotate')"],
	["refund", `#/orders/${order}`, "button:has-text('Refund')"],
	["webhook-new", "#/settings/webhooks", "button:has-text('New webhook')"],
	["recover", `#/settings/webhooks/${webhook}`, "button:has-text('Recover')"],
	["archive", `#/events/${event}`, "button:has-text('Archive')"],
];

async function nothing_ran(page, name) {
	const found = await page.evaluate(() => ({
		pwned: window.pwned,
		alien: document.querySelectorAll("main img, main script, main iframe, [onerror], [style]")
			.length,
	}));
	check(`${name}: markup stayed text`, !found.pwned && found.alien === 0, found);
}

async function judge(page, name, kind) {
	const what = `${name}, ${kind}`;
	await fits(page, what);
	await nothing_ran(page, what);
	await accessible(page, what);
	await shot(page, `${name}-${kind}`);
}

async function look(width, scheme) {
	const kind = `${width}-${scheme}`;
	const visitor = await open({ width, scheme });
	await visitor.goto("/dashboard/");
	await settle(visitor);
	await judge(visitor, "sign-in", kind);
	for (const [name, path] of READING) {
		await visitor.goto(path);
		await settle(visitor);
		await judge(visitor, name, kind);
	}
	const page = await open({ width, scheme, cookie: facts.cookie });
	await page.goto("/dashboard/");
	await settle(page);
	for (const [name, hash] of DASHBOARD) {
		await go(page, hash);
		await judge(page, name, kind);
	}
	if (width === 360) {
		await page.click("text=Menu");
		await judge(page, "menu", kind);
		await page.click("text=Menu");
	}
	for (const [name, hash, press] of DIALOGS) {
		await go(page, hash);
		await page.locator(press).first().click();
		await page.waitForSelector("dialog[open]");
		await accessible(page, `${name}, ${kind}`);
		await shot(page, `dialog-${name}-${kind}`, false);
		await page.keyboard.press("Escape");
	}
	await page.context().close();
	await visitor.context().close();
}

run(async () => {
	await Promise.all([look(1280, "light"), look(360, "dark")]); // each width and each theme once: no layout depends on the theme
	quiet("all pages", /status of 404/);
	const shown = await open({ cookie: facts.cookie });
	await shown.goto(`/dashboard/#/events/${event}`);
	await settle(shown);
	check(
		"what looks like a script is there to read",
		(await shown.textContent("h1")) === facts.evil,
	);
});
