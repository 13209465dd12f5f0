// organizer_settings: webhooks, the API reference, the audit log, and the read-only role.
import {
	check,
	check_no_errors,
	facts,
	go_to,
	open_page,
	wait_until_rendered,
} from "./browser.mjs";
import { click_button, dialog, fill, sign_in, sql, text } from "./actions.mjs";

// ---- webhooks ----

// A delivery that is no test, queued again from the list that is shown.
async function redeliver(page) {
	sql("UPDATE webhook_deliveries SET is_test = 0");
	await page.getByRole("button", { name: /^Open order.completed/ }).click();
	await dialog(page).getByRole("button", { name: "Redeliver" }).click();
	await page.waitForSelector("tbody tr:has-text('Pending')");
	const focused = () => document.activeElement.getAttribute("aria-label");
	check(
		"a redelivery is seen without a reload; the test's result and the focus stay",
		/Success/.test(await text(page, ".notice")) &&
			/^Open order.completed/.test(await page.evaluate(focused)),
		[await page.evaluate(focused), await text(page)],
	);
}

const last_delivery = (page) =>
	page.locator("dl div", { hasText: "Last successful delivery" }).locator("dd").innerText();

export async function webhook_flow(page) {
	await go_to(page, "#/settings/webhooks");
	await page.getByRole("button", { name: "New webhook" }).first().click();
	await dialog(page).getByLabel("URL").fill("http://192.168.1.1/hook");
	await dialog(page).getByRole("button", { name: "Create webhook" }).click();
	await page.waitForSelector("dialog .notice.bad");
	check(
		"a private address is rejected in the form",
		/url/.test(await text(page, "dialog .notice")),
		await text(page, "dialog .notice"),
	);
	await dialog(page).getByLabel("URL").fill(facts.hook);
	await dialog(page).getByRole("button", { name: "Create webhook" }).click();
	await page.waitForSelector("text=Webhook secret");
	check("the secret is shown once", /^whsec_/.test(await text(page, "dialog .copyable code")));
	await dialog(page).getByRole("button", { name: "Close" }).click();
	await page.waitForSelector("text=No deliveries yet");
	await click_button(page, "Send test");
	await page.waitForSelector(".notice:has-text('Success')");
	check(
		"a test shows the response as text",
		/200/.test(await text(page, ".notice")) && /thank <b>you<\/b>/.test(await text(page)),
		await text(page),
	);
	await page.waitForSelector("tbody tr:has-text('Delivered')");
	check(
		"… and the delivery is listed beside it without a reload",
		(await page.locator("tbody tr").count()) === 1 &&
			!/No deliveries yet/.test(await text(page)) &&
			/Success/.test(await text(page, ".notice")),
		await text(page),
	);
	check(
		"… and is not the last delivery, which counts events",
		(await last_delivery(page)) === "None yet; tests do not count",
		await text(page),
	);
	await page.getByRole("button", { name: /^Open order.completed/ }).click();
	await page.waitForSelector("dialog .attempt");
	check(
		"a delivery shows its attempts and its body",
		/Attempt 1/.test(await text(page, "dialog")) &&
			/"isTest": true/.test(await text(page, "dialog")),
		await text(page, "dialog"),
	);
	check(
		"… a test is not offered for redelivery, which the API rejects",
		(await dialog(page).getByRole("button", { name: "Redeliver" }).count()) === 0,
	);
	await page.keyboard.press("Escape");
	await redeliver(page);
	await click_button(page, "Disable");
	await dialog(page).getByRole("button", { name: "Disable" }).click();
	await page.waitForSelector(".notice.bad");
	check(
		"a disabled webhook shows the reason",
		/Disabled/.test(await text(page, ".notice")),
		await text(page, ".notice"),
	);
	await click_button(page, "Enable");
	await dialog(page).getByRole("button", { name: "Enable" }).click();
	await page.waitForSelector(".breadcrumb :text('Active')");
	await click_button(page, "Recover…");
	await dialog(page).getByRole("button", { name: "Recover" }).click();
	await page.waitForSelector(".toast:has-text('recover')");
	await wait_until_rendered(page); // the page is drawn again behind the toast
	await click_button(page, "Rotate secret");
	await dialog(page).getByRole("button", { name: "Rotate" }).click();
	await page.waitForSelector("text=New webhook secret");
	check("a new secret is shown once", /^whsec_/.test(await text(page, "dialog .copyable code")));
	await dialog(page).getByRole("button", { name: "Close" }).click();
	check_no_errors("webhooks", /status of 400/);
}

