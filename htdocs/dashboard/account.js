// account: the signed-in user, and a form to change the password.
import { call, DASHBOARD } from "./api.js";
import { description_list, h, toast } from "./dom.js";
import { field, form_with_submit } from "./form.js";
import { format_time, LOCAL_ZONE } from "./format.js";

function password_field(name, label, autocomplete, hint) {
	const f = field({
		name,
		label,
		type: "password",
		required: true,
		hint,
		attrs: { autocomplete },
	});
	f.get = () => f.input.value; // not trimmed
	return f;
}

export default async function account_page(page) {
	const { user, organization, expiresAt } = page.session;
	const fields = [
		password_field("currentPassword", "Current password", "current-password"),
		password_field(
			"newPassword",
			"New password",
			"new-password",
			"At least 10 characters. Changing it signs out your other sessions.",
		),
	];
	const form = form_with_submit(fields, "Change password", async (body) => {
		page.set_session((await call("POST", `${DASHBOARD}session/password`, { body })).data);
		form.reset();
		toast("Password changed.");
	});
	return {
		title: "Account",
		breadcrumb: "Settings",
		el: [
			h(
				"section",
				{ class: "card" },
				description_list([
					["Email", user.email],
					[
						"Role",
						user.role === "owner"
							? "Owner: full access"
							: "Viewer: read-only, without webhooks",
					],
					["Organization", `${organization.name} (${organization.slug})`],
					["Session expires", format_time(expiresAt, LOCAL_ZONE, "full")],
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
