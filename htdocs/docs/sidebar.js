// sidebar: the navigation of the documentation pages. On the reference it lists the operations.
import { h, replace } from "../dashboard/dom.js";

const GUIDES = [
	["first-call.html", "Quickstart"],
	["keys.html", "API keys"],
	["selling.html", "Selling tickets"],
	["webhooks.html", "Webhooks"],
	["errors.html", "Errors"],
	["limits.html", "Rate limits and retries"],
	["polling.html", "Migrating from polling"],
];

const file = location.pathname.split("/").pop();
const here = (href) => (href === file || (href === "./" && file === "") ? "page" : null);
const item = ([href, label]) =>
	h(
		"li",
		null,
		h("a", { href: `./${href.replace(/^\.\//, "")}`, "aria-current": here(href) }, label),
	);
const open_menu = (yes) => {
	toggle.setAttribute("aria-expanded", String(yes));
	side.classList.toggle("open", yes);
};
const toggle = h(
	"button",
	{
		type: "button",
		class: "menu-button",
		"aria-expanded": "false",
		"aria-controls": "menu",
		onclick: () => open_menu(toggle.getAttribute("aria-expanded") !== "true"),
	},
	"Contents",
);
const side = document.getElementById("side");

document.body.prepend(
	h(
		"a",
		{
			class: "skip",
			href: "#main",
			onclick: (e) => {
				e.preventDefault();
				document.getElementById("main").focus();
			},
		},
		"Skip to content",
	),
);
replace(
	side,
	h(
		"div",
		{ class: "side-top" },
		h("a", { class: "mark", href: "./" }, "ticket", h("span", null, "gate")),
		toggle,
	),
	h(
		"nav",
		{ id: "menu", class: "side-body", "aria-label": "Documentation" },
		h("div", null, h("p", { class: "menu-title" }, "Guides"), h("ul", null, GUIDES.map(item))),
		h(
			"div",
			null,
			h("p", { class: "menu-title" }, "Reference"),
			h("div", { id: "operations" }, h("ul", null, item(["./", "All operations"]))),
		),
		h(
			"ul",
			{ class: "way-out" },
			h("li", null, h("a", { href: "../dashboard/" }, "Dashboard")),
		),
	),
);
side.addEventListener("click", (e) => e.target.closest("a") && open_menu(false));
side.addEventListener("keydown", (e) => {
	if (e.key !== "Escape" || toggle.getAttribute("aria-expanded") !== "true") return;
	open_menu(false);
	toggle.focus();
});

// Areas that scroll sideways must be focusable.
for (const pre of document.querySelectorAll("main pre")) {
	pre.tabIndex = 0;
	pre.setAttribute("role", "group");
	pre.setAttribute("aria-label", pre.dataset.label ?? "Example");
}
for (const wide of document.querySelectorAll(".scrolls")) {
	wide.tabIndex = 0;
	wide.setAttribute("role", "group");
	wide.setAttribute("aria-label", "Table");
}
// Replaces the host name of the examples with this server's.
for (const code of document.querySelectorAll("main pre code")) {
	const walk = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
	for (let text = walk.nextNode(); text; text = walk.nextNode())
		text.data = text.data.replaceAll(
			"https://tickets.example.com",
			new URL("..", location.href).href.replace(/\/$/, ""),
		);
}
