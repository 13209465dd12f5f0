// modules: client-side validation and formatting, tested with the same data as the C code.
import { readFileSync } from "node:fs";

const root = process.argv[2];
let failed = 0;
function check(name, ok, detail) {
	console.log(`${ok ? "ok" : "not ok"} - ${name}`);
	if (!ok) {
		failed++;
		console.log(`# ${JSON.stringify(detail)}`);
	}
}
// Node treats a .js file as CommonJS, so the modules are loaded from data URLs.
const data_url = (path) => {
	const source = readFileSync(`${root}/htdocs/${path}`, "utf8").replace(
		/from "\.\.\/([\w-]+\.js)"/g,
		(_, name) => `from "${data_url(name)}"`,
	);
	return `data:text/javascript;base64,${Buffer.from(source).toString("base64")}`;
};
const load = (path) => import(data_url(`dashboard/${path}`));

const { parse_cidr } = await load("cidr.js");
const lines = readFileSync(`${root}/tests/data/cidr.txt`, "utf8")
	.split("\n")
	.filter((l) => l && !l.startsWith("#") && !l.includes("\\x"));
const wrong = lines
	.map((l) => {
		const [expected, input] = l.split("\t");
		const said = parse_cidr(input ?? "");
		// the corrections must be the same; the rest of the message may differ
		const good = expected.startsWith("!")
			? Boolean(said.error) &&
				(!expected.includes("; use ") ||
					(said.error.endsWith(expected.split("; ")[1]) &&
						(!/ has | range/.test(expected) ||
							said.error.includes(
								/has \w+|is a range|IPv4-mapped/.exec(expected)?.[0] ?? "",
							))))
			: said.text === expected;
		return good ? null : { expected, input, said };
	})
	.filter(Boolean);
check(
	`allowlists: ${lines.length} entries give the same results and corrections as the C code`,
	lines.length > 80 && wrong.length === 0,
	wrong,
);

const {
	add,
	day_range,
	format_time,
	from_local,
	local_instants,
	money,
	multiply,
	parse_number,
	parse_whole_number,
	to_local,
	usable_time_zone,
} = await load("format.js");
for (const [text, value] of [
	["1500", 1500],
	["1,500", 1500],
	["1 500", 1500],
	["1,234,567.50", 1234567.5],
	["-1,500", -1500],
	["12.5", 12.5],
	["1,50", NaN],
	["1.500,00", NaN],
	["15,00", NaN],
	["1,5000", NaN],
	["ten", NaN],
	["1e3", NaN],
	["0x10", NaN],
	["Infinity", NaN],
	["1.5.5", NaN],
	["-", NaN],
	[".", NaN],
	[".50", 0.5],
	["5.", 5],
])
	check(`"${text}" is the number ${value}`, Object.is(parse_number(text), value));
for (const [text, value] of [
	["1500", 1500],
	["1,500", 1500],
	["1 500", 1500],
	["-1", -1],
	["1.5", NaN],
	["1.500", NaN],
	["2.0", NaN],
	["1e3", NaN],
])
	check(`"${text}" is the whole number ${value}`, Object.is(parse_whole_number(text), value));
for (const [zone, day, from, to] of [
	["Asia/Tehran", "2026-11-14", "2026-11-13T20:30:00.000Z", "2026-11-14T20:29:59.999Z"],
	["America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T03:59:59.999Z"],
	["Pacific/Kiritimati", "2026-12-31", "2026-12-30T10:00:00.000Z", "2026-12-31T09:59:59.999Z"],
	["America/New_York", "2026-11-01", "2026-11-01T04:00:00.000Z", "2026-11-02T04:59:59.999Z"],
	["Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z", "2026-04-24T20:59:59.999Z"],
]) {
	const range = day_range({ from: day, to: day }, zone);
	check(
		`${day} in ${zone} is the whole day and no more`,
		range.from === from && range.to === to,
		range,
	);
}
const CLOCKS = [
	// local time, time zone, instant
	["2026-11-14T19:00", "Asia/Manila", "2026-11-14T11:00:00.000Z"],
	["2026-01-10T09:30", "America/New_York", "2026-01-10T14:30:00.000Z"],
	["2026-07-10T09:30", "America/New_York", "2026-07-10T13:30:00.000Z"],
	["2026-06-01T00:00", "Asia/Kathmandu", "2026-05-31T18:15:00.000Z"],
	["2026-10-04T12:00", "Australia/Lord_Howe", "2026-10-04T01:00:00.000Z"],
];
for (const [clock, zone, iso] of CLOCKS)
	check(
		`${clock} in ${zone} is ${iso}, and back`,
		from_local(clock, zone) === iso && to_local(iso, zone) === clock,
		[from_local(clock, zone), to_local(iso, zone)],
	);
