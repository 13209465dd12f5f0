// buyer: buyers on the public event page: selection, holds, orders, expiry and conflicts.
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
import {
	add_one,
	api_call,
	click_button,
	fill,
	focused_element,
	get_tickets,
	quantity_input,
	sql,
	text,
	visit,
	wait_for_step,
} from "./actions.mjs";
import { check_way_to_tickets } from "./buyer_tickets.mjs";
import { waits_in_line } from "./buyer_waiting.mjs";

const { events } = facts;
let address = 0;

// Each buyer has an IP address of its own, for the rate limits.
export const open_buyer = (options = {}) =>
	open_page({ extraHTTPHeaders: { "X-Forwarded-For": `192.0.2.${++address}` }, ...options });
const held_count = (ticket) =>
	Number(sql(`SELECT held FROM ticket_types WHERE id = x'${ticket.replaceAll("-", "")}'`));

const read_event = async (id) =>
	(await api_call("GET", `/open-api/v1/events/${id}`, facts.key)).json.data;

async function check_page(page, name) {
	await check_fits_width(page, name);
	await check_accessible(page, name);
	await screenshot(page, `public-${name}`);
}

// ---- free: to the confirmation ----

async function select_tickets(page) {
	await visit(page, events.free.path);
	await click_button(page, "Get tickets");
	check(
		"no selection: an error is shown and the first quantity has the focus",
		/Select at least one/.test(await text(page, ".choosing [role=alert]")) &&
			(await page.evaluate(() => document.activeElement.type)) === "number",
	);
	await add_one(page, "Visitor");
	await add_one(page, "Visitor");
	await add_one(page, "Company table");
	check(
		"a quantity below the minimum becomes 0",
		(await quantity_input(page, "Company table").inputValue()) === "2" &&
			(await page.getByRole("button", { name: "Decrease quantity: Company table" }).click(),
			await quantity_input(page, "Company table").inputValue()) === "0",
	);
	await quantity_input(page, "Student").fill("7");
	await quantity_input(page, "Student").blur();
	check(
		"a quantity above the maximum becomes the maximum",
		(await quantity_input(page, "Student").inputValue()) === "1",
	);
	await quantity_input(page, "Visitor").press("ArrowUp");
	check(
		"the arrow keys change the quantity",
		(await quantity_input(page, "Visitor").inputValue()) === "3",
	);
	check(
		"the summary is shown and announced",
		(await text(page, ".sum")) === "4 tickets, free" &&
			(await text(page, ".choosing [role=status]")) === "4 tickets, free",
		await text(page, ".choosing"),
	);
}

async function enter_details(page) {
	await get_tickets(page);
	check(
		"the focus moves to the heading of the step, and the title changes",
		(await focused_element(page)) === "tickets-title" &&
			(await page.title()).startsWith("Your details · "),
	);
	check(
		"the countdown starts at ten minutes",
		/^Reserved for (10:00|9:5\d)$/.test(await text(page, ".countdown")),
		await text(page, ".countdown"),
	);
	check(
		"the tickets are held",
		held_count(events.free.tickets[0]) === 3 && held_count(events.free.tickets[1]) === 1,
	);
	await click_button(page, "Complete order");
	check(
		"missing values are reported at their fields",
		(await page.locator(".field-error:not(:empty)").allInnerTexts()).join() ===
			"Enter your name.,Enter your email address." &&
			(await focused_element(page)) === "name",
	);
	await fill(page, "Name", "Ana Reyes");
	await fill(page, "Email address", "ana at example");
	await click_button(page, "Complete order");
	check(
		"an invalid email address is reported at its field",
		(await text(page, ".field-error:not(:empty)")) === "Enter a valid email address." &&
			(await focused_element(page)) === "email",
	);
	await fill(page, "Email address", `${"a".repeat(65)}@example.com`);
	await click_button(page, "Complete order");
	await page.waitForSelector(".form .notice.bad");
	check(
		"errors of the API are reported at their fields",
		/^Email address /.test(await text(page, ".field-error:not(:empty)")) &&
			(await focused_element(page)) === "email" &&
			held_count(events.free.tickets[0]) === 3,
		await text(page, ".form"),
	);
	await fill(page, "Email address", "ana@example.com");
	await page.keyboard.press("Enter");
	await wait_for_step(page, "You’re going!");
}

