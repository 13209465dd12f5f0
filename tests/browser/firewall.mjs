// firewall: what the pages send their changes with, where a firewall refuses PATCH and DELETE.
import { check, check_no_errors, facts, open_page, run } from "./browser.mjs";

// Runs in the page.
async function change({ key, path }, [method, body]) {
	const { fetch_method } = await import("/dashboard/api.js");
	const headers = { "api-key": key, "Content-Type": "application/json" };
	const response = await fetch_method(path, { method, headers, body });
	return response.status;
}

run(async () => {
	const page = await open_page();
	const sent = [];
	page.on("request", (r) => r.url().includes("/open-api/") && sent.push(r.method()));
	await page.goto("/");
	const ask = (...what) =>
		page.evaluate(`(${change})(${JSON.stringify(facts)}, ${JSON.stringify(what)})`);
	check("PATCH", (await ask("PATCH", '{"name":"By a page"}')) === 200);
	check("is tried once, then POST is used", sent.join(" ") === "PATCH POST", sent);
	check("DELETE", (await ask("DELETE", "{}")) === 200);
	check("is POST at once", sent.join(" ") === "PATCH POST POST", sent);
	check_no_errors("firewall", /403/);
});
