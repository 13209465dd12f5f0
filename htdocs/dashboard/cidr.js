// cidr: is this an address or a range for an allowlist? The same rules and the same corrections as the API's, told while one types.

// Eight or two 16-bit groups, or null.
function four(text) {
	const parts = text.split(".");
	if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255))
		return null;
	const [a, b, c, d] = parts.map(Number);
	return [a * 256 + b, c * 256 + d];
}

function six(text) {
	const sides = text.split("::");
	if (sides.length > 2) return null;
	const groups = sides.map((side, i) => {
		const out = [];
		const words = side === "" ? [] : side.split(":");
		for (const [n, word] of words.entries()) {
			const tail =
				word.includes(".") && i === sides.length - 1 && n === words.length - 1
					? four(word)
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

function dotted([high, low]) {
	return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

// RFC 5952: the longest run of zeros, of two or more, becomes "::".
function text_of(groups) {
	if (groups.length === 2) return dotted(groups);
	let best = { at: -1, n: 1 };
	for (let i = 0; i < 8; i++) {
		let n = 0;
		while (i + n < 8 && groups[i + n] === 0) n++;
		if (n > best.n) best = { at: i, n };
	}
	const hex = (part) => part.map((x) => x.toString(16)).join(":");
	if (best.at === 0 && best.n === 6)
		// the old form of an IPv4 address inside IPv6
		return `::${dotted(groups.slice(6))}`;
	return best.at < 0
		? hex(groups)
		: `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.n))}`;
}

function masked(groups, bits) {
	return groups.map((g, i) => {
		const keep = Math.max(0, Math.min(16, bits - 16 * i));
		return g & (0xffff << (16 - keep)) & 0xffff;
	});
}

const print = (groups, bits) =>
	bits === groups.length * 16 ? text_of(groups) : `${text_of(groups)}/${bits}`;

const address = (text) => (text.includes(":") ? six(text) : four(text));

function no_address(entry, host) {
	const [name, zone] = host.split("%");
	const inner = /^\[(.*)\]$/.exec(host)?.[1];
	const single = (groups) => text_of(is_mapped(groups) ? groups.slice(6) : groups);
	if (zone !== undefined && address(name))
		return `${entry} has a zone id; use ${single(address(name))}`;
	if (inner && address(inner)) return `${entry} has brackets; use ${single(address(inner))}`;
	if (address(host.split("-")[0]) && host.includes("-"))
		return `${entry} is a range from one address to another; use CIDR ranges such as 192.0.2.0/24`;
	return `${entry} is not an IPv4 or IPv6 address or CIDR range`;
}

// {text: "10.0.0.0/8"} or {wrong: "a sentence, with the correction where there is one"}
export function read_cidr(entry) {
	if (entry === "") return { wrong: "an entry is empty" };
	const slash = entry.indexOf("/");
	const host = slash < 0 ? entry : entry.slice(0, slash);
	let groups = address(host);
	if (!groups) return { wrong: no_address(entry, host) };
	if (slash < 0) return { text: text_of(is_mapped(groups) ? groups.slice(6) : groups) };
	const size = groups.length * 16;
	const length = entry.slice(slash + 1);
	if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > size)
		return {
			wrong:
				netmask(entry, groups, length) ??
				`${entry} needs a length from 0 to ${size} after the slash`,
		};
	const bits = Number(length);
	if (is_mapped(groups) && bits >= 96) {
		groups = masked(groups.slice(6), bits - 96);
		return { wrong: `${entry} is an IPv4-mapped range; use ${print(groups, bits - 96)}` };
	}
	const net = masked(groups, bits);
	if (net.some((g, i) => g !== groups[i]))
		return { wrong: `${entry} has host bits set; use ${print(net, bits)}` };
	return { text: print(net, bits) };
}

// 255.255.0.0 after the slash
function netmask(entry, groups, length) {
	const mask = groups.length === 2 ? four(length) : null;
	if (!mask) return null;
	const binary = mask.map((g) => g.toString(2).padStart(16, "0")).join("");
	if (!/^1*0*$/.test(binary)) return null;
	const bits = binary.indexOf("0") < 0 ? 32 : binary.indexOf("0");
	return `${entry} has a netmask; use ${print(masked(groups, bits), bits)}`;
}

// What stands in a text field: separated by commas, blanks or lines.
export function read_list(text) {
	const entries = text.split(/[\s,]+/).filter(Boolean);
	return entries.map((entry) => ({ entry, ...read_cidr(entry) }));
}
