// poll_interval: when the event page asks for the event again, by poll-interval.js alone.
import { readFileSync } from "node:fs";

const source = readFileSync(`${process.argv[2]}/htdocs/event/poll-interval.js`);
// Node treats a .js file as CommonJS, so the module is loaded from a data URL.
const { poll_delay, retry_delay } = await import(
	`data:text/javascript;base64,${source.toString("base64")}`
);
const SECOND = 1000,
	MINUTE = 60 * SECOND,
	HOUR = 60 * MINUTE;
const NOW = Date.parse("2040-12-05T01:00:00Z");
const at = (ms) => new Date(NOW + ms).toISOString();

let failed = 0;
function check(name, ok, detail) {
	console.log(`${ok ? "ok" : "not ok"} - ${name}`);
	if (ok) return;
	failed++;
	console.log(`# ${JSON.stringify(detail)}`);
}

const event = (state, { remaining = 100, opens, closes, starts = opens } = {}) => ({
	sale: {
		state,
		opensAt: opens === undefined ? null : at(opens),
		closesAt: closes === undefined ? null : at(closes),
	},
	tickets: [
		{
			remaining,
			salesStart: starts === undefined ? null : at(starts),
			salesEnd: closes === undefined ? null : at(closes),
		},
	],
});

// The delays after 0, 1, … responses without a change; the shortest and the longest of each.
const shortest = (e, unchanged = 0, now = NOW) => poll_delay(e, now, unchanged, 0);
const longest = (e, unchanged = 0, now = NOW) => poll_delay(e, now, unchanged, 1);
const STATES = ["ON_SALE", "SOLD_OUT", "NOT_YET", "CLOSED", "OVER"];

const quiet = Array.from({ length: 40 }, (_, n) => shortest(event("ON_SALE"), n));
check(
	"on sale: ten seconds after a change, then longer and longer, up to a minute",
	quiet[0] === 10 * SECOND &&
		quiet.every((ms, n) => n === 0 || ms > quiet[n - 1] || ms === MINUTE) &&
		quiet[39] === MINUTE,
	quiet,
);
check(
	"a fifth of each delay is spread at random, and no delay is shorter for it",
	[0, 3, 39].every((n) => {
		const e = event("ON_SALE");
		return longest(e, n) > shortest(e, n) && longest(e, n) <= 1.2 * shortest(e, n);
	}),
);
check(
	"shorter while few tickets are left, as long as nothing else is known",
	shortest(event("ON_SALE", { remaining: 20 })) === 5 * SECOND &&
		shortest(event("ON_SALE", { remaining: 20 }), 39) === MINUTE &&
		shortest(event("SOLD_OUT", { remaining: 0 })) === 10 * SECOND,
);
check(
	"never more than ten seconds in the two minutes after sales have begun or ended",
	[event("ON_SALE", { starts: -MINUTE }), event("CLOSED", { closes: -MINUTE })].every(
		(e) => shortest(e) === 5 * SECOND && shortest(e, 39) === 10 * SECOND,
	),
);
check(
	"sold out, closed and over: minutes, ten minutes, an hour",
	shortest(event("SOLD_OUT", { remaining: 0 }), 39) === 2 * MINUTE &&
		shortest(event("CLOSED", { closes: -HOUR })) === 10 * MINUTE &&
		shortest(event("OVER")) === HOUR,
);

// A page that waits for sales: asks at each delay, and in the second after they begin.
function asks_until_opening(ahead, random) {
	const e = event("NOT_YET", { opens: ahead });
	const times = [];
	for (let now = NOW; now < NOW + ahead; times.push(now - NOW))
		now += poll_delay(e, now, times.length, random);
	return times;
}
for (const ahead of [3 * SECOND, 50 * SECOND, 7 * MINUTE, HOUR, 30 * HOUR])
	for (const random of [0, 0.5, 0.999]) {
		const times = asks_until_opening(ahead, random);
		const most = 10 + ahead / (10 * MINUTE);
		check(
			`sales begin in ${ahead / SECOND} s: asks at that moment, and rarely before`,
			times.at(-1) >= ahead && times.at(-1) <= ahead + SECOND && times.length <= most,
			[random, times.slice(-12)],
		);
	}
const late = event("NOT_YET", { opens: -SECOND });
check(
	"an answer older than the beginning of sales: asks again in two seconds, then less often",
	shortest(late) === 2 * SECOND && shortest(late, 39) === 10 * SECOND,
	[shortest(late), shortest(late, 39)],
);
check(
	"asks when sales end, and when another ticket type goes on sale",
	shortest(event("ON_SALE", { closes: 30 * SECOND }), 39) === 30 * SECOND &&
		shortest(event("ON_SALE", { starts: 20 * SECOND }), 39) === 20 * SECOND &&
		longest(event("ON_SALE", { closes: 30 * SECOND }), 39) === 31 * SECOND,
);
check(
	"no delay is below two seconds or above 72 minutes, whatever the state and the clock",
	STATES.flatMap((state) =>
		[-400 * HOUR, -MINUTE, 0, HOUR, 9000 * HOUR].flatMap((opens) =>
			[0, 1, 7, 1000].flatMap((n) =>
				[0, 0.999].map((random) => poll_delay(event(state, { opens }), NOW, n, random)),
			),
		),
	).every((ms) => ms >= 2 * SECOND && ms <= 72 * MINUTE),
);
check(
	"a state that a newer server may have is asked for like tickets on sale",
	shortest(event("PAUSED"), 39) === MINUTE,
);

const errors = Array.from({ length: 40 }, (_, n) => [
	retry_delay(n + 1, 0, 0),
	retry_delay(n + 1, 0, 0.999),
]);
check(
	"errors: twice as long each time, up to five minutes, half of it at random",
	errors[0][0] === 2.5 * SECOND &&
		errors.every(([least, most]) => most > 1.9 * least && most <= 5 * MINUTE) &&
		errors[3][0] === 20 * SECOND &&
		errors[39][0] === 2.5 * MINUTE,
	errors.slice(0, 8),
);
check(
	"Retry-After is the shortest delay; those who wait do not all come back at once",
	[1, 30, 600].every(
		(told) =>
			retry_delay(1, told, 0) >= told * SECOND &&
			retry_delay(1, told, 0.999) > retry_delay(1, told, 0) &&
			retry_delay(9, told, 0.999) <= Math.max(2 * told * SECOND, 5 * MINUTE),
	),
	[1, 30, 600].map((told) => [retry_delay(1, told, 0), retry_delay(9, told, 0.999)]),
);
check("… but no longer than two hours", retry_delay(1, 1e9, 0.999) <= 2 * HOUR);
process.exit(failed ? 1 : 0);
