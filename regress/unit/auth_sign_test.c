/*
 * Tests of dwserv/auth_sign.c, auth_pss.c and auth_key.c: what is signed,
 * and above all what is not.
 */
/* links: dwserv/auth_key.c dwserv/auth_pss.c dwserv/auth_sign.c dwserv/file.c dwserv/log.c dwserv/xmalloc.c */

/* The macro has to be there before OpenSSL's headers are. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <bsd/stdlib.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "auth_sign.h"

#define TRIES	2000

/* A public number of so many bits, for the sake of its length. */
static RSA *
number_of(int bits)
{
	RSA	*rsa = RSA_new();
	BIGNUM	*n = BN_new(), *e = BN_new();

	assert_non_null(rsa);
	assert_int_equal(BN_rand(n, bits, BN_RAND_TOP_ONE,
	    BN_RAND_BOTTOM_ODD), 1);
	assert_int_equal(BN_set_word(e, 65537), 1);
	assert_int_equal(RSA_set0_key(rsa, n, e, NULL), 1);
	return (rsa);
}

/* Encode a digest; returns how many octets that takes. */
static size_t
encode(int bits, const EVP_MD *md, int salt, unsigned char *to)
{
	unsigned char	 digest[EVP_MAX_MD_SIZE];
	RSA		*rsa = number_of(bits);
	int		 size = RSA_size(rsa);

	arc4random_buf(digest, sizeof(digest));
	assert_int_equal(RSA_padding_add_PKCS1_PSS_mgf1(rsa, to, digest, md,
	    md, salt), 1);
	RSA_free(rsa);
	return ((size_t)size);
}

static void
test_encodings_are_known(void **state)
{
	const EVP_MD	*mds[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
	static const int	 all[] = { 2048, 2049, 2050, 2055, 3072, 4096,
				    16384 };
	unsigned char	 encoded[SIGN_BYTES_MAX + 1];
	size_t		 i, md, size;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (md = 0; md < 3; md++) {
			size = encode(all[i], mds[md], -1, encoded);
			assert_true(auth_pss_check(encoded, size, all[i]));
			assert_false(auth_pss_check(encoded, size - 1,
			    all[i]));
			assert_false(auth_pss_check(encoded, size + 1,
			    all[i]));
		}
}

/* Each octet of the padding counts, and so do the bits on top. */
static void
test_damaged_encodings_are_not(void **state)
{
	unsigned char	 encoded[SIGN_BYTES_MAX];
	size_t		 i, size;

	(void)state;
	size = encode(2047, EVP_sha256(), -1, encoded);
	for (i = 0; i < size - 2 * 32 - 1; i++) {
		encoded[i] ^= 1;
		assert_false(auth_pss_check(encoded, size, 2047));
		encoded[i] ^= 1;
	}
	encoded[0] ^= 0x80;
	assert_false(auth_pss_check(encoded, size, 2047));
	encoded[0] ^= 0x80;
	encoded[size - 1] ^= 1;
	assert_false(auth_pss_check(encoded, size, 2047));
	encoded[size - 1] ^= 1;
	assert_true(auth_pss_check(encoded, size, 2047));
	size = encode(2049, EVP_sha256(), -1, encoded);
	encoded[0] = 1;
	assert_false(auth_pss_check(encoded, size, 2049));
}

static void
test_other_octets_are_not(void **state)
{
	unsigned char	octets[SIGN_BYTES_MAX];
	int		i;

	(void)state;
	assert_false(auth_pss_check(octets, encode(2048, EVP_sha256(), 20,
	    octets), 2048));
	assert_false(auth_pss_check(octets, encode(2048, EVP_sha256(), 0,
	    octets), 2048));
	assert_false(auth_pss_check(octets, encode(2048, EVP_sha1(), -1,
	    octets), 2048));
	for (i = 0; i < TRIES; i++) {
		arc4random_buf(octets, sizeof(octets));
		octets[0] &= 0x7f;
		octets[255] = 0xbc;
		assert_false(auth_pss_check(octets, 256, 2048));
	}
	assert_false(auth_pss_check(octets, 0, 0));
	assert_false(auth_pss_check(octets, sizeof(octets),
	    8 * (int)sizeof(octets)));
}

static void
fill(struct sign *sign, enum sign_kind kind, enum sign_digest digest,
    size_t length)
{
	memset(sign, 0, sizeof(*sign));
	sign->kind = kind;
	sign->digest = digest;
	sign->length = (uint32_t)length;
	memset(sign->bytes, 0x42, length);
}

/* Whether the signature is one of what was to be signed. */
static int
verify(EVP_PKEY *key, const struct sign *sign, int padding,
    const struct signature *signature)
{
	EVP_PKEY_CTX	*context = EVP_PKEY_CTX_new(key, NULL);
	int		 result;

	assert_int_equal(EVP_PKEY_verify_init(context), 1);
	if (padding != 0)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context,
		    padding), 1);
	if (padding == RSA_PKCS1_PADDING)
		assert_int_equal(EVP_PKEY_CTX_set_signature_md(context,
		    sign->digest == SIGN_SHA256 ? EVP_sha256() :
		    sign->digest == SIGN_SHA384 ? EVP_sha384() :
		    EVP_sha512()), 1);
	result = EVP_PKEY_verify(context, signature->bytes,
	    signature->length, sign->bytes, sign->length);
	EVP_PKEY_CTX_free(context);
	return (result == 1);
}

