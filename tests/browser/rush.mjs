// rush: forty buyers click “Get tickets” at the same time for ten places.
import { check, check_no_errors, facts, open_page, open_tab, run } from "./browser.mjs";
import { api_call, click_button, sql, text } from "./actions.mjs";

const BUYERS = 40,
	PLACES = 10;
const { id, path, tickets } = facts.event;

// Opens a few pages at a time: forty at once overload two processors. Ten tabs share a context.
async function arrive() {
	const pages = [];
	const open_ten_tabs = async () => {
		const first = await open_page({ width: 360 });
		for (let n = 0; n < BUYERS / 4; n++) {
			const page = n ? await open_tab(first.context()) : first;
			await page.goto(path);
			await page.waitForSelector(".take button");
			pages.push(page);
		}
	};
	await Promise.all([open_ten_tabs(), open_ten_tabs(), open_ten_tabs(), open_ten_tabs()]);
	return pages;
}

const click_get_tickets = (page) =>
	page.evaluate(() => document.querySelector(".take button").click());
const wait_for_result = (page) =>
	page.waitForFunction(() => document.querySelector(".form, .choosing .notice.bad"), null, {
		timeout: 30000,
	});
const got_hold = async (page) => (await page.locator(".form").count()) === 1;

async function complete(page, n) {
	await page.evaluate((name) => {
		const [one, two] = document.querySelectorAll(".form input");
		one.value = name;
		two.value = "buyer@example.com";
		document.querySelector(".form [type=submit]").click();
	}, `Buyer ${n}`);
	await page.waitForSelector(".reference", { timeout: 30000 });
	return text(page, ".reference");
}

run(async () => {
	const pages = await arrive();
	await Promise.all(pages.map(click_get_tickets));
	await Promise.all(pages.map(wait_for_result));
	const got = await Promise.all(pages.map(got_hold));
	const winners = pages.filter((_, n) => got[n]),
		late = pages.filter((_, n) => !got[n]);
	check(
		`${BUYERS} buyers click at once for ${PLACES} places: ${PLACES} get a hold`,
		winners.length === PLACES && sql("SELECT sold, held FROM ticket_types") === `0\t${PLACES}`,
		winners.length,
	);
	const told = await Promise.all(late.map((page) => text(page, ".choosing .notice.bad")));
	check(
		"everyone else gets an error message",
		told.every((t) => /sold out|are left|is left/i.test(t)),
		told,
	);
	const references = await Promise.all(winners.map(complete));
	check(
		`${PLACES} orders with different references`,
		new Set(references).size === PLACES &&
			sql("SELECT sold, held FROM ticket_types") === `${PLACES}\t0` &&
			sql("SELECT COUNT(*) FROM orders") === String(PLACES),
		references,
	);
	const after = await api_call("POST", "/public/v1/holds", null, {
		eventId: id,
		items: [{ ticketId: tickets[0], quantity: 1 }],
	});
	check("later requests are rejected", after.status === 409, after);
	await late[0].waitForSelector(".notice[data-state=SOLD_OUT]", { timeout: 15000 });
	check(
		"an open page shows the sold-out notice without a reload",
		!(await late[0].getByRole("button", { name: "Get tickets" }).isVisible()),
	);
	await click_button(winners[0], "Get more tickets");
	await winners[0].waitForSelector(".notice[data-state=SOLD_OUT]");
	check_no_errors("a rush", /status of 409/);
});
