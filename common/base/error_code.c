/* error_code: the table of error codes with their HTTP status, default message and hint. */
#include "common/base/error_code.h"

static const struct err_row rows[] = {
	{ERR_VALIDATION, "VALIDATION_ERROR", 400, "Validation failed",
		"Correct the fields listed in details and retry."},
	{ERR_UNAUTHORIZED, "UNAUTHORIZED", 401, "A valid API key is required.",
		"Send the key in the header 'api-key: tn_live_…'. The organizer creates, rotates "
		"and revokes keys under Settings > API Keys or with 'ticketgate key'."},
	{ERR_FORBIDDEN, "FORBIDDEN", 403, "This IP address is not allowed to use this API key.",
		"Ask the organizer to add your IP address to the key's IP allowlist, or call from "
		"an allowed address."},
	{ERR_SCOPE, "SCOPE_REQUIRED", 403,
		"This endpoint requires a scope that the API key does not have.",
		"Use a key that has the scope; the organizer selects scopes when creating a key."},
	{ERR_NOT_FOUND, "NOT_FOUND", 404, "Not found.",
		"Check the id. The resource must belong to the organization of the API key."},
	{ERR_METHOD, "METHOD_NOT_ALLOWED", 405, "Method not allowed.",
		"Use a method listed in the Allow header."},
	{ERR_CONFLICT, "CONFLICT", 409,
		"The request conflicts with the current state of the resource.",
		"Re-read the resource and retry."},
	{ERR_ALREADY_CHECKED_IN, "ALREADY_CHECKED_IN", 409, "The ticket is already checked in.",
		"Do not admit. details says when and at which gate the ticket was admitted."},
	{ERR_TICKET_REFUNDED, "REFUNDED", 409, "The ticket was refunded.",
		"Do not admit. The buyer got the money back."},
	{ERR_TICKET_REISSUED, "REISSUED", 409, "The ticket was replaced by a newer one.",
		"Do not admit. Ask for the newest ticket; an older code is no longer valid."},
	{ERR_WRONG_EVENT, "WRONG_EVENT", 409, "The ticket is for another event.",
		"Do not admit, or select the event of the ticket, which details names."},
	{ERR_PRECONDITION, "PRECONDITION_FAILED", 412,
		"The resource was modified after it was read.",
		"Re-read the resource, reapply your change, and send If-Match with the new ETag."},
	{ERR_TOO_LARGE, "PAYLOAD_TOO_LARGE", 413, "The request body is too large.",
		"Send at most 1 MiB, or at most 64 KiB where no API key is needed."},
	{ERR_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", 415, "The request body must be JSON in UTF-8.",
		"Send 'Content-Type: application/json'."},
	{ERR_IDEMPOTENCY, "IDEMPOTENCY_MISMATCH", 422,
		"This Idempotency-Key was used for a different request.",
		"Use a new Idempotency-Key for each new request. Reuse a key only to retry the "
		"same method, path and body."},
	{ERR_RATE, "RATE_LIMITED", 429, "Too many requests.",
		"Wait for the number of seconds in Retry-After, then reduce your request rate."},
	{ERR_INTERNAL, "INTERNAL_ERROR", 500, "Internal error.",
		"Retry the request. If the error persists, give the requestId to the "
		"administrator; the server log records it."},
	{ERR_UNAVAILABLE, "SERVICE_UNAVAILABLE", 503,
		"A required service is temporarily unavailable.",
		"Retry after the number of seconds in Retry-After. Send an Idempotency-Key so that "
		"a retry is safe."},
	/* Internal codes: callers handle them. The rows are a fallback in case one reaches a
         * response. */
	{ERR_RETRY, "SERVICE_UNAVAILABLE", 503, "The request conflicted with concurrent ones.",
		"Nothing was changed. Retry the request."},
	{ERR_DUPLICATE, "CONFLICT", 409, "A resource with this value already exists.",
		"Use a different value."},
	{ERR_LOST, "SERVICE_UNAVAILABLE", 503, "The database connection was lost.",
		"Retry the request. Send an Idempotency-Key so that a retry is safe."},
	{ERR_SUSPENDED, "SERVICE_UNAVAILABLE", 503,
		"The organization is suspended for maintenance; nothing was changed.",
		"Retry the same request, with the same Idempotency-Key, after the number of "
		"seconds in Retry-After. Reading goes on."},
};

const struct err_row *err_row(enum err err)
{
	const struct err_row *internal = rows;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].err == err)
			return &rows[i];
		if (rows[i].err == ERR_INTERNAL)
			internal = &rows[i];
	}
	return internal;
}
