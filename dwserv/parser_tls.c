/*
 * The statement of the configuration about TLS.  The files are read by the
 * parent, not here.
 */

#include "parser.h"

static void
tls_set_path(struct parser *parser, const char *what, const char *path,
    char **place)
{
	parser_path(parser, what, path, PATH_LENGTH_MAX);
	parser_replace(place, path);
}

/*
 * tls certificate PATH key PATH [client ca PATH]; the last may be NULL.
 * Also paths that are wrong take their place: one complaint is enough.
 */
void
parser_set_tls(struct parser *parser, const char *certificate,
    const char *key, const char *client_ca)
{
	struct tls	*tls = &parser->config->tls;

	if (parser_once(parser, &parser->seen, "tls") == -1)
		return;
	tls_set_path(parser, "certificate", certificate, &tls->certificate);
	tls_set_path(parser, "key", key, &tls->key);
	if (client_ca != NULL)
		tls_set_path(parser, "client ca", client_ca, &tls->client_ca);
	parser_set_file(parser, &tls->file);
	tls->line = parser->statement.line;
}
