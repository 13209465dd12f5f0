// setup: makes an installation, while there is none, and shows what was made.
import { h, replace } from "../dashboard/dom.js";
import { probe, until_configured } from "./probes.js";

const BASE = new URL("../", import.meta.url);
const SETUP = new URL("../setup/v1/", import.meta.url);
const form = document.getElementById("form");
const state_line = document.getElementById("state");
const problem_box = document.getElementById("problem");

function own_code(length, letters) {
	const random = crypto.getRandomValues(new Uint8Array(length));
	return Array.from(random, (byte) => letters[byte % letters.length]).join("");
}

// Where this process cannot write, the owner proves it by making a file.
function show_proof({ codeFile, codeLength, codeLetters, folder }) {
	const proof = document.getElementById("proof");
	if (codeFile) {
		replace(
			proof,
			"Open the file ",
			h("code", null, codeFile),
			" with the File Manager of your host or by FTP, and copy the code that it has.",
		);
		return;
	}
	const code = own_code(codeLength, codeLetters);
	form.elements.code.value = code;
	form.elements.code.readOnly = true;
	replace(
		proof,
		"ticketgate cannot write files here. Create an empty file ",
		h("code", null, `${folder}/setup-${code}.txt`),
		" with the File Manager of your host or by FTP.",
	);
}

async function start() {
	let response;
	try {
		response = await fetch(new URL("state", SETUP), { cache: "no-store" });
	} catch {
		state_line.textContent = "Cannot reach the server. Reload this page.";
		return;
	}
	let body = null;
	try {
		body = await response.json();
	} catch {
		/* not the program's answer */
	}
	if (response.ok && body?.data) {
		show_proof(body.data);
		state_line.textContent = `Version ${body.data.version}. Nothing is set up yet.`;
		form.hidden = false;
	} else if (response.status === 404 && body?.error) {
		replace(
			state_line,
			"Setup was done. ",
			h("a", { href: new URL("dashboard/", BASE).href }, "Sign in to the dashboard"),
		);
	} else if (body?.error) {
		state_line.textContent = `${body.error.message} ${body.error.hint}`;
	} else {
		state_line.textContent =
			`There is no setup here: the server answers ${response.status}. If you have uploaded ` +
			"the portable bundle, the server does not run programs in this folder: use another " +
			".htaccess of the archive’s folder htaccess (step 5 of README-hosting.txt). " +
			"Otherwise set ticketgate up in a shell, with the command `ticketgate setup`.";
	}
}

function show_problem({ field, message, hint }) {
	for (const input of form.elements) input.removeAttribute("aria-invalid");
	replace(problem_box, h("b", null, `${message}. `), hint);
	problem_box.hidden = false;
	document.getElementById("progress").hidden = true;
	form.hidden = false;
	const input = field && form.elements[field];
	if (!input) return;
	input.setAttribute("aria-invalid", "true");
	input.focus();
}

function add_step(text) {
	const steps = document.getElementById("steps");
	steps.lastElementChild?.classList.add("done");
	steps.append(h("li", null, text));
}

// Calls `each` with every object of a stream of JSON lines.
async function read_lines(response, each) {
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	let text = "";
	for (let part = await reader.read(); !part.done; part = await reader.read()) {
		const lines = (text + part.value).split("\n");
		text = lines.pop();
		for (const line of lines) if (line) each(JSON.parse(line));
	}
}

const section = (title, ...children) =>
	h("section", { class: "card" }, h("h2", null, title), ...children);

const file_section = (name, path, text) =>
	section(
		name,
		h("p", null, "Save this text as ", h("code", null, path), ", with the mode 600."),
		h("pre", { tabindex: 0 }, text),
	);

