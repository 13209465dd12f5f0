// organizer_mail: the mail about an order, on its page in the dashboard.
import { click_button, dialog } from "./actions.mjs";
import { check } from "./browser.mjs";

// The mail of the order that is shown: of its sale and two refunds; no sender runs.
export async function resend(page) {
	const rows = page.locator("section[aria-labelledby=mail] tbody tr");
	const kinds = await rows.locator("td:first-child, th").allTextContents();
	check(
		"the order lists its mail, the latest first",
		kinds.join() === "Refund,Refund,Tickets",
		kinds,
	);
	await click_button(page, "Resend");
	await dialog(page).getByRole("button", { name: "Resend" }).click();
	await page.waitForFunction(
		() => document.querySelectorAll("section[aria-labelledby=mail] tbody tr").length === 4,
	);
	check(
		"a message that was sent again is pending",
		/Tickets\s+ben@example\.com\s+Pending\s+0/.test(await rows.first().innerText()),
		await rows.first().innerText(),
	);
}
