// reference: the API's operations, drawn from openapi.json: all of them by subject, or one in full with its fields, examples and a form to call it.
import { badge, error_box, h, link, replace } from "../dashboard/dom.js";
import { field } from "../dashboard/form.js";
import { fields, follow, limits_of, type_of, use } from "./schema.js";
import { try_it } from "./try.js";
import { line, words } from "./words.js";

const place = document.getElementById("reference");
const heading = document.querySelector("main h1");
const METHODS = ["get", "post", "patch", "delete"];
let api = null,
	operations = [];

// Where an operation lives below this suite's own address: its server's, its path's, or that of them all.
function mount_of(operation, path_item) {
	return (operation.servers ?? path_item.servers ?? api.servers)[0].url.replace(/\/$/, "");
}

const method_badge = (method) => h("span", { class: `method ${method}` }, method.toUpperCase());
const address = (o) => `#/${o.operationId}`;

function example_of(media) {
	const value = Object.values(media?.examples ?? {})[0]?.value;
	if (value === undefined) return null;
	return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

const code = (text, label) =>
	h("pre", { tabindex: "0", role: "group", "aria-label": label }, h("code", null, text));

function overview() {
	heading.textContent = "API reference";
	const by_tag = api.tags.map((tag) => [tag, operations.filter((o) => o.tags[0] === tag.name)]);
	return [
		words(
			api.info.description.replaceAll(
				"https://tickets.example.com",
				new URL("..", location.href).href.replace(/\/$/, ""),
			),
		),
		by_tag.map(([tag, list]) =>
			h(
				"section",
				{ class: "card", "aria-labelledby": `tag-${tag.name}` },
				h("h2", { id: `tag-${tag.name}` }, tag.name),
				h("p", { class: "soft" }, tag.description),
				h(
					"ul",
					{ class: "plain" },
					list.map((o) =>
						h(
							"li",
							null,
							h(
								"a",
								{ class: "operation", href: address(o) },
								method_badge(o.method),
								" ",
								h("code", null, o.path),
							),
							" ",
							h("span", { class: "soft" }, o.summary),
						),
					),
				),
			),
		),
	];
}

function parameters_of(list) {
	if (!list.length) return null;
	return h(
		"section",
		{ "aria-labelledby": "parameters" },
		h("h2", { id: "parameters" }, "Parameters"),
		h(
			"dl",
			{ class: "fields" },
			list.map((p) =>
				h(
					"div",
					{ class: "one" },
					h(
						"dt",
						null,
						h("code", { class: "name" }, p.name),
						" ",
						h("span", { class: "soft" }, `${p.in}, ${type_of(p.schema)}`),
						p.required ? h("span", { class: "needed" }, " required") : null,
					),
					h(
						"dd",
						null,
						line(p.description ?? ""),
						limits_of(p.schema)
							? h("div", { class: "small soft" }, limits_of(p.schema))
							: null,
					),
				),
			),
		),
	);
}

function answers(responses) {
	return h(
		"section",
		{ "aria-labelledby": "answers" },
		h("h2", { id: "answers" }, "Answers"),
		Object.entries(responses).map(([status, raw]) => {
			const response = follow(raw);
			const good = status < "300";
			const body = Object.entries(response.content ?? {}).map(([type, media]) => [
				h("p", { class: "small soft" }, type),
				media.schema && good && type.includes("json") ? fields(media.schema) : null,
				example_of(media) ? code(example_of(media), `Example of ${status}`) : null,
			]);
			return h(
				"details",
				{ open: good },
				h(
					"summary",
					null,
					badge(status, good ? "good" : ""),
					" ",
					line(response.description),
				),
				body,
			);
		}),
	);
}

function one(o) {
	heading.textContent = o.summary;
	const parameters = (o.parameters ?? []).map(follow);
	const media = o.requestBody?.content["application/json"];
	const sample = o.requestBody ? (example_of(media) ?? "{}") : null;
	const about = o.description.startsWith(o.summary)
		? o.description.slice(o.summary.length).replace(/^\.\s*/, "")
		: o.description;
	return [
		h(
			"p",
			{ class: "where" },
			method_badge(o.method),
			" ",
			h("code", null, o.path),
			" ",
			o["x-required-scope"] ? badge(`scope ${o["x-required-scope"]}`) : null,
		),
		words(about),
		parameters_of(parameters),
		media
			? h(
					"section",
					{ "aria-labelledby": "body" },
					h("h2", { id: "body" }, "Body"),
					fields(media.schema),
					code(sample, "Example body"),
				)
			: null,
		answers(o.responses),
		h(
			"section",
			{ class: "card", "aria-labelledby": "try" },
			h("h2", { id: "try" }, "Try it"),
			takes_key(o)
				? try_it(o.method, o.path, parameters, sample)
				: h(
						"p",
						null,
						"This is done by who is signed in, not by a key: the ",
						link("dashboard", "../dashboard/"),
						" does it for you.",
					),
		),
	];
}

const takes_key = (o) =>
	(o.security ?? api.security ?? [{ apiKey: [] }]).some((way) => "apiKey" in way);

function menu(filter) {
	const wanted = filter.toLowerCase();
	const fits = (o) =>
		`${o.method} ${o.path} ${o.summary} ${o.operationId}`.toLowerCase().includes(wanted);
	const current = location.hash;
	return api.tags.map((tag) => {
		const list = operations.filter((o) => o.tags[0] === tag.name && fits(o));
		return list.length
			? h(
					"details",
					{ open: Boolean(wanted) || list.some((o) => address(o) === current) },
					h("summary", null, tag.name),
					h(
						"ul",
						null,
						list.map((o) =>
							h(
								"li",
								null,
								h(
									"a",
									{
										href: address(o),
										"aria-current": address(o) === current ? "page" : null,
									},
									o.summary,
								),
							),
						),
					),
				)
			: null;
	});
}

function show(focus) {
	const wanted = operations.find((o) => address(o) === location.hash);
	replace(place, wanted ? [link("All operations", "#/"), one(wanted)] : overview());
	document.title = `${heading.textContent} · ticketgate API`;
	const list = document.getElementById("operations");
	const find = field({
		name: "find",
		label: "Find",
		type: "search",
		attrs: { placeholder: "orders, refund, PATCH…" },
	});
	const found = h("div");
	find.input.addEventListener("input", () => replace(found, menu(find.input.value)));
	replace(list, h("div", { class: "find" }, find.el), found);
	replace(found, menu(""));
	if (focus) {
		heading.tabIndex = -1;
		heading.focus({ preventScroll: true });
		scrollTo(0, 0);
	}
}

try {
	const response = await fetch("../open-api/v1/openapi.json", { cache: "no-cache" });
	if (!response.ok) throw new Error(`openapi.json: the server answered ${response.status}.`);
	api = await response.json();
	use(api);
	operations = Object.entries(api.paths).flatMap(([path, methods]) =>
		METHODS.filter((m) => methods[m]).map((method) => ({
			...methods[method],
			method,
			path: mount_of(methods[method], methods) + path,
			parameters: [...(methods.parameters ?? []), ...(methods[method].parameters ?? [])],
		})),
	);
	addEventListener("hashchange", () => show(true));
	show(false);
} catch (error) {
	replace(
		place,
		error_box({ message: "The reference could not be drawn.", hint: error.message }),
	);
}
document.getElementById("main").dataset.ready = "yes";
