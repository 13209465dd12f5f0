// Types of ticketgate.js. Made by make_types.py of htdocs/openapi.json: do not edit.
// Amounts are strings of whole currency units.

export declare const VERSION: string;

export interface Settings {
	// The installation, without a slash at the end; in a browser also a path, or "" for its own host.
	baseUrl: string;
	// API key, for servers only; the public operations need none.
	key?: string | null;
	// Attempts per request, the first included.
	maxAttempts?: number;
	// Seconds per attempt, and for all attempts and waits of a request.
	timeout?: number;
	totalTimeout?: number;
	fetch?: typeof globalThis.fetch;
	sleep?: (seconds: number) => Promise<void>;
}

// A resource that a method returned, or its ETag.
export type Version = string | object;

export interface Options {
	// Aborts the request and its further attempts.
	signal?: AbortSignal;
	// Unknown fields and query parameters are an error.
	strict?: boolean;
}

export interface ChangeOptions extends Options {
	// The version that may be changed; another one is an error with status 412.
	ifMatch?: Version;
}

export interface PostOptions extends ChangeOptions {
	// 1 to 255 visible characters: requests with the same key are executed once. A random one is
	// sent unless this is given; false sends none, and the request is never repeated.
	idempotencyKey?: string | false;
}

// The result is null when the resource still has this version.
export interface IfChanged extends Options {
	ifNoneMatch: Version;
}

export interface CallOptions extends PostOptions {
	query?: Record<string, string | number | boolean | Date | null | undefined>;
	body?: object;
	ifNoneMatch?: Version;
}

export class TicketgateError extends globalThis.Error {
	// Error code of the API, NETWORK_ERROR without a response, or UNEXPECTED_RESPONSE for a response
	// that is not the API's.
	readonly code: string;
	// HTTP status; 0 without a response.
	readonly status: number;
	// What to do next.
	readonly hint: string;
	// All invalid fields; may be empty.
	readonly details: { field: string; message: string }[];
	// Request id, which the server's log has, too; empty without a response.
	readonly requestId: string;
	// Seconds to wait before another attempt, when the server said so.
	readonly retryAfter: number | null;
	// Number of attempts that were made.
	readonly attempts: number;
	// Whether an attempt may have changed something although its response was lost. Repeat a POST
	// with the same idempotencyKey; otherwise read the resource first.
	readonly uncertain: boolean;
}

export class Page<Row> implements Iterable<Row> {
	readonly data: Row[];
	readonly meta: {
		page: number;
		take: number;
		total: number;
		totalPages: number;
		nextCursor: string | null;
	};
	[Symbol.iterator](): Iterator<Row>;
	// The next page; null after the last one.
	next(): Promise<Page<Row> | null>;
	// The rows of all pages from this one on.
	all(): AsyncGenerator<Row, void, undefined>;
}

// The version of a resource that a method returned.
export function etagOf(resource: object): string | null;

// A webhook request that must not be trusted.
export class WebhookError extends globalThis.Error {}

export function verifyWebhook(
	body: string | Uint8Array,
	headers: Headers | Record<string, string | string[] | undefined>,
	secrets: string | string[],
	options?: { tolerance?: number; now?: number },
): Promise<WebhookEvent>;

export class Ticketgate {
	constructor(settings: Settings);
	// An operation that has no method; the path begins with a mount point.
	call(method: string, path: string, options?: CallOptions): Promise<unknown>;

	// List events.
	listEvents(
		query?: {
			page?: number;
			take?: number;
			sort?: "createdAt" | "-createdAt" | "dateTime" | "-dateTime" | "name" | "-name";
			cursor?: string;
			status?: "DRAFT" | "PUBLISHED" | "ARCHIVED";
			q?: string;
			from?: string | Date;
			to?: string | Date;
			venueId?: string;
			visibility?: "PUBLIC" | "PRIVATE";
		},
	): Promise<Page<EventListItem>>;

	// Create a draft event.
	createEvent(body: EventCreate, options?: PostOptions): Promise<Event>;

	// Get an event.
	getEvent(idOrSlug: string, options?: Options): Promise<Event>;
	getEvent(idOrSlug: string, options: IfChanged): Promise<Event | null>;

	// Update an event.
	updateEvent(idOrSlug: string, body: EventPatch, options?: ChangeOptions): Promise<Event>;

	// Delete a draft event.
	deleteEvent(idOrSlug: string, options?: ChangeOptions): Promise<Deleted>;

	// Publish a draft event.
	publishEvent(idOrSlug: string, options?: PostOptions): Promise<Event>;

	// Unpublish an event.
	unpublishEvent(idOrSlug: string, options?: PostOptions): Promise<Event>;

	// Archive an event.
	archiveEvent(idOrSlug: string, options?: PostOptions): Promise<Event>;

	// Restore an archived event as a draft.
	restoreEvent(idOrSlug: string, options?: PostOptions): Promise<Event>;

