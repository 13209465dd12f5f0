// csv-download: downloads a whole list as a CSV file, with its progress.
import { call } from "./api.js";
import { error_box, h, replace, while_busy } from "./dom.js";
import { number } from "./format.js";

// name: of the file, without date and ending. Shows the progress in `status_text`.
export async function download_csv({ path, query, name }, pressed, status_text) {
	await while_busy(pressed, async () => {
		try {
			const response = await call("GET", path, {
				query: { ...query, bom: 1 },
				accept: "text/csv",
			});
			const reader = response.body.getReader();
			const pieces = [];
			let bytes = 0;
			for (let next = await reader.read(); !next.done; next = await reader.read()) {
				pieces.push(next.value);
				bytes += next.value.length;
				replace(status_text, `${number(Math.ceil(bytes / 1024))} KiB…`);
			}
			const url = URL.createObjectURL(new Blob(pieces, { type: "text/csv" }));
			h("a", {
				href: url,
				download: `${name}-${new Date().toISOString().slice(0, 10)}.csv`,
			}).click();
			setTimeout(() => URL.revokeObjectURL(url), 60000);
			replace(status_text, `Downloaded ${number(Math.ceil(bytes / 1024))} KiB.`);
		} catch (error) {
			replace(status_text, error_box(error));
		}
	});
}
