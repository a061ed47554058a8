/*
 * The grammar of the configuration, dwserv.conf(5).  What a statement does
 * is in parser.c and its siblings; here is only what it looks like.
 *
 * An error ends the statement that it is in, at the end of the line, or
 * the list that it is in, at the closing brace; then parsing goes on, so
 * that one run reports all errors.
 */

%pure-parser
%parse-param { struct parser *parser }
%lex-param { struct parser *parser }

%{
#include "parser.h"
%}

%union {
	const char	*text;
	int		 flag;
}

%{
static int	yylex(YYSTYPE *, struct parser *);
static void	yyerror(struct parser *, const char *);
%}

%token		ACCEPT ACCOUNTS ALIASES ALLOW AUTH CHILD CLIENT CONTROL COST
%token		DAYTIME FAILURES FROM FULL GREETING GROUPS HASH HOME IDLE
%token		LIBEXEC LIMIT LISTEN LOGIN LOGINDEFS MODE ON PORT PREFORK
%token		REBUILD REUSE ROOT SANDBOX SECRET SESSIONS SHELLS SKEL SOCKET
%token		SOURCE STATE TARGETS TIMEOUT TLS TO UID USER WORKER
%token		BAD
%token	<text>	NAME STRING NUMBER
%token	<text>	GROUP INCLUDE LOCK
%token	<text>	ALL BEST BURST CA CERTIFICATE DOMAINS EFFORT GID KEY LOCAL
%token	<text>	NAMES NO OWN RATE READ STRICT SUBJECT YES
%type	<text>	burst client_ca common cost group mode name noun port value
%type	<text>	verb
%type	<flag>	answer greeting reuse sandbox sight tls

%%

grammar		: /* empty */
		| grammar '\n'
		| grammar statement '\n'
		| grammar INCLUDE STRING '\n' {
			lex_include(&parser->lexer, $3);
		}
		| grammar error '\n' { yyerrok; }
		;

statement	: name '=' value {
			lex_define(&parser->lexer, $1, $3);
		}
		| PREFORK NUMBER {
			parser_set_number(parser, "prefork", $2, PREFORK_MAX,
			    &parser->config->prefork);
		}
		| USER value {
			parser_set_identity(parser, "user", $2,
			    &parser->config->user);
		}
		| AUTH USER value {
			parser_set_identity(parser, "auth user", $3,
			    &parser->config->auth_user);
		}
		| CONTROL STRING {
			parser_set_path(parser, "control", $2,
			    SOCKET_PATH_MAX, &parser->config->control);
		}
		| STATE STRING {
			parser_set_path(parser, "state", $2, PATH_LENGTH_MAX,
			    &parser->config->state);
		}
		| LIBEXEC STRING {
			parser_set_path(parser, "libexec", $2,
			    PATH_LENGTH_MAX, &parser->config->libexec);
		}
		| GREETING greeting {
			parser_set_flag(parser, "greeting", $2,
			    &parser->config->daytime);
		}
		| SANDBOX sandbox {
			parser_set_flag(parser, "sandbox", $2,
			    &parser->config->sandbox_best_effort);
		}
		| TLS CERTIFICATE STRING KEY STRING client_ca {
			parser_set_tls(parser, $3, $5, $6);
		}
		| LISTEN ON STRING port tls {
			parser_listen(parser, $3, $4, $5);
		}
		| LISTEN ON SOCKET STRING mode group {
			parser_listen_socket(parser, $4, $5, $6);
		}
		| ALIASES STRING {
			parser_set_aliases(parser, $2);
		} rebuild
		| LIMIT limit
		| TIMEOUT timeout
		| ACCOUNTS {
			parser_begin_accounts(parser);
		} '{' accounts_lines '}'
		| CLIENT STRING {
			parser_begin_client(parser, $2);
		} '{' client_lines '}' {
			parser_end_client(parser);
		}
		;

rebuild		: /* empty */
		| REBUILD STRING {
			parser_add_rebuild(parser, $2);
		}
		| REBUILD {
			parser->add = parser_add_rebuild;
		} list
		;