async function order_confirmed(page) {
	const reference = await text(page, ".reference");
	const shown = await text(page, "#tickets");
	check(
		"the order exists in the database",
		sql(`SELECT COUNT(*) FROM orders WHERE reference = '${reference}' AND total = 0`) === "1",
		reference,
	);
	check(
		"the confirmation shows tickets, buyer, event and date",
		/3 × Visitor/.test(shown) &&
			/1 × Student/.test(shown) &&
			/Ana Reyes/.test(shown) &&
			/Davao Startup Open Day/.test(shown) &&
			/Wed 5 December 2040, 09:00/.test(shown),
		shown,
	);
	check(
		"… and links to the calendar file",
		(await page.locator(".confirmation a[href$='/calendar.ics']").count()) === 1,
	);
	await page.emulateMedia({ media: "print" });
	check(
		"print shows only the confirmation",
		(await page.locator(".reference").isVisible()) &&
			!(await page.locator(".hero").isVisible()) &&
			!(await page.locator("section.about").isVisible()) &&
			!(await page.getByRole("button", { name: "Print" }).isVisible()),
	);
	await screenshot(page, "public-printed", false);
	await page.emulateMedia({ media: "screen" });
	await check_way_to_tickets(page, reference);
	await click_button(page, "Get more tickets");
	await wait_for_step(page, "Tickets");
	check(
		"… and more tickets can be selected",
		(await text(page, ".sum")) === "No tickets selected" &&
			(await page.getByRole("button", { name: "Get tickets" }).isVisible()),
	);
	check_no_errors("a free order", /status of 400/);
}

async function free_order(page) {
	await select_tickets(page);
	await enter_details(page);
	await order_confirmed(page);
}

// ---- holds ----

async function hold_one(page) {
	await visit(page, events.free.path);
	await add_one(page, "Visitor");
	await get_tickets(page);
	return (await page.evaluate(() => Object.values(sessionStorage)[0])).match(
		/"hold":"([^"]+)"/,
	)[1];
}

const set_hold_expiry = (hold, seconds) =>
	sql(
		[
			["holds", "id"],
			["hold_items", "hold_id"],
		]
			.map(
				([table, column]) =>
					`UPDATE ${table} ` +
					`SET expires_at = UTC_TIMESTAMP(3) + INTERVAL ${seconds} SECOND ` +
					`WHERE ${column} = x'${hold.replaceAll("-", "")}'`,
			)
			.join(";"),
	);

async function reload_restores_hold(page) {
	const hold = await hold_one(page);
	await fill(page, "Name", "Ana");
	await page.reload();
	await wait_for_step(page, "Your details");
	check(
		"a reload restores the hold and does not create another",
		/1 × Visitor/.test(await text(page, ".bill")) && held_count(events.free.tickets[0]) === 1,
	);
	await click_button(page, "Change tickets");
	await wait_for_step(page, "Tickets");
	check(
		"“Change tickets” releases the hold",
		held_count(events.free.tickets[0]) === 0 &&
			sql(`SELECT status FROM holds WHERE id = x'${hold.replaceAll("-", "")}'`) ===
				"RELEASED",
	);
	check(
		"… keeps the selection, and moves the focus to the heading",
		(await quantity_input(page, "Visitor").inputValue()) === "1" &&
			(await focused_element(page)) === "tickets-title",
	);
}

async function hold_expires(page) {
	const hold = await hold_one(page);
	await fill(page, "Name", "Ana Late");
	set_hold_expiry(hold, 55);
	await page.reload();
	await wait_for_step(page, "Your details");
	check(
		"the countdown is highlighted in the last minute",
		(await page.locator(".countdown.late").count()) === 1 &&
			/^Reserved for 0:\d\d/.test(await text(page, ".countdown")),
		await text(page, ".countdown"),
	);
	set_hold_expiry(hold, 3); // by the countdown, or at once where the machine is slow
	await page.reload();
	await wait_for_step(page, "Your reservation has expired");
	check(
		"after the expiry, the page says so and offers to start again",
		/No order was placed/.test(await text(page, ".stage")) &&
			(await focused_element(page)) === "tickets-title",
	);
	await check_page(page, "expired");
	await click_button(page, "Select tickets again");
	await wait_for_step(page, "Tickets");
	check(
		"… with the previous selection",
		(await quantity_input(page, "Visitor").inputValue()) === "1",
	);
	await get_tickets(page);
	await click_button(page, "Change tickets");
	await wait_for_step(page, "Tickets");
}

