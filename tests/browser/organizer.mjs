// organizer: an organizer's work in the dashboard, starting with an empty organization.
import { execFileSync } from "node:child_process";
import {
	check,
	check_no_errors,
	facts,
	fetch_routed,
	go_to,
	open_page,
	run,
	wait_until_rendered,
} from "./browser.mjs";
import {
	audit_log,
	try_reference,
	viewer_is_read_only,
	webhook_flow,
} from "./organizer_settings.mjs";
import { forgiving_form, numbers_as_written } from "./organizer_form.mjs";
import { refund, sell_tickets } from "./organizer_orders.mjs";
import { add_paid_ticket, publish_event } from "./organizer_publish.mjs";
import {
	api_call,
	click_button,
	click_link,
	dialog,
	fill,
	sign_in,
	sql,
	text,
} from "./actions.mjs";

// ---- sign in ----

async function sign_in_flow(page) {
	let bytes = 0;
	page.on("response", async (r) => (bytes += (await r.body().catch(() => "")).length + 300));
	await sign_in(page, facts.owner, "not the password");
	await page.waitForSelector(".notice.bad");
	check(
		"a wrong password shows the message and the hint of the API",
		/password/i.test(await text(page, ".notice")) &&
			(await page.locator(".notice p").count()) >= 2,
		await text(page, ".notice"),
	);
	await fill(page, "Password", facts.password);
	await click_button(page, "Sign in");
	await page.waitForSelector(".empty");
	check("the first page after sign-in loads less than 150 KB", bytes < 150000, `${bytes} bytes`);
	check(
		"the empty list of events offers the next step",
		/No events yet/.test(await text(page)) &&
			(await page.getByRole("link", { name: "New event" }).first().isVisible()),
	);
	const cookies = await page.context().cookies();
	check(
		"the cookies of the session and of the browser are HttpOnly and SameSite=Strict",
		cookies.length === 2 &&
			cookies.every((c) => c.httpOnly && c.sameSite === "Strict") &&
			(await page.evaluate(() => document.cookie)) === "",
		cookies,
	);
	for (const [hash, words] of [
		["#/orders", "No orders yet"],
		["#/settings/keys", "No keys yet"],
		["#/settings/webhooks", "No webhooks yet"],
	]) {
		await go_to(page, hash);
		check(
			`${hash}: the empty list explains itself`,
			(await text(page)).includes(words),
			await text(page),
		);
	}
	check_no_errors("sign in", /status of 401/);
}

// ---- keys ----

async function create_key(page) {
	await go_to(page, "#/settings/keys");
	await page.getByRole("link", { name: "+ Create Key" }).first().click();
	await page.waitForSelector("text=IP allowlist");
	const scopes = (await page.locator(".choice label").allInnerTexts()).map((s) => s.trim());
	check(
		"scopes are shown with their documented labels",
		[
			"Read Events",
			"Write Events",
			"Read Tickets",
			"Write Tickets",
			"Manage Webhooks",
			"Sell Tickets",
		].every((s) => scopes.includes(s)),
		scopes,
	);
	await click_button(page, "Create key");
	check(
		"a missing name and missing scopes are reported at their fields",
		(await page.locator(".field-error:not(:empty)").count()) === 2,
	);
	await fill(page, "Name", "Web shop");
	for (const label of ["Read Events", "Write Events", "Sell Tickets"])
		await page.getByLabel(label, { exact: true }).check();
	check("an event scope implies Read Orders", await page.getByLabel("Read Orders").isChecked());
	await fill(page, "IP allowlist optional", "10.0.0.5/24\nnonsense");
	check(
		"an allowlist is validated on input, with corrections",
		/use 10\.0\.0\.0\/24[\s\S]*nonsense is not an IPv4 or IPv6 address/.test(
			await text(page, ".feedback"),
		),
		await text(page, ".feedback"),
	);
	await click_button(page, "Use 10.0.0.0/24");
	await fill(
		page,
		"IP allowlist optional",
		(await page.getByLabel("IP allowlist optional").inputValue()).replace("\nnonsense", ""),
	);
	await click_button(page, "Add my address (127.0.0.1)");
	check(
		"… and the client's address can be added",
		(await page.getByLabel("IP allowlist optional").inputValue()) === "10.0.0.0/24\n127.0.0.1",
	);
	await click_button(page, "Create key");
	await page.waitForSelector("text=Your new key");
	const key = await text(page, ".copyable code");
	await click_button(page, "Copy key");
	check("the key is copied", (await page.evaluate(() => navigator.clipboard.readText())) === key);
	const line = await page.locator(".copyable code").last().innerText();
	const answer = JSON.parse(
		execFileSync("sh", ["-c", line.replace("curl ", "curl -s ")], { encoding: "utf8" }),
	);
	check(
		"the curl command works unchanged",
		answer.data?.apiKey?.name === "Web shop" && answer.data.organization.slug === "test",
		answer,
	);
	await click_link(page, "Done");
	await page.waitForSelector("text=Web shop");
	check(
		"… and later only the hint of the key is shown",
		!(await page.content()).includes(key) && (await text(page)).includes(key.slice(0, 12)),
		await text(page),
	);
	return key;
}

