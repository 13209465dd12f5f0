// routes: the pages of the dashboard: their paths, and the modules that each of them loads.

// The module of each page, and those that it imports in turn. index.html names what all pages load.
export const PAGES = {
	account: [],
	"audit-log": [],
	attendees: ["csv-download"],
	event: ["admission", "chart", "checkout-warning", "events"],
	"event-form": [
		"checkout-warning",
		"event-fields",
		"event-merge",
		"event-save",
		"list-editor",
		"performer-picker",
		"venue-field",
		"webhooks",
	],
	events: [],
	"key-form": ["cidr", "keys", "webhooks"],
	keys: [],
	order: ["csv-download", "deliveries", "order-mail", "orders", "webhooks"],
	orders: ["csv-download"],
	team: [],
	webhook: ["deliveries", "webhooks"],
	webhooks: [],
};

// Path pattern and page. Its modules are loaded when it is first opened.
const ROUTES = [
	["events", "events"],
	["events/new", "event-form"],
	["events/:id", "event"],
	["events/:id/attendees", "attendees"],
	["events/:id/edit", "event-form"],
	["orders", "orders"],
	["orders/:id", "order"],
	["settings/keys", "keys"],
	["settings/keys/new", "key-form"],
	["settings/keys/:id", "key-form"],
	["settings/webhooks", "webhooks"],
	["settings/webhooks/:id", "webhook"],
	["settings/team", "team"],
	["settings/audit", "audit-log"],
	["settings/account", "account"],
];

function decode(word) {
	try {
		return decodeURIComponent(word);
	} catch {
		return word; // a stray "%"
	}
}

const is_parameter = (part) => part.startsWith(":");

// The parameters of a path, and the modules of its page, that of the page first; null: no page.
export function match_route(path) {
	const words = path.split("/");
	for (const [pattern, page] of ROUTES) {
		const parts = pattern.split("/");
		const matches = (part, i) => is_parameter(part) || part === words[i];
		if (parts.length !== words.length || !parts.every(matches)) continue;
		const params = parts
			.map((part, i) => [part.slice(1), words[i], part])
			.filter(([, , part]) => is_parameter(part))
			.map(([name, word]) => [name, decode(word)]);
		return {
			modules: [page, ...PAGES[page]].map((name) => `./${name}.js`),
			params: Object.fromEntries(params),
		};
	}
	return null;
}