limit		: WORKER SESSIONS NUMBER {
			parser_set_number(parser, "limit worker sessions", $3,
			    LIMIT_MAX,
			    &parser->config->limits.worker_sessions);
		}
		| SOURCE SESSIONS NUMBER {
			parser_set_number(parser, "limit source sessions", $3,
			    LIMIT_MAX,
			    &parser->config->limits.source_sessions);
		}
		| LOGIN SESSIONS NUMBER {
			parser_set_number(parser, "limit login sessions", $3,
			    LIMIT_MAX, &parser->config->limits.login_sessions);
		}
		| SOURCE LOGIN SESSIONS NUMBER {
			parser_set_number(parser, "limit source login "
			    "sessions", $4, LIMIT_MAX,
			    &parser->config->limits.source_login_sessions);
		}
		| AUTH FAILURES NUMBER {
			parser_set_number(parser, "limit auth failures", $3,
			    LIMIT_MAX, &parser->config->limits.auth_failures);
		}
		;

timeout		: LOGIN NUMBER {
			parser_set_number(parser, "timeout login", $2,
			    TIMEOUT_MAX,
			    &parser->config->limits.login_timeout);
		}
		| IDLE NUMBER {
			parser_set_number(parser, "timeout idle", $2,
			    TIMEOUT_MAX, &parser->config->limits.idle_timeout);
		}
		| LOCK NUMBER {
			parser_set_number(parser, "timeout lock", $2,
			    TIMEOUT_MAX, &parser->config->limits.lock_timeout);
		}
		| CHILD NUMBER {
			parser_set_number(parser, "timeout child", $2,
			    TIMEOUT_MAX,
			    &parser->config->limits.child_timeout);
		}
		;

accounts_lines	: accounts_whole
		| accounts_whole accounts_line
		;

accounts_whole	: /* empty */
		| accounts_whole '\n'
		| accounts_whole accounts_line '\n'
		| accounts_whole error '\n' { yyerrok; }
		;

accounts_line	: ROOT STRING {
			parser_set_path(parser, "root", $2, PATH_LENGTH_MAX,
			    &parser->config->accounts.root);
		}
		| HOME STRING mode {
			parser_set_home(parser, $2, $3);
		}
		| SKEL STRING {
			parser_set_skel(parser, $2);
		}
		| UID NUMBER TO NUMBER reuse {
			parser_set_uid(parser, $2, $4, $5);
		}
		| SHELLS {
			parser_begin_shells(parser);
			parser->add = parser_add_shell;
		} list
		| HASH STRING cost {
			parser_set_hash(parser, $2, $3);
		}
		| HASH LOGINDEFS {
			parser_set_hash_login_defs(parser);
		}
		| ACCEPT {
			parser_begin_accept(parser);
		} methods
		;

client_lines	: client_whole
		| client_whole client_line
		;

client_whole	: /* empty */
		| client_whole '\n'
		| client_whole client_line '\n'
		| client_whole error '\n' { yyerrok; }
		;

client_line	: SECRET STRING {
			parser_add_secret(parser, $2);
		}
		| CERTIFICATE {
			parser_begin_certificates(parser);
		} word_or_list
		| SUBJECT STRING {
			parser_set_subject(parser, $2);
		}
		| LOCAL USER value {
			parser_set_local_user(parser, $3);
		}
		| FROM {
			parser_begin_prefixes(parser);
		} list
		| ALLOW {
			parser_client_once(parser, "allow", CLAUSE_ALLOW);
		} operations
		| UID NUMBER TO NUMBER {
			parser_set_client_uid(parser, $2, $4);
		}
		| GID NUMBER TO NUMBER {
			parser_set_client_gid(parser, $2, $4);
		}
		| NAMES {
			parser_begin_list(parser, "names", CLAUSE_NAMES,
			    parser_add_name);
		} list
		| ALIASES {
			parser_begin_list(parser, "aliases", CLAUSE_ALIASES,
			    parser_add_alias);
		} list
		| DOMAINS {
			parser_begin_domains(parser);
		} any_list
		| GROUPS {
			parser_begin_list(parser, "groups", CLAUSE_GROUPS,
			    parser_add_group);
		} list
		| SHELLS {
			parser_begin_list(parser, "shells", CLAUSE_SHELLS,
			    parser_add_client_shell);
		} list
		| HOME STRING {
			parser_set_client_home(parser, $2);
		}
		| HASH answer {
			parser_set_client_hash(parser, $2);
		}
		| TARGETS {
			parser_client_once(parser, "targets", CLAUSE_TARGETS);
		} targets
		| RATE NUMBER burst {
			parser_set_rate(parser, $2, $3);
		}
		| READ sight {
			parser_set_read(parser, $2);
		}
		;

