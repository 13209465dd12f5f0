// waiting: what a buyer sees while the server takes no more from this network: not an error, but a
// place in line. Buyers behind one address (a campus, a mobile carrier) share its limits.
import { button, h, replace } from "../dashboard/dom.js";
import { count, say, say_with } from "./language.js";

const LONGEST_S = 15; // until the next try: others may release their tickets before they must

// Resolves to true when it is time to try again, to false when the buyer stops waiting.
export function wait_in_line(box, retry_after) {
	return new Promise((resolve) => {
		// spread, so that those who wait do not all come back at once
		const end =
			Date.now() + Math.min(retry_after || 1, LONGEST_S) * 1000 + Math.random() * 2000;
		const left = h("span", { class: "number" });
		const stop = (again) => {
			clearInterval(timer);
			replace(box);
			resolve(again);
		};
		const tick = () => {
			const seconds = Math.ceil((end - Date.now()) / 1000);
			if (seconds <= 0) return stop(true);
			replace(left, count("seconds", seconds));
		};
		const timer = setInterval(tick, 250);
		replace(
			box,
			h(
				"div",
				{ class: "notice warn waiting", role: "status" },
				h("p", null, h("strong", null, say("in_line")), " ", say("in_line_why")),
				h(
					"p",
					{ class: "small", "aria-hidden": "true" },
					say_with("next_try", { time: left }),
				),
				h(
					"p",
					{ class: "buttons" },
					button(say("stop_waiting"), () => stop(false)),
				),
			),
		);
		box.scrollIntoView({ block: "nearest" });
		tick();
	});
}
