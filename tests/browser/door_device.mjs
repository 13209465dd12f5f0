// door_device: a phone at a door: its fake camera shows a real QR code, and codes are typed on its
// screen. The facts of the test name the encoder, a folder for films, the user and the event.
import { writeFileSync } from "node:fs";
import {
	check_accessible,
	check_fits_width,
	facts,
	launch_browser,
	open_page,
} from "./browser.mjs";

const { default: encode } = await import(facts.encoder);
const { user, event } = facts;

// What the console of a device says that is offline for a while.
export const OFFLINE = /ERR_INTERNET_DISCONNECTED|Failed to load resource|ERR_FAILED/;

// A film of one picture, as Chromium's fake camera shows it: the code in the middle of a grey wall;
// null: the wall.
function film(text, name) {
	const width = 640,
		height = 480,
		scale = 8;
	const modules = text === null ? [] : encode(text, "raw", { ecc: "medium", border: 4 });
	const luma = Buffer.alloc(width * height, 120),
		chroma = Buffer.alloc((width * height) / 2, 128);
	const left = (width - modules.length * scale) >> 1,
		top = (height - modules.length * scale) >> 1;
	modules.forEach((row, y) =>
		row.forEach((dark, x) => {
			for (let i = 0; i < scale; i++) {
				const at = (top + y * scale + i) * width + left + x * scale;
				luma.fill(dark ? 20 : 235, at, at + scale);
			}
		}),
	);
	const frame = Buffer.concat([Buffer.from("FRAME\n"), luma, chroma]);
	const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`);
	const file = `${facts.folder}/${name}.y4m`;
	writeFileSync(file, Buffer.concat([head, ...Array(10).fill(frame)]));
	return file;
}

// A result stays on the screen until next(): no test depends on how fast it looks at one. The
// times are GOOD_MS and BAD_MS of htdocs/door/door.js.
function keep_results() {
	const { setTimeout: own } = window;
	window.setTimeout = (f, ms, ...more) =>
		own(f, [2500, 6000].includes(ms) ? 3600000 : ms, ...more);
}

// A device of its own at a gate, signed in and scanning; its camera shows the code.
export async function open_door(code, name, gate, more) {
	const own = await launch_browser([
		"--use-fake-ui-for-media-stream",
		"--use-fake-device-for-media-stream",
		`--use-file-for-fake-video-capture=${film(code, name)}`,
	]);
	const page = await open_page({ width: 360, in: own, permissions: ["camera"], ...more });
	await page.addInitScript(keep_results);
	await page.goto("/door/");
	await page.fill('input[type="email"]', user.email);
	await page.fill('input[type="password"]', user.password);
	await check_accessible(page, `${name}: sign in`);
	await page.click("button.primary");
	await page.waitForSelector("button.choice");
	await check_accessible(page, `${name}: events`);
	await check_fits_width(page, `${name}: events`);
	await page.fill("label input", gate);
	await page.click(`button.choice:has-text("${event.name}")`);
	await page.waitForSelector(".typed input");
	return page;
}

// The result on the screen: its word for programs, and what is written there.
export async function result(page) {
	const screen = page.locator(".result");
	await screen.waitFor();
	return {
		result: await screen.getAttribute("data-result"),
		text: (await screen.innerText()).replaceAll("\n", " | "),
	};
}

export async function next(page) {
	const close = page.locator(".result button").first();
	if (await close.isVisible()) await close.click().catch(() => null); // it may close by itself
	await page.waitForSelector(".result", { state: "detached" });
}

export async function type_code(page, code) {
	await page.fill(".typed input", code);
	await page.press(".typed input", "Enter");
	return result(page);
}
