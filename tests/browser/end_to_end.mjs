// end_to_end: from an empty organization to an API key, a webhook, an event, orders on its public
// page, the live sales chart, a refund, and the webhook's deliveries.
import {
	check,
	check_no_errors,
	facts,
	go_to,
	open_page,
	run,
	wait_until_rendered,
} from "./browser.mjs";
import {
	api_call,
	click_button,
	create_event,
	dialog,
	fill,
	publish_event,
	run_program,
	sign_in,
	sql,
	text,
} from "./actions.mjs";

const PAGE = "/e/test/himig-ng-bayan";

// From opening the dashboard to a copied key.
async function create_key(page) {
	let bytes = 0; // as they come over the wire, headers included
	const wire = await page.context().newCDPSession(page);
	await wire.send("Network.enable");
	wire.on("Network.loadingFinished", (r) => (bytes += r.encodedDataLength));
	const from = Date.now();
	await sign_in(page, facts.owner);
	await page.waitForSelector(".empty");
	check(
		"the first page of the dashboard loads less than 150 KB",
		bytes > 20000 && bytes < 150000,
		`${bytes} bytes`,
	);
	await page.getByRole("link", { name: "API Keys", exact: true }).click();
	await page.getByRole("link", { name: "+ Create Key" }).first().click();
	await fill(page, "Name", "Web shop");
	for (const scope of ["Read Events", "Sell Tickets"])
		await page.getByLabel(scope, { exact: true }).check();
	await click_button(page, "Create key");
	await click_button(page, "Copy key");
	await page.waitForSelector("text=Copied.");
	const key = await page.evaluate(() => navigator.clipboard.readText());
	const took = Date.now() - from;
	check("from opening the dashboard to a copied key: under a minute", took < 60000, `${took} ms`);
	console.log(`# ${bytes} bytes, ${took} ms to a copied key`);
	const me = await api_call("GET", "/open-api/v1/me", key);
	check(
		"the copied key authenticates",
		me.status === 200 && me.json.data.apiKey.name === "Web shop",
		me,
	);
	check_no_errors("creating a key");
	return key;
}

async function create_webhook(page) {
	await go_to(page, "#/settings/webhooks");
	await page.getByRole("button", { name: "New webhook" }).first().click();
	await dialog(page).getByLabel("URL").fill(facts.hook);
	await dialog(page).getByRole("button", { name: "Create webhook" }).click();
	await page.waitForSelector("text=Webhook secret");
	await dialog(page).getByRole("button", { name: "Close" }).click();
	await page.waitForSelector("text=No deliveries yet");
	return page.url();
}

async function sell_in_public(page) {
	await create_event(page, "Himig ng Bayan", "2040-11-14T19:00", [
		["General Admission", "1500", "20"],
		["Student", "0", "20"],
	]);
	await publish_event(page);
	const [shown] = await Promise.all([
		page.waitForEvent("popup"),
		page.getByRole("link", { name: /Public page/ }).click(),
	]);
	await shown.waitForLoadState();
	check(
		"“Public page” opens the event's page",
		new URL(shown.url()).pathname === PAGE &&
			(await shown.textContent("h1")) === "Himig ng Bayan",
		shown.url(),
	);
	await shown.close();
	check_no_errors("creating an event");
}

const chart_label = (page) => page.locator(".chart > svg").getAttribute("aria-label");

