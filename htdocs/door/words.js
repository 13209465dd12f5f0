// words: the sentences of the door in the language of the device, or the one chosen before.

const OFFERED = { en: "en", fil: "fil", tl: "fil" };

function chosen_language() {
	let stored = null;
	try {
		stored = localStorage.getItem("ticketgate language");
	} catch {
		/* no storage */
	}
	const wanted = [
		new URL(location.href).searchParams.get("lang"),
		stored,
		...navigator.languages,
	];
	for (const tag of wanted) {
		const language = OFFERED[tag?.toLowerCase().split("-")[0]];
		if (language) return language;
	}
	return "en";
}

// What ../event/language.js reads of a page that the server has written.
document.documentElement.lang = chosen_language();
const link = document.createElement("link");
link.rel = "modulepreload";
link.href = new URL(`messages-${document.documentElement.lang}.js`, import.meta.url);
document.head.append(link);

const { say, count, LANGUAGE } = await import("../event/language.js");
export { say, count, LANGUAGE };

const clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });

// The time of the day; the day as well, unless it is today.
export function format_time(iso) {
	const time = new Date(iso);
	return (time.toDateString() === new Date().toDateString() ? clock : day).format(time);
}
