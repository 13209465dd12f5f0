/* event_columns: SQL for the columns of an event under the names of the API. */
#ifndef TG_TICKETING_EVENT_COLUMNS_H
#define TG_TICKETING_EVENT_COLUMNS_H

/* Columns of events e. */
#define EVENT_OWN                                                                          \
	"e.id, e.name, e.date_time AS dateTime, e.end_date_time AS endDateTime,"           \
	" e.description, e.venue_id AS venueId, e.type, e.journey_type AS journeyType,"    \
	" e.visibility,"                                                                   \
	" e.image_url AS imageUrl, e.gallery_urls AS galleryUrls,"                         \
	" e.absorb_fees AS absorbFees, e.timezone, e.currency,"                            \
	" e.event_capacity AS eventCapacity,"                                              \
	" e.callback_url AS callbackUrl, e.slug, e.status, e.published_at AS publishedAt," \
	" e.created_at AS createdAt, e.updated_at AS updatedAt,"                           \
	" e.org_id AS organizationId,"                                                     \
	" e.version"

/* Sold counts are summed over the event's few ticket types t, so that a sale does not lock the
 * event's row. */
#define EVENT_SOLD "CAST(SUM(t.sold) AS SIGNED)"
#define EVENT_TAKEN "CAST(SUM(t.sold + t.held) AS SIGNED)"
/* The fewest tickets that an order of a published type with enough left must have; EVENT_NONE when
 * all of them are sold out (see ticket_sold_out in ticket.h), NULL when there are none. */
#define EVENT_NONE "4294967295"
#define EVENT_LEAST                                             \
	"MIN(IF(t.published, IF(NOT t.marked_sold_out"          \
	" AND t.sold + t.held + t.min_per_order <= t.quantity," \
	" t.min_per_order, " EVENT_NONE "), NULL))"
/* Sold out: there are published ticket types and all of them are, or the event's own capacity is
 * used up. */
#define EVENT_SOLD_OUT(least, taken)                                                \
	"COALESCE(" least " = " EVENT_NONE " OR COALESCE(e.event_capacity < " taken \
	" + COALESCE(" least ", 1), 0), 0)"

/* The columns of one event. */
#define EVENT_COLUMNS                                                                          \
	EVENT_OWN ", COALESCE((SELECT " EVENT_SOLD " FROM ticket_types t"                      \
		  " WHERE t.event_id = e.id), 0) AS ticketsSold,"                              \
		  " COALESCE((SELECT " EVENT_SOLD_OUT(                                         \
			  EVENT_LEAST, EVENT_TAKEN) " FROM ticket_types t WHERE t.event_id = " \
						    "e.id), 0) AS soldOut"

/* The columns of the event's venue v (outer join), for the field table of venues with the prefix
 * venue_. */
#define EVENT_VENUE                                                                    \
	"v.id AS venue_id, v.name AS venue_name, v.address AS venue_address,"          \
	" v.city AS venue_city, v.region AS venue_region, v.country AS venue_country," \
	" v.postal_code AS venue_postalCode, v.latitude AS venue_latitude,"            \
	" v.longitude AS venue_longitude, v.capacity AS venue_capacity,"               \
	" v.timezone AS venue_timezone"

/* A page of events: the sums of all its ids are computed once, in the derived table p. */
#define EVENT_SUMS EVENT_SOLD " AS sold, " EVENT_TAKEN " AS taken, " EVENT_LEAST " AS least"
#define EVENT_PAGE_COLUMNS                                                 \
	EVENT_OWN ", COALESCE(p.sold, 0) AS ticketsSold, " EVENT_SOLD_OUT( \
		"p.least", "p.taken") " AS soldOut, COALESCE(p.taken, 0) AS taken"

/* Which kinds of children the event has: most events lack some, which saves queries. */
#define EVENT_HAS                                                             \
	"e.has_performers AS hasPerformers, e.has_schedules AS hasSchedules," \
	" e.has_brands AS hasBrands"

#endif
