// buyer_waiting: a buyer whose network has used up its limit waits in line.
import { check } from "./browser.mjs";
import { click_button, text, visit } from "./actions.mjs";

// Creates and releases holds until the rate limit applies, then clicks the button of the page. With
// `stands`, the page's clock stands still from then on, until `go_on` is called.
async function exhaust_hold_limit([eventId, ticketId, stands]) {
	const end = Date.now() + 20000;
	let wait = 0;
	while (wait < 3 && Date.now() < end) {
		const response = await fetch("/public/v1/holds", {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify({ eventId, items: [{ ticketId, quantity: 1 }] }),
		});
		if (response.ok)
			await fetch(`/public/v1/holds/${(await response.json()).data.id}`, {
				method: "DELETE",
			});
		else
			await new Promise((go) =>
				setTimeout(go, (wait = Number(response.headers.get("Retry-After"))) < 3 ? 100 : 0),
			);
	}
	if (stands) {
		const now = Date.now,
			at = now();
		Date.now = () => at;
		window.go_on = () => (Date.now = now);
	}
	document.querySelector(".take button").click();
	return wait;
}

export async function waits_in_line(page, { id, tickets, path }, check_page) {
	await visit(page, path);
	const wait = await page.evaluate(exhaust_hold_limit, [id, tickets[0], true]);
	await page.waitForSelector(".choosing .waiting");
	check(
		"the hold limit of an IP address is a place in line, with the time until the next try",
		wait >= 3 &&
			/You are in line\./.test(await text(page, ".choosing .waiting")) &&
			/Next try in \d+ seconds?\./.test(await text(page, ".choosing .waiting")),
		await text(page, "#tickets"),
	);
	await check_page(page, "in-line");
	await click_button(page, "Stop waiting");
	check(
		"a buyer who stops waiting is back at the selection",
		(await page.locator(".waiting").count()) === 0 &&
			(await page.getByRole("button", { name: "Get tickets" }).isEnabled()),
	);
	await page.evaluate(() => window.go_on());
	await page.evaluate(exhaust_hold_limit, [id, tickets[0], false]);
	await page.waitForSelector(".countdown", { timeout: 60000 });
	check(
		"… and one who waits gets the tickets without another click",
		(await page.locator(".waiting").count()) === 0,
	);
}
