// event-fields: the fields of an event and of its lists, as tables for the event form.
import { field } from "./form.js";

const TIMES = { type: "datetime" };

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
		label: "Kind",
		type: "select",
		options: [
			["PAID", "Paid"],
			["FREE", "Free"],
		],
		initial: "PAID",
		hint: "Free: every price is 0.",
	},
	{
		name: "journeyType",
		label: "How people come to tickets",
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
			["PRIVATE", "Private: only by its link"],
		],
		initial: "PUBLIC",
	},
];

// The slug is made from the name when the event is created, and required afterwards.
export const NEW_SLUG = {
	name: "slug",
	label: "Name in URLs",
	hint: "Made from the name unless you give one.",
	attrs: { maxlength: 120, class: "mono" },
};
export const SAVED_SLUG = {
	...NEW_SLUG,
	required: true,
	hint: "Links that use the old one stop working.",
};

export const TIME_ZONE = {
	name: "timezone",
	label: "Time zone",
	required: true,
	initial: "Asia/Manila",
	attrs: { list: "zones" },
	hint: "All times of this form are clocks in this zone.",
};

export const DATES = [
	{ name: "dateTime", label: "Starts", ...TIMES, required: true },
	{ name: "endDateTime", label: "Ends", ...TIMES },
];

export const MORE = [
	{
		name: "eventCapacity",
		label: "Capacity",
		type: "number",
		hint: "The most that all ticket types together may sell.",
	},
	{
		name: "currency",
		label: "Currency",
		required: true,
		initial: "PHP",
		attrs: { list: "currencies", maxlength: 3 },
		hint: "Fixed once something is sold.",
	},
	{
		name: "absorbFees",
		label: "We pay the fees (otherwise the buyer does, on top)",
		type: "checkbox",
		initial: true,
	},
	{ name: "imageUrl", label: "Picture URL", type: "url", wide: true },
	{
		name: "galleryUrls",
		label: "More pictures",
		type: "lines",
		wide: true,
		hint: "One URL a line, at most 20.",
	},
	{
		name: "callbackUrl",
		label: "Callback URL",
		type: "url",
		wide: true,
		hint: "Gets this event’s webhooks, besides those under Settings.",
	},
];

// Each list of an event: `fields` stand in the card, `more` under a "More" that can be opened.
export const LISTS = {
	tickets: {
		singular: "ticket type",
		title: "Ticket types",
		lead: "What is sold, at which price, how many. Without one nothing can be sold.",
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
				hint: "For one ticket.",
			},
			{
				name: "quantity",
				label: "Quantity",
				type: "number",
				required: true,
				hint: "In all, sold ones included.",
			},
			{ name: "published", label: "On sale when published", type: "checkbox", initial: true },
		],
		more: [
			{ name: "description", label: "Description", type: "textarea", wide: true },
			{ name: "minPerOrder", label: "Least in one order", type: "number", initial: 1 },
			{ name: "maxPerOrder", label: "Most in one order", type: "number", initial: 10 },
			{ name: "salesStartAt", label: "On sale from", ...TIMES },
			{ name: "salesEndAt", label: "On sale until", ...TIMES },
			{
				name: "lowInventoryThreshold",
				label: "Low below",
				type: "number",
				hint: "Fewer left than this sends ticket.inventory_low. A tenth of the quantity unless set.",
			},
		],
	},
	performers: {
		singular: "performer",
		title: "Performers",
		lead: "Who is on stage.",
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
			{ name: "bio", label: "About them", type: "textarea", wide: true },
			{ name: "imageUrl", label: "Picture URL", type: "url" },
			{ name: "links", label: "Links", type: "lines", hint: "One URL a line." },
			{ name: "startsAt", label: "Starts", ...TIMES },
			{ name: "endsAt", label: "Ends", ...TIMES },
		],
	},
	schedules: {
		singular: "schedule entry",
		title: "Schedule",
		lead: "What happens when.",
		heading: "title",
		fields: [
			{
				name: "title",
				label: "Title",
				required: true,
				attrs: { maxlength: 200, placeholder: "Doors open" },
			},
			{ name: "startsAt", label: "Starts", ...TIMES, required: true },
			{ name: "endsAt", label: "Ends", ...TIMES },
			{ name: "stage", label: "Stage", attrs: { maxlength: 120 } },
			{ name: "performerIds", type: "performers" },
		],
		more: [{ name: "description", label: "Description", type: "textarea", wide: true }],
	},
	brands: {
		singular: "brand",
		title: "Brands",
		lead: "Who presents and sponsors it.",
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

// A field of one of the tables above. data: the resource that it shows, or null for a new one.
export const table_field = (spec, data, zone) =>
	field({ ...spec, zone, value: data?.[spec.name] ?? spec.initial });
