/*
 * A client for tls_rude.t that does over TLS what openssl(1) does not: end
 * only its own side, go in the midst of a handshake, ask for new keys, or
 * for a new handshake.
 *
 *	tls_client PORT half|keys|again|leave [COUNT]
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

static int
dial(const char *port)
{
	struct sockaddr_in	address = { .sin_family = AF_INET };
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((unsigned short)strtol(port, NULL, 10));
	if (fd == -1 || connect(fd, (struct sockaddr *)&address,
	    sizeof(address)) == -1)
		err(1, "connect");
	return (fd);
}

/* A session, its greeting read. */
static SSL *
begin(SSL_CTX *context, const char *port)
{
	SSL	*ssl = SSL_new(context);
	char	 greeting[256];

	if (ssl == NULL || SSL_set_fd(ssl, dial(port)) != 1 ||
	    SSL_connect(ssl) != 1 ||
	    SSL_read(ssl, greeting, sizeof(greeting)) <= 0)
		errx(1, "no session");
	return (ssl);
}

/* Ask, say that this is all, and print what comes then. */
static void
half(SSL *ssl)
{
	static const char	 ask[] = "noop\nauth billing \"open sesame\"\n"
				    "account list\nwhoami\n";
	char			 answer[65536];
	int			 got;

	if (SSL_write(ssl, ask, sizeof(ask) - 1) <= 0 ||
	    SSL_shutdown(ssl) != 0)
		errx(1, "cannot ask");
	while ((got = SSL_read(ssl, answer, sizeof(answer))) > 0)
		fwrite(answer, 1, (size_t)got, stdout);
	puts(SSL_get_error(ssl, got) == SSL_ERROR_ZERO_RETURN ? "the end" :
	    "cut off");
}

/* Change the keys so often, and have the server change its own as well. */
static void
keys(SSL *ssl, int count)
{
	char	answer[256];
	int	i, got;

	for (i = 0; i < count; i++)
		if (SSL_key_update(ssl, i % 2 == 0 ?
		    SSL_KEY_UPDATE_REQUESTED :
		    SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
		    SSL_do_handshake(ssl) != 1)
			errx(1, "no new keys");
	if (SSL_write(ssl, "noop\n", 5) <= 0 ||
	    (got = SSL_read(ssl, answer, sizeof(answer))) <= 0)
		errx(1, "no answer");
	fwrite(answer, 1, (size_t)got, stdout);
}

static void
again(SSL *ssl)
{
	if (SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1)
		puts("renegotiated");
	else
		puts(ERR_reason_error_string(ERR_peek_error()));
}

/* Say hello and go, at once or soon, in order or not. */
static void
leave(SSL_CTX *context, const char *port, int number)
{
	struct linger	 linger = { 1, 0 };
	SSL		*ssl = SSL_new(context);
	BIO		*in = BIO_new(BIO_s_mem()), *out = BIO_new(
			    BIO_s_mem());
	char		*hello;
	long		 length;
	int		 fd = dial(port);

	SSL_set_bio(ssl, in, out);
	SSL_set_max_proto_version(ssl, number % 2 == 0 ? TLS1_2_VERSION :
	    TLS1_3_VERSION);
	SSL_connect(ssl);
	length = BIO_get_mem_data(out, &hello);
	if (length <= 0 || write(fd, hello, (size_t)length) != length)
		errx(1, "cannot say hello");
	if (number % 3 == 0)
		usleep((useconds_t)(number * 37 % 1500));
	if (number % 5 != 0)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger,
		    sizeof(linger));
	close(fd);
	SSL_free(ssl);
}

int
main(int argc, char *argv[])
{
	SSL_CTX	*context = SSL_CTX_new(TLS_client_method());
	int	 i, count = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1;

	if (argc < 3 || context == NULL)
		return (2);
	if (strcmp(argv[2], "half") == 0)
		half(begin(context, argv[1]));
	else if (strcmp(argv[2], "keys") == 0)
		keys(begin(context, argv[1]), count);
	else if (strcmp(argv[2], "again") == 0) {
		SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
		again(begin(context, argv[1]));
	} else
		for (i = 0; i < count; i++)
			leave(context, argv[1], i);
	return (0);
}
