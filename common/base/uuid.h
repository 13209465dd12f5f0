/* uuid: UUIDs of version 7, request ids, random words. */
#ifndef TG_BASE_UUID_H
#define TG_BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uuid {
	unsigned char b[16];
};

#define UUID_TIME_MAX INT64_C(0xffffffffffff) /* the largest time in an id, ms */
#define UUID_TEXT 36 /* characters, without the NUL */

/* RFC 9562 section 5.7: 48 bits of Unix milliseconds, then a 12-bit counter that keeps ids of one
   process and millisecond in order, then random bits. Safe after fork. Aborts when the system has
   no randomness (OpenSSL RAND_bytes). */
struct uuid uuid_make(void);
/* the first or the last of all ids that a millisecond can have: bounds of a range */
struct uuid uuid_of_time(int64_t ms, bool last);
/* version 4 (section 5.4): 122 random bits, nothing else: for an id that is a secret, too */
struct uuid uuid_random(void);
bool uuid_is_random(const struct uuid *u);
void uuid_print(const struct uuid *u, char out[UUID_TEXT + 1]); /* lower case */
/* 8-4-4-4-12 hex of any case and any version; nothing else */
bool uuid_parse(const char *s, size_t n, struct uuid *out);
bool uuid_equal(const struct uuid *a, const struct uuid *b);

/* n characters drawn evenly from `alphabet` (2..256 distinct characters) by rejection; out gets n +
 * 1 bytes. */
void random_word(const char *alphabet, char *out, size_t n);

#define REQUEST_ID 16 /* "req_" and twelve characters of 0-9a-z */
void request_id_make(char out[REQUEST_ID + 1]);

#define BASE62 "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

#endif
