// actions: helpers for the browser tests: user actions on a page, API calls and SQL.
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { facts, go_to, wait_until_rendered } from "./browser.mjs";

export const sql = (text) =>
	execFileSync(facts.mysql[0], [...facts.mysql.slice(1), "-e", text], {
		encoding: "utf8",
	}).trim();
export const run_program = promisify(execFile);
export const text = (page, selector = "main") => page.locator(selector).first().innerText();
export const fill = (page, label, value) =>
	page.getByLabel(label, { exact: true }).first().fill(value);
export const click_button = (page, name) => page.getByRole("button", { name, exact: true }).click();
export const click_link = (page, name) => page.getByRole("link", { name, exact: true }).click();
export const dialog = (page) => page.locator("dialog[open]");

export async function api_call(method, path, key, body) {
	const response = await fetch(`${facts.url}${path}`, {
		method,
		headers: { ...(key && { "api-key": key }), "Content-Type": "application/json" },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	return { status: response.status, json: await response.json() };
}

export async function sign_in(page, email, password = facts.password) {
	await page.goto("/dashboard/");
	await fill(page, "Email address", email);
	await fill(page, "Password", password);
	await click_button(page, "Sign in");
}

// ---- events in the dashboard ----

// Fills in the form of a new event and saves it. types: [[name, price, quantity], …]
export async function create_event(page, name, start, types) {
	await go_to(page, "#/events/new");
	await fill(page, "Name", name);
	await fill(page, "Start time", start);
	for (const [i, values] of types.entries()) {
		await click_button(page, "Add ticket type");
		const card = page.locator("#part-tickets .row-card").nth(i);
		for (const [n, label] of ["Name", "Price", "Quantity"].entries())
			await card.getByLabel(label, { exact: true }).fill(values[n]);
	}
	await click_button(page, "Save");
	await page.waitForSelector(`h1:text-is('${name}')`);
	await wait_until_rendered(page);
}

export async function publish_event(page) {
	await click_button(page, "Publish");
	await dialog(page).getByRole("button", { name: "Publish" }).click();
	await page.waitForSelector(".breadcrumb :text('Published')");
}

// ---- the public event page ----

export const wait_for_step = (page, title) =>
	page.waitForFunction((t) => document.getElementById("tickets-title").textContent === t, title);
export const add_one = (page, name) =>
	page.getByRole("button", { name: `Increase quantity: ${name}`, exact: true }).click();
export const quantity_input = (page, name) =>
	page.getByRole("spinbutton", { name: `Quantity: ${name}`, exact: true });
export const focused_element = (page) =>
	page.evaluate(() => document.activeElement.getAttribute("name") ?? document.activeElement.id);
export const wait_for_picker = (page) => page.waitForSelector(".choosing", { state: "attached" });

export async function visit(page, path) {
	await page.goto(path);
	await wait_for_picker(page);
}

export async function get_tickets(page, title = "Your details") {
	await click_button(page, "Get tickets");
	await wait_for_step(page, title);
}
