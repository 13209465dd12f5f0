// when: a time as the server writes it on the page: "Sat 5 December 2026, 19:00", by the event's clocks.

const STYLE = {
	weekday: "short",
	day: "numeric",
	month: "long",
	year: "numeric",
	hour: "2-digit",
	minute: "2-digit",
	hourCycle: "h23",
};

export function format_event_time(iso, zone) {
	let format;
	try {
		format = new Intl.DateTimeFormat("en-GB", { ...STYLE, timeZone: zone });
	} catch {
		// a zone that this browser does not know
		format = new Intl.DateTimeFormat("en-GB", {
			...STYLE,
			timeZone: "UTC",
			timeZoneName: "short",
		});
	}
	const part = Object.fromEntries(
		format.formatToParts(new Date(iso)).map((p) => [p.type, p.value]),
	);
	return `${part.weekday} ${part.day} ${part.month} ${part.year}, ${part.hour}:${part.minute}${part.timeZoneName ? ` ${part.timeZoneName}` : ""}`;
}
