// event-save: saves the event form in steps and sends only changed fields. After a failed step, the
// next save continues with the remaining steps.
import { ApiError, call, get, new_idempotency_key, OPEN_API, patch, post } from "./api.js";
import { h, replace } from "./dom.js";
import { has_changed, merge, merge_notice } from "./event-merge.js";
import { focus_invalid } from "./list-editor.js";
import { changed_fields, field_values, show_errors } from "./form.js";
import { relative_time } from "./format.js";

export const EMPTY_LISTS = { tickets: [], performers: [], schedules: [], brands: [] };

const TRIES = 3; // of one step, while others change what the form does not show

// Somebody else has changed what this step is about to change.
class Conflict extends ApiError {
	constructor() {
		super(412, {
			error: {
				message: "Another user keeps changing this event.",
				hint: "Your changes are still in the form. Save again in a moment.",
			},
		});
	}
}

const without_nulls = (body) =>
	Object.fromEntries(Object.entries(body).filter(([, v]) => v !== null));

// A row's values. Keys of performers that were saved in an earlier step become ids.
function row_body(list, row, form) {
	const body = row.values();
	if (body.performerIds)
		body.performerIds = body.performerIds.map((key) => form.ids.get(key) ?? key);
	return body;
}

// The row's ETag. Throws Conflict when another user has changed or deleted the row.
async function current_etag(path, row) {
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
	const path = `${OPEN_API}events/${form.base.id}/${list.path}`;
	const body = row_body(list, row, form);
	let saved;
	if (row.base) {
		const changed = {
			...changed_fields(row.base, body),
			...(position === null ? {} : { position }),
		};
		const etag = await current_etag(`${path}/${row.base.id}`, row);
		saved = await patch(`${path}/${row.base.id}`, changed, etag);
	} else {
		const text = JSON.stringify(body);
		// the same content keeps its idempotency key
		if (row.sent !== text)
			Object.assign(row, { sent: text, idempotency_key: new_idempotency_key() });
		saved = await post(path, without_nulls({ ...body, position }), {
			idempotency_key: row.idempotency_key,
		});
	}
	row.base = saved.data;
	form.ids.set(row.key, saved.data.id);
}

// The requests to send, ordered so that each one refers only to resources that exist.
function save_steps(form) {
	const steps = [];
	const { lists } = form;
	const remove_rows = (list) =>
		list.removed.map((row) => [
			`removal of ${row.name()}`,
			row,
			async () => {
				const path = `${OPEN_API}events/${form.base.id}/${list.path}/${row.base.id}`;
				await call("DELETE", path, { etag: await current_etag(path, row) });
				list.removed = list.removed.filter((r) => r !== row);
			},
		]);
	const save_rows = (list) => {
		const ordered = list.is_in_order();
		return list.rows.flatMap((row, i) => {
			const moved = !ordered;
			if (
				row.base &&
				!moved &&
				!Object.keys(changed_fields(row.base, row_body(list, row, form))).length
			)
				return [];
			return [
				[
					`${list.kind.singular} ${row.name()}`,
					row,
					() => save_row(form, list, row, moved ? i : null),
				],
			];
		});
	};
	const changed = form.base.id ? changed_fields(form.base, field_values(form.fields)) : null;
	if (!form.base.id) steps.push(["the event", null, () => create(form)]);
	else if (Object.keys(changed).length)
		steps.push(["the event", null, () => update(form, changed)]);
	const [tickets, performers, schedules, brands] = lists;
	if (form.base.id) steps.push(...remove_rows(tickets), ...save_rows(tickets));
	steps.push(
		...save_rows(performers),
		...remove_rows(schedules),
		...save_rows(schedules),
		...remove_rows(performers),
		...remove_rows(brands),
		...save_rows(brands),
	);
	return steps;
}

async function create(form) {
	const tickets = form.lists[0].rows;
	const body = {
		...without_nulls(field_values(form.fields)),
		tickets: tickets.map((row) => without_nulls(row.values())),
	};
	const text = JSON.stringify(body);
	if (form.sent !== text)
		Object.assign(form, { sent: text, idempotency_key: new_idempotency_key() });
	const { data, etag } = await post(`${OPEN_API}events`, body, {
		idempotency_key: form.idempotency_key,
	});
	form.set_saved({ ...EMPTY_LISTS, ...data }, etag);
	tickets.forEach((row, i) => (row.base = data.tickets[i]));
}

async function update(form, changed) {
	try {
		const { data, etag } = await patch(`${OPEN_API}events/${form.base.id}`, changed, form.etag);
		form.set_saved({ ...form.base, ...data }, etag);
	} catch (error) {
		throw error.status === 412 ? new Conflict() : error;
	}
}

// Takes the current state over. Resolves to true when the user has to review something.
async function merge_latest(form, box) {
	const { data, etag } = await get(`${OPEN_API}events/${form.base.id}`);
	const changes_found = merge(form, data);
	form.etag = etag;
	if (changes_found.length) {
		const notice = merge_notice(changes_found, relative_time(data.updatedAt));
		replace(box, notice);
		notice.focus();
	}
	return changes_found.length > 0;
}

// Runs one step. After a conflict it runs again with the new version, unless there is something to
// review: a change that the form does not show, such as publishing the event, is no reason to ask.
// Resolves to false when the user has to review the form.
async function run_step(step, form, box) {
	for (let tries = TRIES; ; tries--)
		try {
			await step();
			return true;
		} catch (error) {
			if (error.status !== 412 || tries <= 1) throw error;
			if (await merge_latest(form, box)) return false;
		}
}

// Calls progress(done, all, label) before each step. Resolves to true when everything is saved.
export async function save(form, box, progress) {
	if (form.base.id) {
		// report conflicts before anything is written
		const { data } = await get(`${OPEN_API}events/${form.base.id}`);
		if (has_changed(form, data) && (await merge_latest(form, box))) return false;
	}
	const steps = save_steps(form);
	for (const [i, [label, row, run]] of steps.entries()) {
		progress(i, steps.length, label);
		try {
			if (!(await run_step(run, form, box))) return false;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			show_step_error(error, form, row, box, i);
			return false;
		}
	}
	return true;
}

function show_step_error(error, form, row, box, done) {
	const inline = (error.details ?? [])
		.map((d) => /^tickets\.(\d+)\./.exec(d.field))
		.find(Boolean);
	const target = row ?? (inline ? form.lists[0].rows[Number(inline[1])] : null);
	show_errors(error, target ? target.fields : form.fields, box, inline && !row ? inline[0] : "");
	if (target) focus_invalid(target);
	if (done)
		box.firstChild.append(
			h(
				"p",
				null,
				"The previous steps were saved. Correct the error and save again to continue.",
			),
		);
}
