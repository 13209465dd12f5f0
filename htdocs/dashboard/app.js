// app: signs the user in, renders the layout, and routes the URL hash to a page module.
import { ApiError, call, configure_session, DASHBOARD, get } from "./api.js";
import {
	badge,
	button,
	close_dialog,
	confirm,
	error_box,
	h,
	link,
	replace,
	rerender,
} from "./dom.js";
import { field, form_with_submit } from "./form.js";
import { ROLES } from "./format.js";
import { match_route } from "./routes.js";

const MENU = [
	// group title, then items: label, path, and whom it is for, if not for everybody
	[
		null,
		[
			["Events", "events"],
			["Orders", "orders"],
		],
	],
	[
		"Settings",
		[
			["API Keys", "settings/keys"],
			["Webhooks", "settings/webhooks", (s) => s.scopes.includes("webhooks:manage")],
			["Team", "settings/team", (s) => s.user.role === "owner"],
			["Audit Log", "settings/audit"],
			["Account", "settings/account"],
		],
	],
];

// Scripts cannot read the session cookie. This entry says whether a session is likely to exist.
const SIGNED_IN_KEY = "ticketgate-signed-in";

const root = document.getElementById("app");
let session = null;
let page_abort = new AbortController();
let has_unsaved_changes = () => false;
let current_hash = "";

// ---- signing in ----

function sign_in_form(on_success) {
	const fields = [
		field({
			name: "email",
			label: "Email address",
			type: "email",
			required: true,
			attrs: { autocomplete: "username" },
		}),
		field({
			name: "password",
			label: "Password",
			type: "password",
			required: true,
			attrs: { autocomplete: "current-password" },
		}),
	];
	fields[1].get = () => fields[1].input.value; // not trimmed
	return form_with_submit(fields, "Sign in", async (body) =>
		on_success((await call("POST", `${DASHBOARD}session`, { body, no_sign_in: true })).data),
	);
}

function sign_in_page() {
	document.title = "Sign in · ticketgate";
	replace(
		root,
		h(
			"main",
			{ class: "sign-in", id: "main" },
			h("p", { class: "mark" }, "ticket", h("span", null, "gate")),
			h("h1", null, "Sign in"),
			sign_in_form((data) => {
				start_session(data);
			}),
			h(
				"p",
				{ class: "small soft" },
				"No account? Ask your administrator for one (",
				h("code", null, "ticketgate user create"),
				"), or an owner to invite you. The ",
				link("API documentation", "../docs/"),
				" is public.",
			),
		),
	);
	root.querySelector("input").focus();
}

