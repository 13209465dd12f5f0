// calls: makes the calls of a test with clients/js/ticketgate.js. See calls.php, which has the same
// input and output.
import { readFileSync } from "node:fs";

const job = JSON.parse(readFileSync(0, "utf8"));
const { Page, Ticketgate, TicketgateError, etagOf, verifyWebhook } = await import(job.client);
let waits = [];
const sleep = async (seconds) => waits.push(seconds);
const api = new Ticketgate({ baseUrl: job.url, key: job.key, sleep, ...job.settings });

const filled = (arg, results) => {
	if (typeof arg !== "object" || arg === null) return arg;
	if ("$" in arg) return results[arg.$];
	if (Array.isArray(arg)) return arg.map((one) => filled(one, results));
	return Object.fromEntries(Object.entries(arg).map(([k, v]) => [k, filled(v, results)]));
};

function failure(error) {
	const shown = { class: error.name, message: error.message };
	return error instanceof TicketgateError ? { ...shown, ...error, class: error.name } : shown;
}

async function made(call, results) {
	const args = filled(call.args, results);
	const result =
		call.method === "verifyWebhook"
			? await verifyWebhook(...args)
			: await api[call.method](...args);
	results.push(result);
	if (!(result instanceof Page))
		return { value: result, etag: result === null ? null : etagOf(result) };
	const rows = [];
	if (call.all) for await (const row of result.all()) rows.push(row);
	return { value: call.all ? rows : [...result], meta: result.meta };
}

const results = [];
const out = [];
for (const call of job.calls) {
	waits = [];
	const line = await made(call, results).catch((error) => {
		results.push(null);
		return { error: failure(error) };
	});
	out.push({ ...line, waits });
}
console.log(JSON.stringify(out));