async function rotate_and_revoke(page, key) {
	await click_button(page, "Rotate Web shop");
	await dialog(page).getByRole("button", { name: "Rotate" }).click();
	await page.waitForSelector("text=Your new key");
	const fresh = await text(page, ".copyable code");
	const [old, young] = await Promise.all([
		api_call("GET", "/open-api/v1/me", key),
		api_call("GET", "/open-api/v1/me", fresh),
	]);
	check(
		"after a rotation, both keys are valid",
		fresh !== key && old.status === 200 && young.status === 200,
		[old, young],
	);
	check("… and the old one has the status Rotated", /Rotated/.test(await text(page)));
	await page
		.locator("tr", { hasText: "Rotated" })
		.getByRole("button", { name: "Revoke Web shop" })
		.click();
	check(
		"revoking asks for confirmation and names the key",
		/Revoke “Web shop”\?/.test(await text(page, "dialog")) &&
			(await dialog(page).getByRole("button", { name: "Revoke Web shop" }).isVisible()),
	);
	await dialog(page).getByRole("button", { name: "Revoke Web shop" }).click();
	await page.waitForFunction(
		() =>
			!document.querySelector("dialog") &&
			!/Rotated/.test(document.querySelector("main").innerText),
	);
	check(
		"a revoked key is rejected",
		(await api_call("GET", "/open-api/v1/me", key)).status === 401,
	);
	await click_button(page, "Show revoked and expired keys");
	await page.waitForSelector("text=Revoked");
	check_no_errors("keys");
	return fresh;
}

// ---- events ----

