// own-data: the reader's own ids for the form of an operation: the first of each list that their
// API key can read, and the last hold and check-in made in this tab, because these have no list.

const API = "/open-api/v1";
const PARENTS = {
	brands: "events",
	deliveries: "webhooks",
	performers: "events",
	schedules: "events",
	tickets: "events",
};
const FILTERS = { events: ["?take=1&status=PUBLISHED", "?take=1"] };
const HOLD = "ticketgate-docs-hold-",
	CHECK_IN = "ticketgate-docs-check-in";
const singular = (things) => things.replace(/ies$/, "y").replace(/s$/, "");
const mount_of = (path) => path.split("/").slice(0, 3).join("/");

// "events" for {idOrSlug} in /open-api/v1/events/{idOrSlug}; the public page's event has two.
function thing_before(path, name) {
	if (name === "eventSlug") return "events";
	return path.split(`/{${name}}`)[0].split("/").at(-1);
}

export function remember(method, path, answer) {
	if (method === "POST" && path.endsWith("/holds") && answer?.data?.id)
		sessionStorage.setItem(HOLD + mount_of(path), answer.data.id);
	if (method === "POST" && path.endsWith("/check-ins") && answer?.data?.checkInId)
		sessionStorage.setItem(CHECK_IN, answer.data.checkInId);
}

// Reads with an API key; what it cannot read is null.
function reader(key) {
	const known = new Map();
	const get = async (path) => {
		try {
			const response = await fetch(new URL(`..${path}`, location.href), {
				headers: { "api-key": key },
				credentials: "omit",
			});
			return response.ok ? (await response.json()).data : null;
		} catch {
			return null;
		}
	};
	const first_of = async (thing) => {
		const parent = PARENTS[thing] ? await first(PARENTS[thing]) : null;
		if (PARENTS[thing] && !parent) return null;
		const path = `${API}/${parent ? `${PARENTS[thing]}/${parent.id}/` : ""}${thing}`;
		for (const filter of FILTERS[thing] ?? ["?take=1"]) {
			const rows = await get(path + filter);
			if (rows?.length) return rows[0];
		}
		return null;
	};
	const first = (thing) => {
		if (!known.has(thing)) known.set(thing, first_of(thing));
		return known.get(thing);
	};
	return { get, first };
}

// The code of the first ticket of the newest order, or its unit, "1.1".
async function first_ticket(name, { get, first }) {
	const order = await first("orders");
	const code = order && (await get(`${API}/orders/${order.id}`))?.issuedTickets[0]?.code;
	return name === "unit" ? code?.split("-")[2] : code;
}

// The value of a parameter or of a member `name` of the body, or undefined.
async function value_of(name, thing, path, { get, first }) {
	if (thing === "check-ins") return sessionStorage.getItem(CHECK_IN);
	if (thing === "holds") return sessionStorage.getItem(HOLD + mount_of(path));
	if (name === "orgSlug") return (await get(`${API}/me`))?.organization.slug;
	if (thing === "items") return (await first("orders"))?.items[0].id;
	if (thing === "issued-tickets") return first_ticket(name, { get, first });
	const row = await first(thing);
	if (/slug$/i.test(name)) return row?.slug;
	return /reference$/i.test(name) ? row?.reference : row?.id;
}

// Values for the path's parameters and the members of the body that are ids (names): a Map.
export async function own_values(key, path, body_names) {
	const read = reader(key);
	const wanted = [
		...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, thing_before(path, name)]),
		...body_names.map((name) => [
			name,
			name === "code" ? "issued-tickets" : `${name.slice(0, -2)}s`,
		]),
	];
	const found = await Promise.all(
		wanted.map(async ([name, thing]) => [name, await value_of(name, thing, path, read)]),
	);
	return new Map(found.filter(([, value]) => value));
}

// "EVENT_ID" for {id} of an event and for the member eventId: what the reader has to replace.
export function placeholder(name, path) {
	const whole = name === "id" ? `${singular(thing_before(path, name))}Id` : name;
	return whole.replace(/[A-Z]/g, "_$&").toUpperCase();
}
