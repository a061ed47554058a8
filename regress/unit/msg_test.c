/*
 * Tests of dwserv/msg.c, msgcontrol.c, msgtls.c and msgpart.c: every message
 * there and back, cut short, made longer, and damaged at random.
 */
/* links: dwserv/ibuf.c dwserv/log.c dwserv/msg.c dwserv/msgcontrol.c dwserv/msgpart.c dwserv/msgtls.c dwserv/xmalloc.c */

#include <time.h>

#include "msg_samples.h"

#define MUTATIONS	5000

static void
test_round_trips(void **state)
{
	struct ibuf	*buf;
	unsigned int	 sample;
	size_t		 i;

	(void)state;
	for (i = 0; i < CODECS; i++) {
		for (sample = 0; sample < SAMPLES; sample++) {
			buf = encode(&codecs[i], sample);
			if (decode(&codecs[i], ibuf_data(buf),
			    ibuf_size(buf)) == -1)
				fail_msg("%s, sample %u: not decoded",
				    codecs[i].name, sample);
			ibuf_free(buf);
		}
	}
}

static void
test_every_truncation(void **state)
{
	struct ibuf	*buf;
	unsigned int	 sample;
	size_t		 i, size;

	(void)state;
	for (i = 0; i < CODECS; i++) {
		for (sample = 0; sample < SAMPLES; sample++) {
			buf = encode(&codecs[i], sample);
			for (size = 0; size < ibuf_size(buf); size++)
				if (decode(&codecs[i], ibuf_data(buf),
				    size) == 0)
					fail_msg("%s, sample %u: %zu of %zu "
					    "bytes were enough",
					    codecs[i].name, sample, size,
					    ibuf_size(buf));
			ibuf_free(buf);
		}
	}
}

static void
test_trailing_byte(void **state)
{
	struct ibuf	*buf;
	unsigned int	 byte, sample;
	size_t		 i;

	(void)state;
	for (i = 0; i < CODECS; i++) {
		for (sample = 0; sample < SAMPLES; sample++) {
			for (byte = 0; byte < 256; byte++) {
				buf = encode(&codecs[i], sample);
				assert_int_equal(ibuf_add_n8(buf, byte), 0);
				if (decode(&codecs[i], ibuf_data(buf),
				    ibuf_size(buf)) == 0)
					fail_msg("%s, sample %u: a byte %u "
					    "behind it was accepted",
					    codecs[i].name, sample, byte);
				ibuf_free(buf);
			}
		}
	}
}

static void
mutate(unsigned char *bytes, size_t *size)
{
	size_t	 at, count = 1 + (size_t)random() % 4;

	while (count-- > 0) {
		at = *size == 0 ? 0 : (size_t)random() % *size;
		switch (random() % 4) {
		case 0:
			bytes[at] = (unsigned char)random();
			break;
		case 1:
			bytes[at] ^= (unsigned char)(1 << random() % 8);
			break;
		case 2:
			memmove(bytes + at, bytes + at + 1, *size - at);
			*size -= *size > 0;
			break;
		default:
			memmove(bytes + at + 1, bytes + at, *size - at);
			bytes[at] = random() % 2 ? 0xff : 0;
			(*size)++;
		}
	}
}

static void
test_random_mutations(void **state)
{
	unsigned char	*bytes;
	struct ibuf	*buf;
	unsigned int	 seed = (unsigned int)time(NULL);
	size_t		 accepted, i, round, size;

	(void)state;
	print_message("seed %u\n", seed);
	srandom(seed);
	assert_non_null(bytes = malloc(BUFFER_SIZE));
	for (i = 0; i < CODECS; i++) {
		accepted = 0;
		for (round = 0; round < MUTATIONS; round++) {
			buf = encode(&codecs[i], round % SAMPLES);
			size = ibuf_size(buf);
			memcpy(bytes, ibuf_data(buf), size);
			bytes[size] = 0;
			ibuf_free(buf);
			mutate(bytes, &size);
			accepted += decode(&codecs[i], bytes, size) == 0;
		}
		/* Both must happen, or the mutations are no good. */
		assert_true(accepted > 0 && accepted < MUTATIONS);
	}
	free(bytes);
}

