// organizer_publish: publishing an event whose paid tickets nobody could buy on its page.
import {
	check,
	check_accessible,
	check_fits_width,
	check_no_errors,
	facts,
	go_to,
	screenshot,
} from "./browser.mjs";
import { click_button, dialog, run_program, sql, text } from "./actions.mjs";

const COMMAND = "ticketgate org set test --checkout-url";

// Opens the dialog of a button and returns what it says.
async function ask(page, name) {
	await page.getByRole("button", { name, exact: true }).click();
	await page.waitForSelector("dialog[open]");
	return text(page, "dialog");
}

async function answer(page, name) {
	await dialog(page).getByRole("button", { name, exact: true }).click();
	await page.waitForSelector("dialog", { state: "detached" });
}

function set_checkout_url(url) {
	const [, , ...words] = COMMAND.split(" ");
	const command = ["--conf", facts.conf, "org", ...words, url];
	return run_program(`${facts.build}/ticketgate`, command);
}

export async function publish_event(page) {
	const { width } = page.viewportSize();
	const warned = await ask(page, "Publish");
	check(
		"publishing paid tickets without a checkout URL: the dialog says what visitors see",
		warned.includes("Visitors cannot buy the paid tickets") &&
			warned.includes("asks visitors to contact you") &&
			warned.includes(`${COMMAND} URL`),
		warned,
	);
	await check_accessible(page, "the warning");
	for (const scheme of ["light", "dark"])
		for (const size of [360, width]) {
			await page.emulateMedia({ colorScheme: scheme });
			await page.setViewportSize({ width: size, height: 860 });
			await check_fits_width(page, `the warning at ${size} px`);
			await screenshot(page, `publish-warning-${size}-${scheme}`, false);
		}
	await page.emulateMedia({ colorScheme: "light" });
	await answer(page, "Cancel");
	await ask(page, "Stop selling: VIP");
	await answer(page, "Stop selling");
	const started = await ask(page, "Start selling: VIP");
	check("… and so does that of a single ticket type", started.includes(COMMAND), started);
	await answer(page, "Start selling");
	await page.getByRole("button", { name: "Stop selling: VIP" }).waitFor();
	await set_checkout_url("https://pay.example/");
	const silent = await ask(page, "Publish");
	check(
		"with a checkout URL set since, it does not warn, without a reload",
		/on sale/.test(silent) && !/checkout/.test(silent),
		silent,
	);
	await answer(page, "Publish");
	await page.waitForSelector(".breadcrumb :text('Published')");
}

// The form of a published event, when it puts another paid ticket type on sale.
export async function add_paid_ticket(page, event) {
	const stored = () => sql("SELECT COUNT(*) FROM ticket_types WHERE name = 'Late'");
	await go_to(page, `#/events/${event}`);
	await ask(page, "Publish");
	await answer(page, "Publish");
	await page.waitForSelector(".breadcrumb :text('Published')");
	await set_checkout_url("");
	await go_to(page, `#/events/${event}/edit`);
	await click_button(page, "Add ticket type");
	const late = page.locator("#part-tickets .rows > *").last();
	const field = (label) => late.getByLabel(label, { exact: true });
	await field("Name").fill("Late");
	await field("Price").fill("900");
	await field("Quantity").fill("5");
	const warned = await ask(page, "Save");
	check(
		"the form of a published event warns of paid tickets without a checkout URL, then saves",
		warned.includes("paid tickets on sale: Late.") &&
			warned.includes("Visitors cannot buy the paid tickets") &&
			warned.includes(`${COMMAND} URL`) &&
			stored() === "0",
		warned,
	);
	await check_accessible(page, "the warning of the form");
	await answer(page, "Cancel");
	check(
		"… and keeps what was entered when it is cancelled",
		(await field("Price").inputValue()) === "900" && stored() === "0",
	);
	await field("Price").fill("0");
	await click_button(page, "Save");
	await page.waitForSelector(".tile");
	check("free tickets are saved without a question", stored() === "1");
	await go_to(page, `#/events/${event}/edit`);
	await field("Price").fill("900");
	await ask(page, "Save");
	await answer(page, "Save");
	await page.waitForSelector(".tile");
	const price = "SELECT price > 0 FROM ticket_types WHERE name = 'Late'";
	check("… a price for them is saved after it", sql(price) === "1", sql(price));
	await go_to(page, `#/events/${event}/edit`);
	await field("Quantity").fill("6");
	await click_button(page, "Save");
	await page.waitForSelector(".tile");
	check_no_errors("paid tickets of a published event");
}