const CHANGES = [
	// local time, time zone, its instants: none is skipped, two are ambiguous
	["2027-03-28T01:59", "Europe/Berlin", ["2027-03-28T00:59:00.000Z"]],
	["2027-03-28T02:00", "Europe/Berlin", []],
	["2027-03-28T02:30", "Europe/Berlin", []],
	["2027-03-28T02:59", "Europe/Berlin", []],
	["2027-03-28T03:00", "Europe/Berlin", ["2027-03-28T01:00:00.000Z"]],
	["2027-10-31T01:59", "Europe/Berlin", ["2027-10-30T23:59:00.000Z"]],
	["2027-10-31T02:00", "Europe/Berlin", ["2027-10-31T00:00:00.000Z", "2027-10-31T01:00:00.000Z"]],
	["2027-10-31T02:30", "Europe/Berlin", ["2027-10-31T00:30:00.000Z", "2027-10-31T01:30:00.000Z"]],
	["2027-10-31T03:00", "Europe/Berlin", ["2027-10-31T02:00:00.000Z"]],
	["2026-10-04T02:15", "Australia/Lord_Howe", []],
	[
		"2026-04-05T01:45",
		"Australia/Lord_Howe",
		["2026-04-04T14:45:00.000Z", "2026-04-04T15:15:00.000Z"],
	],
	["2026-04-24T00:30", "Africa/Cairo", []],
	["2011-12-30T12:00", "Pacific/Apia", []],
	["2027-03-28T02:30", "Asia/Manila", ["2027-03-27T18:30:00.000Z"]],
];
for (const [clock, zone, wanted] of CHANGES) {
	const got = local_instants(clock, zone);
	check(
		`clocks in ${zone} show ${clock} ${["never", "once", "twice"][wanted.length]}`,
		JSON.stringify(got) === JSON.stringify(wanted) &&
			(!got.length || from_local(clock, zone) === got[0]),
		got,
	);
}
check(
	"a zone that only the server knows is shown in UTC",
	usable_time_zone("Nowhere/Land") === "UTC" && usable_time_zone("Asia/Manila") === "Asia/Manila",
);
check(
	"a skipped local time is moved forward by the gap",
	from_local("2026-03-08T02:30", "America/New_York") === "2026-03-08T07:30:00.000Z",
	from_local("2026-03-08T02:30", "America/New_York"),
);
check(
	"an ambiguous local time gives the first instant",
	from_local("2026-11-01T01:30", "America/New_York") === "2026-11-01T05:30:00.000Z",
	from_local("2026-11-01T01:30", "America/New_York"),
);
// ---- what the pages of the dashboard load ----

const { match_route, PAGES } = await load("routes.js");
const imports_of = (name) =>
	[
		...readFileSync(`${root}/htdocs/dashboard/${name}.js`, "utf8").matchAll(
			/^(?:import|\}) .*from "(?:\.\/)?([\w./-]+)\.js";$/gm,
		),
	].map((found) => found[1]);
const all_imports = (name, seen = new Set([name])) => {
	for (const other of imports_of(name).filter((n) => !n.startsWith("..")))
		if (!seen.has(other)) all_imports(other, seen.add(other));
	return seen;
};
const index = readFileSync(`${root}/htdocs/dashboard/index.html`, "utf8");
const named = [...index.matchAll(/modulepreload" href="([\w./-]+)\.js"/g)].map((m) => m[1]);
const of_all = [...all_imports("app"), "../currencies"].filter((n) => n !== "app").sort();
check(
	"the dashboard's page names the modules of all pages",
	JSON.stringify(named.sort()) === JSON.stringify(of_all) && named.length > 4,
	[named, of_all],
);
for (const [page, list] of Object.entries(PAGES)) {
	const wanted = [...all_imports(page)].filter((n) => n !== page && !of_all.includes(n)).sort();
	check(
		`${page}: the modules to preload are those that it imports`,
		JSON.stringify(list) === JSON.stringify(wanted),
		[list, wanted],
	);
}
const found = match_route("events/a%20b/edit");
check(
	"a path gives its parameters and the modules of its page",
	found.params.id === "a b" &&
		found.modules[0] === "./event-form.js" &&
		found.modules.includes("./event-merge.js") &&
		match_route("events/100%").params.id === "100%" &&
		match_route("events/a/b/c") === null,
	found,
);
const amounts = readFileSync(`${root}/tests/data/money.txt`, "utf8")
	.split("\n")
	.filter((l) => l && !l.startsWith("#"))
	.map((l) => l.split("\t"));
const shown_otherwise = amounts.filter(
	([text, currency, , amount]) => money(Number(amount), currency) !== text,
);
check(
	`${amounts.length} amounts are shown as the server shows them; nothing is a dash`,
	amounts.length > 15 && shown_otherwise.length === 0 && money(null, "PHP") === "–",
	shown_otherwise.map(([text, currency, , amount]) => [text, money(Number(amount), currency)]),
);
check(
	"sums and products of amounts are exact",
	add([0.1, 0.2], "PHP") === 0.3 &&
		multiply(1.005, 3, "KWD") === 3.015 &&
		multiply(26.25, 3, "PHP") === 78.75,
	[add([0.1, 0.2], "PHP"), multiply(1.005, 3, "KWD")],
);
check(
	"an unknown time zone falls back to UTC",
	format_time("2026-11-14T11:00:00.000Z", "Nowhere/Land").includes("2026"),
	format_time("2026-11-14T11:00:00.000Z", "Nowhere/Land"),
);
process.exit(failed ? 1 : 0);
