// sw: keeps the files of the door page, so that it starts without the network.

const CACHE = "ticketgate door 1";
const PATIENCE_MS = 2000;
const FILES = [
	"./",
	"camera.js",
	"codes.js",
	"door.css",
	"door.js",
	"elements.js",
	"manifest.webmanifest",
	"messages-en.js",
	"messages-fil.js",
	"signals.js",
	"store.js",
	"sync.js",
	"words.js",
	"../dashboard/api.js",
	"../event/language.js",
	"../icon.svg",
];
// What not every installation has: htdocs/door/fetch.
const OPTIONAL = ["qr/decode.js", "qr/index.js"];

const address = (file) => new URL(file, self.location).href;
const KEPT = new Set([...FILES, ...OPTIONAL].map(address));

self.addEventListener("install", (event) => {
	event.waitUntil(
		(async () => {
			const cache = await caches.open(CACHE);
			await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
			await Promise.allSettled(OPTIONAL.map((file) => cache.add(file)));
			await self.skipWaiting();
		})(),
	);
});

self.addEventListener("activate", (event) => {
	event.waitUntil(
		(async () => {
			for (const name of await caches.keys())
				if (name.startsWith("ticketgate door") && name !== CACHE) await caches.delete(name);
			await self.clients.claim();
		})(),
	);
});

// The newest file, if the network has it soon; else the kept one.
async function answer(request, url) {
	const cache = await caches.open(CACHE);
	const kept = await cache.match(url);
	const fresh = fetch(request, { cache: "no-cache" }).then(async (response) => {
		if (response.ok) await cache.put(url, response.clone());
		return response;
	});
	if (!kept) return fresh;
	const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
	return Promise.race([fresh.then((r) => (r.ok ? r : kept)).catch(() => kept), late]);
}

self.addEventListener("fetch", (event) => {
	const url = event.request.url.split(/[?#]/)[0];
	if (event.request.method === "GET" && KEPT.has(url))
		event.respondWith(answer(event.request, url));
});