	// List the performers of an event.
	listPerformers(
		idOrSlug: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "position" | "-position";
			cursor?: string;
		},
	): Promise<Page<Performer>>;

	// Create a performer.
	createPerformer(
		idOrSlug: string,
		body: PerformerCreate,
		options?: PostOptions,
	): Promise<Performer>;

	// Get a performer.
	getPerformer(idOrSlug: string, id: string, options?: Options): Promise<Performer>;
	getPerformer(idOrSlug: string, id: string, options: IfChanged): Promise<Performer | null>;

	// Update a performer.
	updatePerformer(
		idOrSlug: string,
		id: string,
		body: PerformerPatch,
		options?: ChangeOptions,
	): Promise<Performer>;

	// Delete a performer.
	deletePerformer(idOrSlug: string, id: string, options?: ChangeOptions): Promise<Deleted>;

	// List the schedules of an event.
	listSchedules(
		idOrSlug: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "position" | "-position";
			cursor?: string;
		},
	): Promise<Page<Schedule>>;

	// Create a schedule entry.
	createSchedule(
		idOrSlug: string,
		body: ScheduleCreate,
		options?: PostOptions,
	): Promise<Schedule>;

	// Get a schedule entry.
	getSchedule(idOrSlug: string, id: string, options?: Options): Promise<Schedule>;
	getSchedule(idOrSlug: string, id: string, options: IfChanged): Promise<Schedule | null>;

	// Update a schedule entry.
	updateSchedule(
		idOrSlug: string,
		id: string,
		body: SchedulePatch,
		options?: ChangeOptions,
	): Promise<Schedule>;

	// Delete a schedule entry.
	deleteSchedule(idOrSlug: string, id: string, options?: ChangeOptions): Promise<Deleted>;

	// List the brands of an event.
	listBrands(
		idOrSlug: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "position" | "-position";
			cursor?: string;
		},
	): Promise<Page<Brand>>;

	// Create a brand.
	createBrand(idOrSlug: string, body: BrandCreate, options?: PostOptions): Promise<Brand>;

	// Get a brand.
	getBrand(idOrSlug: string, id: string, options?: Options): Promise<Brand>;
	getBrand(idOrSlug: string, id: string, options: IfChanged): Promise<Brand | null>;

	// Update a brand.
	updateBrand(
		idOrSlug: string,
		id: string,
		body: BrandPatch,
		options?: ChangeOptions,
	): Promise<Brand>;

	// Delete a brand.
	deleteBrand(idOrSlug: string, id: string, options?: ChangeOptions): Promise<Deleted>;

	// Get the calling API key.
	getAccount(options?: Options): Promise<Account>;
	getAccount(options: IfChanged): Promise<Account | null>;

	// List orders.
	listOrders(
		query?: {
			page?: number;
			take?: number;
			sort?: "createdAt" | "-createdAt" | "relevance" | "-relevance";
			cursor?: string;
			eventId?: string;
			status?: "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED";
			from?: string | Date;
			to?: string | Date;
			email?: string;
			reference?: string;
			q?: string;
			bom?: "1";
		},
	): Promise<Page<OrderListItem>>;

	// Get an order.
	getOrder(idOrReference: string, options?: Options): Promise<Order>;
	getOrder(idOrReference: string, options: IfChanged): Promise<Order | null>;

	// List the orders of an event.
	listEventOrders(
		idOrSlug: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "createdAt" | "-createdAt" | "relevance" | "-relevance";
			cursor?: string;
			status?: "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED";
			from?: string | Date;
			to?: string | Date;
			email?: string;
			reference?: string;
			q?: string;
			bom?: "1";
		},
	): Promise<Page<OrderListItem>>;

	// List the mail about an order.
	listOrderMessages(
		idOrReference: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "createdAt" | "-createdAt";
			cursor?: string;
		},
	): Promise<Page<Message>>;

	// List the refunds of an order.
	listOrderRefunds(
		idOrReference: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "createdAt" | "-createdAt";
			cursor?: string;
		},
	): Promise<Page<Refund>>;

	// List the tickets of an event.
	listEventIssuedTickets(
		idOrSlug: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "position" | "-position";
			cursor?: string;
			bom?: "1";
			status?: "ISSUED" | "CHECKED_IN" | "REFUNDED";
			ticketId?: string;
			q?: string;
		},
	): Promise<Page<IssuedTicket>>;

	// List the tickets of an order.
	listOrderIssuedTickets(
		idOrReference: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "position" | "-position";
			cursor?: string;
			bom?: "1";
			status?: "ISSUED" | "CHECKED_IN" | "REFUNDED";
			ticketId?: string;
			q?: string;
		},
	): Promise<Page<IssuedTicket>>;

	// List who has a ticket for an event.
	listEventAttendees(
		idOrSlug: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "position" | "-position";
			cursor?: string;
			status?: "ISSUED" | "CHECKED_IN" | "REFUNDED";
			ticketId?: string;
			q?: string;
		},
	): Promise<Page<Attendee>>;

	// Get a ticket by its code.
	getIssuedTicket(code: string, options?: Options): Promise<IssuedTicket>;
	getIssuedTicket(code: string, options: IfChanged): Promise<IssuedTicket | null>;

	// List the ticket types of an event.
	listTickets(
		idOrSlug: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "position" | "-position";
			cursor?: string;
		},
	): Promise<Page<Ticket>>;

	// Create a ticket type.
	createTicket(idOrSlug: string, body: TicketCreate, options?: PostOptions): Promise<Ticket>;

	// Get a ticket type.
	getEventTicket(idOrSlug: string, id: string, options?: Options): Promise<Ticket>;
	getEventTicket(idOrSlug: string, id: string, options: IfChanged): Promise<Ticket | null>;

	// Update a ticket type.
	updateEventTicket(
		idOrSlug: string,
		id: string,
		body: TicketPatch,
		options?: ChangeOptions,
	): Promise<Ticket>;

	// Delete a ticket type.
	deleteEventTicket(idOrSlug: string, id: string, options?: ChangeOptions): Promise<Deleted>;

	// Publish a ticket type.
	publishEventTicket(idOrSlug: string, id: string, options?: PostOptions): Promise<Ticket>;

	// Unpublish a ticket type.
	unpublishEventTicket(idOrSlug: string, id: string, options?: PostOptions): Promise<Ticket>;

	// Mark a ticket type as sold out.
	markSoldOutEventTicket(
		idOrSlug: string,
		id: string,
		options?: PostOptions,
	): Promise<Ticket>;

	// Put a ticket type back on sale.
	putOnSaleEventTicket(idOrSlug: string, id: string, options?: PostOptions): Promise<Ticket>;

	// Get a ticket type.
	getTicket(id: string, options?: Options): Promise<Ticket>;
	getTicket(id: string, options: IfChanged): Promise<Ticket | null>;

	// Update a ticket type.
	updateTicket(id: string, body: TicketPatch, options?: ChangeOptions): Promise<Ticket>;

	// Delete a ticket type.
	deleteTicket(id: string, options?: ChangeOptions): Promise<Deleted>;

	// Publish a ticket type.
	publishTicket(id: string, options?: PostOptions): Promise<Ticket>;

	// Unpublish a ticket type.
	unpublishTicket(id: string, options?: PostOptions): Promise<Ticket>;

	// Mark a ticket type as sold out.
	markSoldOutTicket(id: string, options?: PostOptions): Promise<Ticket>;

	// Put a ticket type back on sale.
	putOnSaleTicket(id: string, options?: PostOptions): Promise<Ticket>;

	// Search venues.
	searchVenues(
		query?: {
			page?: number;
			take?: number;
			sort?: "relevance" | "-relevance";
			cursor?: string;
			search?: string;
			q?: string;
			city?: string;
			country?: string;
			near?: string;
			radiusKm?: string;
		},
	): Promise<Page<VenueMatchListItem>>;

	// Get a venue.
	getVenue(id: string, options?: Options): Promise<Venue>;
	getVenue(id: string, options: IfChanged): Promise<Venue | null>;

	// List webhooks.
	listWebhooks(
		query?: {
			page?: number;
			take?: number;
			sort?: "createdAt" | "-createdAt";
			cursor?: string;
			source?: "WEBHOOK" | "API_KEY" | "EVENT";
		},
	): Promise<Page<Webhook>>;

	// Create a webhook.
	createWebhook(
		body: WebhookWithSecretCreate,
		options?: PostOptions,
	): Promise<WebhookWithSecret>;

	// Get a webhook.
	getWebhook(id: string, options?: Options): Promise<Webhook>;
	getWebhook(id: string, options: IfChanged): Promise<Webhook | null>;

	// Update a webhook.
	updateWebhook(id: string, body: WebhookPatch, options?: ChangeOptions): Promise<Webhook>;

	// Delete a webhook.
	deleteWebhook(id: string, options?: ChangeOptions): Promise<Deleted>;

	// Rotate the secret of a webhook.
	rotateWebhookSecret(
		id: string,
		body?: WebhookWithSecretRotate,
		options?: PostOptions,
	): Promise<WebhookWithSecret>;

	// List the deliveries of a webhook.
	listWebhookDeliveries(
		id: string,
		query?: {
			page?: number;
			take?: number;
			sort?: "createdAt" | "-createdAt";
			cursor?: string;
			status?: "PENDING" | "DELIVERED" | "FAILED" | "CANCELLED";
			event?:
				| "order.completed"
				| "order.refunded"
				| "event.sold_out"
				| "ticket.inventory_low"
				| "ticket.checked_in";
			from?: string | Date;
			to?: string | Date;
		},
	): Promise<Page<DeliveryListItem>>;

	// Get a delivery.
	getWebhookDelivery(id: string, deliveryId: string, options?: Options): Promise<Delivery>;
	getWebhookDelivery(
		id: string,
		deliveryId: string,
		options: IfChanged,
	): Promise<Delivery | null>;

	// Redeliver a completed delivery.
	redeliverWebhookDelivery(
		id: string,
		deliveryId: string,
		options?: PostOptions,
	): Promise<Delivery>;

	// Recover missed events of a webhook.
	recoverWebhook(id: string, body: RecoveryRecover, options?: PostOptions): Promise<Recovery>;

	// Test a webhook.
	testWebhook(
		id: string,
		body?: WebhookTestTest,
		options?: PostOptions,
	): Promise<WebhookTest>;

	// Create a hold.
	createHold(body: HoldCreate, options?: PostOptions): Promise<Hold>;

	// Get a hold.
	getHold(id: string, options?: Options): Promise<Hold>;
	getHold(id: string, options: IfChanged): Promise<Hold | null>;

	// Release a hold.
	releaseHold(id: string, options?: ChangeOptions): Promise<Deleted>;

	// Extend a hold.
	extendHold(id: string, options?: PostOptions): Promise<Hold>;

	// Create an order.
	createSale(body: OrderCreate, options?: PostOptions): Promise<Order>;

	// Refund an order.
	refundSale(id: string, body: OrderRefund, options?: PostOptions): Promise<Order>;

	// Check a ticket in.
	createCheckIn(body: IssuedTicketCreate, options?: PostOptions): Promise<IssuedTicket>;

	// Check in tickets.
	batchCheckIn(body: CheckInBatchBatch, options?: PostOptions): Promise<CheckInBatch>;

	// Undo a check-in within an hour.
	undoCheckIn(id: string, options?: ChangeOptions): Promise<Deleted>;

	// Issue a ticket again under a new code.
	reissueTicket(
		idOrReference: string,
		unit: string,
		options?: PostOptions,
	): Promise<IssuedTicket>;

	// Get the events.
	getDoor(options?: Options): Promise<Door>;
	getDoor(options: IfChanged): Promise<Door | null>;

	// Get the tickets of an event for a device.
	getAdmissionList(
		idOrSlug: string,
		options?: Options & { query?: { since?: string | Date; after?: string; } },
	): Promise<AdmissionList>;
	getAdmissionList(
		idOrSlug: string,
		options: IfChanged & { query?: { since?: string | Date; after?: string; } },
	): Promise<AdmissionList | null>;

	// Get how many tickets are checked in.
	getAdmission(idOrSlug: string, options?: Options): Promise<Admission>;
	getAdmission(idOrSlug: string, options: IfChanged): Promise<Admission | null>;

	// Send the mail.
	resendSale(id: string, options?: PostOptions): Promise<Order>;

	// Get a published event.
	getPublicEvent(orgSlug: string, eventSlug: string, options?: Options): Promise<PublicEvent>;
	getPublicEvent(
		orgSlug: string,
		eventSlug: string,
		options: IfChanged,
	): Promise<PublicEvent | null>;

	// Create a hold.
	createPublicHold(body: PublicHoldCreate, options?: PostOptions): Promise<PublicHold>;

	// Get a hold of the public page.
	getPublicHold(id: string, options?: Options): Promise<PublicHold>;
	getPublicHold(id: string, options: IfChanged): Promise<PublicHold | null>;

	// Release a hold.
	releasePublicHold(id: string, options?: ChangeOptions): Promise<Deleted>;

	// Create an order.
	createPublicOrder(body: PublicOrderCreate, options?: PostOptions): Promise<PublicOrder>;

	// Change the name on a valid ticket.
	renamePublicTicket(
		body: PublicTicketNameRename,
		options?: PostOptions,
	): Promise<PublicTicketName>;

	// Mail the links of a buyer's orders for an event to the address.
	findPublicTickets(
		body: PublicLostTicketsFind,
		options?: PostOptions,
	): Promise<PublicLostTickets>;
}

