// event-fields: the fields of an event and of its lists, as tables that the event form renders.
import { field } from "./form.js";

const TIMES = { type: "datetime" };

// Values that the API accepts but that are mostly mistakes.
const warn_past = (iso) =>
	iso && Date.parse(iso) < Date.now()
		? "This is in the past: tickets cannot be sold online."
		: null;
const warn_insecure = (url) =>
	/^http:/i.test(url ?? "")
		? "Event pages show pictures from https addresses only; this one stays hidden."
		: null;

export const BASICS = [
	{ name: "name", label: "Name", required: true, wide: true, attrs: { maxlength: 200 } },
	{
		name: "description",
		label: "Description",
		type: "textarea",
		wide: true,
		attrs: { rows: 6, maxlength: 20000 },
	},
	{
		name: "type",
		label: "Type",
		type: "select",
		options: [
			["PAID", "Paid"],
			["FREE", "Free"],
		],
		initial: "PAID",
		hint: "All tickets of a free event cost 0.",
	},
	{
		name: "journeyType",
		label: "Registration type",
		type: "select",
		options: [
			["STANDARD", "Standard"],
			["RSVP", "RSVP"],
			["PRESELLING", "Pre-selling"],
		],
		initial: "STANDARD",
	},
	{
		name: "visibility",
		label: "Visibility",
		type: "select",
		options: [
			["PUBLIC", "Public"],
			["PRIVATE", "Private (only with the link)"],
		],
		initial: "PUBLIC",
	},
];

// Optional for a new event, required afterwards.
export const NEW_SLUG = {
	name: "slug",
	label: "URL slug",
	hint: "Generated if you leave it empty; that of a private event cannot be guessed.",
	attrs: { maxlength: 120, class: "mono" },
};
export const SAVED_SLUG = {
	...NEW_SLUG,
	required: true,
	hint: "Links with the old slug stop working.",
};

export const TIME_ZONE = {
	name: "timezone",
	label: "Time zone",
	required: true,
	initial: "Asia/Manila",
	attrs: { list: "zones" },
	hint: "Times use this time zone.",
};

export const DATES = [
	{ name: "dateTime", label: "Start time", ...TIMES, required: true, warn: warn_past },
	{ name: "endDateTime", label: "End time", ...TIMES },
];

export const MORE = [
	{
		name: "eventCapacity",
		label: "Capacity",
		type: "number",
		hint: "Maximum tickets across all ticket types.",
	},
	{
		name: "currency",
		label: "Currency",
		required: true,
		initial: "PHP",
		attrs: { list: "currencies", maxlength: 3 },
		hint: "Cannot change after the first sale.",
	},
	{
		name: "absorbFees",
		label: "Absorb fees",
		type: "checkbox",
		initial: true,
		hint: "If off, the buyer pays the fees on top of the price.",
	},
	{ name: "imageUrl", label: "Image URL", type: "url", wide: true, warn: warn_insecure },
	{
		name: "galleryUrls",
		warn: (urls) => urls.map(warn_insecure).find(Boolean),
		label: "Gallery image URLs",
		type: "lines",
		wide: true,
		hint: "One per line, at most 20.",
	},
	{
		name: "callbackUrl",
		label: "Callback URL",
		type: "url",
		wide: true,
		hint: "Receives webhooks for this event, in addition to those under Settings.",
	},
];

// The lists of an event. A card shows `fields`, and `more` when "More options" is open.
export const LISTS = {
	tickets: {
		singular: "ticket type",
		title: "Ticket types",
		lead: "Tickets are sold by type. An event needs at least one to sell tickets.",
		heading: "name",
		fields: [
			{
				name: "name",
				label: "Name",
				required: true,
				attrs: { maxlength: 120, placeholder: "General Admission" },
			},
			{
				name: "price",
				label: "Price",
				type: "money",
				required: true,
				hint: "Per ticket.",
			},
			{
				name: "quantity",
				label: "Quantity",
				type: "number",
				required: true,
				hint: "Total, including sold tickets.",
			},
			{
				name: "published",
				label: "On sale when the event is published",
				type: "checkbox",
				initial: true,
			},
		],
		more: [
			{ name: "description", label: "Description", type: "textarea", wide: true },
			{ name: "minPerOrder", label: "Minimum per order", type: "number", initial: 1 },
			{ name: "maxPerOrder", label: "Maximum per order", type: "number", initial: 10 },
			{ name: "salesStartAt", label: "Sales start", ...TIMES },
			{ name: "salesEndAt", label: "Sales end", ...TIMES },
			{
				name: "lowInventoryThreshold",
				label: "Low-stock threshold",
				type: "number",
				hint: "Below this, ticket.inventory_low is sent. Default: 10 % of the quantity.",
			},
		],
	},
	performers: {
		singular: "performer",
		title: "Performers",
		lead: "Artists, speakers and hosts.",
		heading: "name",
		fields: [
			{ name: "name", label: "Name", required: true, attrs: { maxlength: 200 } },
			{
				name: "role",
				label: "Role",
				type: "select",
				options: [
					["HEADLINER", "Headliner"],
					["SUPPORT", "Support"],
					["HOST", "Host"],
					["SPEAKER", "Speaker"],
					["OTHER", "Other"],
				],
				initial: "OTHER",
			},
		],
		more: [
			{ name: "bio", label: "Biography", type: "textarea", wide: true },
			{ name: "imageUrl", label: "Image URL", type: "url" },
			{ name: "links", label: "Links", type: "lines", hint: "One URL per line." },
			{ name: "startsAt", label: "Start time", ...TIMES },
			{ name: "endsAt", label: "End time", ...TIMES },
		],
	},
	schedules: {
		singular: "schedule entry",
		title: "Schedule",
		lead: "The program of the event.",
		heading: "title",
		fields: [
			{
				name: "title",
				label: "Title",
				required: true,
				attrs: { maxlength: 200, placeholder: "Doors open" },
			},
			{ name: "startsAt", label: "Start time", ...TIMES, required: true },
			{ name: "endsAt", label: "End time", ...TIMES },
			{ name: "stage", label: "Stage", attrs: { maxlength: 120 } },
			{ name: "performerIds", type: "performers" },
		],
		more: [{ name: "description", label: "Description", type: "textarea", wide: true }],
	},
	brands: {
		singular: "brand",
		title: "Brands",
		lead: "Organizers, sponsors and partners.",
		heading: "name",
		fields: [
			{ name: "name", label: "Name", required: true, attrs: { maxlength: 200 } },
			{
				name: "role",
				label: "Role",
				type: "select",
				options: [
					["PRESENTER", "Presenter"],
					["ORGANIZER", "Organizer"],
					["SPONSOR", "Sponsor"],
					["PARTNER", "Partner"],
					["MEDIA", "Media"],
				],
				initial: "SPONSOR",
			},
		],
		more: [
			{ name: "logoUrl", label: "Logo URL", type: "url" },
			{ name: "websiteUrl", label: "Website", type: "url" },
		],
	},
};

// Creates a field from one of the tables above. data: the resource to edit, or null for a new one.
export const table_field = (spec, data, zone) =>
	field({ ...spec, zone, value: data?.[spec.name] ?? spec.initial });
