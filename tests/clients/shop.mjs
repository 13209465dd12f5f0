// shop: buyers and the organizer in examples/php-shop.
import { execFileSync } from "node:child_process";
import {
	check,
	check_accessible,
	check_fits_width,
	check_no_errors,
	facts,
	open_page,
	run,
	screenshot,
} from "../browser/browser.mjs";

const WIDTHS = [360, 1280];
const main_text = (page) => page.locator("main").innerText();
const says = (title, ok, detail) => check(`${facts.name}: ${title}`, ok, detail);

// Each page at both widths: it fits, and axe finds nothing.
async function look_at(page, name) {
	if (!facts.full) return;
	for (const width of WIDTHS) {
		await page.setViewportSize({ width, height: 800 });
		await check_fits_width(page, `${facts.name}: ${name} at ${width} px`);
		await screenshot(page, `shop-${name}-${width}`);
	}
	await check_accessible(page, `${facts.name}: ${name}`);
}

const expire_holds = () =>
	execFileSync(facts.mysql[0], facts.mysql.slice(1), {
		input:
			"SET @past = NOW(3) - INTERVAL 1 SECOND;" +
			"UPDATE holds h JOIN hold_items i ON i.hold_id = h.id" +
			" SET h.expires_at = @past, i.expires_at = @past WHERE h.status = 'ACTIVE';",
	});

async function select(page, slug, ticket, quantity) {
	await page.goto(`/event.php?e=${slug}`);
	await page.getByLabel(ticket).fill(String(quantity));
	await page.getByRole("button", { name: "Reserve tickets" }).click();
}

async function fill_in(page, method) {
	await page.getByLabel("Name").fill("Ana <b>Ramos</b>");
	await page.getByLabel("Email").fill("ana@example.com");
	if (method) await page.getByLabel(method).check();
	await page.getByRole("button", { name: method ? "Order" : "Get tickets" }).click();
}

async function reserve_and_order(page, slug, quantity) {
	await select(page, slug, "Seat", quantity);
	await fill_in(page, "Bank transfer");
	const code = (await page.locator("dd strong").innerText()).trim();
	return { code, url: page.url() };
}

async function sign_in(page) {
	await page.goto("/admin.php");
	await page.getByLabel("Password").fill("wrong");
	await page.getByRole("button", { name: "Sign in" }).click();
	says("a wrong password is refused", /Wrong password/.test(await main_text(page)));
	await page.getByLabel("Password").fill(facts.password);
	await page.getByRole("button", { name: "Sign in" }).click();
}

async function money_received(page, code) {
	await page.goto("/admin.php");
	const row = page.locator(".awaiting li", { hasText: code });
	await row.getByLabel("Reference of the payment").fill("bank 4711");
	await row.getByRole("button", { name: "Money received" }).click();
}

async function sale(buyer, organizer) {
	await buyer.goto("/index.php");
	await look_at(buyer, "events");
	await buyer.getByRole("link", { name: "Concert paid" }).click();
	await look_at(buyer, "event");
	await buyer.getByRole("button", { name: "Reserve tickets" }).click();
	says("no selection: an error", /Select at least one/.test(await main_text(buyer)));
	await select(buyer, "paid", "Seat", 2);
	await look_at(buyer, "pay");
	says(
		"the total with fees",
		/PHP 3,091\.04/.test(await main_text(buyer)),
		await main_text(buyer),
	);
	await buyer.getByLabel("Name").fill("Ana");
	await fill_in(buyer, "Bank transfer");
	await look_at(buyer, "transfer");
	const code = (await buyer.locator("dd strong").innerText()).trim();
	await sign_in(organizer);
	await look_at(organizer, "admin");
	await money_received(organizer, code);
	await look_at(organizer, "admin-paid");
	await buyer.reload();
	const text = await main_text(buyer);
	says("confirmed: the buyer has an order", /TN-/.test(text) && /are paid/.test(text), text);
	await look_at(buyer, "order");
	await organizer.goto("/admin.php");
	says("nothing awaits a payment", /None\./.test(await main_text(organizer)));
}

async function free_order(buyer) {
	await select(buyer, "free", "Visitor", 1);
	await fill_in(buyer);
	const text = await main_text(buyer);
	says("free tickets are ordered at once", /Order TN-|TN-/.test(await buyer.title()), text);
}

async function cancelled(buyer) {
	await select(buyer, "paid", "Seat", 4);
	await buyer.getByRole("button", { name: "Cancel" }).click();
	says("a cancelled reservation", /cancelled/.test(await main_text(buyer)));
	await select(buyer, "paid", "Seat", 4);
	says("its tickets can be reserved again", /reserved/.test(await main_text(buyer)));
	expire_holds();
	await buyer.reload();
	await look_at(buyer, "expired");
	says("an expired reservation", /has expired/.test(await main_text(buyer)));
}

async function late_payments(buyer, organizer) {
	const first = await reserve_and_order(buyer, "late", 2);
	expire_holds();
	const second = await reserve_and_order(buyer, "late", 2); // the tickets of the first
	await buyer.goto(first.url);
	says("expired while awaiting a payment", /has expired/.test(await main_text(buyer)));
	await organizer.goto("/admin.php");
	says("the organizer sees it", /expired/.test(await main_text(organizer)));
	await money_received(organizer, first.code);
	says("money for tickets that are gone", /Return the money/.test(await main_text(organizer)));
	await buyer.goto(first.url);
	says("the buyer is told", /return your money/.test(await main_text(buyer)));
	await organizer.goto("/admin.php");
	await organizer
		.locator(".awaiting li", { hasText: second.code })
		.getByRole("button", { name: "Cancel" })
		.click();
	const third = await reserve_and_order(buyer, "late", 1);
	expire_holds();
	await money_received(organizer, third.code);
	await buyer.goto(third.url);
	const title = await buyer.title();
	says("late money for tickets that are left: an order", /Order TN-/.test(title), title);
}

run(async () => {
	const buyer = await open_page();
	const organizer = await open_page();
	await sale(buyer, organizer);
	await free_order(buyer);
	if (facts.full) {
		await cancelled(buyer);
		await late_payments(buyer, organizer);
	}
	check_no_errors(facts.name, /status of 4(03|10)/);
	says("markup in texts stays text", !(await buyer.evaluate(() => window.pwned)));
});