async function create_event(page) {
	await go_to(page, "#/events/new");
	await fill(page, "Name", "Himig ng Bayan");
	await fill(page, "Start time", "2040-11-14T19:00");
	await fill(page, "End time optional", "2040-11-14T23:00");
	await page.getByRole("combobox", { name: "Venue optional" }).fill("aranet");
	await page.waitForSelector("[role=option] strong");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Enter");
	await click_button(page, "Add ticket type");
	await click_button(page, "Add ticket type");
	for (const [i, name, price, quantity] of [
		[0, "General Admission", "1500.50", "40"],
		[1, "VIP", "5000", "many"],
	]) {
		const card = page.locator("#part-tickets .row-card").nth(i);
		await card.getByLabel("Name", { exact: true }).fill(name);
		await card.getByLabel("Price", { exact: true }).fill(price);
		await card.getByLabel("Quantity", { exact: true }).fill(quantity);
	}
	await click_button(page, "Add performer");
	await page.locator("#part-performers").getByLabel("Name", { exact: true }).fill("Ana Ramos");
	await click_button(page, "Add schedule entry");
	const entry = page.locator("#part-schedules");
	await entry.getByLabel("Title", { exact: true }).fill("Main set");
	await entry.getByLabel("Start time", { exact: true }).fill("2040-11-14T20:00");
	await entry.getByLabel("Ana Ramos").check();
	await click_button(page, "Add brand");
	await page.locator("#part-brands").getByLabel("Name", { exact: true }).fill("Habagat");
	await click_button(page, "Save");
	const vip = page.locator("#part-tickets .row-card").nth(1);
	check(
		"a quantity that is not a number is reported at its field",
		(await vip.locator(".field-error:not(:empty)").innerText()) ===
			"Quantity must be a whole number." && sql("SELECT COUNT(*) FROM events") === "0",
	);
	await numbers_as_written(vip);
	await vip.getByLabel("Quantity", { exact: true }).fill("-1");
	await click_button(page, "Save");
	await page.waitForSelector(".notice.bad");
	check(
		"errors of the API are reported at their fields",
		(await vip.locator(".field-error:not(:empty)").innerText()) ===
			"Quantity must not be less than 0" && sql("SELECT COUNT(*) FROM events") === "0",
		await text(page, ".notice"),
	);
	await vip.getByLabel("Quantity", { exact: true }).fill("10");
	await click_button(page, "Save");
	await page.waitForSelector("h1:text-is('Himig ng Bayan')");
	await wait_until_rendered(page);
	const shown = await text(page);
	check(
		"the event page shows time, venue, performers and prices",
		/Nov 14, 2040, 7:00 PM GMT\+8/.test(shown) &&
			/Araneta/.test(shown) &&
			/Ana Ramos/.test(shown) &&
			/Habagat/.test(shown) &&
			/₱1,500\.50/.test(shown),
		shown,
	);
	const id = page.url().split("/").pop();
	check("the schedule entry refers to its performer", await has_performer(page, id));
	await publish_event(page);
	check(
		"a published event links to its public page",
		(await page.getByRole("link", { name: /Public page/ }).getAttribute("href")).endsWith(
			"/e/test/himig-ng-bayan",
		),
	);
	check_no_errors("events", /status of 400/);
	return id;
}

async function has_performer(page, id) {
	const { data } = await page.evaluate(
		async (e) => (await fetch(`/open-api/v1/events/${e}`)).json(),
		id,
	);
	return data.schedules[0].performerIds[0] === data.performers[0].id;
}

// ---- concurrent edits ----

async function concurrent_edits(one, event) {
	const two = await open_page({});
	await sign_in(two, facts.owner);
	await wait_until_rendered(two);
	await go_to(one, `#/events/${event}/edit`);
	await go_to(two, `#/events/${event}/edit`);
	await fill(two, "Name", "Himig ng Bayan 2040");
	await fill(two, "Capacity optional", "45");
	await two
		.locator("#part-tickets .row-card")
		.nth(1)
		.getByLabel("Price", { exact: true })
		.fill("4800");
	await click_button(two, "Save");
	await two.waitForSelector("h1:text-is('Himig ng Bayan 2040')");
	await fill(one, "Name", "Himig at Tinig");
	await fill(one, "Description optional", "One night of folk and rock.");
	await one
		.locator("#part-tickets .row-card")
		.nth(1)
		.getByLabel("Quantity", { exact: true })
		.fill("12");
	await click_button(one, "Save");
	await one.waitForSelector(".notice.warn");
	const told = await text(one, ".notice");
	check(
		"the second editor sees the changes of the first",
		/Another user saved/.test(told) &&
			/Capacity: 45/.test(told) &&
			/Price: ₱4,800/.test(told) &&
			/Theirs: Himig ng Bayan 2040[\s\S]*Yours: Himig at Tinig/.test(told),
		told,
	);
	check(
		"… and keeps the entered values",
		(await one.getByLabel("Name", { exact: true }).first().inputValue()) === "Himig at Tinig" &&
			(await one.getByLabel("Capacity optional").inputValue()) === "45",
	);
	await click_button(one, "Save");
	await one.waitForSelector("h1:text-is('Himig at Tinig')");
	const { data } = await one.evaluate(
		async (e) => (await fetch(`/open-api/v1/events/${e}`)).json(),
		event,
	);
	check(
		"after saving again, both changes are stored",
		data.name === "Himig at Tinig" &&
			data.eventCapacity === 45 &&
			data.description === "One night of folk and rock." &&
			data.tickets[1].price === 4800 &&
			data.tickets[1].quantity === 12,
		data,
	);
	check_no_errors("concurrent edits");
	await changed_out_of_sight(one, two, event);
	await two.context().close();
}

