// setup: a person fills in the page in Chromium, corrects a mistake, and signs in.
import {
	check,
	check_accessible,
	check_no_errors,
	facts,
	open_page,
	run,
	screenshot,
} from "./browser.mjs";

async function fill(page, values) {
	for (const [name, value] of Object.entries(values)) await page.fill(`[name=${name}]`, value);
}

run(async () => {
	const page = await open_page();
	await page.goto(`${facts.base}/setup/`);
	await page.waitForSelector("#form:not([hidden])");
	const proof = await page.textContent("#proof");
	check("the page names the file with the code", proof.includes("setup-code.txt"), proof);
	await check_accessible(page, "setup");
	await screenshot(page, `setup-1280${facts.name}`);
	await fill(page, {
		code: facts.code,
		host: facts.host,
		name: "ticketgate",
		user: "you",
		password: "a wrong one",
		organization: "Bayanihan Live",
		email: "ana@example.com",
		ownerPassword: "correct horse battery",
	});
	await page.click("button[type=submit]");
	await page.waitForSelector("#problem:not([hidden])");
	const problem = await page.textContent("#problem");
	check("a mistake: the server's words", problem.includes("Access denied for user"), problem);
	const focused = await page.evaluate(() => document.activeElement.name);
	check("a mistake: the focus is at the field", focused === "password", focused);
	const kept = await page.inputValue("[name=organization]");
	check("a mistake: nothing has to be typed again", kept === "Bayanihan Live", kept);
	await screenshot(page, `setup-mistake${facts.name}`);
	await page.fill("[name=password]", facts.password);
	await page.click("button[type=submit]");
	await page.waitForSelector("#result:not([hidden]), #problem:not([hidden])", { timeout: 60000 });
	check(
		"done: no problem",
		!(await page.isVisible("#problem")),
		await page.textContent("#problem"),
	);
	const key = await page.textContent("#key");
	check("done: an API key", key.startsWith("tn_live_"), key);
	await page.waitForFunction(() => document.querySelectorAll("#probes li").length >= 6, null, {
		timeout: 30000,
	});
	const bad = await page.$$eval("#probes li.fail", (list) => list.map((li) => li.textContent));
	check("done: no probe from outside fails", bad.length === 0, bad);
	await check_accessible(page, "setup done");
	await screenshot(page, `setup-done-1280${facts.name}`);
	await page.setViewportSize({ width: 360, height: 740 });
	await screenshot(page, `setup-done-360${facts.name}`);
	await page.setViewportSize({ width: 1280, height: 860 });
	await page.click("text=Sign in to the dashboard");
	await page.fill("[name=email]", "ana@example.com");
	await page.fill("[name=password]", "correct horse battery");
	await page.press("[name=password]", "Enter");
	await page.waitForSelector("text=Bayanihan Live");
	check("signed in to the dashboard", true);
	check_no_errors("setup", /40[134]|503|Failed to load resource/);

	const phone = await open_page({ width: 360, scheme: "dark" });
	await phone.goto(`${facts.base}/setup/`);
	await phone.waitForSelector("text=Setup was done");
	check("afterwards the page leads to the dashboard", await phone.isVisible("#state a"));
	await screenshot(phone, `setup-over-360${facts.name}`);
	check_no_errors("afterwards", /404|Failed to load resource/);
});