export type WebhookEvent =
	| OrderCompletedEvent
	| OrderRefundedEvent
	| EventSoldOutEvent
	| TicketInventoryLowEvent
	| TicketCheckedInEvent;

export interface Account {
	// Calling API key; null for a signed-in user.
	apiKey: AccountApiKey | null;
	// Organization of the key or user.
	organization: AccountOrganization;
}

export interface AccountApiKey {
	// Key id; not the key itself.
	id: string;
	// Key name.
	name: string;
	// Scopes.
	scopes: string[];
	// URL that receives webhook events.
	callbackUrl: string | null;
	// Creation time.
	createdAt: string;
	// Expiry time.
	expiresAt: string | null;
	// Time of last use, to the minute.
	lastUsedAt: string | null;
}

export interface AccountOrganization {
	// Organization id.
	id: string;
	// Name.
	name: string;
	// URL slug.
	slug: string;
}

export interface Admission {
	// Event id.
	eventId: string;
	// Number of tickets that are valid.
	expected: number;
	// Number of them that are checked in.
	checkedIn: number;
	// Time of the last one.
	lastCheckInAt: string | null;
	// The same by ticket type.
	ticketTypes: AdmissionTicketType[];
	// Check-ins by gate.
	gates: AdmissionGate[];
}

export interface AdmissionGate {
	// Gate; null: none was named.
	gate: string | null;
	// Number of tickets that were checked in there.
	checkedIn: number;
}

export interface AdmissionList {
	// Event id.
	eventId: string;
	// Ticket types of the event.
	ticketTypes: AdmissionListTicketType[];
	// Tickets, or those that changed. A ticket may be listed although it did not change.
	tickets: AdmissionListTicket[];
	// Send it as after, with the same since, to get the rest; null at the end.
	after: string | null;
	// Send the value of the first response as since to get later changes.
	next: string;
}

export interface AdmissionListTicket {
	// SHA-256 of the ticket's code, in hexadecimal.
	hash: string;
	// The part of the code that counts, such as 1.2: with orderId, which ticket it is.
	unit: string;
	// Order id.
	orderId: string;
	// Ticket type id.
	ticketId: string;
	// First word of the name on the ticket.
	firstName: string;
	// Status. REISSUED: the code of a ticket that was replaced.
	status: "ISSUED" | "CHECKED_IN" | "REFUNDED" | "REISSUED";
	// Time of admission.
	checkedInAt: string | null;
	// Gate of admission.
	gate: string | null;
}

export interface AdmissionListTicketType {
	// Ticket type id.
	id: string;
	// Name of the ticket type.
	name: string;
}

export interface AdmissionTicketType {
	// Ticket type id.
	ticketId: string;
	// Name of the ticket type.
	name: string;
	// Number of tickets that are valid.
	expected: number;
	// Number of them that are checked in.
	checkedIn: number;
}

export interface Attendee {
	// Order id.
	orderId: string;
	// Order reference.
	reference: string;
	// Which ticket of the order it is, such as 1.2; with orderId, a door can check it in.
	unit: string;
	// Name on the ticket, by default the buyer's.
	name: string;
	// Ticket type.
	ticket: AttendeeTicket;
	// Status.
	status: "ISSUED" | "CHECKED_IN" | "REFUNDED";
	// Id of the check-in.
	checkInId: string | null;
	// Time of admission.
	checkedInAt: string | null;
	// Gate of admission.
	gate: string | null;
}

export interface AttendeeTicket {
	// Ticket type id.
	id: string;
	// Name of the ticket type at the time of purchase.
	name: string;
}

export interface Brand {
	// Brand id.
	id: string;
	// Event id.
	eventId: string;
	// Display name.
	name: string;
	// Logo.
	logoUrl: string | null;
	// Website.
	websiteUrl: string | null;
	// Role at the event.
	role: "PRESENTER" | "ORGANIZER" | "SPONSOR" | "PARTNER" | "MEDIA";
	// Position among the event's brands, from 0; last by default. Other positions are
	// renumbered.
	position: number | null;
	// Creation time.
	createdAt: string;
	// Time of the organizer's last change.
	updatedAt: string;
}

export interface BrandCreate {
	// Display name.
	name: string;
	// Logo.
	logoUrl?: string | null;
	// Website.
	websiteUrl?: string | null;
	// Role at the event. Default: SPONSOR.
	role?: "PRESENTER" | "ORGANIZER" | "SPONSOR" | "PARTNER" | "MEDIA";
	// Position among the event's brands, from 0; last by default. Other positions are
	// renumbered.
	position?: number | null;
}

export interface BrandPatch {
	// Display name.
	name?: string;
	// Logo.
	logoUrl?: string | null;
	// Website.
	websiteUrl?: string | null;
	// Role at the event.
	role?: "PRESENTER" | "ORGANIZER" | "SPONSOR" | "PARTNER" | "MEDIA";
	// Position among the event's brands, from 0; last by default. Other positions are
	// renumbered.
	position?: number | null;
}

export interface CheckInBatch {
	// One result for each scan, in the order of the scans.
	results: CheckInBatchResult[];
}

export interface CheckInBatchBatch {
	// Id of the event at the door.
	eventId: string;
	// Scans, in any order.
	scans: CheckInBatchScanBatch[];
}

export interface CheckInBatchResult {
	// Id of the scan.
	id: string;
	// Code as it was sent.
	code: string;
	// ADMITTED: this scan is the admission. ALREADY_CHECKED_IN: an earlier scan is. UNDONE: the
	// scan was admitted, and undone. ID_TAKEN: the id belongs to a scan of another ticket.
	// UNKNOWN: there is no such ticket.
	result:
		| "ADMITTED"
		| "ALREADY_CHECKED_IN"
		| "REFUNDED"
		| "REISSUED"
		| "WRONG_EVENT"
		| "UNKNOWN"
		| "UNDONE"
		| "ID_TAKEN";
	// Time of the ticket's admission, by whichever scan.
	checkedInAt: string | null;
	// Gate of that admission.
	gate: string | null;
}

export interface CheckInBatchScanBatch {
	// Id of the scan, a UUID that the device made. A scan that is sent again under its id gets
	// the same result and changes nothing.
	id: string;
	// Code of the ticket, as scanned or typed. Case, spaces and hyphens do not matter; the URL
	// of a ticket's page will do.
	code: string;
	// Time of the scan; now by default. Times in the future count as now.
	at: string | Date;
	// Name of the gate.
	gate?: string | null;
}

export interface Deleted {
	id: string;
	deleted: true;
}

