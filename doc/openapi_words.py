"""Texts and sample values of the OpenAPI document that --describe does not have. Resources that are
not named here get examples made from their types."""

ABOUT = """\
A self-hosted ticketing API for events, ticket types and box office sales.

**Authentication.** Send your API key in the header `api-key` to any path below `/open-api/v1`:

```
curl -H 'api-key: tn_live_…' https://tickets.example.com/open-api/v1/me
```

Keys are created in the dashboard under Settings › API Keys, or by the administrator with \
`ticketgate key create`. A key belongs to one organization, has scopes, and can be restricted to \
IP addresses. Write scopes do not include the read scopes.

**Responses** are JSON in UTF-8: `{"data": …}`, or `{"data": […], "meta": {…}}` for lists. \
Unknown fields and query parameters are ignored and listed in the header `Ignored-Fields`; with \
`Prefer: handling=strict` they are an error. All paths support `HEAD` and `OPTIONS`, and `PUT` \
is an alias of `PATCH`. Unsupported methods get 405 with `Allow`. Where a firewall refuses `PATCH` \
and `DELETE`, send `POST` with `X-HTTP-Method-Override: PATCH` or `DELETE`.

**Errors** are `{"error": {"code", "message", "hint", "details"}, "requestId"}`. Programs should \
use `code`; `message` and `hint` are for people. `details` lists all invalid fields at once, \
nested ones as `tickets.0.price`. Include the `requestId` (also in `X-Request-Id`) in support \
requests. A resource of another organization gets 404, as if it did not exist.

**Rate limits** apply per API key and refill continuously. Every response has the headers \
`X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset`, and `RateLimit` and \
`RateLimit-Policy`. After a 429, wait for the number of seconds in `Retry-After`.

**Idempotency.** Send an `Idempotency-Key` with every POST. If the connection fails, retry the \
same request with the same key: it is executed once, and the retry gets the first response with \
`Idempotency-Replayed: true`. Keys are stored for 24 hours.

**Pagination.** `page` and `take` select a page by number. For long lists use `cursor`: send the \
`meta.nextCursor` of the previous page, or follow the `Link` header, until it is null. \
Pagination by cursor returns each row exactly once, even if rows are added meanwhile, and every \
page has the same cost.

**Concurrent changes.** Single resources have an `ETag`. Send it as `If-None-Match` to get 304 \
if the resource is unchanged, and as `If-Match` to change it only if it is unchanged (412 \
otherwise).

**Times** are ISO 8601. Send them with `Z` or an offset; responses use UTC with milliseconds: \
`2030-11-14T11:00:00.000Z`.

**Money** is a number in whole currency units: 1500 is ₱1,500.00. An amount has at most the \
decimals that ISO 4217 gives its currency (PHP 2, JPY none, KWD 3); one with more is an error. \
Amounts are stored exactly, fees are rounded half up to the last of these decimals.
"""

SERVER = (
    "The installation. Clients pass its URL as base URL: https://tickets.example.com, or with a "
    "base_path https://example.com/tickets, without a slash at the end."
)

TAGS = {
    "account": "The calling API key and its organization.",
    "event": "Events of an organization. An event is a DRAFT until it is published.",
    "ticket": "Ticket types of an event, with prices and quantities.",
    "performer": "Performers of an event.",
    "schedule": "Schedule of an event.",
    "brand": "Sponsors and other brands of an event.",
    "venue": "The venue directory, shared by all organizations.",
    "order": "Orders of an organization.",
    "issuedTicket": "Issued tickets: one for each unit sold, with the code in its QR image.",
    "attendee": "The people on the tickets of an event.",
    "box office": "Sales: holds reserve tickets during checkout, orders complete sales, refunds "
    "return tickets. Ticket types and events cannot be oversold.",
    "dashboard": "Sign-in, and what requires a signed-in user: API keys, the audit log, sales "
    "statistics. The dashboard uses only this API.",
    "public page": "Public endpoints without authentication, with rate limits per IP address: a "
    "published event, as shown by its page at `/e/{orgSlug}/{eventSlug}`, and its checkout. A hold "
    "has an unguessable id. Free holds are completed here, others at the organization's own "
    "checkout.",
    "webhook": "Webhook endpoints and their deliveries.",
    "webhook events": "Requests to your webhook endpoints, signed as the guide to webhooks says.",
}
# Resources that share the tag of another resource.
TAGGED_AS = {
    "venueMatch": "venue",
    "webhookWithSecret": "webhook",
    "recovery": "webhook",
    "webhookTest": "webhook",
    "delivery": "webhook",
    "message": "order",
    "refund": "order",
}

