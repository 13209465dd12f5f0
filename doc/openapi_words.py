"""The words and sample values of the OpenAPI document: what --describe does not say. A resource
that is not named here still gets examples, made from its types."""

ABOUT = """\
A self-hosted ticketing API: events, their ticket types, and the box office that sells them.

**First call.** Send your key in the header `api-key`, to any path below `/open-api/v1`:

```
curl -H 'api-key: tn_live_…' https://tickets.example.com/open-api/v1/me
```

Keys are made in the dashboard, under Settings › API Keys, or by the administrator with \
`ticketgate key create`. A key belongs to one organization, has scopes, and may be limited to \
addresses. A scope to
write does not include the scope to read.

**Answers** are JSON in UTF-8. A success is `{"data": …}`, a list `{"data": […], "meta": {…}}`. \
Unknown fields and query parameters are ignored and
named in the header `Ignored-Fields`; with `Prefer: handling=strict` they are an error. `HEAD` and \
`OPTIONS` are answered everywhere, `PUT` means `PATCH`,
and a method that a path does not have gets 405 with `Allow`.

**Errors** are `{"error": {"code", "message", "hint", "details"}, "requestId"}`. Decide by `code`, \
show `message`, and do what `hint` says. `details` names every
faulty field at once, nested ones as `tickets.0.price`. Give the `requestId` (also in \
`X-Request-Id`) when you ask for help. What belongs to another
organization is 404, like what does not exist.

**Rate limits** are counted per key and flow back evenly, not in one go at the full minute. Every \
answer tells where you stand in `X-RateLimit-Limit`,
`X-RateLimit-Remaining` and `X-RateLimit-Reset`, and in `RateLimit` and `RateLimit-Policy`. After \
a 429, wait for the seconds in `Retry-After`.

**Idempotency.** Send an `Idempotency-Key` with every POST: when the connection breaks, send the \
same request with the same key again. It is done once, and
the second answer is the first one, with `Idempotency-Replayed: true`. Keys are remembered for 24 \
hours.

**Lists.** `page` and `take` walk a list by number. For long lists use `cursor`: send \
`meta.nextCursor` of the page before, or follow the `Link` header, until
it is null. A walk by cursor meets each row once whatever is added meanwhile, and its last page \
costs as much as its first.

**Changes.** A single resource has an `ETag`. Send it as `If-None-Match` to get 304 when nothing \
changed, and as `If-Match` to change a resource only
if nobody else did since (412 otherwise).

**Times** are ISO 8601. Send them with `Z` or an offset; they come back in UTC with milliseconds: \
`2026-11-14T11:00:00.000Z`.

**Money** is a number in whole currency units: 1500 is ₱1,500.00. Up to two decimals are kept \
exactly.
"""

TAGS = {
    "account": "The key that calls, and its organization.",
    "event": "What an organizer puts on. An event is a DRAFT until it is published.",
    "ticket": "The ticket types of an event: what it sells, at which price, how many.",
    "performer": "Who is on stage at an event.",
    "schedule": "What happens when at an event.",
    "brand": "Who presents and sponsors an event.",
    "venue": "The directory of places, shared by all organizations.",
    "order": "What was bought.",
    "box office": "Selling: tickets are held while a buyer checks out, an order completes the "
    "sale, a refund gives back. Never more is sold and held than there is.",
    "dashboard": "Signing in, and what only signed-in users have: API keys, the audit trail, "
    "sales day by day. The dashboard itself uses nothing else.",
    "public page": "What anybody may call without a key, limited per address: "
    "a published event as its page at `/e/{orgSlug}/{eventSlug}` shows it, "
    "and tickets taken from there. A hold made here is known by an id that "
    "nobody can guess; one that costs nothing becomes an order here, any other at the "
    "organization's own checkout.",
    "webhook": "Endpoints that are told when something happens, and what became of it.",
}
# Shapes of one thing that a list shows otherwise than a single get.
TAGGED_AS = {
    "venueMatch": "venue",
    "webhookWithSecret": "webhook",
    "recovery": "webhook",
    "webhookTest": "webhook",
    "delivery": "webhook",
}

