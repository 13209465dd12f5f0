// try-it: a form that calls an operation. The API key is stored in this tab only.
import { copy_field, h, replace, while_busy } from "../dashboard/dom.js";
import { field } from "../dashboard/form.js";
import { own_values, placeholder, remember } from "./own-data.js";

const STORAGE_KEY = "ticketgate-docs-key";
const shell_quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function parameter_field(parameter, value) {
	const s = parameter.schema ?? {};
	const spec = {
		name: parameter.name,
		label: parameter.name,
		value: value ?? "",
		required: parameter.required,
	};
	return s.enum
		? field({ ...spec, type: "select", options: [["", "–"], ...s.enum.map((e) => [e, e])] })
		: field({ ...spec, attrs: { placeholder: String(parameter.example ?? s.default ?? "") } });
}

function build_request(method, path, inputs, body) {
	const values = new Map(inputs.map(([p, f]) => [p, f.input.value.trim()]));
	const missing = inputs.find(([p]) => p.in === "path" && !values.get(p));
	let url = path;
	const query = new URLSearchParams();
	const headers = {};
	for (const [p, value] of values) {
		if (p.in === "path")
			url = url.replace(
				`{${p.name}}`,
				encodeURIComponent(value) || placeholder(p.name, path),
			);
		else if (value) p.in === "query" ? query.set(p.name, value) : (headers[p.name] = value);
	}
	if (body) headers["Content-Type"] = "application/json";
	const target = new URL(`..${url}${query.size ? `?${query}` : ""}`, location.href.split("#")[0]);
	return { target, path, headers, missing, method: method.toUpperCase() };
}

function curl_command({ target, headers, method }, key, body) {
	const parts = [
		"curl -s",
		method === "GET" ? null : `-X ${method}`,
		key === null ? null : `-H ${shell_quote(`api-key: ${key || "tn_live_…"}`)}`,
		...Object.entries(headers).map(([n, v]) => `-H ${shell_quote(`${n}: ${v}`)}`),
		method === "GET" ? null : `-d ${shell_quote(body ?? "")}`,
		shell_quote(target.href),
	];
	return parts.filter(Boolean).join(" ");
}

async function send(request, key, body, result) {
	const from = performance.now();
	try {
		const response = await fetch(request.target, {
			method: request.method,
			headers: key === null ? request.headers : { ...request.headers, "api-key": key },
			body: request.method === "GET" ? undefined : (body ?? ""),
			credentials: "omit",
			cache: "no-store",
		});
		const text = await response.text();
		const ms = Math.round(performance.now() - from);
		let shown = text;
		try {
			const answer = JSON.parse(text);
			shown = JSON.stringify(answer, null, 2);
			remember(request.method, request.path, answer);
		} catch {
			/* CSV */
		}
		replace(
			result,
			h(
				"p",
				null,
				h("strong", null, `${response.status} ${response.statusText}`),
				` in ${ms} ms`,
			),
			h(
				"details",
				null,
				h("summary", null, "Headers"),
				h(
					"pre",
					{ tabindex: "0", role: "group", "aria-label": "Headers" },
					h("code", null, [...response.headers].map(([n, v]) => `${n}: ${v}`).join("\n")),
				),
			),
			h(
				"pre",
				{ class: "answer", tabindex: "0", role: "group", "aria-label": "Response" },
				h("code", null, shown || "(empty)"),
			),
		);
	} catch (error) {
		replace(
			result,
			h("p", { class: "notice bad" }, `Cannot reach the server: ${error.message}`),
		);
	}
}

const body_field = (sample) =>
	field({
		name: "body",
		label: "Body",
		type: "textarea",
		value: sample,
		required: true,
		attrs: {
			rows: Math.min(16, sample.split("\n").length + 1),
			spellcheck: "false",
			class: "mono",
		},
	});

// The fields of the parameters that `wanted` selects, or null when there are none.
function field_grid(inputs, wanted) {
	const nodes = inputs.filter(([p]) => wanted(p)).map(([, f]) => f.el);
	return nodes.length ? h("div", { class: "grid" }, nodes) : null;
}

