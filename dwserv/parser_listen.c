/*
 * The statements of the configuration that say where to listen.  Addresses
 * are numeric: the process that parses resolves no names.
 */

#include <arpa/inet.h>
#include <netinet/in.h>

#include "parser.h"

/*
 * Read a numeric IPv4 or IPv6 address; the port is 0.  Returns what is
 * wrong with it, or NULL.  Connections never come from an IPv4 address in
 * IPv6 form, so such an address is most likely a mistake.
 */
const char *
address_parse(const char *text, struct sockaddr_storage *address,
    socklen_t *length)
{
	struct sockaddr_in	*in = (struct sockaddr_in *)address;
	struct sockaddr_in6	*in6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		*length = sizeof(*in);
		return (NULL);
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) != 1)
		return ("is not a numeric address");
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return ("is an IPv4 address; write it as one");
	in6->sin6_family = AF_INET6;
	*length = sizeof(*in6);
	return (NULL);
}

static void
address_set_port(struct sockaddr_storage *address, uint32_t port)
{
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)address)->sin6_port =
		    htons((uint16_t)port);
	else
		((struct sockaddr_in *)address)->sin_port =
		    htons((uint16_t)port);
}

static struct listener *
listener_new(void)
{
	struct listener	*listener;

	if ((listener = calloc(1, sizeof(*listener))) == NULL)
		fatal("configuration");
	listener->gid = (gid_t)-1;
	listener->fd = -1;
	return (listener);
}

/* Where to listen if the configuration does not say. */
void
listener_add_default(struct config *config)
{
	struct listener	*listener = listener_new();

	if (address_parse("127.0.0.1", &listener->address,
	    &listener->length) != NULL)
		fatalx("the loopback address is not understood");
	address_set_port(&listener->address, DWSERV_PORT);
	TAILQ_INSERT_TAIL(&config->listeners, listener, entry);
}

/* Takes the listener over. */
static void
listener_add(struct parser *parser, struct listener *listener)
{
	const struct listener	*other;
	char			 text[128];

	TAILQ_FOREACH(other, &parser->config->listeners, entry)
		if (other->length == listener->length &&
		    memcmp(&other->address, &listener->address,
		    listener->length) == 0)
			break;
	if (other != NULL)
		lex_complain(&parser->lexer, "listen on %s is given twice",
		    listener_format(listener, text, sizeof(text)));
	TAILQ_INSERT_TAIL(&parser->config->listeners, listener, entry);
}

static void
listener_add_address(struct parser *parser, const char *text, uint32_t port,
    int tls)
{
	struct listener	*listener = listener_new();

	if (parser_refuse(parser, "address", text, address_parse(text,
	    &listener->address, &listener->length))) {
		free(listener);
		return;
	}
	address_set_port(&listener->address, port);
	listener->tls = tls;
	listener_add(parser, listener);
}

/* listen on ADDRESS [port N] [tls]; the port may be NULL. */
void
parser_listen(struct parser *parser, const char *address,
    const char *port_text, int tls)
{
	uint32_t	port = tls ? DWSERV_TLS_PORT : DWSERV_PORT;

	if (tls)
		parser_claim(parser, CLAIM_TLS, NULL);
	if (port_text != NULL)
		parser_number(parser, "port", port_text, 1, 65535, &port);
	if (strcmp(address, "*") == 0) {
		listener_add_address(parser, "0.0.0.0", port, tls);
		listener_add_address(parser, "::", port, tls);
	} else
		listener_add_address(parser, address, port, tls);
}

static void
listener_set_group(struct parser *parser, struct listener *listener,
    const char *group)
{
	uint32_t	gid;

	if (group[0] >= '0' && group[0] <= '9') {
		if (parser_number(parser, "group", group, 0, UINT32_MAX - 2,
		    &gid) == 0)
			listener->gid = gid;
	} else if (!parser_refuse(parser, "group", group,
	    name_check_group(group)))
		parser_replace(&listener->group, group);
}

/* listen on socket PATH [mode N] [group NAME]; the last two may be NULL. */
void
parser_listen_socket(struct parser *parser, const char *path,
    const char *mode, const char *group)
{
	struct listener		*listener;
	struct sockaddr_un	*un;

	if (parser_path(parser, "socket", path, SOCKET_PATH_MAX) == -1)
		return;
	listener = listener_new();
	un = (struct sockaddr_un *)&listener->address;
	un->sun_family = AF_UNIX;
	strlcpy(un->sun_path, path, sizeof(un->sun_path));
	listener->length = sizeof(*un);
	listener->mode = mode != NULL ? parser_mode(parser, mode) : 0600;
	if (group != NULL)
		listener_set_group(parser, listener, group);
	listener_add(parser, listener);
}
