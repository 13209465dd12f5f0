// date-format: formats times as the server does: "Sat 5 December 2026, 19:00", in the event's zone.

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
		// a time zone that this browser does not know
		format = new Intl.DateTimeFormat("en-GB", {
			...STYLE,
			timeZone: "UTC",
			timeZoneName: "short",
		});
	}
	const part = Object.fromEntries(
		format.formatToParts(new Date(iso)).map((p) => [p.type, p.value]),
	);
	const date = `${part.weekday} ${part.day} ${part.month} ${part.year}`;
	const zone_name = part.timeZoneName ? ` ${part.timeZoneName}` : "";
	return `${date}, ${part.hour}:${part.minute}${zone_name}`;
}
