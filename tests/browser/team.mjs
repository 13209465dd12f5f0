// team: an owner invites a person, who sets a password; a door signs in by its link; both are
// removed.
import {
	check,
	check_accessible,
	check_fits_width,
	check_no_errors,
	facts,
	go_to,
	open_page,
	run,
	screenshot,
	wait_until_rendered,
} from "./browser.mjs";
import { click_button, dialog, fill, sign_in, text } from "./actions.mjs";

const PASSWORD = "several uncommon words";
const rows = (page) => page.locator("main tbody tr");
const row_of = (page, name) => rows(page).filter({ hasText: name });

async function look(page, name) {
	await check_accessible(page, name);
	await check_fits_width(page, name);
	await screenshot(page, name);
}

// The link of the dialog that is open, which is closed then.
async function link_shown(page) {
	await page.waitForSelector("dialog[open] .copyable");
	const link = await text(page, "dialog[open] .copyable code");
	await look(page, "team-link");
	await dialog(page).getByRole("button", { name: "Close" }).click();
	return link;
}

async function invite(page) {
	await go_to(page, "#/settings/team");
	await click_button(page, "Invite");
	await dialog(page).getByRole("button", { name: "Invite" }).click();
	check(
		"an invitation without an address is stopped at its field",
		/email address/i.test(await text(page, "dialog .field-error:not(:empty)")),
	);
	await dialog(page).getByLabel("Email address").fill(facts.owner);
	await dialog(page).getByRole("button", { name: "Invite" }).click();
	await page.waitForSelector("dialog .notice.bad:has-text('in use')");
	check("an address that is taken: the message of the API", true);
	await dialog(page).getByLabel("Email address").fill("ana@test.example");
	await dialog(page).getByLabel("Name").fill(facts.evil.slice(0, 60));
	await look(page, "team-invite");
	await dialog(page).getByRole("button", { name: "Invite" }).click();
	const first = await link_shown(page);
	const row = await row_of(page, "ana@test.example").innerText();
	check("the invited user is listed", /Viewer/.test(row) && /Invited/.test(row), row);
	await click_button(page, "New link ana@test.example");
	const second = await link_shown(page);
	check(
		"a new link replaces it",
		first !== second && second.includes("/dashboard/#set-password/"),
		[first, second],
	);
	check_no_errors("invite", /status of 409/);
	return { first, second };
}

async function accept(links) {
	const page = await open_page({ width: 360 });
	await page.goto(links.first);
	await fill(page, "New password", PASSWORD);
	await click_button(page, "Set password and sign in");
	await page.waitForSelector(".notice.bad:has-text('expired or was used')");
	check("the link that was replaced is refused", true);
	check_no_errors("a replaced link", /status of 401/);
	await page.goto(links.second); // the same page with another hash
	await page.waitForFunction(() => !document.querySelector(".notice.bad"));
	await fill(page, "New password", "short");
	await click_button(page, "Set password and sign in");
	await page.waitForSelector(".field-error:not(:empty)");
	check("a short password is told at its field", true);
	await look(page, "set-password");
	await fill(page, "New password", PASSWORD);
	await click_button(page, "Set password and sign in");
	await wait_until_rendered(page);
	await page.waitForSelector("#menu", { state: "attached" });
	check(
		"whoever set it is signed in, and the code is gone from the address",
		!page.url().includes("set-password"),
		page.url(),
	);
	check_no_errors("accept", /status of 400/);
	await page.context().close();
	const again = await open_page({});
	await sign_in(again, "ana@test.example", PASSWORD);
	await wait_until_rendered(again);
	check(
		"signs in by the password, too, and sees no Team",
		(await again.locator("#menu a", { hasText: "Team" }).count()) === 0,
	);
	check_no_errors("sign in");
	return again;
}

async function reset(page) {
	await click_button(page, "Reset password ana@test.example");
	await dialog(page).getByRole("button", { name: "Mail link" }).click();
	await page.waitForSelector(".toast:has-text('ana@test.example')");
	check("a link for a new password is mailed", true);
	check_no_errors("reset");
}

async function remove(page, name) {
	await click_button(page, `Remove ${name}`);
	await dialog(page)
		.getByRole("button", { name: `Remove ${name}` })
		.click();
	await page.waitForFunction(
		(n) => ![...document.querySelectorAll("tbody tr")].some((r) => r.textContent.includes(n)),
		name,
	);
}

async function door(page) {
	await click_button(page, "New door link");
	await dialog(page).getByLabel("Gate or person").fill("Gate B");
	await dialog(page).getByLabel("Hours to open the link").fill("73");
	await dialog(page).getByRole("button", { name: "Create link" }).click();
	await page.waitForSelector("dialog .field-error:not(:empty)");
	await dialog(page).getByLabel("Hours to open the link").fill("8");
	await look(page, "team-door");
	await dialog(page).getByRole("button", { name: "Create link" }).click();
	const link = await link_shown(page);
	const row = await row_of(page, "Gate B").innerText();
	check("a door link is listed", /Door link/.test(row) && /Invited/.test(row), row);
	const phone = await open_page({ width: 360 });
	await phone.goto(link);
	await phone.waitForSelector("h1:has-text('Which event')");
	check("the link opens the door page, signed in", !phone.url().includes("#"), phone.url());
	check_no_errors("door");
	await remove(page, "Gate B");
	check("a removed door is listed no more", true);
	const status = await phone.evaluate(
		async () => (await fetch("../dashboard/v1/session", { cache: "no-store" })).status,
	);
	check("and signed out at once", status === 401, status);
	await phone.context().close();
	check_no_errors("removed door", /status of 401/);
}

async function views(page) {
	for (const [width, scheme] of [
		[1280, "light"],
		[1280, "dark"],
		[360, "light"],
		[360, "dark"],
	]) {
		await page.setViewportSize({ width, height: 800 });
		await page.emulateMedia({ colorScheme: scheme });
		await look(page, `team-${width}-${scheme}`);
	}
	await page.setViewportSize({ width: 1280, height: 860 });
	await page.emulateMedia({ colorScheme: "light" });
}

run(async () => {
	const page = await open_page({});
	await sign_in(page, facts.owner);
	await wait_until_rendered(page);
	const links = await invite(page);
	const ana = await accept(links);
	await page.reload();
	await wait_until_rendered(page);
	await reset(page);
	await views(page);
	await door(page);
	await remove(page, "ana@test.example");
	await ana.evaluate(() => (location.hash = "#/orders"));
	await ana.waitForSelector("dialog[open]:has-text('session has expired')");
	check("a removed user is asked to sign in again", true);
	check("no script of a name ran", !(await page.evaluate(() => window.pwned)));
	check_no_errors("remove", /status of 401/);
});
