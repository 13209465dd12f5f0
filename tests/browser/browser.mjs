// browser: starts Chromium and records console errors, policy violations and requests to other
// hosts. Each of them fails the test.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

export const facts = JSON.parse(process.env.TG_BROWSER);
const require = createRequire(`${facts.packages}/`);
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--process-per-site",
];

// Event images may come from any host. The tests serve this one.
const IMAGE_HOST = "https://img.example/";
const TEST_IMAGE =
	'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9">' +
	'<rect width="16" height="9" fill="#24485a"/>' +
	'<circle cx="11" cy="4" r="2.6" fill="#f0b070"/>' +
	'<path d="M0 9 5 4l3 3 2-1 6 3z" fill="#172b33"/></svg>';

let failed = 0;
export function check(name, ok, detail = "") {
	console.log(`${ok ? "ok" : "not ok"} - ${name}`);
	if (!ok) {
		failed++;
		for (const line of String(
			typeof detail === "string" ? detail : JSON.stringify(detail, null, 1),
		)
			.split("\n")
			.slice(0, 20))
			console.log(`# ${line.slice(0, 500)}`);
	}
	return ok;
}

// The problems recorded: [{what, where}]. allow: a pattern of what a test provokes on purpose.
const problems = [];
export function check_no_errors(name, allow) {
	const bad = problems.splice(0).filter((s) => !allow?.test(s.what));
	check(
		`${name}: no console error, no policy report, no request to another host`,
		bad.length === 0,
		bad,
	);
}

let browser = null;
const others = [];

// A browser of its own, with more flags; for open_page({ in: … }).
export async function launch_browser(flags) {
	const own = await chromium.launch({
		executablePath: facts.chromium,
		args: [...FLAGS, ...flags],
	});
	others.push(own);
	return own;
}

export async function open_page({ width = 1280, scheme = "light", cookie, in: own, ...more } = {}) {
	if (!own) browser ??= await chromium.launch({ executablePath: facts.chromium, args: FLAGS });
	const context = await (own ?? browser).newContext({
		viewport: { width, height: width < 600 ? 740 : 860 },
		colorScheme: scheme,
		baseURL: facts.url,
		...more,
	});
	await context.route(`${IMAGE_HOST}**`, (route) =>
		route.fulfill({ contentType: "image/svg+xml", body: TEST_IMAGE }),
	);
	if (cookie) {
		const [name, value] = cookie.split("=");
		await context.addCookies([
			{ name, value, url: facts.url, httpOnly: true, sameSite: "Strict" },
		]);
		await context.addInitScript(() => localStorage.setItem("ticketgate-signed-in", "yes"));
	}
	await context.addInitScript(() => {
		window.reports = [];
		addEventListener("securitypolicyviolation", (e) =>
			console.error(
				`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`,
				e.sample,
			),
		);
	});
	return open_tab(context);
}

// A tab in the same browser context.
export async function open_tab(context) {
	const page = await context.newPage();
	const { origin } = new URL(facts.url);
	page.setDefaultTimeout(30000); // also on a machine that is busy
	const record = (what) => problems.push({ what, where: page.url().replace(facts.url, "") });
	page.on(
		"console",
		(m) => ["error", "warning"].includes(m.type()) && record(`${m.text()} ${m.location().url}`),
	);
	page.on("pageerror", (e) => record(`error: ${e.stack ?? e.message}`));
	page.on(
		"request",
		(r) =>
			/^(data|blob):/.test(r.url()) ||
			r.url().startsWith(IMAGE_HOST) ||
			new URL(r.url()).origin === origin ||
			record(`asked for ${r.url()}`),
	);
	return page;
}

export async function close() {
	for (const one of [browser, ...others]) await one?.close();
	process.exit(failed ? 1 : 0);
}

// Runs a test script and ends the process. An exception fails the test.
export async function run(script) {
	try {
		await script();
	} catch (error) {
		check(`the script runs to its end`, false, error.stack);
		for (const context of [browser, ...others].flatMap((b) => b?.contexts() ?? []))
			for (const page of context.pages())
				await page.screenshot({ path: `${facts.screens}/failed.png` }).then(
					() => console.log(`# ${page.url()}`),
					() => null,
				);
	}
	await close();
}

// Waits until the page of the current URL is rendered.
export async function wait_until_rendered(page) {
	await page.waitForFunction(
		() =>
			document.querySelector("h1") &&
			!document.querySelector(
				"main[aria-busy], main .loading, main:not([data-ready]) #reference",
			),
	);
}

export async function go_to(page, hash) {
	await page.evaluate((h) => {
		if (location.hash === h) return;
		document.getElementById("main").setAttribute("aria-busy", "true"); // until rendered
		location.hash = h;
	}, hash);
	await wait_until_rendered(page);
}

export async function check_accessible(page, name) {
	if (!(await page.evaluate(() => Boolean(window.axe)))) {
		// the page's policy blocks a script element
		const devtools = await page.context().newCDPSession(page);
		await devtools.send("Runtime.evaluate", { expression: AXE });
		await devtools.detach();
	}
	const { violations } = await page.evaluate(() =>
		window.axe.run(document, { resultTypes: ["violations"] }),
	);
	const describe = (v) => {
		const nodes = v.nodes.map((n) => n.html.slice(0, 120)).join(" | ");
		return `${v.id}: ${nodes} ${v.nodes[0].failureSummary}`;
	};
	check(
		`${name}: axe finds nothing`,
		violations.length === 0,
		violations.map(describe).join("\n"),
	);
}

export async function check_fits_width(page, name) {
	const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	check(`${name}: no sideways scrolling`, over <= 0, `${over} px too wide`);
}

// Sends a routed request to the server. When that has just closed the kept connection, another one
// is used, as browsers do.
export const fetch_routed = (route, options) => route.fetch({ maxRetries: 3, ...options });

export const screenshot = (page, name, fullPage = true) =>
	page.screenshot({ path: `${facts.screens}/${name}.png`, fullPage });
