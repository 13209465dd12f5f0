// team: Settings > Team, the users of the organization: invitations, new passwords, door links.
import { call, DASHBOARD, get, post } from "./api.js";
import { badge, button, confirm, copy_field, dialog, h, table, time, toast } from "./dom.js";
import { field, invalid_fields, pager, validate_all } from "./form.js";
import { ROLES, time_ago } from "./format.js";

const STATUS = { ACTIVE: ["Active", "good"], INVITED: ["Invited", "warn"] };

// A door link has an address that nobody can type.
const is_door_link = (user) => user.email.endsWith("@invalid");
const called = (user) => (is_door_link(user) ? user.name : user.email);

// A link that is shown only once. `how` says what to do with it.
const link_dialog = (title, how, url) =>
	dialog(
		title,
		[
			h("p", null, how),
			copy_field(new URL(url, location.href).href, "link"),
			h(
				"p",
				{ class: "small soft" },
				"The link works once. You won’t see it again, but you can make a new one.",
			),
		],
		[],
	);

const invitation_dialog = (user) =>
	link_dialog(
		`Invitation for ${user.email}`,
		user.mailed
			? "The link was mailed. You can also send it yourself; it is valid for 7 days."
			: "No mail was sent. Send this link to the person; it is valid for 7 days.",
		user.inviteUrl,
	);

// A dialog with these fields, which resolves with what `path` answers to their values.
const ask = (title, about, fields, label, path) =>
	dialog(
		title,
		[h("p", { class: "soft" }, about), fields.map((f) => f.el)],
		[
			{
				label,
				kind: "primary",
				run: async () => {
					if (!validate_all(fields)) throw invalid_fields();
					const body = Object.fromEntries(fields.map((f) => [f.name, f.get()]));
					return (await post(`${DASHBOARD}${path}`, body)).data;
				},
			},
		],
	);

async function invite(page) {
	const fields = [
		field({ name: "email", label: "Email address", type: "email", required: true }),
		field({ name: "name", label: "Name", attrs: { maxlength: 100 } }),
		field({
			name: "role",
			label: "Role",
			type: "select",
			value: "viewer",
			options: Object.entries(ROLES),
		}),
	];
	const about = "The person sets a password by the link and is signed in.";
	const user = await ask("Invite a user", about, fields, "Invite", "users");
	if (!user) return;
	await page.reload();
	await invitation_dialog(user);
}

async function door_link(page) {
	const fields = [
		field({ name: "name", label: "Gate or person", required: true, attrs: { maxlength: 100 } }),
		field({
			name: "hours",
			label: "Hours to open the link",
			type: "number",
			value: 24,
			required: true,
			hint: "1 to 72. Whoever opened it stays signed in until you remove it, or for a week.",
			check: (n) => (n >= 1 && n <= 72 ? null : "Enter 1 to 72 hours."),
		}),
	];
	const about = "Whoever opens the link first can check tickets in on that phone, nothing else.";
	const made = await ask("New door link", about, fields, "Create link", "door-links");
	if (!made) return;
	await page.reload();
	await link_dialog(`Door link for ${made.name}`, "Open it on the phone at the door.", made.url);
}

async function new_link(user, page) {
	const { data } = await post(`${DASHBOARD}users/${user.id}/invite`);
	await page.reload();
	await invitation_dialog(data);
}

const reset_password = (user) =>
	confirm(
		`Reset the password of ${user.email}?`,
		"Mails a link to set a new password, valid for an hour. The old one works until then.",
		"Mail link",
		async () => {
			await post(`${DASHBOARD}users/${user.id}/reset-password`);
			toast(`A link was mailed to ${user.email}.`);
		},
		"primary",
	);

const remove = (user, page) =>
	confirm(
		`Remove ${called(user)}?`,
		user.status === "ACTIVE"
			? "The user is signed out immediately. What the user did stays in the audit log."
			: "The link stops working immediately.",
		`Remove ${called(user)}`,
		async () => {
			await call("DELETE", `${DASHBOARD}users/${user.id}`);
			toast(`${called(user)} removed.`);
			page.reload();
		},
	);

function row_actions(user, page) {
	if (user.id === page.session.user.id) return null; // nobody removes oneself
	const action = (label, kind, onclick) =>
		h(
			"button",
			{ type: "button", class: kind, "aria-label": `${label} ${called(user)}`, onclick },
			label,
		);
	const by_mail =
		user.status === "INVITED"
			? action("New link", "quiet", () => new_link(user, page))
			: action("Reset password", "quiet", () => reset_password(user));
	return [
		is_door_link(user) ? null : by_mail,
		action("Remove", "quiet danger", () => remove(user, page)),
	];
}

function row(user, page) {
	const self = user.id === page.session.user.id && "You";
	const detail = is_door_link(user) ? "Door link" : user.name || self;
	return [
		[
			h("span", { class: "strong" }, called(user)),
			detail ? h("div", { class: "small soft" }, detail) : null,
		],
		ROLES[user.role],
		badge(...STATUS[user.status]),
		user.lastSeenAt
			? time(user.lastSeenAt, ...time_ago(user.lastSeenAt))
			: h("span", { class: "soft" }, "Not signed in"),
		h("div", { class: "buttons tight" }, row_actions(user, page)),
	];
}

const HEAD = ["User", "Role", "Status", "Last seen", "Actions"].map((label) => ({
	label,
	hidden: label === "Actions",
}));

export default async function team_page(page) {
	const { data, meta } = await get(`${DASHBOARD}users`, { take: 50, page: page.query.page });
	return {
		title: "Team",
		breadcrumb: "Settings",
		actions: [
			button("New door link", () => door_link(page)),
			button("Invite", () => invite(page), "primary"),
		],
		el: [
			table(
				"Users",
				HEAD,
				data.map((user) => row(user, page)),
			),
			pager(meta, page.query, page.filter),
		],
	};
}
