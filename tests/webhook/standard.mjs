// Verifies deliveries with two independent implementations: the npm package standardwebhooks (with
// its own SHA-256) and Node's crypto. Reads [{secret, headers, body (base64)}] as JSON from
// standard input. Prints [{standard, crypto, simple}], each true or the reason. argv[2]: the
// node_modules folder.
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";

const { Webhook } = createRequire(process.argv[2] + "/")("standardwebhooks");
const parts = [];
for await (const part of process.stdin) parts.push(part);

function standard({ secret, headers, body }) {
	try {
		new Webhook(secret).verify(body.toString("utf8"), headers);
		return true;
	} catch (error) {
		return error.message;
	}
}

console.log(
	JSON.stringify(
		JSON.parse(Buffer.concat(parts)).map((d) => {
			const body = Buffer.from(d.body, "base64");
			const key = Buffer.from(d.secret.slice(6), "base64");
			const own =
				"v1," +
				createHmac("sha256", key)
					.update(`${d.headers["webhook-id"]}.${d.headers["webhook-timestamp"]}.`)
					.update(body)
					.digest("base64");
			return {
				standard: standard({ ...d, body }),
				crypto: d.headers["webhook-signature"].split(" ").includes(own),
				simple:
					d.headers["x-tn-signature"] ===
					"sha256=" + createHmac("sha256", d.secret).update(body).digest("hex"),
			};
		}),
	),
);
