// codes: reads what was scanned or typed, and hashes it as the admission list does.

const REFERENCE = "[2-9A-HJ-KM-NP-TV-Z]{8}";
const CODE = new RegExp(`^(${REFERENCE})([1-9]\\d{0,3})\\.([1-9]\\d*?)([0-9A-Z]{10})$`);

// The code as it is printed: TN-7K3M9QXW-1.2-4T0ZV6Q9KD, from that, from the URL of a ticket's
// page, or typed without hyphens or in lower case; null when it is none. The same rules as
// issued_code_parse() of common/ticketing/issued_ticket.c.
export function read_code(text) {
	const bare = text
		.slice(text.lastIndexOf("/") + 1)
		.replace(/[\s-]/g, "")
		.toUpperCase();
	const dot = bare.indexOf(".");
	const own = bare.startsWith("TN") && dot > 10 ? bare.slice(2) : bare;
	const found = CODE.exec(own);
	if (!found) return null;
	const check = found[4].replace(/O/g, "0").replace(/[IL]/g, "1");
	if (check.includes("U")) return null;
	return `TN-${found[1]}-${found[2]}.${found[3]}-${check}`;
}

export async function hash_code(code) {
	const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code));
	return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("");
}
