// docs: the form of every operation of the API reference. With the reader's key it is complete as
// it stands: what it sends is valid.
import { check, check_no_errors, facts, open_page, run } from "./browser.mjs";
import { check_phone_line } from "./phone_line.mjs";

const api = await (await fetch(`${facts.url}/open-api/v1/openapi.json`)).json();
const operations = Object.entries(api.paths).flatMap(([path, item]) =>
	Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
);
const is_public = (o) => o.security.length === 0;
const with_form = operations.filter((o) => is_public(o) || "apiKey" in o.security[0]);

async function open_form(page, o) {
	await page.goto(`/docs/?${o.operationId}#/${o.operationId}`);
	await page.waitForSelector("form.try[data-filled]");
}

// The status of the response to the form as it stands, or what the form asks for instead.
async function send(page) {
	await page.getByRole("button", { name: "Send", exact: true }).click();
	const answer = page.locator("form.try [role=status] strong, form.try .field-error:not(:empty)");
	return (await answer.first().innerText()).replace(/ .*/, "");
}

// Without a key: what the form asks for, and a curl command in which nothing is empty.
async function check_without_key(page) {
	const bad = [];
	for (const o of with_form) {
		await open_form(page, o);
		const curl = await page.locator("form.try .copyable code").innerText();
		const text = await page.innerText("main");
		const needs_key = (await page.getByLabel("API key").count()) === 1;
		if (/v1\/.*(\/\/|\/'|\{)/.test(curl) || needs_key === is_public(o))
			bad.push({ operation: o.operationId, curl });
		if (
			is_public(o) !== text.includes("needs no API key") ||
			curl.includes("api-key") !== needs_key
		)
			bad.push({ operation: o.operationId, text });
	}
	check("forms: whole curl commands; a key where one is needed", bad.length === 0, bad);
	await open_form(page, { operationId: "createPublicHold" });
	check("a form asks for what it cannot know", /Replace/.test(`${await send(page)} `), "");
	check(
		"… and names it",
		(await page.innerText("form.try")).includes("Replace EVENT_ID with an ID."),
	);
}

async function check_with_key(page) {
	await page.evaluate(
		([name, value]) => sessionStorage.setItem(name, value),
		["ticketgate-docs-key", facts.key],
	);
	const bad = [],
		sent = [];
	for (const o of with_form) {
		await open_form(page, o);
		const curl = await page.locator("form.try .copyable code").innerText();
		if (/\b[A-Z]+_[A-Z_]+\b/.test(curl)) bad.push({ operation: o.operationId, curl });
		// what would delete or change what others need is not sent
		if (!o.requestBody && o.method !== "get") continue;
		const status = await send(page);
		sent.push(o.operationId);
		if (!/^(20[01]|401|409)$/.test(status) || (status === "401" && !SIGN_IN.includes(o.path)))
			bad.push({ operation: o.operationId, status, text: await page.innerText("form.try") });
	}
	check(
		`forms: ${sent.length} requests as they stand are valid`,
		sent.length > 40 && bad.length === 0,
		bad,
	);
}
// Their samples are nobody's password and code.
const SIGN_IN = [
	"/dashboard/v1/door-session",
	"/dashboard/v1/password/set",
	"/dashboard/v1/session",
];

async function check_details(page) {
	await open_form(page, { operationId: "getAccount" });
	await page.getByRole("button", { name: "Copy curl command" }).click();
	await page.waitForSelector(".toast");
	check("Copy says what it did", /Cop/.test(await page.innerText("#toasts")));
	await page.goto("/docs/#/");
	await page.waitForSelector("section.card");
	const raw = await page.locator("section.card > p", { hasText: "`" }).allInnerTexts();
	check("no raw backticks in the text of a tag", raw.length === 0, raw);
	await page.goto("/docs/#/listOrders");
	await page.waitForSelector("form.try");
	check("the CSV of a list is shown", /text\/csv/.test(await page.innerText("main")));
}

run(async () => {
	await check_phone_line("/docs/", "section.card", { bytes: 90000, depth: 2, count: 16 });
	const page = await open_page();
	await check_without_key(page);
	await check_details(page);
	await check_with_key(page);
	check_no_errors("API reference", /status of (401|409)/);
});
