// phone_line: what a page costs on a slow mobile line: bytes over the wire, and the length of the
// chain of requests of which each waits for the one before.
import { check, facts, open_page } from "./browser.mjs";

const LATENCY_MS = 400,
	BYTES_PER_S = 50000;

// The chain's length up to a URL: 1 for the page itself, one more than for who asked for it.
function depth_of(requests, url, seen = new Set()) {
	const request = requests.get(url);
	if (!request || seen.has(url)) return 0;
	seen.add(url);
	return 1 + Math.max(0, ...request.asked_by.map((from) => depth_of(requests, from, seen)));
}

const urls_of = (stack) =>
	stack ? [...stack.callFrames.map((f) => f.url), ...urls_of(stack.parent)] : [];

// Records each request with the URLs of those that led to it.
async function record_requests(session) {
	const requests = new Map(),
		by_id = new Map();
	session.on("Network.requestWillBeSent", ({ requestId, request, initiator }) => {
		const from = [initiator.url, ...urls_of(initiator.stack)];
		const asked_by = from
			.map((url) => url?.split("#")[0])
			.filter((url) => url && url !== request.url);
		const entry = requests.get(request.url) ?? { bytes: 0, asked_by };
		requests.set(request.url, entry);
		by_id.set(requestId, entry);
	});
	session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
		by_id.get(requestId).bytes += encodedDataLength;
	});
	await session.send("Network.enable");
	return requests;
}

// Loads a page with an empty cache. The time is printed, not judged: it depends on the machine.
// scripts: how deep in the chain they may be; 2: the page itself names them.
export async function check_phone_line(path, ready, { bytes, depth, count, scripts = 2, cookie }) {
	const page = await open_page({ width: 360, cookie });
	const session = await page.context().newCDPSession(page);
	const requests = await record_requests(session);
	await session.send("Network.emulateNetworkConditions", {
		offline: false,
		latency: LATENCY_MS,
		downloadThroughput: BYTES_PER_S,
		uploadThroughput: BYTES_PER_S,
	});
	// in the page, so that what a page loads after it can be used does not count
	await page.addInitScript((selector) => {
		const seen = () =>
			(window.ready_at ??= document.querySelector(selector) && performance.now());
		new MutationObserver(seen).observe(document, { childList: true, subtree: true });
	}, ready);
	const from = performance.now();
	await page.goto(path, { waitUntil: "commit", timeout: 60000 });
	await page.waitForSelector(ready, { timeout: 60000 });
	const ms = Math.round(performance.now() - from);
	const painted = await page.evaluate(
		() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
	);
	await page.waitForLoadState("networkidle"); // what is on its way has no entry yet
	const later = await page.evaluate(() =>
		performance
			.getEntriesByType("resource")
			.filter((r) => r.startTime >= window.ready_at)
			.map((r) => r.name),
	);
	for (const url of later) requests.delete(url);
	// a browser loads the icon when it has time: before that, or after
	for (const url of requests.keys()) if (url.endsWith("/icon.svg")) requests.delete(url);
	const list = [...requests].map(([url, { bytes: n }]) => ({
		path: url.replace(facts.url, ""),
		bytes: n,
		depth: depth_of(requests, url),
	}));
	const sum = list.reduce((n, r) => n + r.bytes, 0);
	const longest = Math.max(...list.map((r) => r.depth));
	console.log(
		`# ${path}: usable after ${ms} ms, painted after ${Math.round(painted)} ms, ` +
			`${list.length} requests, ${sum} bytes, ${longest} in a chain`,
	);
	check(`${path}: at most ${bytes} bytes over the wire`, sum > 0 && sum <= bytes, list);
	check(`${path}: at most ${count} requests`, list.length <= count, list);
	check(`${path}: at most ${depth} requests in a chain`, longest > 1 && longest <= depth, list);
	const late = list.filter((r) => r.path.endsWith(".js") && r.depth > scripts);
	check(`${path}: no script is more than ${scripts} deep in the chain`, late.length === 0, late);
	await page.context().close();
}