/* Those of the messages that are newer than most. */
static void
test_more_values_survive(void **state)
{
	struct ledger_extent	 extent;
	struct answer_line	 line;
	struct home_order	 order;
	struct grant		 grant;
	struct ibuf		*buf;

	(void)state;
	buf = encode(&codecs[LEDGER_EXTENT], 1);
	assert_int_equal(msg_get_ledger_extent(buf, &extent), 0);
	assert_int_equal(extent.segment, 1);
	assert_true(extent.size == UINT64_MAX);
	assert_true(extent.last == UINT64_MAX - 1);
	ibuf_free(buf);
	buf = encode(&codecs[ANSWER_LINE], 1);
	assert_int_equal(msg_get_answer_line(buf, &line), 0);
	assert_int_equal(line.session, 1);
	assert_int_equal(line.number, UINT32_MAX - 1);
	assert_string_equal(line.text, "group name=ftp");
	free(line.text);
	ibuf_free(buf);
	buf = encode(&codecs[HOME_ORDER], 2);
	assert_int_equal(msg_get_home_order(buf, &order), 0);
	assert_int_equal(order.old_uid, 2);
	assert_int_equal(order.old_gid, UINT32_MAX);
	assert_string_equal(order.path, "alice");
	assert_string_equal(order.to, "2026-11-22/alice-10001");
	free(order.path);
	free(order.to);
	ibuf_free(buf);
	buf = encode(&codecs[GRANT], 1);
	assert_int_equal(msg_get_grant(buf, &grant), 0);
	assert_string_equal(grant.client, "billing");
	assert_string_equal(grant.groups, "mail,ftp");
	assert_int_equal(grant.gid_max, 5999);
	assert_int_equal(grant.burst, 10);
	assert_int_equal(grant.reads_all, 1);
	assert_int_equal(grant.may_hash, 0);
	assert_string_equal(grant.names, "cust-*,c??");
	assert_string_equal(grant.aliases, "*");
	assert_string_equal(grant.domains, "*.example.org");
	assert_string_equal(grant.shells, "/bin/sh,/bin/false");
	assert_string_equal(grant.home, "/home/customers");
	grant_free(&grant);
	ibuf_free(buf);
}

