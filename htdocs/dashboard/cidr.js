// cidr: validates the addresses and CIDR ranges of an allowlist as the API does, with the same
// messages.

// Addresses are arrays of 16-bit groups: two for IPv4, eight for IPv6. Invalid text gives null.
function parse_ipv4(text) {
	const parts = text.split(".");
	if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255))
		return null;
	const [a, b, c, d] = parts.map(Number);
	return [a * 256 + b, c * 256 + d];
}

function parse_ipv6(text) {
	const sides = text.split("::");
	if (sides.length > 2) return null;
	const groups = sides.map((side, i) => {
		const out = [];
		const words = side === "" ? [] : side.split(":");
		for (const [n, word] of words.entries()) {
			const tail =
				word.includes(".") && i === sides.length - 1 && n === words.length - 1
					? parse_ipv4(word)
					: null;
			if (tail) out.push(...tail);
			else if (/^[0-9a-f]{1,4}$/i.test(word)) out.push(parseInt(word, 16));
			else return null;
		}
		return out;
	});
	if (groups.includes(null)) return null;
	if (sides.length === 1) return groups[0].length === 8 ? groups[0] : null;
	const missing = 8 - groups[0].length - groups[1].length;
	return missing >= 1 ? [...groups[0], ...Array(missing).fill(0), ...groups[1]] : null;
}

const is_mapped = (g) => g.length === 8 && g.slice(0, 5).every((x) => x === 0) && g[5] === 0xffff;

function format_ipv4([high, low]) {
	return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

// Canonical text (RFC 5952): the longest run of at least two zero groups becomes "::".
function format_address(groups) {
	if (groups.length === 2) return format_ipv4(groups);
	let best = { at: -1, n: 1 };
	for (let i = 0; i < 8; i++) {
		let n = 0;
		while (i + n < 8 && groups[i + n] === 0) n++;
		if (n > best.n) best = { at: i, n };
	}
	const hex = (part) => part.map((x) => x.toString(16)).join(":");
	// an IPv4-compatible address (RFC 4291, 2.5.5.1)
	if (best.at === 0 && best.n === 6) return `::${format_ipv4(groups.slice(6))}`;
	return best.at < 0
		? hex(groups)
		: `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.n))}`;
}

function apply_mask(groups, bits) {
	return groups.map((g, i) => {
		const keep = Math.max(0, Math.min(16, bits - 16 * i));
		return g & (0xffff << (16 - keep)) & 0xffff;
	});
}

const format_cidr = (groups, bits) =>
	bits === groups.length * 16 ? format_address(groups) : `${format_address(groups)}/${bits}`;

const parse_address = (text) => (text.includes(":") ? parse_ipv6(text) : parse_ipv4(text));

function address_error(entry, host) {
	const [name, zone] = host.split("%");
	const inner = /^\[(.*)\]$/.exec(host)?.[1];
	const single = (groups) => format_address(is_mapped(groups) ? groups.slice(6) : groups);
	if (zone !== undefined && parse_address(name))
		return `${entry} has a zone id; use ${single(parse_address(name))}`;
	if (inner && parse_address(inner))
		return `${entry} has brackets; use ${single(parse_address(inner))}`;
	if (parse_address(host.split("-")[0]) && host.includes("-"))
		return (
			`${entry} is a range from one address to another; ` +
			"use CIDR ranges such as 192.0.2.0/24"
		);
	return `${entry} is not an IPv4 or IPv6 address or CIDR range`;
}

// Returns {text: "10.0.0.0/8"} in canonical form, or {error}, which ends in "use …" when the
// correction is known.
export function parse_cidr(entry) {
	if (entry === "") return { error: "an entry is empty" };
	const slash = entry.indexOf("/");
	const host = slash < 0 ? entry : entry.slice(0, slash);
	let groups = parse_address(host);
	if (!groups) return { error: address_error(entry, host) };
	if (slash < 0) return { text: format_address(is_mapped(groups) ? groups.slice(6) : groups) };
	const size = groups.length * 16;
	const length = entry.slice(slash + 1);
	if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > size)
		return {
			error:
				netmask_error(entry, groups, length) ??
				`${entry} needs a length from 0 to ${size} after the slash`,
		};
	const bits = Number(length);
	if (is_mapped(groups) && bits >= 96) {
		groups = apply_mask(groups.slice(6), bits - 96);
		return { error: `${entry} is an IPv4-mapped range; use ${format_cidr(groups, bits - 96)}` };
	}
	const net = apply_mask(groups, bits);
	if (net.some((g, i) => g !== groups[i]))
		return { error: `${entry} has host bits set; use ${format_cidr(net, bits)}` };
	return { text: format_cidr(net, bits) };
}

// For a netmask such as 255.255.0.0 after the slash; null for anything else.
function netmask_error(entry, groups, length) {
	const mask = groups.length === 2 ? parse_ipv4(length) : null;
	if (!mask) return null;
	const binary = mask.map((g) => g.toString(2).padStart(16, "0")).join("");
	if (!/^1*0*$/.test(binary)) return null;
	const bits = binary.indexOf("0") < 0 ? 32 : binary.indexOf("0");
	return `${entry} has a netmask; use ${format_cidr(apply_mask(groups, bits), bits)}`;
}

// Entries are separated by commas, spaces or line breaks.
export function parse_allowlist(text) {
	const entries = text.split(/[\s,]+/).filter(Boolean);
	return entries.map((entry) => ({ entry, ...parse_cidr(entry) }));
}
