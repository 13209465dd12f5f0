// organizer_form: what the event form does with values that are wrong, or look wrong.
import { check, check_no_errors, go_to } from "./browser.mjs";
import { click_button, fill, sql, text } from "./actions.mjs";

// What the fields of a ticket type say of numbers that are, or are not, as people write them.
export async function numbers_as_written(card) {
	const told = async (label, value) => {
		await card.getByLabel(label, { exact: true }).fill(value);
		await click_button(card.page(), "Save");
		return (await card.locator(".field-error:not(:empty)").allInnerTexts()).join(" ");
	};
	for (const value of ["1e3", "0x10", "1.5", "1.500", "1,50", "Infinity"]) {
		const said = await told("Quantity", value);
		check(
			`the quantity ${value} is refused at its field`,
			said === "Quantity must be a whole number.",
			said,
		);
	}
	await card.getByLabel("Quantity", { exact: true }).fill("-1"); // so that nothing is saved
	for (const value of ["5e3", "0x1388", "5.000,00"]) {
		const said = await told("Price", value);
		check(
			`the price ${value} is refused at its field`,
			said === "Price must be a number, such as 1,500.50.",
			said,
		);
	}
	const field = card.locator(".field", { has: card.page().locator("[name=price]") });
	const note = field.locator(".warning");
	const noted = async (value) => {
		await field.locator("input").fill(value);
		return note.innerText();
	};
	check(
		"a price of 1.500 is pointed out: it is 1.5, not 1,500",
		(await noted("1.500")) === "This is 1.5. If you mean thousands, enter 1,500.",
		await note.innerText(),
	);
	for (const value of ["1,500", "1.50", "1500.500", "5000"])
		check(`… and a price of ${value} is not`, (await noted(value)) === "");
}

export async function forgiving_form(page, event) {
	await go_to(page, `#/events/${event}/edit`);
	const start = page.getByLabel("Start time").first();
	const around = page.locator(".field", { has: page.getByLabel("Start time") }).first();
	const shown = await start.inputValue();
	await start.fill("");
	await click_button(page, "Save");
	await page.waitForSelector(".field-error:not(:empty)");
	await start.fill("2020-01-01T20:00");
	check(
		"the message about a field goes when its value is corrected; a past date is pointed out",
		(await around.locator(".field-error:not(:empty)").count()) === 0 &&
			/in the past/.test(await around.innerText()),
		await around.innerText(),
	);
	await start.fill(shown);
	check("… and only that one", !/in the past/.test(await around.innerText()));
	const image = page.locator("#part-more [name=imageUrl]");
	await image.fill("http://img.example/a.png");
	check(
		"a picture that pages cannot show is pointed out",
		/https addresses only/.test(await text(page)),
	);
	await image.fill("");
	await fill(page, "Capacity optional", "1,500");
	await click_button(page, "Save");
	await page.waitForSelector(".tile");
	check(
		"numbers may be written with separators",
		sql("SELECT event_capacity FROM events") === "1500",
		sql("SELECT event_capacity FROM events"),
	);
	check_no_errors("the form");
}
