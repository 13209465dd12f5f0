// countdown: the remaining time of a hold, updated each second and announced at a few points.
import { h } from "../dashboard/dom.js";
import { count, say, say_with } from "./language.js";

const ANNOUNCE_AT = [300, 60, 30]; // seconds left
const format_clock = (seconds) =>
	`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
const format_duration = (seconds) =>
	seconds < 60 ? count("seconds", seconds) : count("minutes", seconds / 60);

// expires: server time. clock_skew: server time minus local time. Calls on_expired() once. Returns
// {el, stop}.
export function countdown(expires, clock_skew, on_expired) {
	const end = Date.parse(expires) - clock_skew;
	const digits = h("strong", { class: "number" });
	const live_region = h("p", { class: "visually-hidden", role: "status" });
	const line = h(
		"p",
		{ class: "countdown", role: "timer" },
		say_with("reserved_for", { time: digits }),
	);
	let before = Infinity;
	const tick = () => {
		const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
		digits.textContent = format_clock(left);
		line.classList.toggle("late", left <= 60);
		const passed = ANNOUNCE_AT.findLast((s) => left <= s && before > s);
		if (passed && before !== Infinity)
			live_region.textContent = say("time_left", { time: format_duration(passed) });
		before = left;
		if (left === 0) {
			stop();
			on_expired();
		}
	};
	const timer = setInterval(tick, 250);
	const stop = () => clearInterval(timer);
	setTimeout(tick);
	digits.textContent = format_clock(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
	return { el: h("div", null, line, live_region), stop };
}
