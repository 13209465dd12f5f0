// lost-tickets: a form that has the links of a buyer's orders mailed to the address that bought.
import { h, replace } from "../dashboard/dom.js";
import { field, form_with_submit } from "../dashboard/form.js";
import { say } from "./language.js";
import { find_tickets, tickets_section } from "./public-api.js";

// Shown where the server sends mail.
export function offer_lost_tickets() {
	if (!tickets_section.hasAttribute("data-mail") || document.querySelector(".lost")) return;
	const email = field({
		name: "email",
		label: say("email"),
		type: "email",
		required: say("enter_email"),
		attrs: { autocomplete: "email", maxlength: 254 },
	});
	const box = h("div");
	const form = form_with_submit([email], say("send_link"), async (values) => {
		await find_tickets(values.email);
		replace(box, h("p", { class: "notice", role: "status" }, say("link_sent")));
	});
	tickets_section.append(
		h(
			"details",
			{ class: "lost" },
			h("summary", null, say("lost_tickets")),
			h("p", { class: "soft" }, say("lost_tickets_how")),
			replace(box, form),
		),
	);
}