const key_field = () =>
	field({
		name: "api-key",
		label: "API key",
		value: sessionStorage.getItem(STORAGE_KEY),
		required: true,
		attrs: { placeholder: "tn_live_…", spellcheck: "false" },
		hint: "Stored in this tab only. Create one in the dashboard under Settings › API Keys.",
	});

const HOUR_MS = 3600 * 1000;

// Members of samples that the reader has values of; in the dashboard, codes are of links.
const members = (path) =>
	path.startsWith("/dashboard/") ? /"(\w+Id)": "[^"]*"/g : /"(\w+Id|code)": "[^"]*"/g;

// The names of the members of a sample that are ids or codes, and the sample with placeholders for
// them, and with a recent time instead of one that is too long ago by now.
function with_placeholders(sample, path) {
	const recently = new Date(Date.now() - HOUR_MS).toISOString();
	const names = [...new Set([...sample.matchAll(members(path))].map(([, name]) => name))];
	const text = sample
		.replace(/"since": "[^"]*"/, `"since": "${recently}"`)
		.replace(members(path), (_, name) => `"${name}": "${placeholder(name, path)}"`);
	return { names, text };
}

// Fills in the reader's own ids wherever nothing else was entered.
async function fill_in(key, path, inputs, body, names) {
	const values = await own_values(key, path, names);
	for (const [p, f] of inputs)
		if (p.in === "path" && !f.input.value && values.has(p.name))
			f.input.value = values.get(p.name);
	for (const name of names)
		if (values.has(name))
			body.input.value = body.input.value.replaceAll(
				`"${placeholder(name, path)}"`,
				`"${values.get(name)}"`,
			);
}

// The first thing that the form still needs, shown at its field; false when there is none.
function show_missing(key, request, inputs, body, names) {
	if (key && !key.validate()) return key;
	const [, empty] = inputs.find(([p]) => p === request.missing) ?? [];
	if (empty) {
		empty.validate();
		return empty;
	}
	const left = names
		.map((name) => placeholder(name, request.path))
		.find((text) => body.input.value.includes(`"${text}"`));
	body?.set_error(left ? `Replace ${left} with an ID.` : null);
	return left ? body : null;
}

// parameters: without $ref. sample: the example body, or null for an operation without one.
// needs_key: false for an operation of the public.
export function try_it({ method, path, parameters, sample, needs_key }) {
	const key = needs_key ? key_field() : null;
	const key_value = () => key && key.input.value.trim();
	const inputs = parameters.map((p) => [p, parameter_field(p)]);
	const { names, text } = with_placeholders(sample ?? "", path);
	const body = sample === null ? null : body_field(text);
	const result = h("div", { role: "status" });
	const line = h("div");
	const draw = () => {
		const request = build_request(method, path, inputs, body);
		const command = curl_command(request, key_value(), body?.input.value);
		replace(line, copy_field(command, "curl command"));
	};
	const fill = async () => {
		const known = key_value() || sessionStorage.getItem(STORAGE_KEY);
		if (known) await fill_in(known, path, inputs, body, names);
		draw();
	};
	const submit = h("button", { type: "submit", class: "primary" }, "Send");
	const onsubmit = (e) => {
		e.preventDefault();
		const request = build_request(method, path, inputs, body);
		const missing = show_missing(key, request, inputs, body, names);
		if (missing) return missing.input.focus();
		if (key) sessionStorage.setItem(STORAGE_KEY, key_value());
		return while_busy(submit, () => send(request, key_value(), body?.input.value, result));
	};
	key?.input.addEventListener("change", fill);
	const headers = field_grid(inputs, (p) => p.in === "header");
	const form = h(
		"form",
		{ class: "try", novalidate: true, oninput: draw, onsubmit },
		key ? key.el : h("p", null, "This operation needs no API key."),
		field_grid(inputs, (p) => p.in !== "header"),
		body?.el,
		headers ? h("details", null, h("summary", null, "Headers"), headers) : null,
		h(
			"p",
			{ class: "buttons" },
			submit,
			method === "get"
				? null
				: h(
						"span",
						{ class: "small soft" },
						"This calls the live API and changes real data.",
					),
		),
		line,
		result,
	);
	fill().finally(() => (form.dataset.filled = "yes"));
	return form;
}