word_or_list	: word
		| list
		;

any_list	: '{' newlines '}'
		| list
		;

list		: '{' newlines words end '}'
		| '{' error '}' { yyerrok; }
		;

words		: word
		| words word
		| words separator word
		;

word		: STRING {
			parser->add(parser, $1);
		}
		| common {
			parser->add(parser, $1);
		}
		;

methods		: '{' newlines '}'
		| '{' newlines method_list end '}'
		| '{' error '}' { yyerrok; }
		;

method_list	: method
		| method_list method
		| method_list separator method
		;

method		: STRING cost {
			parser_add_accept(parser, $1, $2);
		}
		;

operations	: '{' newlines operation_list end '}'
		| '{' error '}' { yyerrok; }
		;

operation_list	: operation
		| operation_list separator operation
		;

operation	: noun {
			parser_add_operation(parser, $1, NULL);
		}
		| noun verb {
			parser_add_operation(parser, $1, $2);
		}
		;

noun		: STRING {
			$$ = $1;
			parser->word_line = parser->lexer.origin.line;
		}
		| GROUP {
			$$ = $1;
			parser->word_line = parser->lexer.origin.line;
		}
		;

verb		: STRING
		| LOCK
		;

targets		: '{' newlines target_list end '}'
		| '{' error '}' { yyerrok; }
		;

target_list	: target
		| target_list target
		| target_list separator target
		;

target		: STRING {
			parser_add_target(parser, $1);
		}
		| INCLUDE {
			parser_add_target(parser, $1);
		}
		;

end		: /* empty */
		| separator
		;

separator	: ',' newlines
		| '\n' newlines
		;

newlines	: /* empty */
		| newlines '\n'
		;

value		: STRING
		| NUMBER
		| common
		;

name		: NAME
		| common
		;

/* Keywords that are good for names, too. */
common		: ALL | BEST | BURST | CA | CERTIFICATE | DOMAINS | EFFORT | GID
		| KEY | LOCAL | NAMES | NO | OWN | RATE | READ | STRICT
		| SUBJECT | YES
		;

greeting	: DAYTIME { $$ = 1; }
		| FULL { $$ = 0; }
		;

sandbox		: STRICT { $$ = 0; }
		| BEST EFFORT { $$ = 1; }
		;

answer		: NO { $$ = 0; }
		| YES { $$ = 1; }
		;

sight		: OWN { $$ = 0; }
		| ALL { $$ = 1; }
		;

tls		: /* empty */ { $$ = 0; }
		| TLS { $$ = 1; }
		;

client_ca	: /* empty */ { $$ = NULL; }
		| CLIENT CA STRING { $$ = $3; }
		;

burst		: /* empty */ { $$ = NULL; }
		| BURST NUMBER { $$ = $2; }
		;

port		: /* empty */ { $$ = NULL; }
		| PORT NUMBER { $$ = $2; }
		;

mode		: /* empty */ { $$ = NULL; }
		| MODE NUMBER { $$ = $2; }
		;

group		: /* empty */ { $$ = NULL; }
		| GROUP value { $$ = $2; }
		;

cost		: /* empty */ { $$ = NULL; }
		| COST NUMBER { $$ = $2; }
		;

reuse		: /* empty */ { $$ = 0; }
		| REUSE { $$ = 1; }
		;

%%