// The API reference: an operation is called with an API key.
export async function try_reference(page, key) {
	await page.goto("/docs/#/getAccount");
	await wait_until_rendered(page);
	await fill(page, "API key", key);
	await click_button(page, "Send");
	await page.waitForSelector("text=200 OK");
	check(
		"the reference calls the live API",
		(await text(page, ".answer")).includes("Web shop"),
		await text(page, "main"),
	);
	await page.getByLabel("Find").fill("publish");
	check(
		"… finds operations",
		(await page.locator("#operations li").count()) >= 4 &&
			(await page.locator("#operations li").allInnerTexts()).length < 15,
	);
	await page.goto("/docs/#/createEvent");
	await page.waitForSelector("h2:text-is('Request body')");
	check(
		"… and shows the fields of a body with their limits",
		/1 to 200 characters/.test(await text(page)) &&
			/Default: Asia\/Manila/.test(await text(page)),
	);
	await page.goto("/dashboard/");
	await wait_until_rendered(page);
	check_no_errors("API reference");
}

export async function audit_log(page) {
	await go_to(page, "#/settings/audit");
	await page.reload();
	await wait_until_rendered(page);
	await page.keyboard.press("Tab");
	const first = await page.evaluate(() => document.activeElement.textContent);
	await page.keyboard.press("Enter");
	check(
		"the first tab stop is the skip link",
		first === "Skip to content" &&
			(await page.evaluate(() => document.activeElement.id)) === "main",
		first,
	);
	check(
		"the audit log shows actor, action and address",
		/owner@test\.example/.test(await text(page)) &&
			/event\.publish/.test(await text(page)) &&
			/127\.0\.0\.1/.test(await text(page)),
		await text(page),
	);
	await page.getByLabel("Action").fill("event.publish");
	await click_button(page, "Filter");
	await page.waitForFunction(
		() =>
			location.hash.includes("event.publish") &&
			document.querySelectorAll("tbody tr").length === 1,
	);
	check("… and can be filtered by action", true);
	check_no_errors("audit log");
}

// ---- the viewer role ----

const WRITES = [
	"New event",
	"+ Create Key",
	"New webhook",
	"Edit",
	"Publish",
	"Unpublish",
	"Archive",
	"Delete",
	"Refund",
	"Revoke",
	"Rotate",
	"Send test",
	"Disable",
	"Save",
	"Start selling",
	"Mark sold out",
	"Stop selling",
];

export async function viewer_is_read_only(event, reference) {
	const page = await open_page({});
	await sign_in(page, facts.viewer);
	await wait_until_rendered(page);
	for (const hash of [
		"#/events",
		`#/events/${event}`,
		"#/orders",
		`#/orders/${reference}`,
		"#/settings/keys",
		"#/settings/audit",
	]) {
		await go_to(page, hash);
		const offered = (
			await page.locator("main button:not([disabled]), main a.button").allInnerTexts()
		).filter((label) => WRITES.some((write) => label.startsWith(write)));
		check(
			`a viewer sees ${hash.replace(event, "…")} without write actions`,
			offered.length === 0 && (await page.locator(".notice.bad").count()) === 0,
			offered,
		);
	}
	check(
		"… and the menu has no webhooks",
		(await page.getByRole("link", { name: "Webhooks" }).count()) === 0,
	);
	await go_to(page, `#/events/${event}/edit`);
	const open_fields = await page
		.locator(".part :is(input, select, textarea, button):not([disabled])")
		.count();
	check(
		"forms are shown disabled",
		open_fields === 0 && (await page.getByRole("button", { name: "Save" }).isDisabled()),
		`${open_fields} fields can be changed`,
	);
	check_no_errors("viewer");
	await page.context().close();
}
