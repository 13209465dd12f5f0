// checkout-warning: what to know before paid tickets go on sale without a checkout.
import { DASHBOARD, get } from "./api.js";
import { copy_field, external_link, h } from "./dom.js";

// A warning when visitors could not buy these ticket types on the event page; null when they can.
// The checkout URL is read again, because an administrator may have set it a moment ago.
export async function checkout_warning(tickets) {
	if (!tickets.some((t) => t.price > 0)) return null;
	const { slug, checkoutUrl } = (await get(`${DASHBOARD}session`)).data.organization;
	if (checkoutUrl) return null;
	return h(
		"div",
		{ class: "notice warn" },
		h(
			"p",
			null,
			h("strong", null, "Visitors cannot buy the paid tickets on the event page."),
			" Your organization has no checkout URL: the page shows the prices and asks visitors",
			" to contact you.",
		),
		h("p", null, "To sell online, ask your administrator to set the checkout URL:"),
		copy_field(`ticketgate org set ${slug} --checkout-url URL`, "command"),
		h("p", null, external_link("Guide: your checkout", "../docs/selling.html#checkout")),
	);
}
