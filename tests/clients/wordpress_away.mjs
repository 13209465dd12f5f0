// wordpress_away: what the plugin shows while ticketgate cannot be reached.
import { check, facts, open_page, run } from "../browser/browser.mjs";

run(async () => {
	const page = await open_page();
	const [EVENTS, FREE] = facts.pages;
	await page.goto(`/?page_id=${EVENTS}`);
	const count = await page.locator(".ticketgate-events li").count();
	check("ticketgate is away: the last list is shown", count === 2, count);
	await page.goto(`/?page_id=${FREE}`);
	const text = await page.locator("main").innerText();
	check("ticketgate is away: the event with its link", /Get tickets/.test(text), text);
});
