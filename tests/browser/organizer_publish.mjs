// organizer_publish: publishing an event whose paid tickets nobody could buy on its page.
import { check, check_accessible, check_fits_width, facts, screenshot } from "./browser.mjs";
import { dialog, run_program, text } from "./actions.mjs";

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
	const [, , ...words] = `${COMMAND} https://pay.example/`.split(" ");
	await run_program(`${facts.build}/ticketgate`, ["--conf", facts.conf, "org", ...words]);
	const silent = await ask(page, "Publish");
	check(
		"with a checkout URL set since, it does not warn, without a reload",
		/on sale/.test(silent) && !/checkout/.test(silent),
		silent,
	);
	await answer(page, "Publish");
	await page.waitForSelector(".breadcrumb :text('Published')");
}
