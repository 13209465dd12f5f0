// chart: SVG charts of sales. Colours are in the stylesheet. Each chart has a table with its data.
import { h, svg, table } from "./dom.js";
import { format_day, number, plural } from "./format.js";

const NO_SALES = "No sales in this period.";

const WIDTH = 720,
	HEIGHT = 200,
	LEFT = 44,
	BOTTOM = 24,
	TOP = 10;

// Distance of the grid lines: 1, 2 or 5 times a power of ten, at most five lines.
function grid_step(most) {
	const rough = Math.max(most, 1) / 4;
	const power = 10 ** Math.floor(Math.log10(rough));
	return Math.max(1, [1, 2, 5, 10].find((m) => m * power >= rough) * power);
}

function bar(x, width, value, top, label) {
	const height = (value / top) * (HEIGHT - TOP - BOTTOM);
	return svg(
		"rect",
		{
			class: "bar",
			x,
			y: HEIGHT - BOTTOM - height,
			width,
			height: value ? Math.max(height, 1) : 0,
			rx: Math.min(2, width / 4),
		},
		svg("title", null, label),
	);
}

// days: [{day: "2026-11-14", value, text}], in order
export function day_chart(days, title, unit) {
	if (!days.length) return h("p", { class: "soft" }, NO_SALES);
	const most = Math.max(...days.map((d) => d.value), 0);
	const sum = days.reduce((n, d) => n + d.value, 0);
	const period = plural(days.length, "day");
	const summary = `${title}: ${number(sum)} ${unit} in ${period}, at most ${number(most)} a day.`;
	const step = grid_step(most);
	const top = Math.max(step, Math.ceil(most / step) * step);
	const slot = (WIDTH - LEFT) / Math.max(days.length, 1);
	const every = Math.ceil(days.length / 6);
	const lines = [];
	for (let v = 0; v <= top; v += step) {
		const y = HEIGHT - BOTTOM - (v / top) * (HEIGHT - TOP - BOTTOM);
		lines.push(
			svg("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: y, y2: y }),
			svg("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, number(v)),
		);
	}
	const picture = svg(
		"svg",
		{
			viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
			role: "img",
			"aria-label": summary,
		},
		lines,
		days.map((d, i) =>
			bar(
				LEFT + i * slot + slot * 0.12,
				slot * 0.76,
				d.value,
				top,
				`${format_day(d.day)}: ${d.text}`,
			),
		),
		days.map((d, i) => {
			const from_last = days.length - 1 - i;
			if (from_last % every) return null;
			const place =
				from_last === 0
					? { x: WIDTH, "text-anchor": "end" }
					: { x: LEFT + (i + 0.5) * slot, "text-anchor": "middle" };
			return svg("text", { ...place, y: HEIGHT - 6 }, format_day(d.day));
		}),
	);
	const numbers = days.filter((d) => d.value);
	return h(
		"figure",
		{ class: "chart" },
		picture,
		h(
			"details",
			null,
			h("summary", null, "Show data table"),
			numbers.length
				? table(
						title,
						[{ label: "Day" }, { label: unit, number: true }],
						numbers.map((d) => [format_day(d.day), d.text]),
					)
				: h("p", { class: "soft" }, NO_SALES),
		),
	);
}

// The sold, held and remaining tickets of a type, as parts of one bar.
export function inventory_bar(type) {
	const whole = Math.max(type.quantity, type.sold + type.held, 1);
	const part = (kind, x, n, label) =>
		n
			? svg(
					"rect",
					{
						class: kind,
						x: (x / whole) * 100,
						y: 0,
						width: (n / whole) * 100,
						height: 8,
					},
					svg("title", null, `${number(n)} ${label}`),
				)
			: null;
	const counts = [
		`${number(type.sold)} sold`,
		`${number(type.held)} held`,
		number(type.remaining),
	].join(", ");
	return svg(
		"svg",
		{
			class: "stock",
			viewBox: "0 0 100 8",
			preserveAspectRatio: "none",
			role: "img",
			"aria-label": `${type.name}: ${counts} left of ${number(type.quantity)}`,
		},
		part("sold", 0, type.sold, "sold"),
		part("held", type.sold, type.held, "held"),
	);
}
