/* uuid: UUIDs (RFC 9562), request ids and random strings. */
#include "common/base/uuid.h"

#include "common/base/clock.h"
#include "common/base/hex.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

/* Without randomness no id or secret is safe, so failure ends the process. */
static void random_bytes(unsigned char *p, int n)
{
	if (RAND_bytes(p, n) != 1)
		abort();
}

/* Sets the first 48 bits of a UUIDv7: Unix time in ms (RFC 9562, section 5.7). */
static void put_time(struct uuid *u, int64_t ms)
{
	for (int i = 0; i < 6; i++)
		u->b[i] = (unsigned char)(ms >> (40 - 8 * i));
}

/* The time and the counter of the last id. A forked child inherits them, which is harmless: the
 * last 62 bits are new from RAND_bytes(), and OpenSSL reseeds after a fork. */
static _Thread_local int64_t last_ms;
static _Thread_local unsigned counter;

void uuid_not_before(int64_t ms)
{
	if (ms <= last_ms)
		return;
	last_ms = ms;
	counter = 0;
}

struct uuid uuid_make(void)
{
	unsigned char r[10];
	struct uuid u;
	int64_t now = clock_now();

	random_bytes(r, sizeof r);
	if (now > last_ms) {
		last_ms = now;
		/* start in the lower half, so that 2,048 more ids fit into the same millisecond */
		counter = (r[8] << 8 | r[9]) & 0x7ffu;
	} else if (++counter > 0xfff) {
		/* RFC 9562, section 6.2: run ahead of the clock rather than out of order */
		last_ms++;
		counter = 0;
	}
	assert(counter <= 0xfff);
	put_time(&u, last_ms);
	u.b[6] = (unsigned char)(0x70 | counter >> 8);
	u.b[7] = (unsigned char)counter;
	memcpy(u.b + 8, r, 8);
	u.b[8] = (u.b[8] & 0x3f) | 0x80;
	return u;
}

struct uuid uuid_random(void)
{
	struct uuid u;
	random_bytes(u.b, sizeof u.b);
	u.b[6] = (u.b[6] & 0x0f) | 0x40;
	u.b[8] = (u.b[8] & 0x3f) | 0x80;
	return u;
}

bool uuid_is_random(const struct uuid *u)
{
	return u->b[6] >> 4 == 4 && u->b[8] >> 6 == 2;
}

static bool dash_before(int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

struct uuid uuid_of_time(int64_t ms, bool last)
{
	struct uuid u;
	bool before = ms < 0; /* before any id: both bounds are the smallest id */
	memset(u.b, last && !before ? 0xff : 0, sizeof u.b);
	put_time(&u, before ? 0 : ms);
	return u;
}

struct uuid uuid_make_at(int64_t ms)
{
	struct uuid u = uuid_make();
	put_time(&u, ms);
	return u;
}

int64_t uuid_time(const struct uuid *u)
{
	int64_t ms = 0;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | u->b[i];
	return ms;
}

void uuid_print(const struct uuid *u, char out[UUID_TEXT + 1])
{
	static const size_t groups[] = {4, 2, 2, 2, 6}; /* bytes */
	const uint8_t *from = u->b;

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		if (i)
			*out++ = '-';
		hex_print(from, groups[i], out);
		out += 2 * groups[i];
		from += groups[i];
	}
}

bool uuid_parse(const char *s, size_t n, struct uuid *out)
{
	struct uuid u;

	if (n != UUID_TEXT)
		return false;
	for (int i = 0; i < 16; i++) {
		if (dash_before(i) && *s++ != '-')
			return false;
		if (!hex_parse(s, 1, &u.b[i]))
			return false;
		s += 2;
	}
	*out = u;
	return true;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

void random_word(const char *alphabet, char *out, size_t n)
{
	size_t k = strlen(alphabet), done = 0;
	unsigned char r[64];

	if (k < 2 || k > 256)
		abort();
	while (done < n) {
		/* larger bytes are rejected: they would favour the first characters of the alphabet
		 */
		size_t even = 256 - 256 % k;
		size_t want = MIN(n - done, sizeof r);

		random_bytes(r, (int)want);
		for (size_t i = 0; i < want; i++)
			if (r[i] < even)
				out[done++] = alphabet[r[i] % k];
	}
	out[n] = '\0';
	/* the string may be a secret */
	OPENSSL_cleanse(r, sizeof r);
}

#define OWN (REQUEST_ID - 4) /* random characters of a request id */

/* Characters for the next ids are drawn together, since a call of RAND_bytes() costs more than most
 * of what a request does. A forked child draws its own. They are no secrets. */
void request_id_make(char out[REQUEST_ID + 1])
{
	static _Thread_local char drawn[20 * OWN + 1];
	static _Thread_local size_t left;
	static _Thread_local pid_t owner;
	if (left == 0 || owner != getpid()) {
		left = sizeof drawn - 1;
		owner = getpid();
		random_word("0123456789abcdefghijklmnopqrstuvwxyz", drawn, left);
	}
	left -= OWN;
	memcpy(out, "req_", 4);
	memcpy(out + 4, drawn + left, OWN);
	out[REQUEST_ID] = '\0';
}
