// reference: renders openapi.json: an overview of all operations, or one operation with parameters,
// body, responses and a form to call it.
import { badge, error_box, h, link, replace } from "../dashboard/dom.js";
import { field } from "../dashboard/form.js";
import { limits_text, resolve_ref, schema_fields, set_document, type_name } from "./schema.js";
import { try_it } from "./try-it.js";
import { inline_markdown, markdown } from "./markdown.js";

const container = document.getElementById("reference");
const heading = document.querySelector("main h1");
const METHODS = ["get", "post", "patch", "delete"];
let api = null,
	operations = [];

const method_badge = (method) => h("span", { class: `method ${method}` }, method.toUpperCase());
const operation_hash = (o) => `#/${o.operationId}`;

function example_text(media) {
	const value = media?.example ?? Object.values(media?.examples ?? {})[0]?.value;
	if (value === undefined) return null;
	return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

const code_block = (text, label) =>
	h("pre", { tabindex: "0", role: "group", "aria-label": label }, h("code", null, text));

function overview() {
	heading.textContent = "API reference";
	const by_tag = api.tags.map((tag) => [tag, operations.filter((o) => o.tags[0] === tag.name)]);
	return [
		markdown(
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
				h("p", { class: "soft" }, inline_markdown(tag.description ?? "")),
				h(
					"ul",
					{ class: "plain" },
					list.map((o) =>
						h(
							"li",
							null,
							h(
								"a",
								{ class: "operation", href: operation_hash(o) },
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

function parameters_section(list) {
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
						h("span", { class: "soft" }, `${p.in}, ${type_name(p.schema)}`),
						p.required ? h("span", { class: "needed" }, " required") : null,
					),
					h(
						"dd",
						null,
						inline_markdown(p.description ?? ""),
						limits_text(p.schema)
							? h("div", { class: "small soft" }, limits_text(p.schema))
							: null,
					),
				),
			),
		),
	);
}

function responses_section(responses) {
	return h(
		"section",
		{ "aria-labelledby": "responses" },
		h("h2", { id: "responses" }, "Responses"),
		Object.entries(responses).map(([status, raw]) => {
			const response = resolve_ref(raw);
			const good = status < "300";
			const csv = response["x-text-csv"];
			const content = { ...response.content, ...(csv ? { "text/csv": csv } : {}) };
			const body = Object.entries(content).map(([type, media]) => [
				h("p", { class: "small soft" }, type),
				media.schema && good && type.includes("json") ? schema_fields(media.schema) : null,
				example_text(media)
					? code_block(example_text(media), `Example of ${status}`)
					: null,
			]);
			return h(
				"details",
				{ open: good },
				h(
					"summary",
					null,
					badge(status, good ? "good" : ""),
					" ",
					inline_markdown(response.description),
				),
				body,
			);
		}),
	);
}

function operation_page(o) {
	heading.textContent = o.summary;
	const parameters = (o.parameters ?? []).map(resolve_ref);
	const media = o.requestBody?.content["application/json"];
	const sample = o.requestBody ? (example_text(media) ?? "{}") : null;
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
		markdown(about),
		parameters_section(parameters),
		media
			? h(
					"section",
					{ "aria-labelledby": "body" },
					h("h2", { id: "body" }, "Request body"),
					schema_fields(media.schema),
					code_block(sample, "Example body"),
				)
			: null,
		responses_section(o.responses),
		h(
			"section",
			{ class: "card", "aria-labelledby": "try" },
			h("h2", { id: "try" }, "Try it"),
			try_section(o, parameters, sample),
		),
	];
}

// The form to call an operation with an API key, or without one if the public may. Only the
// dashboard has a session.
function try_section(o, parameters, sample) {
	const ways = o.security ?? api.security;
	if (ways.length && !ways.some((way) => "apiKey" in way))
		return h(
			"p",
			null,
			"This operation needs a dashboard session instead of an API key. Use the ",
			link("dashboard", "../dashboard/"),
			".",
		);
	const { method, path } = o;
	return try_it({ method, path, parameters, sample, needs_key: ways.length > 0 });
}

function operations_menu(filter) {
	const wanted = filter.toLowerCase();
	const fits = (o) =>
		`${o.method} ${o.path} ${o.summary} ${o.operationId}`.toLowerCase().includes(wanted);
	const current = location.hash;
	return api.tags.map((tag) => {
		const list = operations.filter((o) => o.tags[0] === tag.name && fits(o));
		return list.length
			? h(
					"details",
					{ open: Boolean(wanted) || list.some((o) => operation_hash(o) === current) },
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
										href: operation_hash(o),
										"aria-current":
											operation_hash(o) === current ? "page" : null,
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

function render(focus) {
	const wanted = operations.find((o) => operation_hash(o) === location.hash);
	replace(
		container,
		wanted ? [link("All operations", "#/"), operation_page(wanted)] : overview(),
	);
	document.title = `${heading.textContent} · ticketgate API`;
	const list = document.getElementById("operations");
	const find = field({
		name: "find",
		label: "Find",
		type: "search",
		attrs: { placeholder: "orders, refund, PATCH…" },
	});
	const found = h("div");
	find.input.addEventListener("input", () => replace(found, operations_menu(find.input.value)));
	replace(list, h("div", { class: "find" }, find.el), found);
	replace(found, operations_menu(""));
	if (focus) {
		heading.tabIndex = -1;
		heading.focus({ preventScroll: true });
		scrollTo(0, 0);
	}
}

try {
	const response = await fetch("../open-api/v1/openapi.json"); // preloaded by index.html
	if (!response.ok) throw new Error(`GET openapi.json returned ${response.status}.`);
	api = await response.json();
	set_document(api);
	operations = Object.entries(api.paths).flatMap(([path, methods]) =>
		METHODS.filter((m) => methods[m]).map((method) => ({
			...methods[method],
			method,
			path,
			parameters: [...(methods.parameters ?? []), ...(methods[method].parameters ?? [])],
		})),
	);
	addEventListener("hashchange", () => render(true));
	render(false);
} catch (error) {
	replace(
		container,
		error_box({ message: "Cannot load the API reference.", hint: error.message }),
	);
}
document.getElementById("main").dataset.ready = "yes";
