// browser_client: the JavaScript client on a page of another origin than the API's: event, hold and
// free order by the public operations; and an error with its code.
import { check, facts, open_page, run } from "../browser/browser.mjs";

// Runs in the page.
async function buy({ api: baseUrl, event: slug }) {
	const { Ticketgate } = await import("/ticketgate.js");
	const api = new Ticketgate({ baseUrl });
	const event = await api.getPublicEvent("test", slug);
	const free = event.tickets.find((ticket) => ticket.price === "0");
	const items = [{ ticketId: free.id, quantity: 1 }];
	const dropped = await api.createPublicHold({ eventId: event.id, items });
	const released = await api.releasePublicHold(dropped.id);
	const hold = await api.createPublicHold({ eventId: event.id, items });
	const buyer = { name: "Ben Cruz", email: "ben@example.com" };
	const order = await api.createPublicOrder({ holdId: hold.id, buyer });
	const late = await api.createPublicOrder({ holdId: hold.id, buyer }).catch((error) => error);
	const etag = (await import("/ticketgate.js")).etagOf(event);
	return { event, released, order, late: { ...late }, etag };
}

run(async () => {
	const page = await open_page();
	await page.goto("/README.md");
	const got = await page.evaluate(buy, facts);
	check("browser: amounts are strings", got.event.tickets[0].price === "1500.50", got.event);
	check("browser: the ETag can be read", /^(W\/)?"/.test(got.etag ?? ""), got.etag);
	check("browser: a hold is released", got.released.deleted === true, got.released);
	check("browser: a free order", got.order.reference?.startsWith("TN-"), got.order);
	check(
		"browser: an error has code, hint and request id",
		got.late.code === "CONFLICT" && got.late.hint !== "" && got.late.requestId !== "",
		got.late,
	);
});
