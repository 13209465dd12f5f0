// organizer_orders: orders that arrive, are found and are refunded.
import { check, check_no_errors, go_to, wait_until_rendered } from "./browser.mjs";
import { api_call, click_button, click_link, dialog, text } from "./actions.mjs";
import { resend } from "./organizer_mail.mjs";

export async function sell_tickets(page, key, event) {
	const tickets = (
		await page.evaluate(async (e) => (await fetch(`/open-api/v1/events/${e}`)).json(), event)
	).data.tickets;
	await page.waitForSelector(".tile");
	const order = (items, name) =>
		api_call("POST", "/box-office/v1/orders", key, {
			eventId: event,
			items,
			buyer: { name, email: "ben@example.com" },
			payment: { provider: "cash", reference: "till 3" },
		});
	const first = await order(
		[
			{ ticketId: tickets[0].id, quantity: 3 },
			{ ticketId: tickets[1].id, quantity: 1 },
		],
		"Ben Cruz",
	);
	check("the key creates an order", first.status === 201, first);
	await page.waitForFunction(() => document.querySelector(".tile dd").textContent === "4", null, {
		timeout: 9000,
	});
	await page.waitForSelector("text=Ben Cruz");
	check(
		"the event page shows the order without a reload",
		/Ben Cruz/.test(await text(page)) && /₱9,501\.50/.test(await text(page)),
		await text(page),
	);
	check(
		"… and the chart's label is updated",
		/4 tickets/.test(await page.locator(".chart > svg").getAttribute("aria-label")),
		await page.locator(".chart > svg").getAttribute("aria-label"),
	);
	return first.json.data;
}

// How many orders a search finds; it finds some or says that there are none.
async function found_orders(page, words) {
	await page.getByLabel("Search").fill(words);
	await click_button(page, "Filter");
	await page.waitForFunction(
		(q) =>
			location.hash.includes(`q=${encodeURIComponent(q)}`) &&
			document.querySelector("main :is(tbody tr, .empty)") &&
			document.querySelector("input[name=q]").value === q,
		words,
	);
	await wait_until_rendered(page);
	return page.locator("tbody tr").count();
}

export async function refund(page, order) {
	await go_to(page, "#/orders");
	for (const [words, n] of [
		["cruz", 1],
		["lopez", 0],
		["ben@example", 1],
		[order.reference.toLowerCase(), 1],
	]) {
		const found = await found_orders(page, words);
		check(`a search of orders for ${words} finds ${n}`, found === n, found);
	}
	await click_link(page, order.reference);
	await page.waitForSelector("text=ben@example.com");
	await click_button(page, "Refund");
	await dialog(page).getByLabel("General Admission").selectOption("1");
	await dialog(page).getByLabel("VIP").selectOption("0");
	check(
		"a partial refund shows its amount first",
		/Partial refund: ₱1,500\.50\./.test(await text(page, "dialog")),
		await text(page, "dialog"),
	);
	await dialog(page).getByRole("button", { name: "Refund" }).click();
	await page.waitForSelector(".breadcrumb :text('Partially refunded')");
	await click_button(page, "Refund");
	await dialog(page).getByLabel("Reason").fill("Ill <b>");
	await dialog(page).getByRole("button", { name: "Refund" }).click();
	await page.waitForSelector(".breadcrumb :text-is('Refunded')");
	check(
		"then the rest is refunded, and the reason is shown",
		/₱9,501\.50/.test(await text(page, ".sums")) &&
			/Returned to inventory\s+Ill <b>/.test(await text(page)) &&
			(await page.getByRole("button", { name: "Refund" }).count()) === 0,
		await text(page),
	);
	await resend(page);
	await go_to(page, "#/orders");
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		click_button(page, "Download CSV"),
	]);
	const { readFileSync } = await import("node:fs");
	const csv = readFileSync(await download.path(), "utf8")
		.trim()
		.split("\r\n");
	check(
		"the CSV has a header and every order",
		csv.length === 2 && csv[0].startsWith("id,reference") && csv[1].includes(order.reference),
		csv,
	);
	check_no_errors("orders");
}
