// markdown: renders the subset that openapi.json uses: paragraphs, **bold**, `code`, fenced blocks.
import { h } from "../dashboard/dom.js";

export function inline_markdown(text) {
	return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
		if (part.startsWith("**")) return h("strong", null, part.slice(2, -2));
		return part.startsWith("`") ? h("code", null, part.slice(1, -1)) : part;
	});
}

export function markdown(text) {
	return (text ?? "").split(/\n*```\n?/).flatMap((part, i) => {
		if (i % 2)
			return [
				h(
					"pre",
					{ tabindex: "0", role: "group", "aria-label": "Example" },
					h("code", null, part),
				),
			];
		return part
			.split(/\n{2,}/)
			.filter((p) => p.trim())
			.map((p) => h("p", null, inline_markdown(p)));
	});
}