// The clock of the browser is advanced; the server is not affected.
async function countdown_announced(page) {
	await page.clock.install();
	await hold_one(page);
	const said = () => page.locator(".stage [role=status]").first().textContent();
	const words = [await said()];
	for (const [seconds] of [[290], [20], [240], [30]]) {
		await page.clock.fastForward(seconds * 1000);
		words.push(await said());
	}
	const five = "5 minutes left to complete your order.";
	check(
		"the remaining time is announced at 5 minutes, 1 minute and 30 seconds only",
		JSON.stringify(words) ===
			JSON.stringify([
				"",
				"",
				five,
				"1 minute left to complete your order.",
				"30 seconds left to complete your order.",
			]),
		words,
	);
	check(
		"the digits are not announced",
		(await page.locator(".countdown").getAttribute("role")) === "timer" &&
			(await page.locator(".countdown[aria-live]").count()) === 0,
	);
	await click_button(page, "Change tickets");
	await wait_for_step(page, "Tickets");
}

// ---- conflicts with other buyers ----

async function sold_out_meanwhile(page) {
	const { id, tickets, path } = events.rush;
	await visit(page, path);
	check(
		"with a single ticket type, one ticket is preselected",
		(await quantity_input(page, "Entrance").inputValue()) === "1",
	);
	await quantity_input(page, "Entrance").fill("3");
	const taken = await api_call("POST", "/box-office/v1/holds", facts.key, {
		eventId: id,
		items: [{ ticketId: tickets[0], quantity: 1 }],
	});
	await click_button(page, "Get tickets");
	await page.waitForSelector(".choosing .notice.bad");
	const told = await text(page, ".choosing .notice.bad");
	check(
		"not enough tickets: message and hint of the API",
		/2/.test(told) && (await page.locator(".choosing .notice.bad p").count()) >= 2,
		told,
	);
	await page.waitForFunction(() =>
		/only 2 available/.test(document.querySelector(".choosing [role=status]").textContent),
	);
	check(
		"… and the selection is reduced and announced",
		(await quantity_input(page, "Entrance").inputValue()) === "2" &&
			/2 left/.test(await text(page, ".ticket")),
		await text(page, "#tickets"),
	);
	await api_call("POST", "/box-office/v1/holds", facts.key, {
		eventId: id,
		items: [{ ticketId: tickets[0], quantity: 2 }],
	});
	await click_button(page, "Get tickets");
	await page.waitForSelector(".notice[data-state=SOLD_OUT]", { timeout: 15000 });
	check(
		"sold out during the selection: reported, and the button is hidden",
		/Sold out/.test(await text(page, ".ticket .left")) &&
			!(await page.getByRole("button", { name: "Get tickets" }).isVisible()),
	);
	await check_page(page, "too-late");
	await api_call("DELETE", `/box-office/v1/holds/${taken.json.data.id}`, facts.key, {}).catch(
		() => null,
	);
	await page.waitForSelector(".ticket[data-state=ON_SALE] input", { timeout: 15000 });
	check(
		"released tickets become available without a reload",
		(await page.locator(".notice[data-state]").count()) === 0 &&
			/1 left/.test(await text(page, ".ticket")),
	);
}

// ---- paid ----

