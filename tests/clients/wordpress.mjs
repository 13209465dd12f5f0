// wordpress: the plugin of examples/wordpress is set up in the settings page and sells.
import { check, check_fits_width, facts, open_page, run, screenshot } from "../browser/browser.mjs";

const [EVENTS, FREE, PAID, NONE] = facts.pages;
const visit = (page, id) => page.goto(`/?page_id=${id}`);
const text = (page) => page.locator("main").innerText();

async function look_at(page, name) {
	for (const width of [360, 1280]) {
		await page.setViewportSize({ width, height: 800 });
		await check_fits_width(page, `${name} at ${width} px`);
		await screenshot(page, `wordpress-${name}-${width}`);
	}
}

async function set_up(page) {
	await page.goto("/wp-login.php");
	await page.locator("#user_login").fill("admin");
	await page.locator("#user_pass").fill(facts.password);
	await page.locator("#wp-submit").click();
	await page.goto("/wp-admin/options-general.php?page=ticketgate");
	await page.getByLabel("Base URL").fill("javascript:alert(1)");
	await page.getByLabel("Slug of the organizer").fill("te<st>");
	await page.locator("#submit").click();
	const refused = await page.getByLabel("Base URL").inputValue();
	check("settings: a URL that is none is not stored", refused === "", refused);
	await page.getByLabel("Base URL").fill(`${facts.api}/`);
	await page.getByLabel("Slug of the organizer").fill("test");
	await page.locator("#submit").click();
	const stored = await page.getByLabel("Base URL").inputValue();
	check("settings are stored", stored === facts.api, stored);
	const nonce = await page.locator("input[name=_wpnonce]").inputValue();
	check("settings: the form has a nonce", nonce.length > 5, nonce);
	await screenshot(page, "wordpress-settings");
	const status = await page.evaluate(async () => {
		const body = new URLSearchParams({ option_page: "ticketgate", action: "update" });
		body.set("ticketgate[organizer]", "other");
		return (await fetch("/wp-admin/options.php", { method: "POST", body })).status;
	});
	check("settings: a form without the nonce is refused", status === 403, status);
}

async function lists(page) {
	await visit(page, EVENTS);
	const links = page.locator(".ticketgate-events a");
	const hrefs = await links.evaluateAll((all) => all.map((a) => a.href));
	check(
		"the list links to the events' pages",
		hrefs.length === 2 && hrefs.includes(`${facts.api}/e/test/free`),
		hrefs,
	);
	await look_at(page, "events");
	await visit(page, NONE);
	const said = await text(page);
	check("an event that is none", /cannot be shown/.test(said), said);
}

async function free_order(page) {
	await visit(page, FREE);
	await page.getByRole("button", { name: "Get tickets" }).click();
	await page.getByText("Select at least one ticket.").waitFor();
	const parts = [".ticketgate-text", ".ticketgate-link"].map((part) =>
		page.locator(part).count(),
	);
	const counts = (await Promise.all(parts)).join();
	check("the form takes the place of the link, and of nothing else", counts === "1,0", counts);
	const description = await page.locator(".ticketgate-text").innerText();
	check("the description is shown", /<script>/.test(description), description);
	await look_at(page, "event");
	await page.getByLabel("Seat").fill("2");
	await page.getByRole("button", { name: "Get tickets" }).click();
	await page.getByLabel("Name").fill("Ana Ramos");
	await page.getByLabel("Email").fill("ana@example.com");
	await look_at(page, "buyer");
	await page.getByRole("button", { name: "Get tickets" }).click();
	await page.locator(".ticketgate-done").waitFor();
	const said = await text(page);
	check("free tickets are ordered on the page", /TN-/.test(said), said);
	await look_at(page, "done");
}

async function paid_order(page) {
	await visit(page, PAID);
	await page.getByLabel("Seat").fill("1");
	const said = await text(page);
	check("a price with its decimals", /PHP 1500\.50/.test(said), said);
	const [asked] = await Promise.all([
		page.waitForRequest((r) => r.url().includes("/pay?")),
		page.getByRole("button", { name: "Get tickets" }).click(),
	]);
	check("paid tickets: the organizer's checkout", /hold=[0-9a-f-]{36}/.test(asked.url()));
}

async function without_scripts(page) {
	await visit(page, PAID);
	const link = page.locator(".ticketgate-event a");
	check(
		"without JavaScript: the tickets, and a link to the event's page",
		/Seat PHP 1500\.50/.test(await text(page)) &&
			(await link.getAttribute("href")) === `${facts.api}/e/test/paid`,
		await text(page),
	);
}

run(async () => {
	const page = await open_page();
	await set_up(page);
	const visitor = await open_page();
	await lists(visitor);
	await free_order(visitor);
	const pwned = await visitor.evaluate(() => window.pwned);
	check("markup in texts stays text", !pwned && /<script>/.test(await text(visitor)));
	await paid_order(visitor);
	await without_scripts(await open_page({ javaScriptEnabled: false }));
});