# Response headers: schema, description, example. Those in ALWAYS are in every response.
HEADERS = {
    "X-Request-Id": (
        {"type": "string", "pattern": "^req_[a-z0-9]{12}$"},
        "Request id, as in the server log.",
        "req_a1b2c3d4e5f6",
    ),
    "X-RateLimit-Limit": ({"type": "integer"}, "Requests per minute.", 600),
    "X-RateLimit-Remaining": ({"type": "integer"}, "Remaining requests.", 599),
    "X-RateLimit-Reset": (
        {"type": "integer"},
        "Time at which the full quota is available: seconds since 1970.",
        1794654001,
    ),
    "RateLimit-Policy": (
        {"type": "string"},
        "Quota q in a window of w seconds (IETF draft).",
        '"standard";q=600;w=60',
    ),
    "RateLimit": (
        {"type": "string"},
        "Remaining requests r, and seconds t until the full quota is available (IETF draft).",
        '"standard";r=599;t=1',
    ),
    "Ignored-Fields": (
        {"type": "string"},
        "Ignored fields and query parameters.",
        "tickets.0.colour, nmae",
    ),
    "ETag": (
        {"type": "string"},
        "Version of the resource, for If-Match and If-None-Match.",
        '"v3.2fQ8kX0sPz1mYb7C"',
    ),
    "Link": (
        {"type": "string"},
        "Next page; absent on the last page (RFC 8288).",
        '<https://tickets.example.com/open-api/v1/events?cursor=AQABBQIAAAA>; rel="next"',
    ),
    "Idempotency-Replayed": (
        {"type": "string", "enum": ["true"]},
        "The response is that of an earlier request with the same Idempotency-Key.",
        "true",
    ),
    "Set-Cookie": (
        {"type": "string"},
        "Session cookie, or its deletion.",
        "tg_session=Vb3…; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict",
    ),
    "Retry-After": ({"type": "integer"}, "Seconds to wait before a retry.", 1),
    "WWW-Authenticate": (
        {"type": "string"},
        "Authentication scheme.",
        'ApiKey realm="ticketgate", header="api-key"',
    ),
}
ALWAYS = [
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
]

# Request headers: component, schema, description, example.
ASKING = {
    "Idempotency-Key": (
        "IdempotencyKey",
        {"type": "string", "minLength": 1, "maxLength": 257, "pattern": "^[\\x21-\\x7e]+$"},
        "1 to 255 visible ASCII characters, quoted or bare, such as a UUID. "
        "Requests with the same key are executed once.",
        "5f0c7a52-0a3e-4d0b-9f57-1f6b6f0d9a10",
    ),
    "X-CSRF-Token": (
        "CsrfToken",
        {"type": "string", "minLength": 43, "maxLength": 43},
        "CSRF token of the session.",
        "4mF3-C7cIesiiNdGMl7PLGdAox-P9aBtzW-2__bP-6o",
    ),
    "If-Match": (
        "IfMatch",
        {"type": "string"},
        "One or more ETags, or *: 412 if the resource has none of these versions.",
        '"v3.2fQ8kX0sPz1mYb7C"',
    ),
    "If-None-Match": (
        "IfNoneMatch",
        {"type": "string"},
        "One or more ETags, or *: 304 without a body if the resource has one of these versions.",
        '"v3.2fQ8kX0sPz1mYb7C"',
    ),
    "Prefer": (
        "Prefer",
        {"type": "string"},
        "handling=strict: unknown fields and query parameters are errors (RFC 7240).",
        "handling=strict",
    ),
}