static const struct keyword {
	const char	*name;
	int		 token;
} keywords[] = {
	/* sorted, for bsearch(3) */
	{ "accept",	ACCEPT },
	{ "accounts",	ACCOUNTS },
	{ "aliases",	ALIASES },
	{ "all",	ALL },
	{ "allow",	ALLOW },
	{ "auth",	AUTH },
	{ "best",	BEST },
	{ "burst",	BURST },
	{ "ca",		CA },
	{ "certificate",	CERTIFICATE },
	{ "child",	CHILD },
	{ "client",	CLIENT },
	{ "control",	CONTROL },
	{ "cost",	COST },
	{ "daytime",	DAYTIME },
	{ "domains",	DOMAINS },
	{ "effort",	EFFORT },
	{ "failures",	FAILURES },
	{ "from",	FROM },
	{ "full",	FULL },
	{ "gid",	GID },
	{ "greeting",	GREETING },
	{ "group",	GROUP },
	{ "groups",	GROUPS },
	{ "hash",	HASH },
	{ "home",	HOME },
	{ "idle",	IDLE },
	{ "include",	INCLUDE },
	{ "key",	KEY },
	{ "libexec",	LIBEXEC },
	{ "limit",	LIMIT },
	{ "listen",	LISTEN },
	{ "local",	LOCAL },
	{ "lock",	LOCK },
	{ "login",	LOGIN },
	{ "login.defs",	LOGINDEFS },
	{ "mode",	MODE },
	{ "names",	NAMES },
	{ "no",		NO },
	{ "on",		ON },
	{ "own",	OWN },
	{ "port",	PORT },
	{ "prefork",	PREFORK },
	{ "rate",	RATE },
	{ "read",	READ },
	{ "rebuild",	REBUILD },
	{ "reuse",	REUSE },
	{ "root",	ROOT },
	{ "sandbox",	SANDBOX },
	{ "secret",	SECRET },
	{ "sessions",	SESSIONS },
	{ "shells",	SHELLS },
	{ "skel",	SKEL },
	{ "socket",	SOCKET },
	{ "source",	SOURCE },
	{ "state",	STATE },
	{ "strict",	STRICT },
	{ "subject",	SUBJECT },
	{ "targets",	TARGETS },
	{ "timeout",	TIMEOUT },
	{ "tls",	TLS },
	{ "to",		TO },
	{ "uid",	UID },
	{ "user",	USER },
	{ "worker",	WORKER },
	{ "yes",	YES }
};

static int
keyword_compare(const void *name, const void *keyword)
{
	return (strcmp(name, ((const struct keyword *)keyword)->name));
}

static int
keyword_find(const char *name, int otherwise)
{
	const struct keyword	*keyword;

	keyword = bsearch(name, keywords,
	    sizeof(keywords) / sizeof(keywords[0]), sizeof(keywords[0]),
	    keyword_compare);
	return (keyword != NULL ? keyword->token : otherwise);
}

static int
yylex(YYSTYPE *value, struct parser *parser)
{
	enum lex_kind	kind;
	int		begins;

	begins = parser->lexer.kind == LEX_NEWLINE || (parser->lexer.kind ==
	    LEX_SIGN && parser->lexer.text[0] == '{');
	kind = lex_token(&parser->lexer);
	if (begins)
		parser->statement = parser->lexer.origin;
	value->text = parser->lexer.text;
	switch (kind) {
	case LEX_END:
		return (0);
	case LEX_NEWLINE:
		return ('\n');
	case LEX_WORD:
		return (keyword_find(value->text, STRING));
	case LEX_NAME:
		return (keyword_find(value->text, NAME));
	case LEX_NUMBER:
		return (NUMBER);
	case LEX_STRING:
		return (STRING);
	case LEX_SIGN:
		return (value->text[0]);
	default:
		return (BAD);
	}
}

/*
 * Called by the parser where no rule fits.  A text that may be a secret is
 * not repeated.
 */
static void
yyerror(struct parser *parser, const char *message)
{
	struct lexer	*lexer = &parser->lexer;

	switch (lexer->kind) {
	case LEX_BAD:
		break;
	case LEX_END:
		lex_complain(lexer, "%s at end of file", message);
		break;
	case LEX_NEWLINE:
		lex_complain(lexer, "%s at end of line", message);
		break;
	default:
		if (lexer->text[0] == '$')
			lex_complain(lexer, "%s at a secret", message);
		else
			lex_complain(lexer, "%s at \"%s\"", message,
			    lexer->text);
	}
}
