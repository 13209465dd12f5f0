// try-it: a form that calls an operation. The API key is stored in this tab only.
import { copy_field, h, replace, while_busy } from "../dashboard/dom.js";
import { field } from "../dashboard/form.js";

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
		if (p.in === "path") url = url.replace(`{${p.name}}`, encodeURIComponent(value));
		else if (value) p.in === "query" ? query.set(p.name, value) : (headers[p.name] = value);
	}
	if (body) headers["Content-Type"] = "application/json";
	const target = new URL(`..${url}${query.size ? `?${query}` : ""}`, location.href.split("#")[0]);
	return { target, headers, missing, method: method.toUpperCase() };
}

function curl_command({ target, headers, method }, key, body) {
	const parts = [
		"curl -s",
		method === "GET" ? null : `-X ${method}`,
		`-H ${shell_quote(`api-key: ${key || "tn_live_…"}`)}`,
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
			headers: { ...request.headers, "api-key": key },
			body: request.method === "GET" ? undefined : (body ?? ""),
			credentials: "omit",
			cache: "no-store",
		});
		const text = await response.text();
		const ms = Math.round(performance.now() - from);
		let shown = text;
		try {
			shown = JSON.stringify(JSON.parse(text), null, 2);
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

// parameters: without $ref. sample: the example body, or null for an operation without one.
export function try_it(method, path, parameters, sample) {
	const key = field({
		name: "api-key",
		label: "API key",
		value: sessionStorage.getItem(STORAGE_KEY),
		required: true,
		attrs: { placeholder: "tn_live_…", spellcheck: "false" },
		hint: "Stored in this tab only. Create one in the dashboard under Settings › API Keys.",
	});
	const inputs = parameters.map((p) => [p, parameter_field(p)]);
	const body = sample === null ? null : body_field(sample);
	const result = h("div", { role: "status" });
	const line = h("div");
	const draw = () => {
		const request = build_request(method, path, inputs, body);
		replace(
			line,
			copy_field(
				curl_command(request, key.input.value.trim(), body?.input.value),
				"curl command",
			),
		);
	};
	const submit = h("button", { type: "submit", class: "primary" }, "Send");
	const onsubmit = (e) => {
		e.preventDefault();
		if (!key.validate()) return key.input.focus();
		const request = build_request(method, path, inputs, body);
		if (request.missing) {
			const [, f] = inputs.find(([p]) => p === request.missing);
			f.validate();
			return f.input.focus();
		}
		sessionStorage.setItem(STORAGE_KEY, key.input.value.trim());
		return while_busy(submit, () =>
			send(request, key.input.value.trim(), body?.input.value, result),
		);
	};
	const headers = field_grid(inputs, (p) => p.in === "header");
	const form = h(
		"form",
		{ class: "try", novalidate: true, oninput: draw, onsubmit },
		key.el,
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
	draw();
	return form;
}
