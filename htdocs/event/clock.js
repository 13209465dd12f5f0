// clock: how long the tickets are still held, for the eye each second, and aloud only when it matters.
import { h } from "../dashboard/dom.js";
import { plural } from "../dashboard/format.js";

const ALOUD = [300, 60, 30]; // seconds left
const shape = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
const words = (seconds) =>
	seconds < 60 ? plural(seconds, "second") : plural(seconds / 60, "minute");

// expires: an instant of the server's clock, which is `ahead` of this one. over: called once. {el, stop}
export function countdown(expires, ahead, over) {
	const end = Date.parse(expires) - ahead;
	const digits = h("strong", { class: "number" });
	const told = h("p", { class: "unseen", role: "status" });
	const line = h("p", { class: "countdown", role: "timer" }, "Held for you for ", digits);
	let before = Infinity;
	const tick = () => {
		const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
		digits.textContent = shape(left);
		line.classList.toggle("late", left <= 60);
		const passed = ALOUD.findLast((s) => left <= s && before > s);
		if (passed && before !== Infinity)
			told.textContent = `Your tickets are held for ${words(passed)} more.`;
		before = left;
		if (left === 0) {
			stop();
			over();
		}
	};
	const timer = setInterval(tick, 250);
	const stop = () => clearInterval(timer);
	setTimeout(tick);
	digits.textContent = shape(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
	return { el: h("div", null, line, told), stop };
}