static void
test_values_survive(void **state)
{
	struct request		 request, sample;
	struct result		 result, result_sample;
	struct login		 login, login_sample;
	struct field		 field;
	struct ibuf		*buf;
	int			 i;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	sample_request(&sample, 2);
	assert_int_equal(msg_put_request(buf, &sample), 0);
	assert_int_equal(msg_get_request(buf, &request), 0);
	assert_int_equal(request.session, 1);
	assert_int_equal(request.number, UINT32_MAX);
	assert_int_equal(request.part, TRANSACTION_MAX);
	assert_int_equal(request.parts, TRANSACTION_MAX);
	assert_int_equal(request.operation, OPERATIONS - 1);
	assert_int_equal(request.flags, REQUEST_FLAGS);
	assert_int_equal(request.home_choice, HOME_CHOICES - 1);
	assert_int_equal(request.has_uid, 1);
	assert_int_equal(request.uid, 10001);
	assert_int_equal(request.has_gid, 1);
	assert_int_equal(request.gid, 10002);
	for (i = 0; i < AGES; i++) {
		assert_int_equal(request.ages[i].has, sample.ages[i].has);
		assert_true(request.ages[i].days == sample.ages[i].days);
	}
	assert_string_equal(request.login, sample.login);
	assert_string_equal(request.name, sample.name);
	assert_string_equal(request.group, sample.group);
	assert_string_equal(request.groups, sample.groups);
	assert_string_equal(request.groups_add, sample.groups_add);
	assert_string_equal(request.groups_remove, sample.groups_remove);
	assert_string_equal(request.gecos, sample.gecos);
	assert_string_equal(request.home, sample.home);
	assert_string_equal(request.shell, sample.shell);
	assert_string_equal(request.hash, sample.hash);
	assert_string_equal(request.alias, sample.alias);
	assert_string_equal(request.targets, sample.targets);
	assert_string_equal(request.idem, sample.idem);
	request_free(&request);
	sample_request(&sample, 1);
	assert_int_equal(msg_put_request(buf, &sample), 0);
	assert_int_equal(msg_get_request(buf, &request), 0);
	assert_null(request.group);
	assert_string_equal(request.gecos, "");
	assert_true(request.ages[AGE_EXPIRE].days == -1);
	request_free(&request);
	sample_result(&result_sample, 2);
	assert_int_equal(msg_put_result(buf, &result_sample), 0);
	assert_int_equal(msg_get_result(buf, &result), 0);
	assert_memory_equal(&result, &result_sample, sizeof(result));
	sample_login(&login_sample, 2);
	assert_int_equal(msg_put_login(buf, &login_sample), 0);
	assert_int_equal(msg_get_login(buf, &login), 0);
	assert_memory_equal(&login.peer, &login_sample.peer,
	    sizeof(login.peer));
	assert_string_equal(login.secret, login_sample.secret);
	assert_string_equal(login.fingerprint, login_sample.fingerprint);
	assert_string_equal(login.subject, login_sample.subject);
	login_free(&login);
	sample_field(&field, 1);
	assert_int_equal(msg_put_field(buf, &field), 0);
	assert_int_equal(msg_get_field(buf, &field), 0);
	assert_string_equal(field.name, "sessions");
	assert_true(field.number == UINT64_MAX);
	assert_null(field.text);
	ibuf_free(buf);
}

static void
test_credentials_survive(void **state)
{
	struct credential	 client, client_sample;
	struct ibuf		*buf;

	(void)state;
	assert_non_null(buf = ibuf_dynamic(1, BUFFER_SIZE));
	sample_credential(&client_sample, 2);
	assert_int_equal(msg_put_credential(buf, &client_sample), 0);
	assert_int_equal(msg_get_credential(buf, &client), 0);
	assert_memory_equal(client.prefixes, client_sample.prefixes,
	    sizeof(client.prefixes));
	assert_memory_equal(client.certificates, client_sample.certificates,
	    sizeof(client.certificates));
	assert_string_equal(client.secrets[1], client_sample.secrets[1]);
	assert_string_equal(client.subject, client_sample.subject);
	assert_int_equal(client.uid, client_sample.uid);
	credential_free(&client);
	ibuf_free(buf);
}

/* A buffer that is full at any point makes an encoder fail, not write on. */
static void
test_encoders_without_room(void **state)
{
	struct ibuf	*buf;
	unsigned int	 sample;
	size_t		 i, size;

	(void)state;
	for (i = 0; i < CODECS; i++) {
		for (sample = 0; sample < SAMPLES; sample++) {
			buf = encode(&codecs[i], sample);
			size = ibuf_size(buf);
			ibuf_free(buf);
			while (--size > 0) {
				assert_non_null(buf = ibuf_open(size));
				if (codecs[i].put(buf, sample) == 0)
					fail_msg("%s, sample %u: fits into "
					    "%zu bytes", codecs[i].name,
					    sample, size);
				assert_int_equal(errno, ERANGE);
				ibuf_free(buf);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_trailing_byte),
		cmocka_unit_test(test_random_mutations),
		cmocka_unit_test(test_values_survive),
		cmocka_unit_test(test_credentials_survive),
		cmocka_unit_test(test_more_values_survive),
		cmocka_unit_test(test_encoders_without_room)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
