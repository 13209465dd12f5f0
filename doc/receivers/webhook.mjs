// A receiver of ticketgate's webhooks, in Node.js (18 or later, nothing else needed).
//
//     WEBHOOK_SECRET=whsec_… node webhook.mjs 8080
//
// Copy verify() into your application. See doc/webhooks.md.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const TOLERANCE = 300; // seconds

// Returns the event if the signature is valid, else throws. body: a Buffer with the raw body.
export function verify(secret, headers, body, now = Date.now() / 1000) {
	const id = headers["webhook-id"] ?? "";
	const stamp = headers["webhook-timestamp"] ?? "";
	if (!/^[0-9]+$/.test(stamp) || Math.abs(now - Number(stamp)) > TOLERANCE)
		throw new Error("timestamp out of tolerance");
	const key = Buffer.from(secret.slice("whsec_".length), "base64");
	const want = Buffer.from(
		"v1," + createHmac("sha256", key).update(`${id}.${stamp}.`).update(body).digest("base64"),
	);
	// during a rotation there are several signatures
	const fits = (headers["webhook-signature"] ?? "").split(" ").some((text) => {
		const got = Buffer.from(text);
		return got.length === want.length && timingSafeEqual(got, want);
	});
	if (!fits) throw new Error("no matching signature");
	return JSON.parse(body);
}

const server = createServer(async (request, response) => {
	const parts = [];
	for await (const part of request) parts.push(part);
	try {
		const event = verify(process.env.WEBHOOK_SECRET, request.headers, Buffer.concat(parts));
		// Deliveries can repeat: store event.id under a unique key. Respond within ten seconds and
		// process the event afterwards.
		console.log(event.id, event.event, event.isTest ? "test" : "real");
		response.writeHead(204).end();
	} catch (error) {
		response.writeHead(401).end(error.message);
	}
});
if (process.argv[2]) server.listen(Number(process.argv[2]), "127.0.0.1");
