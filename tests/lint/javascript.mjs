// Checks the syntax tree of each file: functions of at most 80 lines, files of at most 500, at most
// one conditional operator in an expression. Usage: javascript.mjs NODE_MODULES FILE…
import { readFileSync } from "node:fs";

const MAX_FUNCTION = 80;
const MAX_FILE = 500;
const [modules, ...paths] = process.argv.slice(2);
const { parsers } = (await import(`${modules}/prettier/plugins/babel.mjs`)).default;

const is_function = (node) => /Function|Method/.test(node.type);
const is_node = (value) => typeof value?.type === "string";

function children(node) {
	return Object.entries(node)
		.filter(([key]) => !/comments|tokens/i.test(key))
		.flatMap(([, value]) => value)
		.filter(is_node);
}

// `conditional`: the node is part of an expression that already has a conditional operator.
function check(path, node, conditional) {
	const line = node.loc.start.line;
	const lines = node.loc.end.line - line + 1;
	if (is_function(node) && lines > MAX_FUNCTION)
		console.log(`${path}:${line}: function of ${lines} lines, at most ${MAX_FUNCTION}`);
	const is_conditional = node.type === "ConditionalExpression";
	if (is_conditional && conditional)
		console.log(`${path}:${line}: more than one conditional operator in an expression`);
	const inside = !is_function(node) && (conditional || is_conditional);
	for (const child of children(node)) check(path, child, inside);
}

for (const path of paths) {
	const text = readFileSync(path, "utf8");
	const lines = text.split("\n").length - 1;
	if (lines > MAX_FILE) console.log(`${path}: file of ${lines} lines, at most ${MAX_FILE}`);
	check(path, await parsers.babel.parse(text, { filepath: path }), false);
}
