// store: what the device knows without the network: the admission list, and scans to send.

const NAME = "ticketgate door",
	VERSION = 2;

const done = (request) =>
	new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});

const finished = (transaction) =>
	new Promise((resolve, reject) => {
		transaction.oncomplete = resolve;
		transaction.onabort = transaction.onerror = () => reject(transaction.error);
	});

let opening = null;

function open() {
	opening ??= new Promise((resolve, reject) => {
		const request = indexedDB.open(NAME, VERSION);
		request.onupgradeneeded = ({ oldVersion }) => {
			const db = request.result;
			if (oldVersion < 1) {
				db.createObjectStore("tickets", { keyPath: "hash" }).createIndex(
					"event",
					"eventId",
				);
				db.createObjectStore("scans", { keyPath: "id" });
				db.createObjectStore("facts");
			}
			request.transaction.objectStore("tickets").createIndex("state", ["eventId", "status"]);
		};
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});
	return opening;
}

async function within(store, mode, work) {
	const transaction = (await open()).transaction(store, mode);
	const result = await work(transaction.objectStore(store));
	if (mode === "readwrite") await finished(transaction);
	return result;
}

export const read_fact = (name) => within("facts", "readonly", (s) => done(s.get(name)));
export const keep_fact = (name, value) => within("facts", "readwrite", (s) => s.put(value, name));

// ---- the admission list ----

export const find_ticket = (hash) => within("tickets", "readonly", (s) => done(s.get(hash)));

export const tickets_of = (event_id) =>
	within("tickets", "readonly", (s) => done(s.index("event").getAll(event_id)));

export const count_tickets = (event_id, status) =>
	within("tickets", "readonly", (s) => done(s.index("state").count([event_id, status])));

// A scan of this device that is not sent yet stands above what the list says.
export const keep_tickets = (event_id, tickets, waiting) =>
	within("tickets", "readwrite", (s) => {
		for (const ticket of tickets) {
			const own = waiting.get(ticket.hash);
			const inside = own && ticket.status === "ISSUED";
			s.put({
				...ticket,
				eventId: event_id,
				...(inside ? { status: "CHECKED_IN", checkedInAt: own.at, gate: own.gate } : {}),
			});
		}
	});

export const change_ticket = (ticket) =>
	within("tickets", "readwrite", (s) => {
		s.put(ticket);
	});

export const forget_other_events = (event_id) =>
	within("tickets", "readwrite", async (s) => {
		for (const key of await done(s.getAllKeys())) {
			const ticket = await done(s.get(key));
			if (ticket.eventId !== event_id) s.delete(key);
		}
	});

// ---- scans to send ----

export const scans_to_send = () => within("scans", "readonly", (s) => done(s.getAll()));

export const keep_scan = (scan) =>
	within("scans", "readwrite", (s) => {
		s.put(scan);
	});

export const forget_scans = (ids) =>
	within("scans", "readwrite", (s) => {
		for (const id of ids) s.delete(id);
	});
