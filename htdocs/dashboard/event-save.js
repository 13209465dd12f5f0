// event-save: saves an event's form step by step, sending only what changed. A step that fails leaves
// the rest to be saved again.
import { ApiError, call, get, new_once, OPEN, patch, post } from "./api.js";
import { h, replace } from "./dom.js";
import { differs, merge, merge_notice } from "./event-merge.js";
import { unfold } from "./event-rows.js";
import { changes, show_error, values } from "./form.js";
import { ago } from "./format.js";

export const NOTHING = { tickets: [], performers: [], schedules: [], brands: [] };

class Conflict extends Error {}

const without_nulls = (body) =>
	Object.fromEntries(Object.entries(body).filter(([, v]) => v !== null));

// A row's values, with performers that were only just made by their ids.
function body_of(list, row, form) {
	const body = row.values();
	if (body.performerIds)
		body.performerIds = body.performerIds.map((key) => form.ids.get(key) ?? key);
	return body;
}

// The row as it is now, unless somebody changed it since the form read it.
async function still(path, row) {
	let now;
	try {
		now = await get(path);
	} catch (error) {
		throw error.status === 404 ? new Conflict() : error;
	}
	if (
		row.fields.some(
			(f) => JSON.stringify(now.data[f.name]) !== JSON.stringify(row.base[f.name]),
		)
	)
		throw new Conflict();
	return now.etag;
}

async function save_row(form, list, row, position) {
	const path = `${OPEN}events/${form.base.id}/${list.path}`;
	const body = body_of(list, row, form);
	let saved;
	if (row.base) {
		const changed = { ...changes(row.base, body), ...(position === null ? {} : { position }) };
		const etag = await still(`${path}/${row.base.id}`, row);
		saved = await patch(`${path}/${row.base.id}`, changed, etag);
	} else {
		const text = JSON.stringify(body);
		if (row.sent !== text)
			// the same words twice are made once
			Object.assign(row, { sent: text, once: new_once() });
		saved = await post(path, without_nulls({ ...body, position }), { once: row.once });
	}
	row.base = saved.data;
	form.ids.set(row.key, saved.data.id);
}

// Everything there is to do, in an order in which nothing names what is not there yet.
function steps_of(form) {
	const steps = [];
	const { lists } = form;
	const remove = (list) =>
		list.removed.map((row) => [
			`removing ${row.name()}`,
			row,
			async () => {
				const path = `${OPEN}events/${form.base.id}/${list.path}/${row.base.id}`;
				await call("DELETE", path, { etag: await still(path, row) });
				list.removed = list.removed.filter((r) => r !== row);
			},
		]);
	const keep = (list) => {
		const ordered = list.in_order();
		return list.rows.flatMap((row, i) => {
			const moved = !ordered;
			if (
				row.base &&
				!moved &&
				!Object.keys(changes(row.base, body_of(list, row, form))).length
			)
				return [];
			return [
				[
					`${list.kind.one} ${row.name()}`,
					row,
					() => save_row(form, list, row, moved ? i : null),
				],
			];
		});
	};
	const changed = form.base.id ? changes(form.base, values(form.fields)) : null;
	if (!form.base.id) steps.push(["the event", null, () => create(form)]);
	else if (Object.keys(changed).length)
		steps.push(["the event", null, () => update(form, changed)]);
	const [tickets, performers, schedules, brands] = lists;
	if (form.base.id) steps.push(...remove(tickets), ...keep(tickets));
	steps.push(
		...keep(performers),
		...remove(schedules),
		...keep(schedules),
		...remove(performers),
		...remove(brands),
		...keep(brands),
	);
	return steps;
}

async function create(form) {
	const tickets = form.lists[0].rows;
	const body = {
		...without_nulls(values(form.fields)),
		tickets: tickets.map((row) => without_nulls(row.values())),
	};
	const text = JSON.stringify(body);
	if (form.sent !== text) Object.assign(form, { sent: text, once: new_once() });
	const { data, etag } = await post(`${OPEN}events`, body, { once: form.once });
	form.take({ ...NOTHING, ...data }, etag);
	tickets.forEach((row, i) => (row.base = data.tickets[i]));
}

async function update(form, changed) {
	try {
		const { data, etag } = await patch(`${OPEN}events/${form.base.id}`, changed, form.etag);
		form.take({ ...form.base, ...data }, etag);
	} catch (error) {
		throw error.status === 412 ? new Conflict() : error;
	}
}

async function look_again(form, box) {
	const { data, etag } = await get(`${OPEN}events/${form.base.id}`);
	const told = merge(form, data);
	form.etag = etag;
	if (told.length) {
		const notice = merge_notice(told, ago(data.updatedAt));
		replace(box, notice);
		notice.focus();
	}
	return told.length;
}

// progress(done, all, label). True: everything is saved.
export async function save(form, box, progress) {
	if (form.base.id) {
		// told of everything before anything is written
		const { data } = await get(`${OPEN}events/${form.base.id}`);
		if (differs(form, data) && (await look_again(form, box))) return false;
	}
	const steps = steps_of(form);
	for (const [i, [label, row, run]] of steps.entries()) {
		progress(i, steps.length, label);
		try {
			await run();
		} catch (error) {
			if (
				(error instanceof Conflict || error.status === 412) &&
				(await look_again(form, box))
			)
				return false;
			if (!(error instanceof ApiError)) throw error;
			tell(error, form, row, box, i);
			return false;
		}
	}
	return true;
}

function tell(error, form, row, box, done) {
	const inline = (error.details ?? [])
		.map((d) => /^tickets\.(\d+)\./.exec(d.field))
		.find(Boolean);
	const target = row ?? (inline ? form.lists[0].rows[Number(inline[1])] : null);
	show_error(error, target ? target.fields : form.fields, box, inline && !row ? inline[0] : "");
	if (target) unfold(target);
	if (done)
		box.firstChild.append(
			h(
				"p",
				null,
				"What came before this is saved. Correct it and save again: the rest goes on from here.",
			),
		);
}