export interface Delivery {
	// Delivery id: one event delivered to one webhook.
	id: string;
	// Webhook id.
	webhookId: string;
	// Event id, as in the body and in the header webhook-id; the same for every attempt and
	// every webhook.
	messageId: string;
	// Event type.
	event:
		| "order.completed"
		| "order.refunded"
		| "event.sold_out"
		| "ticket.inventory_low"
		| "ticket.checked_in";
	// Whether it is a test, sent by POST /webhooks/{id}/test.
	isTest: boolean;
	// Status. PENDING until it was delivered, failed in all attempts, or was cancelled because
	// the webhook was disabled.
	status: "PENDING" | "DELIVERED" | "FAILED" | "CANCELLED";
	// Number of attempts.
	attemptCount: number;
	// HTTP status of the last attempt.
	responseStatus: number | null;
	// Error code of the last attempt.
	error: string | null;
	// While PENDING: time of the next attempt, or of the timeout of the running one.
	nextAttemptAt: string | null;
	// Completion time.
	completedAt: string | null;
	// Time at which it was queued.
	createdAt: string;
	// Exact body; included in single deliveries.
	body: string | null;
	// Attempts in order; included in single deliveries.
	attempts: DeliveryAttempt[];
}

export interface DeliveryAttempt {
	// Attempt number, from 1.
	number: number;
	// Cause of the attempt. MANUAL: redeliver.
	cause: "AUTOMATIC" | "MANUAL" | "TEST";
	// Start time.
	startedAt: string;
	// Duration in milliseconds; null while the attempt runs, or when the sender was interrupted.
	durationMs: number | null;
	// HTTP status of the response; null without a response.
	responseStatus: number | null;
	// Error code, such as timeout or http_5xx; null on success.
	error: string | null;
	// First KiB of the response body; invalid UTF-8 and control characters are replaced by
	// U+FFFD.
	response: string | null;
}

export interface DeliveryListItem {
	// Delivery id: one event delivered to one webhook.
	id: string;
	// Webhook id.
	webhookId: string;
	// Event id, as in the body and in the header webhook-id; the same for every attempt and
	// every webhook.
	messageId: string;
	// Event type.
	event:
		| "order.completed"
		| "order.refunded"
		| "event.sold_out"
		| "ticket.inventory_low"
		| "ticket.checked_in";
	// Whether it is a test, sent by POST /webhooks/{id}/test.
	isTest: boolean;
	// Status. PENDING until it was delivered, failed in all attempts, or was cancelled because
	// the webhook was disabled.
	status: "PENDING" | "DELIVERED" | "FAILED" | "CANCELLED";
	// Number of attempts.
	attemptCount: number;
	// HTTP status of the last attempt.
	responseStatus: number | null;
	// Error code of the last attempt.
	error: string | null;
	// While PENDING: time of the next attempt, or of the timeout of the running one.
	nextAttemptAt: string | null;
	// Completion time.
	completedAt: string | null;
	// Time at which it was queued.
	createdAt: string;
}

export interface Door {
	// Published events from two days ago on, in the order of their start; at most 100.
	events: DoorEvent[];
}

export interface DoorEvent {
	// Event id.
	id: string;
	// Name.
	name: string;
	// Slug.
	slug: string;
	// Start.
	dateTime: string | null;
	// End.
	endDateTime: string | null;
	// IANA time zone.
	timezone: string;
}

export interface Event {
	// Event id.
	id: string;
	// Display name.
	name: string;
	// Start time: ISO 8601 with Z or an offset.
	dateTime: string;
	// End time; must be after dateTime.
	endDateTime: string | null;
	// Description for visitors.
	description: string | null;
	// Venue id, from the venue directory.
	venueId: string | null;
	// Event type; FREE: every ticket price must be 0.
	type: "PAID" | "FREE";
	// Checkout flow.
	journeyType: "STANDARD" | "RSVP" | "PRESELLING";
	// Visibility; PRIVATE: only reachable by its link.
	visibility: "PUBLIC" | "PRIVATE";
	// Main image.
	imageUrl: string | null;
	// Additional images.
	galleryUrls: string[];
	// Whether the organizer absorbs fees; false: the organization's fee is added to the buyer's
	// total.
	absorbFees: boolean;
	// IANA time zone of the event.
	timezone: string;
	// ISO 4217 currency code; fixed after the first sale.
	currency: string;
	// Maximum number of tickets over all ticket types.
	eventCapacity: number | null;
	// URL that receives this event's webhook events; listed among the webhooks with source
	// EVENT.
	callbackUrl: string | null;
	// URL slug, unique in the organization. By default it is derived from the name, for a
	// PRIVATE event with 16 random characters.
	slug: string;
	// Status, changed by publish, unpublish, archive and restore.
	status: "DRAFT" | "PUBLISHED" | "ARCHIVED";
	// Whether no published ticket type has tickets left, or eventCapacity is used up.
	soldOut: boolean;
	// Number of tickets sold over all ticket types.
	ticketsSold: number;
	// Time of the last publication.
	publishedAt: string | null;
	// Creation time.
	createdAt: string;
	// Time of the organizer's last change.
	updatedAt: string;
	// Owning organization id.
	organizationId: string;
	// Webhook secret of callbackUrl, returned by the request that first sets callbackUrl; null
	// afterwards. POST /webhooks/{id}/rotate-secret creates a new one.
	webhookSecret: string | null;
	// Ticket types. On create, they are created with the event. Included in single events, not
	// in lists.
	tickets: Ticket[];
	// Performers; included in single events.
	performers: Performer[];
	// Schedule; included in single events.
	schedules: Schedule[];
	// Sponsors and brands; included in single events.
	brands: Brand[];
	// Venue of venueId; included in single events, not in lists.
	venue: Venue | null;
}

export interface EventCreate {
	// Display name.
	name: string;
	// Start time: ISO 8601 with Z or an offset.
	dateTime: string | Date;
	// End time; must be after dateTime.
	endDateTime?: string | null | Date;
	// Description for visitors.
	description?: string | null;
	// Venue id, from the venue directory.
	venueId?: string | null;
	// Event type; FREE: every ticket price must be 0. Default: PAID.
	type?: "PAID" | "FREE";
	// Checkout flow. Default: STANDARD.
	journeyType?: "STANDARD" | "RSVP" | "PRESELLING";
	// Visibility; PRIVATE: only reachable by its link. Default: PUBLIC.
	visibility?: "PUBLIC" | "PRIVATE";
	// Main image.
	imageUrl?: string | null;
	// Additional images. Default: [].
	galleryUrls?: string[];
	// Whether the organizer absorbs fees; false: the organization's fee is added to the buyer's
	// total. Default: true.
	absorbFees?: boolean;
	// IANA time zone of the event. Default: Asia/Manila.
	timezone?: string;
	// ISO 4217 currency code; fixed after the first sale. Default: PHP.
	currency?: string;
	// Maximum number of tickets over all ticket types.
	eventCapacity?: number | null;
	// URL that receives this event's webhook events; listed among the webhooks with source
	// EVENT.
	callbackUrl?: string | null;
	// URL slug, unique in the organization. By default it is derived from the name, for a
	// PRIVATE event with 16 random characters.
	slug?: string;
	// Ticket types. On create, they are created with the event. Included in single events, not
	// in lists. Default: [].
	tickets?: TicketCreate[];
}

export interface EventListItem {
	// Event id.
	id: string;
	// Display name.
	name: string;
	// Start time: ISO 8601 with Z or an offset.
	dateTime: string;
	// End time; must be after dateTime.
	endDateTime: string | null;
	// Description for visitors.
	description: string | null;
	// Venue id, from the venue directory.
	venueId: string | null;
	// Event type; FREE: every ticket price must be 0.
	type: "PAID" | "FREE";
	// Checkout flow.
	journeyType: "STANDARD" | "RSVP" | "PRESELLING";
	// Visibility; PRIVATE: only reachable by its link.
	visibility: "PUBLIC" | "PRIVATE";
	// Main image.
	imageUrl: string | null;
	// Additional images.
	galleryUrls: string[];
	// Whether the organizer absorbs fees; false: the organization's fee is added to the buyer's
	// total.
	absorbFees: boolean;
	// IANA time zone of the event.
	timezone: string;
	// ISO 4217 currency code; fixed after the first sale.
	currency: string;
	// Maximum number of tickets over all ticket types.
	eventCapacity: number | null;
	// URL that receives this event's webhook events; listed among the webhooks with source
	// EVENT.
	callbackUrl: string | null;
	// URL slug, unique in the organization. By default it is derived from the name, for a
	// PRIVATE event with 16 random characters.
	slug: string;
	// Status, changed by publish, unpublish, archive and restore.
	status: "DRAFT" | "PUBLISHED" | "ARCHIVED";
	// Whether no published ticket type has tickets left, or eventCapacity is used up.
	soldOut: boolean;
	// Number of tickets sold over all ticket types.
	ticketsSold: number;
	// Time of the last publication.
	publishedAt: string | null;
	// Creation time.
	createdAt: string;
	// Time of the organizer's last change.
	updatedAt: string;
	// Owning organization id.
	organizationId: string;
}

