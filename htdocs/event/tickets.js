// tickets: the button that prints the tickets of a page, and the change of the name on a ticket.
// The page needs no script for the rest.
import { ApiError } from "../dashboard/api.js";
import { button, h, replace, words } from "../dashboard/dom.js";
import { field, form_with_submit } from "../dashboard/form.js";
import { in_language, say, with_retry_hint } from "./language.js";

Object.assign(words, { request_id: say("request_id"), unexpected: say("error_unexpected") });

const print_button = button(say("print"), () => print(), "primary");
const choice = document.querySelector(".print-choice fieldset");
if (choice) choice.append(print_button);
else document.querySelector(".hero .actions").prepend(print_button);

// ---- the name on the ticket, where the organizer lets holders change it ----

const MEANINGS = { 409: "name_not_changed" };

async function change_name(api, body) {
	let response;
	try {
		response = await fetch(`${api}/ticket-names`, {
			method: "POST",
			headers: { Accept: "application/json", "Content-Type": "application/json" },
			body: JSON.stringify(body),
			credentials: "omit",
		});
	} catch {
		throw in_language(new ApiError(0, null, say("error_unreachable")));
	}
	if (response.ok) return;
	const json = await response.json().catch(() => null);
	const { status } = response;
	const error = new ApiError(status, json, say("error_status", { status }));
	error.retry_after = Number(response.headers.get("Retry-After")) || 0;
	throw with_retry_hint(in_language(error, MEANINGS));
}

function name_form(card, done) {
	const { api, code } = card.dataset;
	const holder = card.querySelector(".holder");
	const name = field({
		name: "name",
		label: say("new_name"),
		required: say("enter_holder"),
		value: holder.textContent,
		attrs: { autocomplete: "name", maxlength: 200 },
	});
	const save = async (values) => {
		await change_name(api, { code, ...values });
		holder.textContent = values.name;
		done(say("name_changed"));
	};
	const cancel = button(say("cancel"), () => done(""), "quiet");
	return { el: form_with_submit([name], say("save"), save, cancel), input: name.input };
}

function offer_change(card) {
	const box = h("div", { class: "rename" });
	const status = h("p", { role: "status", class: "hint" });
	const open = button(
		say("change_name"),
		() => {
			const { el, input } = name_form(card, close);
			status.textContent = "";
			replace(box, el);
			input.focus();
		},
		"quiet",
	);
	const close = (text) => {
		replace(box, open);
		status.textContent = text;
		open.focus();
	};
	replace(box, open);
	card.querySelector(".words").append(box, status);
}

for (const card of document.querySelectorAll(".issued[data-code]")) offer_change(card);