# Response headers: schema, sentence, example. `always` ones are on every answer.
HEADERS = {
    "X-Request-Id": (
        {"type": "string", "pattern": "^req_[a-z0-9]{12}$"},
        "Names this request in the server's log.",
        "req_a1b2c3d4e5f6",
    ),
    "X-RateLimit-Limit": ({"type": "integer"}, "Requests a minute.", 600),
    "X-RateLimit-Remaining": ({"type": "integer"}, "Requests left right now.", 599),
    "X-RateLimit-Reset": (
        {"type": "integer"},
        "When the whole quota is back: seconds since 1970.",
        1794654001,
    ),
    "RateLimit-Policy": (
        {"type": "string"},
        "The quota q in a window of w seconds (IETF draft).",
        '"standard";q=600;w=60',
    ),
    "RateLimit": (
        {"type": "string"},
        "The requests r that remain, and the seconds t until the whole quota is back (IETF draft).",
        '"standard";r=599;t=1',
    ),
    "Ignored-Fields": (
        {"type": "string"},
        "Names of fields and query parameters that were ignored.",
        "tickets.0.colour, nmae",
    ),
    "ETag": (
        {"type": "string"},
        "The version of the resource, for If-Match and If-None-Match.",
        '"v3.2fQ8kX0sPz1mYb7C"',
    ),
    "Link": (
        {"type": "string"},
        "The next page; absent on the last one (RFC 8288).",
        '<https://tickets.example.com/open-api/v1/events?cursor=AQABBQIAAAA>; rel="next"',
    ),
    "Idempotency-Replayed": (
        {"type": "string", "enum": ["true"]},
        "This is the stored answer to an earlier request with the same Idempotency-Key.",
        "true",
    ),
    "Set-Cookie": (
        {"type": "string"},
        "The session's cookie, or its end.",
        "tg_session=Vb3…; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict",
    ),
    "Retry-After": ({"type": "integer"}, "Seconds to wait before the next try.", 1),
    "WWW-Authenticate": (
        {"type": "string"},
        "How to authenticate.",
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

# Request headers: component, schema, sentence, example.
ASKING = {
    "Idempotency-Key": (
        "IdempotencyKey",
        {"type": "string", "minLength": 1, "maxLength": 257, "pattern": "^[\\x21-\\x7e]+$"},
        "1 to 255 visible ASCII characters, quoted or bare; a UUID is a good one. "
        "The same request with the same key is done once.",
        "5f0c7a52-0a3e-4d0b-9f57-1f6b6f0d9a10",
    ),
    "X-CSRF-Token": (
        "CsrfToken",
        {"type": "string", "minLength": 43, "maxLength": 43},
        "The csrfToken of the session.",
        "4mF3-C7cIesiiNdGMl7PLGdAox-P9aBtzW-2__bP-6o",
    ),
    "If-Match": (
        "IfMatch",
        {"type": "string"},
        "An ETag, several, or *: 412 unless the resource is still that version.",
        '"v3.2fQ8kX0sPz1mYb7C"',
    ),
    "If-None-Match": (
        "IfNoneMatch",
        {"type": "string"},
        "An ETag, several, or *: 304 without a body when the resource is still that version.",
        '"v3.2fQ8kX0sPz1mYb7C"',
    ),
    "Prefer": (
        "Prefer",
        {"type": "string"},
        "handling=strict: unknown fields and query parameters are an error, "
        "not ignored (RFC 7240).",
        "handling=strict",
    ),
}

# What an error looks like in the examples, where its row in --describe is too general.
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

PUBLIC_HOLD = "6be4b1d7-17c1-40ed-96f0-350e06488f2a"  # of the other version: nothing but chance

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
    "Event.name": "Himig ng Bayan 2026",
    "Event.slug": "himig-ng-bayan-2026",
    "Event.description": "One night of Filipino folk and rock. Gates open at 5 pm.",
    "dateTime": "2026-11-14T11:00:00.000Z",
    "endDateTime": "2026-11-14T15:00:00.000Z",
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
    "salesStartAt": "2026-09-01T02:00:00.000Z",
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
    "Schedule.startsAt": "2026-11-14T09:00:00.000Z",
    "Schedule.endsAt": "2026-11-14T11:00:00.000Z",
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
    "PublicEvent.name": "Himig ng Bayan 2026",
    "PublicEvent.slug": "himig-ng-bayan-2026",
    "PublicEvent.description": "One night of Filipino folk and rock. Gates open at 5 pm.",
    "PublicEvent.startsAt": "2026-11-14T11:00:00.000Z",
    "PublicEvent.endsAt": "2026-11-14T15:00:00.000Z",
    "PublicEventOrganization.name": "Bayanihan Live",
    "PublicEventOrganization.slug": "bayanihan-live",
    "PublicEventLinks.page": "https://tickets.example.com/e/bayanihan-live/himig-ng-bayan-2026",
    "PublicEventLinks.calendar": "https://tickets.example.com/e/bayanihan-live/himig-ng-bayan-2026/"
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
    "PublicOrderEvent.name": "Himig ng Bayan 2026",
    "PublicOrderEvent.startsAt": "2026-11-14T11:00:00.000Z",
    "PublicOrderEvent.endsAt": "2026-11-14T15:00:00.000Z",
    "PublicOrderEvent.venue": "Philippine Arena, Bocaue",
    "PublicOrderEvent.page": "https://tickets.example.com/e/bayanihan-live/himig-ng-bayan-2026",
    "PublicOrderEvent.calendar": "https://tickets.example.com/e/bayanihan-live/himig-ng-bayan-2026/"
    "calendar.ics",
}
# What a client would send instead, and what it would rather leave to the server.
SENT = {
    "startsAt": "2026-11-14T17:00:00+08:00",
    "endsAt": "2026-11-14T19:00:00+08:00",
    "dateTime": "2026-11-14T19:00:00+08:00",
    "endDateTime": "2026-11-14T23:00:00+08:00",
    "salesStartAt": "2026-09-01T10:00:00+08:00",
}
LEFT_OUT = {"slug", "position", "lowInventoryThreshold", "imageUrl", "galleryUrls"}
# Bodies that are better written than made.
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
    "EventPatch": {"name": "Himig ng Bayan 2026: second night", "eventCapacity": 6000},
    "TicketPatch": {"price": 1750, "quantity": 650},
}
