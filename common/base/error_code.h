/* error_code: every way a call can end, and what each one means to a client. */
#ifndef TG_BASE_ERROR_CODE_H
#define TG_BASE_ERROR_CODE_H

/* A function that can fail returns `MUST enum err`: the compiler refuses a caller that drops it. */
#define NODISCARD __attribute__((warn_unused_result))

enum err {
	OK = 0,
	/* what a client can be told (contract section 2) */
	ERR_VALIDATION,
	ERR_UNAUTHORIZED,
	ERR_FORBIDDEN,
	ERR_SCOPE,
	ERR_NOT_FOUND,
	ERR_METHOD,
	ERR_CONFLICT,
	ERR_PRECONDITION,
	ERR_TOO_LARGE,
	ERR_MEDIA_TYPE,
	ERR_IDEMPOTENCY,
	ERR_RATE,
	ERR_INTERNAL,
	ERR_UNAVAILABLE,
	/* what the floors tell each other; rendered as the row says if one ever gets out */
	ERR_RETRY, /* deadlock or lock wait time-out: run the whole transaction again */
	ERR_DUPLICATE, /* a unique key refused the row; db_duplicate_key() names it */
	ERR_LOST, /* the database connection is gone; what was not committed is undone */
	ERR_COUNT
};

struct err_row {
	enum err err;
	const char *code; /* the word in "error.code" */
	int status; /* HTTP status */
	const char *message; /* when the failing place gave none */
	const char *hint; /* likewise */
};

/* The row of `err`; never NULL. OK has no row: asking for it gives ERR_INTERNAL's. */
const struct err_row *err_row(enum err err);

#endif