# Headers of webhook deliveries, as in ASKING; all are always sent.
SENT_TO = {
    "webhook-id": (
        "WebhookId",
        {"type": "string", "pattern": "^evt_[0-9a-f]{32}$"},
        "Event id, the same in all attempts.",
        "evt_01989f3e7c187bc4ad395e915340aa21",
    ),
    "webhook-timestamp": (
        "WebhookTimestamp",
        {"type": "string", "pattern": "^[0-9]+$"},
        "Time of the attempt: seconds since 1970.",
        "1785632400",
    ),
    "webhook-signature": (
        "WebhookSignature",
        {"type": "string", "pattern": "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*$"},
        "Signatures by Standard Webhooks, separated by spaces: one, or several while an old "
        "secret remains valid. One must match.",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    "webhook-attempt": (
        "WebhookAttempt",
        {"type": "string", "pattern": "^[1-9][0-9]*$"},
        "Attempt number, from 1.",
        "1",
    ),
    "X-TN-Signature": (
        "TnSignature",
        {"type": "string", "pattern": "^sha256=[0-9a-f]{64}$"},
        "HMAC-SHA-256 of the body in hex, with the text of the newest secret as key.",
        "sha256=" + "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
    ),
}
WEBHOOK_RESPONSES = {
    "2XX": {"description": "The delivery succeeded."},
    "410": {"description": "The webhook is disabled."},
    "default": {"description": "The delivery failed and is retried, up to three attempts."},
}

# Lists as CSV. Beside `content`, because a union of JSON and text would take the types of data and
# meta from generated clients, which cannot tell an Accept header.
CSV_WORDS = (
    "With `Accept: text/csv`, the response is a CSV file (RFC 4180) of the whole filtered list "
    "with a header row; page and take are ignored."
)
CSV = {
    "schema": {"type": "string"},
    "example": "id,reference,status\r\n"
    "01989f3e-7c1a-7e18-8d02-1f9b4a7c6b11,TN-7K3M9QXW,COMPLETED\r\n",
}

# Overrides for examples of errors whose row in --describe is too general.
SAID = {
    "VALIDATION_ERROR": {
        "details": [
            {"field": "name", "message": "name should not be empty"},
            {"field": "tickets.0.price", "message": "tickets.0.price must not be less than 0"},
        ]
    },
    "SCOPE_REQUIRED": {"message": "This endpoint requires the 'events:write' scope."},
    "NOT_FOUND": {"message": "Event not found: himig-ng-bayan"},
    "CONFLICT": {
        "message": "Event cannot publish: its status is PUBLISHED.",
        "hint": "'publish' requires status DRAFT. Re-read the resource to see its status.",
    },
}

EVENT, TICKET, VENUE, ORG, KEY, HOOK, HOLD, ORDER, ITEM = (
    "01989f3e-%s" % tail
    for tail in (
        "7c11-7a52-9d0e-3b6f2f1c8a01",
        "7c12-7e0b-8c44-95d21b7f3302",
        "6a40-7d3c-b1f5-0e9a64c2d703",
        "5b02-7f18-a6c9-48b7d3e5f904",
        "5b9d-7123-8f0a-6c2e1d4b7a05",
        "7c16-7a02-8b17-4c7f312e8809",
        "7c19-7d30-9a41-6b2e0f8c5a10",
        "7c1a-7e18-8d02-1f9b4a7c6b11",
        "7c1b-7f04-b613-3c8d5e2a9012",
    )
)

PUBLIC_HOLD = "6be4b1d7-17c1-40ed-96f0-350e06488f2a"  # UUIDv4: random

# Sample values by property, as the API shows them: "Schema.name" before "name".
VALUES = {
    "Event.id": EVENT,
    "Ticket.id": TICKET,
    "Venue.id": VENUE,
    "AccountOrganization.id": ORG,
    "AccountApiKey.id": KEY,
    "eventId": EVENT,
    "ticketId": TICKET,
    "venueId": VENUE,
    "organizationId": ORG,
    "Event.name": "Himig ng Bayan 2030",
    "Event.slug": "himig-ng-bayan-2030",
    "Event.description": "One night of Filipino folk and rock. Gates open at 5 pm.",
    "dateTime": "2030-11-14T11:00:00.000Z",
    "endDateTime": "2030-11-14T15:00:00.000Z",
    "eventCapacity": 5000,
    "imageUrl": "https://img.example.com/himig/poster.jpg",
    "Event.status": "DRAFT",
    "Event.publishedAt": None,
    "ticketsSold": 0,
    "Ticket.name": "General Admission",
    "Ticket.description": "Standing, behind the sound desk.",
    "price": 1500,
    "quantity": 500,
    "published": True,
    "minPerOrder": 1,
    "maxPerOrder": 10,
    "lowInventoryThreshold": 50,
    "position": 0,
    "sold": 0,
    "held": 0,
    "remaining": 500,
    "soldOut": False,
    "Ticket.status": "PUBLISHED",
    "salesStartAt": "2030-09-01T02:00:00.000Z",
    "Venue.name": "Philippine Arena",
    "Venue.address": "Ciudad de Victoria",
    "Venue.city": "Bocaue",
    "Venue.region": "Bulacan",
    "country": "PH",
    "postalCode": "3018",
    "latitude": 14.794,
    "longitude": 120.9535,
    "Venue.capacity": 55000,
    "Performer.id": "01989f3e-7c13-7b6a-a2d8-1f4c0e9b5506",
    "Performer.name": "Luntiang Kalye",
    "bio": "Five voices, two guitars and a kulintang.",
    "Performer.imageUrl": "https://img.example.com/himig/luntiang.jpg",
    "Schedule.id": "01989f3e-7c14-7d91-b3e7-2a5d1f0c6607",
    "Schedule.title": "Gates open",
    "Schedule.startsAt": "2030-11-14T09:00:00.000Z",
    "Schedule.endsAt": "2030-11-14T11:00:00.000Z",
    "stage": "Main gate",
    "Brand.id": "01989f3e-7c15-7fa4-8496-3b6e201d7708",
    "Brand.name": "Kape Bayani",
    "websiteUrl": "https://kape-bayani.example.com/",
    "Brand.role": "SPONSOR",
    "currency": "PHP",
    "timezone": "Asia/Manila",
    "absorbFees": True,
    "galleryUrls": [],
    "createdAt": "2026-08-01T02:30:00.000Z",
    "updatedAt": "2026-08-01T02:30:00.000Z",
    "publishedAt": "2026-08-02T01:00:00.000Z",
    "lastUsedAt": "2026-08-02T00:59:00.000Z",
    "AccountApiKey.name": "Box office shop",
    "scopes": ["events:read", "events:write", "orders:read"],
    "WebhookWithSecret.secret": "whsec_…",
    "webhookSecret": None,
    "Webhook.url": "https://shop.example.com/hooks/tickets",
    "WebhookWithSecret.url": "https://shop.example.com/hooks/tickets",
    "Webhook.id": HOOK,
    "WebhookWithSecret.id": HOOK,
    "webhookId": HOOK,
    "Webhook.events": ["order.completed", "order.refunded"],
    "WebhookWithSecret.events": ["order.completed", "order.refunded"],
    "Webhook.description": "Accounting",
    "WebhookWithSecret.description": "Accounting",
    "isActive": True,
    "disabledReason": None,
    "disabledAt": None,
    "consecutiveFailures": 0,
    "lastDeliveryAt": "2026-08-02T01:00:00.000Z",
    "WebhookWithSecret.lastDeliveryAt": None,
    "source": "WEBHOOK",
    "sourceId": None,
    "overlapSeconds": 86400,
    "Delivery.id": "01989f3e-7c17-7ab3-9c28-5d80423f9920",
    "messageId": "evt_01989f3e7c187bc4ad395e915340aa21",
    "Delivery.status": "DELIVERED",
    "isTest": False,
    "attemptCount": 2,
    "responseStatus": 200,
    "error": None,
    "nextAttemptAt": None,
    "completedAt": "2026-08-02T01:00:00.000Z",
    "body": '{"id":"evt_01989f3e7c187bc4ad395e915340aa21","event":"order.completed",…}',
    "number": 2,
    "durationMs": 84,
    "startedAt": "2026-08-02T01:00:00.000Z",
    "response": "ok",
    "recovered": 17,
    "complete": True,
    "Recovery.since": None,
    "deliveryId": "01989f3e-7c17-7ab3-9c28-5d80423f9920",
    "delivered": True,
    "since": "2026-08-01T00:00:00.000Z",
    "email": "ana@bayanihan.example.com",
    "SessionOrganization.checkoutUrl": "https://shop.example.com/pay?lang=fil",
    "csrfToken": "4mF3-C7cIesiiNdGMl7PLGdAox-P9aBtzW-2__bP-6o",
    "clientAddress": "203.0.113.7",
    "password": "nine tricycles at dawn",
    "currentPassword": "nine tricycles at dawn",
    "newPassword": "ten tricycles at dusk",
    "Session.expiresAt": "2026-08-08T02:30:00.000Z",
    "Session.scopes": ["events:read", "tickets:read", "orders:read"],
    "ScopeList.scopes": [
        {
            "name": "events:read",
            "label": "Read Events",
            "description": "List and get events, performers, schedules and brands; search venues.",
            "choosable": True,
        }
    ],
    "ApiKey.name": "Shop",
    "ApiKeyWithSecret.name": "Shop",
    "hint": "tn_live_b5Xq…aW3d",
    "ipAllowlist": ["203.0.113.0/24", "2001:db8::1"],
    "ApiKeyWithSecret.key": "tn_live_b5Xq2LkP0vRtY7uNcD4eGhJmS9wZ1xA3QfTnaW3d",
    "AuditEntry.action": "event.publish",
    "AuditEntryActor.type": "user",
    "AuditEntryActor.name": "ana@bayanihan.example.com",
    "AuditEntry.address": "203.0.113.7",
    "AuditEntry.requestId": "req_a1b2c3d4e5f6",
    "day": "2026-08-01",
    "SessionOrganization.name": "Bayanihan Live",
    "SessionOrganization.slug": "bayanihan-live",
    "Stats.from": "2026-07-31T16:00:00.000Z",
    "Stats.to": "2026-08-30T16:00:00.000Z",
    "orders": 12,
    "tickets": 34,
    "revenue": 51000,
    "refunded": 1500,
    "Hold.id": HOLD,
    "Hold.expiresAt": "2026-08-02T01:10:00.000Z",
    "Hold.extended": False,
    "Hold.subtotal": 3000,
    "Hold.fees": 150,
    "Hold.total": 3150,
    "Hold.createdAt": "2026-08-02T01:00:00.000Z",
    "HoldItem.name": "General Admission",
    "HoldItem.quantity": 2,
    "HoldItem.unitPrice": 1500,
    "HoldItem.subtotal": 3000,
    "Order.id": ORDER,
    "Order.reference": "TN-7K3M9QXW",
    "Order.subtotal": 3000,
    "Order.fees": 150,
    "Order.total": 3150,
    "Message.recipient": "ana@example.com",
    "Message.sentAt": "2026-08-01T02:30:01.000Z",
    "Message.status": "DELIVERED",
    "Order.refundedTotal": 0,
    "Order.createdAt": "2026-08-02T01:00:00.000Z",
    "OrderBuyer.name": "Ana Ramos",
    "OrderBuyer.email": "ana@example.com",
    "OrderBuyer.phone": "+63 917 555 0101",
    "OrderPayment.provider": "gcash",
    "OrderPayment.reference": "5591",
    "OrderItem.id": ITEM,
    "OrderItem.name": "General Admission",
    "OrderItem.quantity": 2,
    "OrderItem.unitPrice": 1500,
    "OrderItem.subtotal": 3000,
    "OrderItem.refundedQuantity": 0,
    "AccountOrganization.name": "Bayanihan Live",
    "AccountOrganization.slug": "bayanihan-live",
    "Organization.slug": "bayanihan-live",
    "PublicEvent.id": EVENT,
    "PublicEvent.name": "Himig ng Bayan 2030",
    "PublicEvent.slug": "himig-ng-bayan-2030",
    "PublicEvent.description": "One night of Filipino folk and rock. Gates open at 5 pm.",
    "PublicEvent.startsAt": "2030-11-14T11:00:00.000Z",
    "PublicEvent.endsAt": "2030-11-14T15:00:00.000Z",
    "PublicEventOrganization.name": "Bayanihan Live",
    "PublicEventOrganization.slug": "bayanihan-live",
    "PublicEventLinks.page": "https://tickets.example.com/e/bayanihan-live/himig-ng-bayan-2030",
    "PublicEventLinks.calendar": "https://tickets.example.com/e/bayanihan-live/himig-ng-bayan-2030/"
    "calendar.ics",
    "PublicEvent.checkout": "EXTERNAL",
    "PublicEventTicket.id": TICKET,
    "PublicEventTicket.name": "General Admission",
    "PublicEventTicket.description": "Standing, behind the sound desk.",
    "PublicEventTicket.fee": 75,
    "PublicHold.id": PUBLIC_HOLD,
    "PublicHold.expiresAt": "2026-08-02T01:10:00.000Z",
    "PublicHold.extended": False,
    "PublicHold.subtotal": 3000,
    "PublicHold.fees": 150,
    "PublicHold.total": 3150,
    "PublicHold.createdAt": "2026-08-02T01:00:00.000Z",
    "checkoutUrl": "https://shop.example.com/pay?hold=" + PUBLIC_HOLD,
    "PublicOrderItem.id": ITEM,
    "PublicOrderItem.name": "Student",
    "PublicOrderItem.quantity": 2,
    "PublicOrderItem.unitPrice": 0,
    "PublicOrderItem.subtotal": 0,
    "PublicOrderItem.refundedQuantity": 0,
    "PublicHoldItem.name": "General Admission",
    "PublicHoldItem.quantity": 2,
    "PublicHoldItem.unitPrice": 1500,
    "PublicHoldItem.subtotal": 3000,
    "PublicOrder.reference": "TN-7K3M9QXW",
    "PublicOrder.total": 0,
    "PublicOrderBuyer.name": "Ana Ramos",
    "PublicOrderBuyer.email": "ana@example.com",
    "PublicOrderBuyer.phone": "+63 917 555 0101",
    "PublicOrderEvent.id": EVENT,
    "PublicOrderEvent.name": "Himig ng Bayan 2030",
    "PublicOrderEvent.startsAt": "2030-11-14T11:00:00.000Z",
    "PublicOrderEvent.endsAt": "2030-11-14T15:00:00.000Z",
    "PublicOrderEvent.venue": "Philippine Arena, Bocaue",
    "PublicOrderEvent.page": "https://tickets.example.com/e/bayanihan-live/himig-ng-bayan-2030",
    "PublicOrderEvent.calendar": "https://tickets.example.com/e/bayanihan-live/himig-ng-bayan-2030/"
    "calendar.ics",
}
TICKET_CODE = "TN-7K3M9QXW-1.2-4T0ZV6Q9KD"
# Values that examples of requests have instead, and members that they omit.
SENT = {
    "startsAt": "2030-11-14T17:00:00+08:00",
    "endsAt": "2030-11-14T19:00:00+08:00",
    "dateTime": "2030-11-14T19:00:00+08:00",
    "endDateTime": "2030-11-14T23:00:00+08:00",
    "salesStartAt": "2030-09-01T10:00:00+08:00",
}
LEFT_OUT = {"slug", "venueId", "position", "lowInventoryThreshold", "imageUrl", "galleryUrls"}
# Examples of request bodies that are not generated.
CHANGES = {
    "PublicOrderCreate": {
        "holdId": PUBLIC_HOLD,
        "buyer": {"name": "Ana Ramos", "email": "ana@example.com"},
    },
    "OrderCreate": {
        "holdId": HOLD,
        "buyer": {"name": "Ana Ramos", "email": "ana@example.com"},
        "payment": {"provider": "gcash", "reference": "5591"},
    },
    "OrderRefund": {
        "items": [{"itemId": ITEM, "quantity": 1}],
        "restock": True,
        "reason": "Cannot come",
    },
    "IssuedTicketCreate": {"code": TICKET_CODE, "eventId": EVENT, "gate": "Gate B"},
    "CheckInBatchBatch": {
        "eventId": EVENT,
        "scans": [
            {
                "id": "01989f3e-7d00-7000-8000-000000000001",
                "code": TICKET_CODE,
                "at": "2026-08-01T02:30:00.000Z",
                "gate": "Gate B",
            }
        ],
    },
    "PublicTicketNameRename": {"code": TICKET_CODE, "name": "Ana Ramos"},
    "PublicLostTicketsFind": {
        "org": "bayanihan-live",
        "event": "himig-ng-bayan-2030",
        "email": "ana@example.com",
    },
    "EventPatch": {"name": "Himig ng Bayan 2030: second night", "eventCapacity": 6000},
    "TicketPatch": {"price": 1750, "quantity": 650},
}
