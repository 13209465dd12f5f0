/* error_code: every way a call can end, and what each one means to a client. */
#include "common/base/error_code.h"

static const struct err_row rows[] = {
	{ERR_VALIDATION, "VALIDATION_ERROR", 400, "Validation failed",
		"Mend the fields named in details and send the request again."},
	{ERR_UNAUTHORIZED, "UNAUTHORIZED", 401, "A valid API key is required.",
		"Send the key in the header 'api-key: tn_live_…'. The organizer makes, rotates and "
		"revokes keys under Settings > API Keys or with 'ticketgate key'."},
	{ERR_FORBIDDEN, "FORBIDDEN", 403, "This address may not use this API key.",
		"Ask the organizer to add the address you call from to the key's IP allowlist, or "
		"call from a listed one."},
	{ERR_SCOPE, "SCOPE_REQUIRED", 403,
		"This endpoint requires a scope that the API key does not have.",
		"Use a key that has the scope; the organizer chooses scopes when making a key."},
	{ERR_NOT_FOUND, "NOT_FOUND", 404, "Not found.",
		"Check the id; it must belong to the organization of the API key."},
	{ERR_METHOD, "METHOD_NOT_ALLOWED", 405, "This path does not answer that method.",
		"Use one of the methods in the Allow header."},
	{ERR_CONFLICT, "CONFLICT", 409, "The request conflicts with the present state.",
		"Read the resource again and decide from its present state."},
	{ERR_PRECONDITION, "PRECONDITION_FAILED", 412,
		"The resource has changed since it was read.",
		"Read it again, apply your change to what it is now, and send If-Match with the "
		"new ETag."},
	{ERR_TOO_LARGE, "PAYLOAD_TOO_LARGE", 413, "The body is larger than 1 MiB.",
		"Send at most 1048576 bytes."},
	{ERR_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", 415, "The body must be JSON in UTF-8.",
		"Send 'Content-Type: application/json'."},
	{ERR_IDEMPOTENCY, "IDEMPOTENCY_MISMATCH", 422,
		"This Idempotency-Key was used for a different request.",
		"Use a new Idempotency-Key for a new request; repeat the same one only with the "
		"same method, path and body."},
	{ERR_RATE, "RATE_LIMITED", 429, "Too many requests.",
		"Wait as many seconds as Retry-After says, then go on more slowly."},
	{ERR_INTERNAL, "INTERNAL_ERROR", 500, "Something went wrong on our side.",
		"Try again; if it happens again, give the administrator the requestId: the log has "
		"a line under it."},
	{ERR_UNAVAILABLE, "SERVICE_UNAVAILABLE", 503,
		"The service cannot reach what it needs right now.",
		"Nothing was changed unless a retry shows it. Try again after as many seconds as "
		"Retry-After says."},
	/* what should not get out, told as well as it can be */
	{ERR_RETRY, "SERVICE_UNAVAILABLE", 503, "Too many requests want the same rows right now.",
		"Nothing was changed. Try again in a moment."},
	{ERR_DUPLICATE, "CONFLICT", 409, "Something with the same unique value exists already.",
		"Choose another value."},
	{ERR_LOST, "SERVICE_UNAVAILABLE", 503, "The database connection was lost.",
		"Try again in a moment; send an Idempotency-Key so that a retry is safe."},
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
