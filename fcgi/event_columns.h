/* event_columns: the columns of an event as the API names them, for every statement that shows one. */
#ifndef TG_EVENT_COLUMNS_H
#define TG_EVENT_COLUMNS_H

/* From events e. What is sold is summed over the event's few ticket types: orders touch no row of the event itself. */
#define EVENT_COLUMNS                                                                                                                                                      \
	"e.id, e.name, e.date_time AS dateTime, e.end_date_time AS endDateTime, e.description, e.venue_id AS venueId, e.type, e.journey_type AS journeyType, e.visibility,"  \
	" e.image_url AS imageUrl, e.gallery_urls AS galleryUrls, e.absorb_fees AS absorbFees, e.timezone, e.currency, e.event_capacity AS eventCapacity,"                   \
	" e.callback_url AS callbackUrl, e.slug, e.status, e.published_at AS publishedAt, e.created_at AS createdAt, e.updated_at AS updatedAt, e.org_id AS organizationId," \
	" e.version, " EVENT_SOLD " AS ticketsSold, " EVENT_SOLD_OUT " AS soldOut"

#define EVENT_SOLD "COALESCE((SELECT CAST(SUM(t.sold) AS SIGNED) FROM ticket_types t WHERE t.event_id = e.id), 0)"

/* Something is on offer and none of it is left, or the event's own capacity is used up. */
#define EVENT_SOLD_OUT                                                                                                                                        \
	"(COALESCE((SELECT MIN(t.marked_sold_out OR t.sold + t.held >= t.quantity) FROM ticket_types t WHERE t.event_id = e.id AND t.published), 0)"             \
	" OR COALESCE(e.event_capacity <= (SELECT CAST(SUM(t.sold + t.held) AS SIGNED) FROM ticket_types t WHERE t.event_id = e.id), 0))"

/* Which children there are to ask for: most events lack some. */
#define EVENT_HAS                                                                       \
	"EXISTS (SELECT 1 FROM performers c WHERE c.event_id = e.id) AS hasPerformers,"        \
	" EXISTS (SELECT 1 FROM schedules c WHERE c.event_id = e.id) AS hasSchedules,"         \
	" EXISTS (SELECT 1 FROM brands c WHERE c.event_id = e.id) AS hasBrands"

#endif