// A link to set a password: #set-password/CODE. Whoever is signed in here no longer is.
const code_of_link = () => location.hash.match(/^#set-password\/([0-9A-Za-z]+)$/)?.[1];

async function link_page(code) {
	const { set_password_page } = await import("./set-password.js");
	document.title = "Set your password · ticketgate";
	page_abort.abort();
	session = null;
	const signed_in = (data) => {
		history.replaceState(null, "", location.pathname);
		return start_session(data);
	};
	replace(root, set_password_page(code, signed_in));
	root.querySelector("input").focus();
}

// Asks for the password in a dialog when the session has expired. The page keeps its input.
let pending_sign_in = null;
function reauthenticate() {
	pending_sign_in ??= new Promise((resolve) => {
		const body = h(
			"div",
			null,
			h("p", { class: "soft" }, "Your session has expired. Sign in to continue."),
			sign_in_form((data) => {
				if (data.user.id !== session.user.id) {
					location.reload(); // another user must not see this page
					return;
				}
				set_session(data);
				finish(true);
			}),
		);
		const box = h(
			"dialog",
			{ "aria-label": "Sign in again" },
			body,
			h(
				"p",
				{ class: "buttons end" },
				button("Sign out", () => {
					finish(false);
					end_session();
				}),
			),
		);
		const finish = (ok) => {
			close_dialog(box);
			pending_sign_in = null;
			resolve(ok);
		};
		box.addEventListener("cancel", (e) => e.preventDefault());
		document.body.append(box);
		box.showModal();
	});
	return pending_sign_in;
}

function set_session(data) {
	session = data;
	localStorage.setItem(SIGNED_IN_KEY, "yes");
	configure_session(data.csrfToken, session && reauthenticate);
}

// Who may only check tickets in has the door page.
function start_session(data) {
	if (data.user.role === "door") return location.assign("../door/");
	set_session(data);
	render_layout();
	return render_page();
}

function end_session() {
	page_abort.abort();
	has_unsaved_changes = () => false;
	session = null;
	localStorage.removeItem(SIGNED_IN_KEY);
	current_hash = "";
	configure_session("", async () => false);
	sign_in_page();
}

async function sign_out() {
	await call("DELETE", `${DASHBOARD}session`, { no_sign_in: true }).catch(() => null);
	location.hash = "";
	end_session();
}

// ---- layout ----

function menu_nav() {
	return h(
		"nav",
		{ id: "menu", "aria-label": "Dashboard" },
		MENU.map(([title, items]) =>
			h(
				"div",
				null,
				title ? h("p", { class: "menu-title" }, title) : null,
				h(
					"ul",
					null,
					items
						.filter(([, , is_for]) => !is_for || is_for(session))
						.map(([label, path]) => h("li", null, link(label, `#/${path}`))),
				),
			),
		),
		h("ul", null, h("li", null, link("API documentation", "../docs/"))),
	);
}

function user_panel() {
	return h(
		"div",
		{ class: "who" },
		h("p", { class: "small" }, session.user.email),
		h(
			"p",
			{ class: "buttons" },
			badge(ROLES[session.user.role]),
			button("Sign out", sign_out, "quiet"),
		),
	);
}

function sidebar() {
	const toggle = h(
		"button",
		{
			type: "button",
			class: "menu-button",
			"aria-expanded": "false",
			"aria-controls": "menu",
			onclick: () => open_menu(toggle.getAttribute("aria-expanded") !== "true"),
		},
		"Menu",
	);
	const open_menu = (yes) => {
		toggle.setAttribute("aria-expanded", String(yes));
		side.classList.toggle("open", yes);
	};
	const side = h(
		"header",
		{ class: "side" },
		h(
			"div",
			{ class: "side-top" },
			h("a", { class: "mark", href: "#/events" }, "ticket", h("span", null, "gate")),
			toggle,
		),
		h(
			"div",
			{ class: "side-body" },
			h("p", { class: "org" }, session.organization.name),
			menu_nav(),
			user_panel(),
		),
	);
	side.addEventListener("click", (e) => e.target.closest("a") && open_menu(false));
	side.addEventListener("keydown", (e) => {
		if (e.key !== "Escape" || toggle.getAttribute("aria-expanded") !== "true") return;
		open_menu(false);
		toggle.focus();
	});
	return side;
}

function render_layout() {
	replace(
		root,
		h(
			"a",
			{
				class: "skip",
				href: "#main",
				onclick: (e) => {
					e.preventDefault();
					document.getElementById("main").focus();
				},
			},
			"Skip to content",
		),
		sidebar(),
		h("main", { id: "main", tabindex: "-1" }),
	);
}

function highlight_menu(path) {
	for (const a of root.querySelectorAll("#menu a")) {
		const here = a.getAttribute("href").replace("#/", "");
		a.removeAttribute("aria-current");
		if (path === here || path.startsWith(`${here}/`))
			a.setAttribute("aria-current", path === here ? "page" : "true");
	}
}

// ---- routing ----

function parse_hash() {
	const [path, search] = location.hash.replace(/^#\/?/, "").split("?");
	return {
		path: path.replace(/\/$/, "") || "events",
		query: Object.fromEntries(new URLSearchParams(search)),
	};
}

// Fetches the modules of a page at once, instead of each when the one that imports it is there.
function preload(modules) {
	for (const href of modules)
		if (!document.head.querySelector(`link[href="${href}"]`))
			document.head.append(h("link", { rel: "modulepreload", href }));
}

function build_hash(path, query = {}) {
	const search = new URLSearchParams(
		Object.entries(query).filter(([, v]) => v !== null && v !== undefined && v !== ""),
	).toString();
	return `#/${path}${search ? `?${search}` : ""}`;
}

// The argument of a page module: route parameters, query, session, and navigation functions.
function page_context(params, path, query) {
	page_abort = new AbortController();
	has_unsaved_changes = () => false;
	return {
		params,
		query,
		session,
		can_write: session.user.role === "owner",
		signal: page_abort.signal, // aborted on navigation
		navigate: (to, q) => (location.hash = build_hash(to, q)),
		filter: (q) => (location.hash = build_hash(path, q)),
		reload: render_page,
		set_unsaved_check: (f) => (has_unsaved_changes = f),
		set_session: set_session,
	};
}

async function render_page() {
	const { path, query } = parse_hash();
	const main = document.getElementById("main");
	const found = match_route(path);
	page_abort.abort();
	const page = page_context(found?.params ?? {}, path, query);
	const { signal } = page;
	const same = current_hash.split("?")[0] === location.hash.split("?")[0];
	const first = current_hash === "";
	current_hash = location.hash;
	highlight_menu(path);
	main.setAttribute("aria-busy", "true");
	const slow = setTimeout(
		() =>
			!signal.aborted &&
			!same &&
			replace(main, h("p", { class: "loading", role: "status" }, "Loading…")),
		200,
	);
	let body;
	try {
		if (!found)
			throw new ApiError(404, {
				error: {
					code: "NOT_FOUND",
					message: "Page not found.",
					hint: "Choose a page from the menu.",
				},
			});
		preload(found.modules);
		body = await (await import(found.modules[0])).default(page);
	} catch (error) {
		if (error.name === "AbortError" || signal.aborted) return;
		if (!(error instanceof ApiError)) console.error(error);
		body = {
			title: error.status === 404 ? "Not found" : "Something went wrong",
			el: error_box(error, button("Try again", render_page)),
		};
	} finally {
		clearTimeout(slow);
	}
	if (!signal.aborted) mount_page(main, body, same, first);
}

// Navigation moves the focus to the heading, except on the first page, where Tab starts at the skip
// link. Rendering the same page again keeps the focus on its control, or moves it to the heading.
function mount_page(main, { title, el, actions, breadcrumb }, same, first) {
	const heading = h("h1", { tabindex: "-1" }, title);
	document.title = `${title} · ticketgate`;
	const content = [
		breadcrumb ? h("p", { class: "breadcrumb" }, breadcrumb) : null,
		h(
			"div",
			{ class: "head" },
			heading,
			actions ? h("div", { class: "buttons" }, actions) : null,
		),
		el,
	];
	if (same) rerender(main, heading, content);
	else replace(main, content);
	main.removeAttribute("aria-busy");
	if (!same && !first) {
		heading.focus({ preventScroll: true });
		scrollTo(0, 0);
	}
}

addEventListener("hashchange", async () => {
	if (code_of_link()) return link_page(code_of_link());
	if (!session || location.hash === current_hash) return;
	if (has_unsaved_changes()) {
		const wanted = location.hash;
		history.replaceState(null, "", current_hash);
		if (
			!(await confirm(
				"Leave without saving?",
				"Your changes on this page will be lost.",
				"Leave",
			))
		)
			return;
		has_unsaved_changes = () => false;
		location.hash = wanted;
		return;
	}
	render_page();
});
addEventListener("beforeunload", (event) => has_unsaved_changes() && event.preventDefault());

async function start() {
	if (code_of_link()) return link_page(code_of_link());
	preload(match_route(parse_hash().path)?.modules ?? []); // while the session is read
	if (!localStorage.getItem(SIGNED_IN_KEY)) throw new ApiError(401);
	return start_session((await get(`${DASHBOARD}session`, null, { no_sign_in: true })).data);
}

try {
	await start();
} catch (error) {
	if (error.status === 401) sign_in_page();
	else
		replace(
			root,
			h(
				"main",
				{ class: "sign-in" },
				h("h1", null, "ticketgate"),
				error_box(
					error,
					button("Try again", () => location.reload()),
				),
			),
		);
}
