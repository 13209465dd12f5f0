// set-password: the page of a link that was mailed or handed over: a form for a new password.
import { call, DASHBOARD } from "./api.js";
import { h } from "./dom.js";
import { field, form_with_submit } from "./form.js";

// on_success gets the session of the user, who is signed in then.
export function set_password_page(code, on_success) {
	const password = field({
		name: "password",
		label: "New password",
		type: "password",
		required: true,
		hint: "At least 10 characters. Several uncommon words are easy to remember.",
		attrs: { autocomplete: "new-password" },
	});
	password.get = () => password.input.value; // not trimmed
	const form = form_with_submit([password], "Set password and sign in", async (body) => {
		const options = { body: { code, ...body }, no_sign_in: true };
		on_success((await call("POST", `${DASHBOARD}password/set`, options)).data);
	});
	return h(
		"main",
		{ class: "sign-in", id: "main" },
		h("p", { class: "mark" }, "ticket", h("span", null, "gate")),
		h("h1", null, "Set your password"),
		form,
	);
}