async function paid_order(page) {
	await visit(page, events.paid.path);
	await add_one(page, "General Admission");
	await add_one(page, "Lower Box");
	await get_tickets(page, "Your tickets are reserved");
	const bill = await text(page, ".bill");
	check(
		"the order summary includes the fees",
		/₱850\.00/.test(bill) &&
			/₱3,200\.50/.test(bill) &&
			/Fees/.test(bill) &&
			/Total\s+₱4,/.test(bill),
		bill,
	);
	await check_page(page, "checkout");
	const link = page.getByRole("link", { name: "Continue to checkout" });
	const hold = new URL(await link.getAttribute("href")).searchParams.get("hold");
	check(
		"it names the host of the checkout",
		(await text(page, ".stage")).includes(new URL(facts.checkout).host) &&
			/^[0-9a-f-]{36}$/.test(hold),
		await text(page, ".stage"),
	);
	await link.click();
	await page.waitForURL(/\/checkout\?/);
	check(
		"the checkout is opened in the same tab, with the hold",
		page.url() === `${facts.checkout}&hold=${hold}`,
		page.url(),
	);
	await page.goBack();
	await wait_for_step(page, "Your tickets are reserved");
	check("going back restores the hold", /Reserved for/.test(await text(page, ".stage")));
	await page.goForward();
	const order = await api_call("POST", "/box-office/v1/orders", facts.key, {
		holdId: hold,
		buyer: { name: "Ben", email: "ben@example.com" },
		payment: { provider: "card", reference: "p-1" },
	});
	check(
		"the checkout confirms through the box office, with a key",
		order.status === 201 && order.json.data.items.length === 2,
		order,
	);
	await page.goBack();
	await wait_for_step(page, "Your order is complete");
	check(
		"… and the page shows that the order is complete",
		/has completed your order/.test(await text(page, ".stage")),
	);
	await click_button(page, "Get more tickets");
	await wait_for_step(page, "Tickets");
	await add_one(page, "Child");
	await get_tickets(page);
	check(
		"free tickets of a paid event are ordered on the page",
		await page.getByRole("button", { name: "Complete order" }).isVisible(),
	);
}

async function no_checkout(page) {
	await visit(page, facts.nowhere.path);
	check(
		"without a checkout URL, the page names the organizer and sells only free tickets",
		/aren’t available here. Contact Plain Org to buy tickets/.test(
			await text(page, ".choosing"),
		) && (await page.getByRole("spinbutton").count()) === 1,
		await text(page, "#tickets"),
	);
	await check_page(page, "no-checkout");
}

// While the page is open, one ticket type goes on sale and another is unpublished.
async function ticket_types_change(page) {
	const { id, tickets, path } = events.changing;
	await visit(page, path);
	await api_call("POST", `/open-api/v1/events/${id}/tickets`, facts.key, {
		name: "Balcony <b>",
		price: 500,
		quantity: 5,
		published: true,
	});
	await api_call("POST", `/open-api/v1/tickets/${tickets[0]}/unpublish`, facts.key, {});
	// a tab that becomes visible polls immediately
	await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
	await page.waitForFunction(
		() =>
			/Balcony <b>/.test(document.querySelector(".tickets").textContent) &&
			!/Entrance/.test(document.querySelector(".tickets").textContent),
		null,
		{ timeout: 15000 },
	);
	check(
		"the page shows new ticket types and removes unpublished ones",
		/Balcony <b>\s+₱500\.00 \+ ₱25\.00 fee\s+5 left/.test(await text(page, ".tickets")) &&
			(await page.getByRole("spinbutton").count()) === 1,
		await text(page, ".tickets"),
	);
	const sold = (await read_event(id)).tickets.find((t) => t.name === "Balcony <b>");
	await quantity_input(page, sold.name).fill("2");
	await quantity_input(page, sold.name).blur();
	await api_call("PATCH", `/open-api/v1/tickets/${sold.id}`, facts.key, { price: 700 });
	await api_call("PATCH", `/open-api/v1/events/${id}`, facts.key, { name: "A new name" });
	await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
	await page.waitForSelector(".notice.updated");
	check(
		"a changed price is shown in the row and in the sum, and said",
		/₱700\.00 \+ ₱35\.00 fee/.test(await text(page, ".tickets")) &&
			/2 tickets, ₱1,470\.00/.test(await text(page, ".sum")) &&
			/the price is now ₱700\.00 \+ ₱35\.00 fee, was ₱500\.00/.test(
				await text(page, ".choosing"),
			),
		await text(page, "#tickets"),
	);
	check(
		"… and so are other changes of the event, which need a reload",
		/changed the details/.test(await text(page, ".notice.updated")),
	);
}

run(async () => {
	const [one, two, three, four] = await Promise.all([
		open_buyer(),
		open_buyer({ width: 360 }),
		open_buyer(),
		open_buyer({ width: 360 }),
	]);
	await free_order(one);
	await Promise.all([
		reload_restores_hold(one)
			.then(() => hold_expires(one))
			.then(() => countdown_announced(one)),
		sold_out_meanwhile(two),
		paid_order(three),
		waits_in_line(four, events.busy, check_page)
			.then(() => no_checkout(four))
			.then(() => ticket_types_change(four)),
	]);
	check_no_errors("buyers", /status of (409|429)|\/checkout\?/);
});