// What is left to do by hand: the files, where this process cannot write them.
function missing_files(result) {
	if (result.written) return [];
	const folder = result.configuration.replace(/\/[^/]*$/, "");
	return [
		h(
			"p",
			{ class: "notice warn" },
			"ticketgate cannot write files here. Create these two by hand; then it runs.",
		),
		file_section("The configuration", result.configuration, result.configurationText),
		file_section("The master secret", `${folder}/ticketgate.key`, result.keyText),
	];
}

// A path in a shell's command.
const quoted = (path) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

function cron_section(result) {
	const program = quoted(result.program);
	return section(
		"Cron",
		h("p", null, "Add these cron jobs in your host’s panel, every minute:"),
		h(
			"pre",
			{ tabindex: 0 },
			`${program} webhook-flush\n${program} mail-send\n${program} ticketgate sweep`,
		),
		h("p", null, "If it allows them every 15 minutes only, add --once to the first two."),
		h(
			"p",
			null,
			"If there are no cron jobs, have a service call this secret address every 5 minutes:",
		),
		h("pre", { tabindex: 0, id: "cron-url" }, location.origin + result.cronPath),
	);
}

const finding = ({ state, check, message, fix }) =>
	h("li", { class: state }, `${check}: ${message}${fix ? ` (${fix})` : ""}`);

// What needs attention, and all of it on demand.
function doctor_section(list) {
	const open = list.filter((one) => one.state !== "ok");
	return section(
		"Seen from inside",
		open.length > 0 && h("ul", null, open.map(finding)),
		h(
			"details",
			null,
			h(
				"summary",
				null,
				`${list.length - open.length} of ${list.length} checks found nothing`,
			),
			h("ul", null, list.filter((one) => one.state === "ok").map(finding)),
		),
	);
}

async function show_probes(list) {
	await until_configured();
	for await (const [level, text] of probe()) list.append(h("li", { class: level }, text));
}

function show_result(result) {
	const box = document.getElementById("result");
	const probes = h("ul", { id: "probes" });
	const key = h("pre", { tabindex: 0, id: "key" }, result.apiKey);
	replace(
		box,
		section(
			"It is set up",
			h("p", null, `The organization ${result.organization} has the owner ${result.email}.`),
			h(
				"p",
				null,
				h(
					"a",
					{ class: "button primary", href: new URL("dashboard/", BASE).href },
					"Sign in to the dashboard",
				),
			),
			h("p", null, "This is an API key with all scopes. It is shown only now:"),
			key,
		),
		...missing_files(result),
		cron_section(result),
		section("Seen from outside", probes),
		...(result.doctor ? [doctor_section(result.doctor)] : []),
	);
	document.getElementById("progress").hidden = true;
	state_line.hidden = true;
	box.hidden = false;
	box.focus();
	if (result.written) show_probes(probes);
	else probes.append(h("li", { class: "warn" }, "Reload this page when the files are there."));
}

async function run() {
	const answers = Object.fromEntries(new FormData(form));
	answers.code = answers.code.trim();
	answers.publicUrl = location.origin;
	answers.basePath = BASE.pathname.replace(/\/$/, "");
	problem_box.hidden = true;
	form.hidden = true;
	document.getElementById("steps").replaceChildren();
	document.getElementById("progress").hidden = false;
	const response = await fetch(new URL("installation", SETUP), {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(answers),
	});
	if (!response.ok) {
		const { error } = await response.json();
		show_problem({ field: response.status === 403 ? "code" : null, ...error });
		return;
	}
	let ended = false;
	await read_lines(response, ({ step, problem, result }) => {
		if (step) add_step(step);
		ended = ended || Boolean(problem || result);
		if (problem) show_problem(problem);
		if (result) show_result(result);
	});
	if (!ended) throw new Error("the response ended early");
}

form.addEventListener("submit", async (event) => {
	event.preventDefault();
	try {
		await run();
	} catch (error) {
		show_problem({
			message: "The connection ended before setup did",
			hint: `Reload this page and look whether setup was done. (${error.message})`,
		});
	}
});
start();
