/* seal: authenticated encryption of stored secrets, and the text form of webhook secrets. */
#include "common/crypto/seal.h"

#include "common/crypto/digest.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define FORM 1 /* format version, the first byte stored */
#define NONCE 12 /* bytes; 96 bits as NIST SP 800-38D recommends */
#define TAG 16 /* bytes */
#define PREFIX_LENGTH (sizeof SECRET_PREFIX - 1)

_Static_assert(SEAL_OVERHEAD == 1 + NONCE + TAG, "what sealing adds");

static EVP_CIPHER_CTX *context(void)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	if (!c)
		abort();
	return c;
}

/* These calls fail only without memory, randomness or the cipher; then the process ends, since a
 * secret must never be stored incompletely encrypted. */
void seal(const uint8_t key[32], struct span about, struct span plain, uint8_t *out)
{
	EVP_CIPHER_CTX *c = context();
	uint8_t *nonce = out + 1, *sealed = nonce + NONCE;
	int done = 0, last = 0;
	out[0] = FORM;
	bool good = plain.n <= INT_MAX - TAG && about.n <= INT_MAX &&
		RAND_bytes(nonce, NONCE) == 1 &&
		EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
		EVP_EncryptUpdate(c, NULL, &done, about.p, (int)about.n) == 1 &&
		EVP_EncryptUpdate(c, sealed, &done, plain.p, (int)plain.n) == 1 &&
		(size_t)done == plain.n && EVP_EncryptFinal_ex(c, sealed + plain.n, &last) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, sealed + plain.n) == 1;
	EVP_CIPHER_CTX_free(c);
	if (!good)
		abort();
}

bool unseal(const uint8_t key[32], struct span about, struct span sealed, uint8_t *out)
{
	const uint8_t *b = sealed.p;
	if (sealed.n < SEAL_OVERHEAD)
		return false;
	size_t plain = sealed.n - SEAL_OVERHEAD;
	uint8_t tag[TAG], rest[TAG];
	int done = 0, last = 0;
	memcpy(tag, b + sealed.n - TAG, TAG);
	EVP_CIPHER_CTX *c = context();
	bool good = b[0] == FORM && plain <= INT_MAX && about.n <= INT_MAX &&
		EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, b + 1) == 1 &&
		EVP_DecryptUpdate(c, NULL, &done, about.p, (int)about.n) == 1 &&
		EVP_DecryptUpdate(c, out, &done, b + 1 + NONCE, (int)plain) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
		EVP_DecryptFinal_ex(c, rest, &last) == 1;
	EVP_CIPHER_CTX_free(c);
	if (!good)
		OPENSSL_cleanse(out, plain); /* unauthenticated bytes must not be used */
	return good;
}

void secret_make(char out[SECRET_TEXT + 1])
{
	uint8_t key[32];
	if (RAND_bytes(key, sizeof key) != 1)
		abort();
	memcpy(out, SECRET_PREFIX, PREFIX_LENGTH);
	EVP_EncodeBlock((unsigned char *)out + PREFIX_LENGTH, key, sizeof key);
	OPENSSL_cleanse(key, sizeof key);
}

long secret_key(const char *s, size_t n, uint8_t out[SECRET_KEY_MAX])
{
	if (n < PREFIX_LENGTH || n > SECRET_TEXT_MAX ||
		memcmp(s, SECRET_PREFIX, PREFIX_LENGTH) != 0 || (n - PREFIX_LENGTH) % 4)
		return -1;
	s += PREFIX_LENGTH;
	n -= PREFIX_LENGTH;
	size_t padding = n && s[n - 1] == '=' ? 1 + (s[n - 2] == '=') : 0;
	long length = base64_parse(s, n - padding, "+/", out, SECRET_KEY_MAX);
	assert(length <= SECRET_KEY_MAX);
	if (length < SECRET_KEY_MIN)
		return -1;
	return length;
}
