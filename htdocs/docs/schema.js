// schema: renders a JSON schema as a list of fields with type, limits and description.
import { h } from "../dashboard/dom.js";
import { inline_markdown } from "./markdown.js";

let openapi_document = null;
export const set_document = (openapi) => (openapi_document = openapi);

export function resolve_ref(thing) {
	if (!thing?.$ref) return thing;
	const path = thing.$ref.split("/").slice(1);
	const found = { ...path.reduce((at, key) => at[key], openapi_document) };
	if (thing.description) found.description = thing.description;
	return found;
}

// Resolves $ref and the null alternative: {schema, nullable}.
function unwrap_nullable(schema) {
	const s = resolve_ref(schema);
	if (s.anyOf) {
		const real = s.anyOf.filter((a) => a.type !== "null");
		return {
			schema: { ...resolve_ref(real[0]), description: s.description },
			nullable: real.length < s.anyOf.length,
		};
	}
	if (Array.isArray(s.type))
		return {
			schema: { ...s, type: s.type.find((t) => t !== "null") },
			nullable: s.type.includes("null"),
		};
	return { schema: s, nullable: false };
}

const FORMATS = { uri: "URL" };

function plural_name(schema) {
	const name = type_name(schema);
	return /[a-zA-Z]$/.test(name) ? `${name}s` : name;
}

export function type_name(schema) {
	const { schema: s, nullable } = unwrap_nullable(schema);
	const name =
		s.type === "array"
			? `array of ${plural_name(s.items)}`
			: (FORMATS[s.format] ?? s.format ?? s.type ?? "any");
	return nullable ? `${name} or null` : name;
}

export function limits_text(schema) {
	const { schema: s } = unwrap_nullable(schema);
	const out = [];
	if (s.enum) out.push(s.enum.join(", "));
	if (s.minLength !== undefined || s.maxLength !== undefined)
		out.push(
			s.minLength
				? `${s.minLength} to ${s.maxLength ?? "any"} characters`
				: `at most ${s.maxLength} characters`,
		);
	if (s.minimum !== undefined || s.maximum !== undefined)
		out.push(
			s.maximum === undefined
				? `at least ${s.minimum}`
				: `${s.minimum ?? "…"} to ${s.maximum}`,
		);
	if (s.maxItems !== undefined) out.push(`at most ${s.maxItems}`);
	if (s.default !== undefined) out.push(`default ${JSON.stringify(s.default)}`);
	return out.join("; ");
}

function object_schema(schema) {
	const { schema: s } = unwrap_nullable(schema);
	if (s.type === "array") return object_schema(s.items);
	return s.properties ? s : null;
}

export function schema_fields(schema, depth = 0) {
	const s = object_schema(schema);
	if (!s) return h("p", null, type_name(schema));
	return h(
		"dl",
		{ class: "fields" },
		Object.entries(s.properties).map(([name, one]) => {
			const limits = limits_text(one);
			const sub = depth < 2 ? object_schema(one) : null;
			return h(
				"div",
				{ class: "one" },
				h(
					"dt",
					null,
					h("code", { class: "name" }, name),
					" ",
					h("span", { class: "soft" }, type_name(one)),
					s.required?.includes(name) && depth === 0
						? h("span", { class: "needed" }, " required")
						: null,
				),
				h(
					"dd",
					null,
					inline_markdown(unwrap_nullable(one).schema.description ?? ""),
					limits ? h("div", { class: "small soft" }, limits) : null,
					sub
						? h(
								"details",
								null,
								h("summary", null, `Fields of ${name}`),
								schema_fields(sub, depth + 1),
							)
						: null,
				),
			);
		}),
	);
}