static void
test_rsa(void **state)
{
	static const size_t	 lengths[] = { 32, 48, 64 };
	static struct signature	 signature;
	static struct sign	 sign;
	EVP_PKEY		*key = EVP_RSA_gen(2048);
	size_t			 length;
	int			 digest;

	(void)state;
	for (digest = 0; digest < SIGN_DIGESTS; digest++)
		for (length = 1; length <= 256; length++) {
			fill(&sign, SIGN_RSA_PKCS1, digest, length);
			auth_sign(key, &sign, &signature);
			assert_int_equal(signature.length,
			    length == lengths[digest] ? 256 : 0);
			if (signature.length > 0)
				assert_true(verify(key, &sign,
				    RSA_PKCS1_PADDING, &signature));
		}
	fill(&sign, SIGN_RSA_PSS, SIGN_SHA256, 256);
	encode(2048, EVP_sha384(), -1, sign.bytes);
	/* Its first bit is 0, and that of a modulus is 1. */
	auth_sign(key, &sign, &signature);
	assert_int_equal(signature.length, 256);
	assert_true(verify(key, &sign, RSA_NO_PADDING, &signature));
	sign.kind = SIGN_ECDSA;
	auth_sign(key, &sign, &signature);
	assert_int_equal(signature.length, 0);
	fill(&sign, SIGN_ECDSA, SIGN_SHA256, 32);
	auth_sign(key, &sign, &signature);
	assert_int_equal(signature.length, 0);
	EVP_PKEY_free(key);
}

/* What somebody has encrypted for the key is not decrypted with it. */
static void
test_rsa_does_not_decrypt(void **state)
{
	static struct signature	 signature;
	static struct sign	 sign;
	EVP_PKEY		*key = EVP_RSA_gen(2048);
	EVP_PKEY_CTX		*context = EVP_PKEY_CTX_new(key, NULL);
	size_t			 length = sizeof(sign.bytes);
	int			 kind;

	(void)state;
	assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context,
	    RSA_PKCS1_PADDING), 1);
	for (kind = 0; kind < SIGN_KINDS; kind++) {
		fill(&sign, kind, SIGN_SHA256, 256);
		length = sizeof(sign.bytes);
		assert_int_equal(EVP_PKEY_encrypt(context, sign.bytes,
		    &length, (const unsigned char *)"secret", 6), 1);
		auth_sign(key, &sign, &signature);
		assert_int_equal(signature.length, 0);
	}
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
}

static void
test_ec(void **state)
{
	static const char *const groups[] = { "P-256", "P-384", "P-521" };
	static struct signature	 signature;
	static struct sign	 sign;
	EVP_PKEY		*key;
	size_t			 i, length;

	(void)state;
	for (i = 0; i < 3; i++) {
		key = EVP_EC_gen(groups[i]);
		for (length = 1; length <= 80; length++) {
			fill(&sign, SIGN_ECDSA, SIGN_SHA256, length);
			auth_sign(key, &sign, &signature);
			assert_int_equal(signature.length > 0,
			    length >= 32 && length <= 64);
			if (signature.length > 0)
				assert_true(verify(key, &sign, 0,
				    &signature));
		}
		fill(&sign, SIGN_RSA_PKCS1, SIGN_SHA256, 32);
		auth_sign(key, &sign, &signature);
		assert_int_equal(signature.length, 0);
		fill(&sign, SIGN_RSA_PSS, SIGN_SHA256, 32);
		auth_sign(key, &sign, &signature);
		assert_int_equal(signature.length, 0);
		EVP_PKEY_free(key);
	}
}

static int
file_of(const char *text, size_t length)
{
	char	path[] = "/tmp/auth_sign_test.XXXXXX";
	int	fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	unlink(path);
	assert_int_equal(write(fd, text, length), (ssize_t)length);
	return (fd);
}

/* However a file is cut off, it is a key or there is a reason. */
static void
test_reading_keys(void **state)
{
	EVP_PKEY	*key = EVP_EC_gen("P-256"), *got;
	BIO		*bio = BIO_new(BIO_s_mem());
	char		*text, reason[256];
	long		 length, i;
	int		 fd;

	(void)state;
	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0,
	    NULL, NULL), 1);
	length = BIO_get_mem_data(bio, &text);
	for (i = 0; i <= length; i += i < length - 3 ? 7 : 1) {
		fd = file_of(text, (size_t)i);
		reason[0] = '\0';
		got = auth_key_read(fd, reason, sizeof(reason));
		assert_true((got != NULL) == (reason[0] == '\0'));
		/* The last line's end need not be there. */
		assert_true((got != NULL) == (i >= length - 1));
		EVP_PKEY_free(got);
		close(fd);
	}
	BIO_free(bio);
	EVP_PKEY_free(key);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_encodings_are_known),
		cmocka_unit_test(test_damaged_encodings_are_not),
		cmocka_unit_test(test_other_octets_are_not),
		cmocka_unit_test(test_rsa),
		cmocka_unit_test(test_rsa_does_not_decrypt),
		cmocka_unit_test(test_ec),
		cmocka_unit_test(test_reading_keys)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
