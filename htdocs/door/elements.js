// elements: builds the screens of the door.

export const screen_element = document.getElementById("screen");

// h("button", {class: "big", onclick: f}, "Start", …)
export function h(tag, attributes, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes ?? {})) {
		if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
		else if (value === true) element.setAttribute(name, "");
		else if (value !== null && value !== undefined && value !== false)
			element.setAttribute(name, value);
	}
	element.append(...children.flat().filter((c) => c !== null && c !== undefined));
	return element;
}

export function show(...children) {
	screen_element.replaceChildren(...children.flat());
	screen_element.querySelector("[autofocus]")?.focus();
}

export const button = (label, onclick, kind = "") =>
	h("button", { type: "button", class: kind, onclick }, label);

// A labelled input.
export function field(label, attributes) {
	const input = h("input", attributes);
	return { element: h("label", null, h("span", null, label), input), input };
}