// Archives and restores the event with the page's session.
const restore_again = (page, event) =>
	page.evaluate(async (path) => {
		const session = await (await fetch("/dashboard/v1/session")).json();
		const headers = { "X-CSRF-Token": session.data.csrfToken };
		for (const action of ["archive", "restore"])
			await fetch(`${path}/${action}`, { method: "POST", headers });
	}, `/open-api/v1/events/${event}`);

// Another user changes what the form does not show, and a proxy has weakened the entity tags.
async function changed_out_of_sight(page, other, event) {
	const path = `**/open-api/v1/events/${event}`;
	await page.route(path, async (route) => {
		const response = await fetch_routed(route);
		const { etag, ...headers } = response.headers();
		if (etag) headers.etag = `W/${etag}`;
		await route.fulfill({ response, headers });
	});
	await go_to(page, `#/events/${event}/edit`);
	await restore_again(other, event);
	await fill(page, "Description optional", "Saved beside another change.");
	await click_button(page, "Save");
	await page.waitForSelector("h1:text-is('Himig at Tinig')");
	await page.unroute(path);
	check(
		"a change that the form does not show is no obstacle to saving",
		sql("SELECT description FROM events") === "Saved beside another change.",
		sql("SELECT description FROM events"),
	);
	check_no_errors("a change out of sight", /status of 412/);
}

async function session_expires(page, event) {
	await go_to(page, `#/events/${event}/edit`);
	await fill(page, "Description optional", "Typed before the session ended.");
	await page.evaluate(() => (location.hash = "#/orders"));
	await page.waitForSelector("dialog[open]");
	check(
		"leaving a page with unsaved changes asks for confirmation",
		/Leave without saving/.test(await text(page, "dialog")),
	);
	await dialog(page).getByRole("button", { name: "Cancel" }).click();
	sql("DELETE FROM sessions");
	await click_button(page, "Save");
	await page.waitForSelector("dialog[open] input[name=password]");
	await dialog(page).getByLabel("Email address").fill(facts.owner);
	await dialog(page).getByLabel("Password").fill(facts.password);
	await dialog(page).getByRole("button", { name: "Sign in" }).click();
	await page.waitForSelector("h1:text-is('Himig at Tinig')");
	check(
		"an expired session is renewed in place, and the input is saved",
		sql("SELECT description FROM events") === "Typed before the session ended.",
		sql("SELECT description FROM events"),
	);
	check_no_errors("an expired session", /status of 401/);
}

run(async () => {
	const page = await open_page({
		permissions: ["clipboard-read", "clipboard-write"],
		acceptDownloads: true,
	});
	await sign_in_flow(page);
	const key = await rotate_and_revoke(page, await create_key(page));
	const event = await create_event(page);
	const order = await sell_tickets(page, key, event);
	await refund(page, order);
	await forgiving_form(page, event);
	await concurrent_edits(page, event);
	await session_expires(page, event);
	await webhook_flow(page);
	await try_reference(page, key);
	await audit_log(page);
	await viewer_is_read_only(event, order.reference);
	await add_paid_ticket(page, event);
	await click_button(page, "Sign out");
	await page.waitForSelector("h1:text-is('Sign in')");
	check(
		"after signing out, the API rejects the session",
		(await page.evaluate(async () => (await fetch("/dashboard/v1/session")).status)) === 401,
	);
});