export interface EventPatch {
	// Display name.
	name?: string;
	// Start time: ISO 8601 with Z or an offset.
	dateTime?: string | Date;
	// End time; must be after dateTime.
	endDateTime?: string | null | Date;
	// Description for visitors.
	description?: string | null;
	// Venue id, from the venue directory.
	venueId?: string | null;
	// Event type; FREE: every ticket price must be 0.
	type?: "PAID" | "FREE";
	// Checkout flow.
	journeyType?: "STANDARD" | "RSVP" | "PRESELLING";
	// Visibility; PRIVATE: only reachable by its link.
	visibility?: "PUBLIC" | "PRIVATE";
	// Main image.
	imageUrl?: string | null;
	// Additional images.
	galleryUrls?: string[];
	// Whether the organizer absorbs fees; false: the organization's fee is added to the buyer's
	// total.
	absorbFees?: boolean;
	// IANA time zone of the event.
	timezone?: string;
	// ISO 4217 currency code; fixed after the first sale.
	currency?: string;
	// Maximum number of tickets over all ticket types.
	eventCapacity?: number | null;
	// URL that receives this event's webhook events; listed among the webhooks with source
	// EVENT.
	callbackUrl?: string | null;
	// URL slug, unique in the organization. By default it is derived from the name, for a
	// PRIVATE event with 16 random characters.
	slug?: string;
}

export interface EventSoldOutEvent {
	// Event id.
	id: string;
	// Event type.
	event: "event.sold_out";
	// Whether the event is a test.
	isTest: boolean;
	// When the event occurred.
	timestamp: string;
	data: EventListItem;
}

export interface Hold {
	// Hold id.
	id: string;
	// Event id.
	eventId: string;
	// ACTIVE until it becomes an order, is released or expires.
	status: "ACTIVE" | "USED" | "RELEASED" | "EXPIRED";
	// Time at which the hold expires and its tickets are released.
	expiresAt: string;
	// Whether the hold was extended; it can be extended once.
	extended: boolean;
	// Held items.
	items: HoldItem[];
	// Currency of all amounts.
	currency: string;
	// Sum of the items.
	subtotal: string;
	// Fees charged to the buyer; 0 when the event absorbs fees.
	fees: string;
	// Total: subtotal plus fees.
	total: string;
	// Creation time.
	createdAt: string;
}

export interface HoldCreate {
	// Event id.
	eventId: string;
	// Items to hold, all or nothing.
	items: HoldItemCreate[];
	// Lifetime in seconds. Default: 600.
	ttlSeconds?: number;
}

export interface HoldItem {
	// Ticket type id.
	ticketId: string;
	// Name of the ticket type at the time of the hold.
	name: string;
	// Number of held tickets.
	quantity: number;
	// Price of one ticket.
	unitPrice: string;
	// Amount: quantity times unitPrice.
	subtotal: string;
}

export interface HoldItemCreate {
	// Id of a ticket type of the event.
	ticketId: string;
	// Number of tickets.
	quantity: number;
}

export interface IssuedTicket {
	// Code of the ticket, which its QR code contains: order reference, number of the item, unit,
	// check.
	code: string;
	// Status.
	status: "ISSUED" | "CHECKED_IN" | "REFUNDED";
	// Order.
	order: IssuedTicketOrder;
	// Order item id.
	itemId: string;
	// Event.
	event: IssuedTicketEvent;
	// Ticket type.
	ticket: IssuedTicketTicket;
	// The buyer's full name.
	buyerName: string;
	// Name on the ticket; null: the buyer's.
	holderName: string | null;
	// Id of the check-in.
	checkInId: string | null;
	// Time of admission; null when the ticket is not checked in.
	checkedInAt: string | null;
	// Gate of admission, as the device named it.
	gate: string | null;
}

export interface IssuedTicketCreate {
	// Code of the ticket, as scanned or typed. Case, spaces and hyphens do not matter; the URL
	// of a ticket's page will do.
	code?: string | null;
	// In the place of code: the order of an attendee who was found by name.
	orderId?: string | null;
	// With orderId: which ticket of the order, such as 1.2.
	unit?: string | null;
	// Id of the event at the door.
	eventId: string;
	// Name of the gate.
	gate?: string | null;
	// Time of the scan; now by default. Times in the future count as now.
	at?: string | null | Date;
	// Id of the scan, a UUID that the device made. A scan that is sent again under its id gets
	// the same result and changes nothing.
	id?: string | null;
}

export interface IssuedTicketEvent {
	// Event id.
	id: string;
	// Event name.
	name: string;
	// Event slug.
	slug: string;
}

export interface IssuedTicketOrder {
	// Order id.
	id: string;
	// Order reference.
	reference: string;
}

export interface IssuedTicketTicket {
	// Ticket type id.
	id: string;
	// Name of the ticket type at the time of purchase.
	name: string;
}

export interface Message {
	// Message id.
	id: string;
	// What it is about: ORDER (sold, or sent again), REFUND, REISSUE, or LINK when the buyer
	// asked for the link.
	kind: "ORDER" | "REFUND" | "REISSUE" | "LINK" | "INVITATION" | "PASSWORD_RESET";
	// Email address.
	recipient: string;
	// Status. PENDING until the mail server accepted it (DELIVERED), it failed in all attempts
	// or was refused (FAILED), or was cancelled because it was not sent within three days.
	status: "PENDING" | "DELIVERED" | "FAILED" | "CANCELLED";
	// Number of attempts.
	attempts: number;
	// The mail server's reply to the last attempt, with its code, if it failed.
	lastError: string | null;
	// Time at which it was queued.
	createdAt: string;
	// Time at which the mail server accepted it.
	sentAt: string | null;
}

export interface Order {
	// Order id.
	id: string;
	// Order reference, such as TN-7K3M9QXW; unique in the organization.
	reference: string;
	// Event id.
	eventId: string;
	// Status; COMPLETED until the first refund.
	status: "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED";
	// Buyer.
	buyer: OrderBuyer;
	// Currency of all amounts.
	currency: string;
	// Sum of the items.
	subtotal: string;
	// Fees charged to the buyer.
	fees: string;
	// Total paid by the buyer.
	total: string;
	// Total refunded to the buyer.
	refundedTotal: string;
	// Payment; null when none was recorded.
	payment: OrderPayment | null;
	// Creation time.
	createdAt: string;
	// Completion time.
	completedAt: string;
	// Time of the last refund.
	refundedAt: string | null;
	// Items.
	items: OrderItem[];
	// The first 100 tickets of the order, one for each unit of its items.
	issuedTickets: OrderIssuedTicket[];
}

export interface OrderBuyer {
	// Full name.
	name: string;
	// Email address.
	email: string;
	// Phone number, as entered by the buyer.
	phone: string | null;
}

export interface OrderBuyerCreate {
	// Full name.
	name: string;
	// Email address for the tickets.
	email: string;
	// Phone number.
	phone?: string | null;
}

export interface OrderCompletedEvent {
	// Event id.
	id: string;
	// Event type.
	event: "order.completed";
	// Whether the event is a test.
	isTest: boolean;
	// When the event occurred.
	timestamp: string;
	data: Order;
}

export interface OrderCreate {
	// Id of the hold to complete; alternatively send eventId and items.
	holdId?: string | null;
	// Event id, without a hold.
	eventId?: string | null;
	// Items to buy without a hold, all or nothing.
	items?: OrderItemCreate[];
	// Buyer.
	buyer: OrderBuyerCreate;
	// Payment, if any.
	payment?: OrderPaymentCreate | null;
}

