// account: who is signed in, and a new password.
import { call, DASHBOARD } from "./api.js";
import { facts, h, toast } from "./dom.js";
import { field, simple_form } from "./form.js";
import { at, HERE } from "./format.js";

function password(name, label, autocomplete, hint) {
	const f = field({
		name,
		label,
		type: "password",
		required: true,
		hint,
		attrs: { autocomplete },
	});
	f.get = () => f.input.value; // as it is typed, blanks included
	return f;
}

export default async function account(page) {
	const { user, organization, expiresAt } = page.session;
	const fields = [
		password("currentPassword", "Current password", "current-password"),
		password(
			"newPassword",
			"New password",
			"new-password",
			"At least 10 characters. All your other sessions end.",
		),
	];
	const form = simple_form(fields, "Change password", async (body) => {
		page.renew((await call("POST", `${DASHBOARD}session/password`, { body })).data);
		form.reset();
		toast("The password is changed.");
	});
	return {
		title: "Account",
		trail: "Settings",
		el: [
			h(
				"section",
				{ class: "card" },
				facts([
					["E-mail", user.email],
					[
						"Role",
						user.role === "owner"
							? "Owner: may do everything"
							: "Viewer: may look at everything but webhooks, and change nothing",
					],
					["Organization", `${organization.name} (${organization.slug})`],
					["Signed in until", at(expiresAt, HERE, "full")],
				]),
			),
			h(
				"section",
				{ class: "card", "aria-labelledby": "password" },
				h("h2", { id: "password" }, "Password"),
				form,
			),
		],
	};
}
