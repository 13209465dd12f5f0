// probes: what can be seen of an installation from outside, where its visitors are.

const BASE = new URL("../", import.meta.url);

async function is_from_api(response) {
	try {
		const body = await response.json();
		return typeof body.error?.code === "string" || body.data !== undefined;
	} catch {
		return false;
	}
}

const ask = (path, options) => fetch(new URL(path, BASE), { cache: "no-store", ...options });

const JSON_BODY = { "Content-Type": "application/json" };

async function runs_programs() {
	const response = await ask("open-api/v1/me");
	const good = response.status === 401 && (await is_from_api(response));
	return [
		good ? "ok" : "fail",
		good
			? "The program answers requests"
			: "The program does not answer: use another .htaccess of the archive’s folder htaccess",
	];
}

async function hides_program() {
	const response = await ask("ticketgate.fcgi");
	const type = response.headers.get("Content-Type") ?? "";
	const good = !response.ok || type.startsWith("application/json");
	return [
		good ? "ok" : "fail",
		good
			? "The program cannot be downloaded"
			: "The program can be downloaded: .htaccess is not in effect here",
	];
}

async function passes_methods() {
	const response = await ask("open-api/v1/me", {
		method: "PATCH",
		headers: JSON_BODY,
		body: "{}",
	});
	const good = await is_from_api(response);
	return [
		good ? "ok" : "warn",
		good
			? "PATCH and DELETE get through"
			: "A firewall refuses PATCH and DELETE: the pages use POST instead, and so must " +
				"your programs, with X-HTTP-Method-Override",
	];
}

async function passes_bodies() {
	const body = JSON.stringify({ filler: "x".repeat(200 * 1024) });
	const response = await ask("open-api/v1/events", { method: "POST", headers: JSON_BODY, body });
	const good = await is_from_api(response);
	return [
		good ? "ok" : "warn",
		good
			? "Bodies above 128 KiB get through"
			: "Bodies above 128 KiB are refused: ask your host to raise FcgidMaxRequestLen",
	];
}

async function hides_configuration() {
	for (const path of ["ticketgate.conf", "private/ticketgate.conf"])
		if ((await ask(path)).ok)
			return ["fail", `${path} can be read by everyone: move it out of the document root`];
	return ["ok", "The configuration cannot be read by browsers"];
}

async function compresses() {
	const url = new URL("dashboard/app.js", BASE);
	url.searchParams.set("probe", Date.now());
	await (await fetch(url, { cache: "no-store" })).text();
	const [entry] = performance.getEntriesByName(url.href);
	const good = entry?.encodedBodySize < entry?.decodedBodySize;
	return [good ? "ok" : "warn", good ? "Pages are compressed" : "Pages are not compressed"];
}

// Each resolves to [ok, warn or fail, sentence].
const PROBES = [
	runs_programs,
	hides_program,
	hides_configuration,
	passes_methods,
	passes_bodies,
	compresses,
];

// A configuration that was written a moment ago is looked for once per second.
export async function until_configured() {
	for (let i = 0; i < 20; i++) {
		const response = await ask("open-api/v1/me");
		if (response.status === 401) return;
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
}

export async function* probe() {
	for (const one of PROBES)
		try {
			yield await one();
		} catch {
			yield ["warn", `Could not be looked at: ${one.name.replaceAll("_", " ")}`];
		}
}