export interface OrderIssuedTicket {
	// Code of the ticket, which its QR code contains: order reference, number of the item, unit,
	// check.
	code: string;
	// Order item id.
	itemId: string;
	// Status.
	status: "ISSUED" | "CHECKED_IN" | "REFUNDED";
	// Name on the ticket; null: the buyer's.
	holderName: string | null;
	// Time of admission; null when the ticket is not checked in.
	checkedInAt: string | null;
	// Gate of admission, as the device named it.
	gate: string | null;
}

export interface OrderItem {
	// Order item id.
	id: string;
	// Ticket type id.
	ticketId: string;
	// Name of the ticket type at the time of purchase.
	name: string;
	// Number of tickets bought.
	quantity: number;
	// Price of one ticket at the time of purchase.
	unitPrice: string;
	// Amount: quantity times unitPrice.
	subtotal: string;
	// Number of refunded tickets.
	refundedQuantity: number;
}

export interface OrderItemCreate {
	// Id of a ticket type of the event.
	ticketId: string;
	// Number of tickets.
	quantity: number;
}

export interface OrderItemRefund {
	// Id of an item of the order.
	itemId: string;
	// Number of tickets to refund.
	quantity: number;
}

export interface OrderListItem {
	// Order id.
	id: string;
	// Order reference, such as TN-7K3M9QXW; unique in the organization.
	reference: string;
	// Event id.
	eventId: string;
	// Status; COMPLETED until the first refund.
	status: "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED";
	// Buyer.
	buyer: OrderListItemBuyer;
	// Currency of all amounts.
	currency: string;
	// Sum of the items.
	subtotal: string;
	// Fees charged to the buyer.
	fees: string;
	// Total paid by the buyer.
	total: string;
	// Total refunded to the buyer.
	refundedTotal: string;
	// Payment; null when none was recorded.
	payment: OrderListItemPayment | null;
	// Creation time.
	createdAt: string;
	// Completion time.
	completedAt: string;
	// Time of the last refund.
	refundedAt: string | null;
	// Items.
	items: OrderListItemItem[];
}

export interface OrderListItemBuyer {
	// Full name.
	name: string;
	// Email address.
	email: string;
	// Phone number, as entered by the buyer.
	phone: string | null;
}

export interface OrderListItemItem {
	// Order item id.
	id: string;
	// Ticket type id.
	ticketId: string;
	// Name of the ticket type at the time of purchase.
	name: string;
	// Number of tickets bought.
	quantity: number;
	// Price of one ticket at the time of purchase.
	unitPrice: string;
	// Amount: quantity times unitPrice.
	subtotal: string;
	// Number of refunded tickets.
	refundedQuantity: number;
}

export interface OrderListItemPayment {
	// Payment provider.
	provider: string | null;
	// The provider's payment reference.
	reference: string | null;
}

export interface OrderPayment {
	// Payment provider.
	provider: string | null;
	// The provider's payment reference.
	reference: string | null;
}

export interface OrderPaymentCreate {
	// Payment provider.
	provider?: string | null;
	// The provider's payment reference.
	reference?: string | null;
}

export interface OrderRefund {
	// Items to refund; all remaining items by default. Of an item, the tickets with the highest
	// numbers that are not checked in are refunded.
	items?: OrderItemRefund[];
	// Tickets to refund, by their codes, in the place of items.
	tickets?: TicketRefund[];
	// Whether the refunded tickets are put back on sale. Default: true.
	restock?: boolean;
	// Reason, stored with the refund.
	reason?: string | null;
}

export interface OrderRefundedEvent {
	// Event id.
	id: string;
	// Event type.
	event: "order.refunded";
	// Whether the event is a test.
	isTest: boolean;
	// When the event occurred.
	timestamp: string;
	data: Order;
}

export interface Performer {
	// Performer id.
	id: string;
	// Event id.
	eventId: string;
	// Display name.
	name: string;
	// Biography.
	bio: string | null;
	// Image.
	imageUrl: string | null;
	// Role at the event.
	role: "HEADLINER" | "SUPPORT" | "HOST" | "SPEAKER" | "OTHER";
	// Position among the event's performers, from 0; last by default. Other positions are
	// renumbered.
	position: number | null;
	// Start time.
	startsAt: string | null;
	// End time; must be after startsAt.
	endsAt: string | null;
	// Links.
	links: string[];
	// Creation time.
	createdAt: string;
	// Time of the organizer's last change.
	updatedAt: string;
}

export interface PerformerCreate {
	// Display name.
	name: string;
	// Biography.
	bio?: string | null;
	// Image.
	imageUrl?: string | null;
	// Role at the event. Default: OTHER.
	role?: "HEADLINER" | "SUPPORT" | "HOST" | "SPEAKER" | "OTHER";
	// Position among the event's performers, from 0; last by default. Other positions are
	// renumbered.
	position?: number | null;
	// Start time.
	startsAt?: string | null | Date;
	// End time; must be after startsAt.
	endsAt?: string | null | Date;
	// Links. Default: [].
	links?: string[];
}

export interface PerformerPatch {
	// Display name.
	name?: string;
	// Biography.
	bio?: string | null;
	// Image.
	imageUrl?: string | null;
	// Role at the event.
	role?: "HEADLINER" | "SUPPORT" | "HOST" | "SPEAKER" | "OTHER";
	// Position among the event's performers, from 0; last by default. Other positions are
	// renumbered.
	position?: number | null;
	// Start time.
	startsAt?: string | null | Date;
	// End time; must be after startsAt.
	endsAt?: string | null | Date;
	// Links.
	links?: string[];
}

export interface PublicEvent {
	// Event id.
	id: string;
	// Display name.
	name: string;
	// URL slug.
	slug: string;
	// Description for visitors: text with blank lines between paragraphs.
	description: string | null;
	// Event type; FREE: every ticket price is 0.
	type: "PAID" | "FREE";
	// Checkout flow.
	journeyType: "STANDARD" | "RSVP" | "PRESELLING";
	// Visibility; PRIVATE: only reachable by its link.
	visibility: "PUBLIC" | "PRIVATE";
	// Main image.
	imageUrl: string | null;
	// Additional images.
	galleryUrls: string[];
	// Start time.
	startsAt: string;
	// End time.
	endsAt: string | null;
	// IANA time zone of the event.
	timezone: string;
	// Currency of all prices.
	currency: string;
	// Organizer.
	organization: PublicEventOrganization;
	// Availability of tickets.
	sale: PublicEventSale;
	// Checkout for paid tickets. FREE: there are none. EXTERNAL: at the hold's checkoutUrl.
	// NONE: paid tickets are not sold online. A hold whose total is 0 is always completed by
	// POST /public/v1/orders.
	checkout: "FREE" | "EXTERNAL" | "NONE";
	// Links to the event.
	links: PublicEventLinks;
	// Published ticket types.
	tickets: PublicEventTicket[];
	// Performers.
	performers: Performer[];
	// Schedule.
	schedules: Schedule[];
	// Sponsors and brands.
	brands: Brand[];
	// Venue.
	venue: Venue | null;
}

export interface PublicEventLinks {
	// URL of the event page; a path if the server has no public URL.
	page: string;
	// URL of the iCalendar file.
	calendar: string;
}

export interface PublicEventOrganization {
	// Name of the organizer.
	name: string;
	// URL slug of the organization.
	slug: string;
}

export interface PublicEventSale {
	// Sale state. ON_SALE: tickets are available. NOT_YET: sales have not started. SOLD_OUT: no
	// tickets are left. CLOSED: sales have ended. OVER: the event has ended.
	state: "ON_SALE" | "NOT_YET" | "SOLD_OUT" | "CLOSED" | "OVER";
	// With NOT_YET: start of sales of the first ticket type, if known.
	opensAt: string | null;
	// End of sales of the last available ticket type; null if any has no end.
	closesAt: string | null;
}

