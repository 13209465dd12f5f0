// lost_tickets: the form that has the link to tickets sent again.
import {
	check,
	check_accessible,
	check_fits_width,
	check_no_errors,
	facts,
	open_page,
	run,
	screenshot,
} from "./browser.mjs";
import { fill, wait_for_picker } from "./actions.mjs";

const { events } = facts;

async function ask(page, email, words) {
	await page.getByText(words.lost).click();
	const form = page.locator(".lost form");
	await form.getByRole("button", { name: words.send }).click();
	check(
		`${email}: an address is required`,
		(await form.locator(".field-error").innerText()).length > 5,
	);
	await fill(page, "Email address", email);
	await check_accessible(page, `lost tickets, ${email}`);
	await check_fits_width(page, `lost tickets, ${email}`);
	await screenshot(page, `lost-tickets-${words.send.replaceAll(" ", "-")}`);
	await form.getByRole("button", { name: words.send }).click();
	await page.getByText(words.sent).waitFor();
	check(
		`${email}: what is said does not tell whether there are tickets`,
		(await page.locator(".lost form").count()) === 0,
	);
}

await run(async () => {
	const english = await open_page({ width: 1280 });
	await english.goto(events.free.path);
	await wait_for_picker(english);
	await ask(english, "nobody@example.com", {
		lost: "Lost your tickets?",
		send: "Send the link",
		sent: "If tickets were ordered with this address, the link is on its way.",
	});
	const filipino = await open_page({ width: 360, scheme: "dark" });
	await filipino.goto(`${events.free.path}?lang=fil`);
	await wait_for_picker(filipino);
	await ask(filipino, "ben@example.com", {
		lost: "Nawala ang mga ticket mo?",
		send: "Ipadala ang link",
		sent: "Kung may na-order na ticket gamit ang address na ito, papunta na ang link.",
	});
	check_no_errors("lost tickets");
});
