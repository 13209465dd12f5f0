// first-read: requests the event at once, while the other modules of the page are still loading.
const { api, event } = document.getElementById("tickets").dataset;

// The options of every request of a visitor: the server is asked each time. A cache in front of it
// may answer for as long as the server permits; by default browsers would send max-age=0.
export const VISITOR = {
	headers: { Accept: "application/json", "Cache-Control": "max-age=2" },
	credentials: "omit",
	cache: "no-cache",
};

let first = fetch(`${api}/events/${event}`, VISITOR);
first.catch(() => null); // who takes it handles the error

// The response to the first request, for one reader; null afterwards.
export function take_first_read() {
	const taken = first;
	first = null;
	return taken;
}