export interface PublicEventTicket {
	// Ticket type id.
	id: string;
	// Display name.
	name: string;
	// Description for buyers.
	description: string | null;
	// Price in whole currency units.
	price: string;
	// Fee charged to the buyer for one ticket.
	fee: string;
	// Sale state of this ticket type, as the event's sale.state.
	state: "ON_SALE" | "NOT_YET" | "SOLD_OUT" | "CLOSED" | "OVER";
	// Number of tickets that can be bought: 0 when sold out, though fewer than minPerOrder may
	// be left. Expired holds count as available.
	remaining: number;
	// Minimum number per order.
	minPerOrder: number;
	// Maximum number per order, at most remaining.
	maxPerOrder: number;
	// Start of sales.
	salesStart: string | null;
	// End of sales.
	salesEnd: string | null;
}

export interface PublicHold {
	// Hold id.
	id: string;
	// Event id.
	eventId: string;
	// ACTIVE until it becomes an order, is released or expires.
	status: "ACTIVE" | "USED" | "RELEASED" | "EXPIRED";
	// Time at which the hold expires and its tickets are released.
	expiresAt: string;
	// Whether the hold was extended; it can be extended once.
	extended: boolean;
	// Held items.
	items: PublicHoldItem[];
	// Currency of all amounts.
	currency: string;
	// Sum of the items.
	subtotal: string;
	// Fees charged to the buyer; 0 when the event absorbs fees.
	fees: string;
	// Total: subtotal plus fees.
	total: string;
	// Creation time.
	createdAt: string;
	// URL at which the buyer pays: the organization's checkout with hold=ID in its query. null
	// when the total is 0, or without a checkout.
	checkoutUrl: string | null;
}

export interface PublicHoldCreate {
	// Event id.
	eventId: string;
	// Items to hold, all or nothing.
	items: PublicHoldItemCreate[];
}

export interface PublicHoldItem {
	// Ticket type id.
	ticketId: string;
	// Name of the ticket type at the time of the hold.
	name: string;
	// Number of held tickets.
	quantity: number;
	// Price of one ticket.
	unitPrice: string;
	// Amount: quantity times unitPrice.
	subtotal: string;
}

export interface PublicHoldItemCreate {
	// Id of a ticket type of the event.
	ticketId: string;
	// Number of tickets.
	quantity: number;
}

export interface PublicLostTickets {
	// Always true, whether or not the address has bought tickets.
	accepted: boolean;
}

export interface PublicLostTicketsFind {
	// URL slug of the organization.
	org: string;
	// URL slug of the event.
	event: string;
	// Email address of the buyer.
	email: string;
}

export interface PublicOrder {
	// Order reference, such as TN-7K3M9QXW.
	reference: string;
	// Buyer.
	buyer: PublicOrderBuyer;
	// Currency of all amounts.
	currency: string;
	// Total, which is 0.
	total: string;
	// Completion time.
	completedAt: string;
	// Items.
	items: PublicOrderItem[];
	// URL of the page with the order's tickets. It is a credential: whoever has it can use the
	// tickets.
	orderUrl: string;
	// Event.
	event: PublicOrderEvent;
}

export interface PublicOrderBuyer {
	// Full name.
	name: string;
	// Email address.
	email: string;
	// Phone number.
	phone: string | null;
}

export interface PublicOrderBuyerCreate {
	// Full name.
	name: string;
	// Email address for the tickets.
	email: string;
	// Phone number.
	phone?: string | null;
}

export interface PublicOrderCreate {
	// Id of the hold to complete; its total must be 0.
	holdId: string;
	// Buyer.
	buyer: PublicOrderBuyerCreate;
}

export interface PublicOrderEvent {
	// Event id.
	id: string;
	// Display name.
	name: string;
	// Start time.
	startsAt: string;
	// End time.
	endsAt: string | null;
	// IANA time zone of the event.
	timezone: string;
	// Name and city of the venue.
	venue: string | null;
	// URL of the event page.
	page: string;
	// URL of the iCalendar file.
	calendar: string;
}

export interface PublicOrderItem {
	// Order item id.
	id: string;
	// Ticket type id.
	ticketId: string;
	// Name of the ticket type at the time of purchase.
	name: string;
	// Number of tickets bought.
	quantity: number;
	// Price of one ticket at the time of purchase.
	unitPrice: string;
	// Amount: quantity times unitPrice.
	subtotal: string;
	// Number of refunded tickets.
	refundedQuantity: number;
}

export interface PublicTicketName {
	// Code of the ticket, which is the only credential.
	code: string;
	// Full name of the person who will use the ticket.
	name: string;
}

export interface PublicTicketNameRename {
	// Code of the ticket, which is the only credential.
	code: string;
	// Full name of the person who will use the ticket.
	name: string;
}

export interface Recovery {
	// Number of queued deliveries.
	recovered: number;
	// Whether all missed events were queued; if false, send another request.
	complete: boolean;
	// Value of since for the next request; null when complete.
	since: string | null;
}

export interface RecoveryRecover {
	// Start time; at most 14 days ago.
	since: string | Date;
}

export interface Refund {
	// Refund id.
	id: string;
	// Currency of the order.
	currency: string;
	// Refunded amount, fees included.
	amount: string;
	// Whether the tickets were returned to inventory.
	restocked: boolean;
	// Reason, as it was entered.
	reason: string | null;
	// Time of the refund.
	createdAt: string;
}

export interface Schedule {
	// Schedule entry id.
	id: string;
	// Event id.
	eventId: string;
	// Title.
	title: string;
	// Description.
	description: string | null;
	// Start time.
	startsAt: string;
	// End time; must be after startsAt.
	endsAt: string | null;
	// Stage, hall or room.
	stage: string | null;
	// Ids of performers of this event.
	performerIds: string[];
	// Position in the schedule, from 0; last by default. Other positions are renumbered.
	position: number | null;
	// Creation time.
	createdAt: string;
	// Time of the organizer's last change.
	updatedAt: string;
}

export interface ScheduleCreate {
	// Title.
	title: string;
	// Description.
	description?: string | null;
	// Start time.
	startsAt: string | Date;
	// End time; must be after startsAt.
	endsAt?: string | null | Date;
	// Stage, hall or room.
	stage?: string | null;
	// Ids of performers of this event. Default: [].
	performerIds?: string[];
	// Position in the schedule, from 0; last by default. Other positions are renumbered.
	position?: number | null;
}

export interface SchedulePatch {
	// Title.
	title?: string;
	// Description.
	description?: string | null;
	// Start time.
	startsAt?: string | Date;
	// End time; must be after startsAt.
	endsAt?: string | null | Date;
	// Stage, hall or room.
	stage?: string | null;
	// Ids of performers of this event.
	performerIds?: string[];
	// Position in the schedule, from 0; last by default. Other positions are renumbered.
	position?: number | null;
}

export interface Ticket {
	// Ticket type id.
	id: string;
	// Event id.
	eventId: string;
	// Display name, such as VIP Standing.
	name: string;
	// Description for buyers.
	description: string | null;
	// Price in whole currency units, with at most the decimals that ISO 4217 gives the currency:
	// 2 for PHP, none for JPY, 3 for KWD; must be 0 for events of type FREE.
	price: string;
	// Total number of tickets.
	quantity: number;
	// Whether the ticket type is on sale when the event is published.
	published: boolean;
	// Minimum number per order.
	minPerOrder: number;
	// Maximum number per order.
	maxPerOrder: number;
	// Start of sales.
	salesStartAt: string | null;
	// End of sales.
	salesEndAt: string | null;
	// Threshold of ticket.inventory_low, which is sent when fewer tickets remain. Default: a
	// tenth of the quantity, rounded up.
	lowInventoryThreshold: number | null;
	// Position among the event's ticket types, from 0; the sent order by default.
	position: number | null;
	// Currency of the event.
	currency: string;
	// Number of sold tickets.
	sold: number;
	// Number of tickets on hold during checkout.
	held: number;
	// Number of remaining tickets: quantity minus sold and held, and no more than the event's
	// capacity leaves.
	remaining: number;
	// Whether fewer than minPerOrder remain, or the ticket type was marked sold out.
	soldOut: boolean;
	// Status: DRAFT until published, SOLD_OUT when published and soldOut.
	status: "DRAFT" | "PUBLISHED" | "SOLD_OUT";
	// Creation time.
	createdAt: string;
	// Time of the organizer's last change.
	updatedAt: string;
}

export interface TicketCheckedInEvent {
	// Event id.
	id: string;
	// Event type.
	event: "ticket.checked_in";
	// Whether the event is a test.
	isTest: boolean;
	// When the event occurred.
	timestamp: string;
	data: IssuedTicket;
}

