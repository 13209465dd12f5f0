/* uuid: UUIDs (RFC 9562), request ids and random strings. */
#ifndef TG_BASE_UUID_H
#define TG_BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In network byte order, so that memcmp() orders UUIDs of version 7 by time. */
struct uuid {
	unsigned char b[16];
};

#define UUID_TIME_MAX INT64_C(0xffffffffffff) /* the largest time in an id, ms */
#define UUID_TEXT 36 /* characters, without the NUL */

/* A new id of version 7 (RFC 9562, section 5.7): 48 bits of Unix ms, a 12-bit counter that keeps
 * ids of one thread and millisecond in order, and 62 random bits. Safe after fork. Aborts when the
 * system has no randomness (RAND_bytes(3)). */
struct uuid uuid_make(void);
/* Later ids of this thread are not below that time, even if the clock is. */
void uuid_not_before(int64_t ms);
/* The smallest or the largest id of a millisecond: bounds of a range. */
struct uuid uuid_of_time(int64_t ms, bool last);
/* A new id with the time `ms`, for rows that are imported with a past time. */
struct uuid uuid_make_at(int64_t ms);
/* The Unix ms in an id of version 7. */
int64_t uuid_time(const struct uuid *u);
/* A new id of version 4 (section 5.4), 122 random bits: for ids that are also secrets. */
struct uuid uuid_random(void);
bool uuid_is_random(const struct uuid *u); /* whether it is of version 4 */
void uuid_print(const struct uuid *u, char out[UUID_TEXT + 1]); /* lower case */
/* Parses 8-4-4-4-12 hexadecimal digits of either case, of any version; nothing else. */
bool uuid_parse(const char *s, size_t n, struct uuid *out);
bool uuid_equal(const struct uuid *a, const struct uuid *b);

/* n characters drawn uniformly from `alphabet` (2 to 256 distinct characters); out gets n + 1
 * bytes. */
void random_word(const char *alphabet, char *out, size_t n);

#define REQUEST_ID 16 /* "req_" and twelve characters of 0-9a-z */
void request_id_make(char out[REQUEST_ID + 1]);

#define BASE62 "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

#endif