async function buy_tickets(page, buyer, key) {
	await page.evaluate(() => (window.same_page = true));
	await buyer.goto(PAGE);
	for (let n = 0; n < 2; n++)
		await buyer.getByRole("button", { name: "Increase quantity: Student" }).click();
	await click_button(buyer, "Get tickets");
	await fill(buyer, "Name", "Ana Reyes");
	await fill(buyer, "Email address", "ana@example.com");
	await click_button(buyer, "Complete order");
	const reference = await text(buyer, ".reference");
	check(
		"a free order is completed on the public page",
		sql(`SELECT COUNT(*) FROM orders WHERE reference = '${reference}'`) === "1",
		reference,
	);
	await page.waitForFunction(() =>
		/: 2 tickets/.test(document.querySelector(".chart > svg").ariaLabel),
	);
	await page.waitForSelector("text=Ana Reyes");
	check(
		"the chart is updated without a reload, and the buyer is listed",
		(await page.evaluate(() => window.same_page)) && /Ana Reyes/.test(await text(page)),
		await chart_label(page),
	);
	await click_button(buyer, "Get more tickets");
	await buyer.getByRole("button", { name: "Increase quantity: General Admission" }).click();
	await click_button(buyer, "Get tickets");
	await buyer.getByRole("link", { name: "Continue to checkout" }).click();
	await buyer.waitForURL(/\/checkout\?/);
	const hold = new URL(buyer.url()).searchParams.get("hold");
	const order = await api_call("POST", "/box-office/v1/orders", key, {
		holdId: hold,
		buyer: { name: "Ben Cruz", email: "ben@example.com" },
		payment: { provider: "card", reference: "pay-1" },
	});
	check(
		"the checkout receives the hold and creates the order",
		order.status === 201 && order.json.data.total === 1500,
		order,
	);
	await page.waitForFunction(() =>
		/: 3 tickets/.test(document.querySelector(".chart > svg").ariaLabel),
	);
	check(
		"the revenue is updated",
		/₱1,500/.test(await text(page, ".tiles")),
		await text(page, ".tiles"),
	);
	check_no_errors("buyers", /\/checkout\?/);
	return { reference, order: order.json.data };
}

async function refund_order(page, order) {
	await page.getByRole("link", { name: order.reference }).click();
	await click_button(page, "Refund");
	await dialog(page).getByRole("button", { name: "Refund" }).click();
	await page.waitForSelector(".breadcrumb :text-is('Refunded')");
	check(
		"refunded in the dashboard",
		sql(`SELECT status FROM orders WHERE reference = '${order.reference}'`) === "REFUNDED",
	);
}

const flush = () =>
	run_program(`${facts.build}/cron/webhook-flush`, ["--conf", facts.conf, "--once"]);

async function check_deliveries(page, at, reference, order) {
	await flush();
	await page.goto(at);
	await wait_until_rendered(page);
	const rows = await page.locator("tbody tr").allInnerTexts();
	check(
		"the webhook received both orders and the refund",
		rows.length === 3 &&
			rows.filter((r) => /order\.completed/.test(r)).length === 2 &&
			rows.every((r) => /Delivered/.test(r)),
		rows,
	);
	await page.getByRole("button", { name: /^Open order.refunded/ }).click();
	await page.waitForSelector("dialog .attempt");
	const shown = await text(page, "dialog");
	check(
		"a delivery shows the request body and the response",
		shown.includes(order.reference) &&
			/"status": "REFUNDED"/.test(shown) &&
			/thank you/.test(shown),
		shown,
	);
	await page.keyboard.press("Escape");
	const free = page.getByRole("button", { name: /^Open order.completed/ }).last();
	await free.click();
	await page.waitForSelector("dialog .attempt");
	check(
		"… also for the free order",
		(await text(page, "dialog")).includes(reference),
		await text(page, "dialog"),
	);
	await dialog(page).getByRole("button", { name: "Redeliver" }).click();
	await page.waitForSelector(".badge:text-is('Pending')");
	await flush();
	await click_button(page, "Refresh");
	await page.waitForFunction(() => !/Pending/.test(document.querySelector("tbody").innerText));
	await page
		.getByRole("button", { name: /^Open order.completed/ })
		.last()
		.click();
	await page.waitForSelector("dialog .attempt + .attempt");
	check(
		"redelivery adds a manual attempt",
		/Attempt 2[\s\S]*manual/.test(await text(page, "dialog")),
		await text(page, "dialog"),
	);
	check_no_errors("deliveries");
}

run(async () => {
	const page = await open_page({ permissions: ["clipboard-read", "clipboard-write"] });
	const key = await create_key(page);
	const at = await create_webhook(page);
	await sell_in_public(page);
	const { reference, order } = await buy_tickets(page, await open_page({ width: 360 }), key);
	await refund_order(page, order);
	await check_deliveries(page, at, reference, order);
});
