/*
 * Whether what is to be signed by the bare RSA operation is what EMSA-PSS
 * makes of a digest (RFC 8017, 9.1).  Almost no other number is: whoever has
 * a worker in hand cannot have old messages decrypted here.
 */

#include <string.h>

#include <openssl/evp.h>

#include "auth_sign.h"

/* The last octet of an encoding, and the one before the salt. */
#define PSS_TRAILER	0xbc
#define PSS_SEPARATOR	0x01

/* XOR the mask that a seed makes (MGF1, RFC 8017, B.2.1) into octets. */
static int
mask_apply(unsigned char *octets, size_t length, const unsigned char *seed,
    size_t seed_length, const EVP_MD *digest)
{
	unsigned char	 input[EVP_MAX_MD_SIZE + 4], mask[EVP_MAX_MD_SIZE];
	unsigned int	 mask_length, i;
	uint32_t	 counter;
	size_t		 done = 0;

	memcpy(input, seed, seed_length);
	for (counter = 0; done < length; counter++) {
		input[seed_length] = (unsigned char)(counter >> 24);
		input[seed_length + 1] = (unsigned char)(counter >> 16);
		input[seed_length + 2] = (unsigned char)(counter >> 8);
		input[seed_length + 3] = (unsigned char)counter;
		if (EVP_Digest(input, seed_length + 4, mask, &mask_length,
		    digest, NULL) != 1)
			return (-1);
		for (i = 0; i < mask_length && done < length; i++)
			octets[done++] ^= mask[i];
	}
	return (0);
}

/* The salt is as long as the digest (RFC 8446, 4.2.3). */
static int
pss_check_digest(const unsigned char *encoded, size_t length, int top,
    const EVP_MD *digest)
{
	unsigned char	block[SIGN_BYTES_MAX];
	size_t		size = (size_t)EVP_MD_get_size(digest), i, block_size;

	if (length < 2 * size + 2)
		return (0);
	block_size = length - size - 1;
	memcpy(block, encoded, block_size);
	if (mask_apply(block, block_size, encoded + block_size, size,
	    digest) == -1)
		return (0);
	block[0] &= (unsigned char)(0xff >> top);
	for (i = 0; i < block_size - size - 1; i++)
		if (block[i] != 0)
			return (0);
	return (block[i] == PSS_SEPARATOR);
}

/*
 * Whether these octets, as many as the modulus has, are an encoding with
 * SHA-256, SHA-384 or SHA-512, for a modulus of so many bits.
 */
int
auth_pss_check(const unsigned char *octets, size_t length, int bits)
{
	int	top;	/* bits of the first octet that must be 0 */

	if (bits < 512 || length != ((size_t)bits + 7) / 8 ||
	    length > SIGN_BYTES_MAX ||
	    octets[length - 1] != PSS_TRAILER)
		return (0);
	/* The encoding has one bit less than the modulus. */
	top = 8 - (bits - 1) % 8;
	if (top == 8) {
		if (octets[0] != 0)
			return (0);
		octets++;
		length--;
		top = 0;
	}
	if (octets[0] >> (8 - top) != 0)
		return (0);
	return (pss_check_digest(octets, length, top, EVP_sha256()) ||
	    pss_check_digest(octets, length, top, EVP_sha384()) ||
	    pss_check_digest(octets, length, top, EVP_sha512()));
}
