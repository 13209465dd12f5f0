/* error_code: the error codes that functions return, and how each is reported to a client. */
#ifndef TG_BASE_ERROR_CODE_H
#define TG_BASE_ERROR_CODE_H

/* A function that can fail is declared `NODISCARD enum err`: with -Werror the compiler rejects a
 * caller that ignores the result. */
#define NODISCARD __attribute__((warn_unused_result))

enum err {
	OK = 0,
	/* Reported to clients as they are (contract section 2). */
	ERR_VALIDATION,
	ERR_UNAUTHORIZED,
	ERR_FORBIDDEN,
	ERR_SCOPE,
	ERR_NOT_FOUND,
	ERR_METHOD,
	ERR_CONFLICT,
	ERR_ALREADY_CHECKED_IN,
	ERR_TICKET_REFUNDED,
	ERR_TICKET_REISSUED,
	ERR_WRONG_EVENT,
	ERR_PRECONDITION,
	ERR_TOO_LARGE,
	ERR_MEDIA_TYPE,
	ERR_IDEMPOTENCY,
	ERR_RATE,
	ERR_INTERNAL,
	ERR_UNAVAILABLE,
	/* Internal: handled by callers. If one reaches a response, its row in the table decides. */
	ERR_RETRY, /* deadlock or lock wait timeout: run the whole transaction again */
	ERR_DUPLICATE, /* unique key violation; db_duplicate_key() names the key */
	ERR_LOST, /* the database connection was lost; uncommitted changes are rolled back */
	ERR_SUSPENDED, /* the organization accepts no changes (common/access/epoch.h) */
	ERR_COUNT
};

struct err_row {
	enum err err;
	const char *code; /* the word in "error.code" */
	int status; /* HTTP status */
	const char *message; /* default, used when the failing code gave none */
	const char *hint; /* default; says what the client can do next */
};

/* The row of `err`; never NULL. OK has no row: asking for it gives ERR_INTERNAL's. */
const struct err_row *err_row(enum err err);

#endif
