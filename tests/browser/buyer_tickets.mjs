// buyer_tickets: the way from the confirmation to the tickets, which survives a reload and a closed
// tab.
import { check, facts, open_tab } from "./browser.mjs";
import { text, wait_for_picker } from "./actions.mjs";

const { events } = facts;

// The page shows the confirmation of an order with four tickets.
export async function check_way_to_tickets(page, reference) {
	const link = await page
		.getByRole("link", { name: "Show the tickets" })
		.evaluate((a) => a.pathname);
	check("a link leads to the tickets", /^\/o\/[\w-]{35}$/.test(link), link);
	check("… which is the address of the page now", new URL(page.url()).pathname === link);
	await page.reload();
	await page.waitForSelector(".issued");
	check("a reload shows the tickets", (await page.locator("svg.qr").count()) === 4);
	const other = await open_tab(page.context());
	await other.goto(events.free.path);
	await other.waitForSelector(".notice.own");
	const own = await other
		.locator(".notice.own a")
		.evaluateAll((list) => list.map((a) => [a.textContent, a.pathname]));
	check(
		"the event's page in a new tab leads to them",
		own.length === 1 && own[0][0] === reference && own[0][1] === link,
		own,
	);
	await other.evaluate(() => {
		const key = Object.keys(localStorage).find((k) => k.startsWith("ticketgate orders"));
		const orders = JSON.parse(localStorage.getItem(key));
		localStorage.setItem(key, JSON.stringify(orders.map((o) => ({ ...o, until: 1 }))));
	});
	await other.reload();
	await wait_for_picker(other);
	await other.waitForLoadState("networkidle");
	check(
		"… until the event is over",
		(await other.locator(".notice.own").count()) === 0 &&
			!(await other.evaluate(() => JSON.stringify({ ...localStorage }))).includes(reference),
	);
	await other.close();
	await page.goto(events.free.path);
	await page.waitForSelector(".reference");
	check(
		"in the same tab it shows the confirmation again",
		(await text(page, ".reference")) === reference,
	);
}