export interface TicketCreate {
	// Display name, such as VIP Standing.
	name: string;
	// Description for buyers.
	description?: string | null;
	// Price in whole currency units, with at most the decimals that ISO 4217 gives the currency:
	// 2 for PHP, none for JPY, 3 for KWD; must be 0 for events of type FREE.
	price: string | number;
	// Total number of tickets.
	quantity: number;
	// Whether the ticket type is on sale when the event is published. Default: false.
	published?: boolean;
	// Minimum number per order. Default: 1.
	minPerOrder?: number;
	// Maximum number per order. Default: 10.
	maxPerOrder?: number;
	// Start of sales.
	salesStartAt?: string | null | Date;
	// End of sales.
	salesEndAt?: string | null | Date;
	// Threshold of ticket.inventory_low, which is sent when fewer tickets remain. Default: a
	// tenth of the quantity, rounded up.
	lowInventoryThreshold?: number | null;
	// Position among the event's ticket types, from 0; the sent order by default.
	position?: number | null;
}

export interface TicketInventoryLowEvent {
	// Event id.
	id: string;
	// Event type.
	event: "ticket.inventory_low";
	// Whether the event is a test.
	isTest: boolean;
	// When the event occurred.
	timestamp: string;
	data: Ticket;
}

export interface TicketPatch {
	// Display name, such as VIP Standing.
	name?: string;
	// Description for buyers.
	description?: string | null;
	// Price in whole currency units, with at most the decimals that ISO 4217 gives the currency:
	// 2 for PHP, none for JPY, 3 for KWD; must be 0 for events of type FREE.
	price?: string | number;
	// Total number of tickets.
	quantity?: number;
	// Whether the ticket type is on sale when the event is published.
	published?: boolean;
	// Minimum number per order.
	minPerOrder?: number;
	// Maximum number per order.
	maxPerOrder?: number;
	// Start of sales.
	salesStartAt?: string | null | Date;
	// End of sales.
	salesEndAt?: string | null | Date;
	// Threshold of ticket.inventory_low, which is sent when fewer tickets remain. Default: a
	// tenth of the quantity, rounded up.
	lowInventoryThreshold?: number | null;
	// Position among the event's ticket types, from 0; the sent order by default.
	position?: number | null;
}

export interface TicketRefund {
	// Code of a ticket.
	code: string;
}

export interface Venue {
	// Venue id, for venueId of an event.
	id: string;
	// Name.
	name: string;
	// Street and number.
	address: string | null;
	// City or municipality.
	city: string | null;
	// Province, state or region.
	region: string | null;
	// ISO 3166-1 alpha-2 country code.
	country: string;
	// Postal code.
	postalCode: string | null;
	// Latitude in degrees north, WGS 84.
	latitude: number | null;
	// Longitude in degrees east, WGS 84.
	longitude: number | null;
	// Capacity in people.
	capacity: number | null;
	// IANA time zone.
	timezone: string | null;
}

export interface VenueMatchListItem {
	// Venue id, for venueId of an event.
	id: string;
	// Name.
	name: string;
	// Street and number.
	address: string | null;
	// City or municipality.
	city: string | null;
	// Province, state or region.
	region: string | null;
	// ISO 3166-1 alpha-2 country code.
	country: string;
	// Postal code.
	postalCode: string | null;
	// Latitude in degrees north, WGS 84.
	latitude: number | null;
	// Longitude in degrees east, WGS 84.
	longitude: number | null;
	// Capacity in people.
	capacity: number | null;
	// IANA time zone.
	timezone: string | null;
}

export interface Webhook {
	// Webhook id.
	id: string;
	// URL of the receiver: http or https, not on a private network.
	url: string;
	// Subscribed event types; a change applies to later events.
	events: (
		| "order.completed"
		| "order.refunded"
		| "event.sold_out"
		| "ticket.inventory_low"
		| "ticket.checked_in"
	)[];
	// Description.
	description: string | null;
	// Whether the webhook is active. false disables it and cancels pending deliveries; true
	// enables it again and resets its failures. Events missed meanwhile can be sent by recover.
	isActive: boolean;
	// Status. DISABLED: by isActive, by 10 consecutive failed deliveries, or by a response 410
	// Gone.
	status: "ACTIVE" | "DISABLED";
	// Reason for which it was disabled.
	disabledReason: string | null;
	// Time at which it was disabled.
	disabledAt: string | null;
	// Number of consecutive deliveries that failed in all attempts; reset by any success.
	consecutiveFailures: number;
	// Time of the last successful delivery of an event; tests do not count.
	lastDeliveryAt: string | null;
	// Source. API_KEY or EVENT: the callbackUrl of an API key or event, where its url is
	// changed.
	source: "WEBHOOK" | "API_KEY" | "EVENT";
	// Id of that API key or event.
	sourceId: string | null;
	// Creation time.
	createdAt: string;
	// Time of the last change.
	updatedAt: string;
}

export interface WebhookPatch {
	// URL of the receiver: http or https, not on a private network.
	url?: string;
	// Subscribed event types; a change applies to later events.
	events?: (
		| "order.completed"
		| "order.refunded"
		| "event.sold_out"
		| "ticket.inventory_low"
		| "ticket.checked_in"
	)[];
	// Description.
	description?: string | null;
	// Whether the webhook is active. false disables it and cancels pending deliveries; true
	// enables it again and resets its failures. Events missed meanwhile can be sent by recover.
	isActive?: boolean;
}

export interface WebhookTest {
	// Delivery id.
	deliveryId: string;
	// Event id, as in the body and in the header webhook-id.
	messageId: string;
	// Whether the response was 2xx.
	delivered: boolean;
	// HTTP status of the response; null without a response.
	responseStatus: number | null;
	// Duration in milliseconds.
	durationMs: number;
	// Error code, such as timeout or http_5xx; null on success.
	error: string | null;
	// First 256 bytes of the response body, as text.
	response: string | null;
}

export interface WebhookTestTest {
	// Event type to simulate. Default: order.completed.
	event?:
		| "order.completed"
		| "order.refunded"
		| "event.sold_out"
		| "ticket.inventory_low"
		| "ticket.checked_in";
}

export interface WebhookWithSecret {
	// Webhook id.
	id: string;
	// URL of the receiver: http or https, not on a private network.
	url: string;
	// Subscribed event types; a change applies to later events.
	events: (
		| "order.completed"
		| "order.refunded"
		| "event.sold_out"
		| "ticket.inventory_low"
		| "ticket.checked_in"
	)[];
	// Description.
	description: string | null;
	// Whether the webhook is active. false disables it and cancels pending deliveries; true
	// enables it again and resets its failures. Events missed meanwhile can be sent by recover.
	isActive: boolean;
	// Status. DISABLED: by isActive, by 10 consecutive failed deliveries, or by a response 410
	// Gone.
	status: "ACTIVE" | "DISABLED";
	// Reason for which it was disabled.
	disabledReason: string | null;
	// Time at which it was disabled.
	disabledAt: string | null;
	// Number of consecutive deliveries that failed in all attempts; reset by any success.
	consecutiveFailures: number;
	// Time of the last successful delivery of an event; tests do not count.
	lastDeliveryAt: string | null;
	// Source. API_KEY or EVENT: the callbackUrl of an API key or event, where its url is
	// changed.
	source: "WEBHOOK" | "API_KEY" | "EVENT";
	// Id of that API key or event.
	sourceId: string | null;
	// Creation time.
	createdAt: string;
	// Time of the last change.
	updatedAt: string;
	// Signing secret: whsec_ and base64 of 32 bytes. Shown only once.
	secret: string;
}

export interface WebhookWithSecretCreate {
	// URL of the receiver: http or https, not on a private network.
	url: string;
	// Subscribed event types; a change applies to later events.
	events: (
		| "order.completed"
		| "order.refunded"
		| "event.sold_out"
		| "ticket.inventory_low"
		| "ticket.checked_in"
	)[];
	// Description.
	description?: string | null;
	// Whether the webhook is active. false disables it and cancels pending deliveries; true
	// enables it again and resets its failures. Events missed meanwhile can be sent by recover.
	// Default: true.
	isActive?: boolean;
}

export interface WebhookWithSecretRotate {
	// Seconds the previous secret stays valid; 0 revokes it immediately. Default: 86400.
	overlapSeconds?: number;
}
