/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SNMP on net-snmp's single sessions: see snmp.h.  Names are resolved here, because net-snmp's
 * own way takes "host" apart at its colons and says nothing when it fails.  No MIB and no
 * snmp.conf is read: what a question is does not depend on the machine that asks it.
 */
#include "stonith/kit/snmp.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>

#define TIMEOUT_US 1000000
#define REPEATS 5

struct snmp {
	struct device *device;
	void *session;
};

/* Opening. */

static void
library_start(void)
{
	snmp_disable_log(); /* stderr is not a driver's */
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS,
	    1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE,
	    1);
}

static bool
port_is_good(const char *port)
{
	char *end;
	long number = strtol(port, &end, 10);

	return port[0] >= '0' && port[0] <= '9' && *end == '\0' && number >= 1 &&
	       number <= 65535;
}

/* The address in net-snmp's form: "udp:192.0.2.1:161", "udp6:[2001:db8::1]:161". */
static int
peer_find(struct device *device, const char *host, const char *port, char *peer,
    size_t size)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	char number[NI_MAXHOST];
	int rc = getaddrinfo(host, port, &hints, &found);

	if (rc == 0) {
		bool six = found->ai_family == AF_INET6;

		rc = getnameinfo(found->ai_addr, found->ai_addrlen, number,
		    sizeof(number), NULL, 0, NI_NUMERICHOST);
		if (rc == 0)
			snprintf(peer, size, six ? "udp6:[%s]:%s" : "udp:%s:%s", number,
			    port);
		freeaddrinfo(found);
	}
	if (rc) {
		device_log(device, LOG_CRIT, "cannot resolve hostname '%s': %s", host,
		    gai_strerror(rc));
		return S_BADCONFIG;
	}
	return 0;
}

int
snmp_open_device(struct snmp **snmp, struct device *device, const char *host,
    const char *port, const char *community)
{
	struct snmp *fresh;
	netsnmp_session session;
	char peer[NI_MAXHOST + 32];
	char *why = NULL;
	int rc;

	if (!port_is_good(port)) {
		device_log(device, LOG_CRIT, "port '%s' is not a number from 1 to 65535",
		    port);
		return S_BADCONFIG;
	}
	rc = peer_find(device, host, port, peer, sizeof(peer));
	if (rc)
		return rc;
	fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return S_OOPS;
	fresh->device = device;
	library_start();
	snmp_sess_init(&session);
	session.version = SNMP_VERSION_1;
	session.peername = peer;
	session.community = (u_char *)community;
	session.community_len = strlen(community);
	session.timeout = TIMEOUT_US;
	session.retries = REPEATS;
	fresh->session = snmp_sess_open(&session);
	if (!fresh->session) {
		snmp_error(&session, NULL, NULL, &why);
		device_log(device, LOG_CRIT, "cannot open an SNMP session to %s: %s",
		    peer, why);
		free(why);
		free(fresh);
		return S_OOPS;
	}
	*snmp = fresh;
	return 0;
}

void
snmp_close_device(struct snmp *snmp)
{
	if (!snmp)
		return;
	snmp_sess_close(snmp->session);
	free(snmp);
}

/* Questions. */

static size_t
oid_parse(const char *dots, oid name[SNMP_OID_MAX])
{
	size_t len = 0;

	for (const char *at = dots; *at == '.'; len++) {
		char *end;

		assert(len < SNMP_OID_MAX);
		name[len] = strtoul(at + 1, &end, 10);
		assert(end > at + 1);
		at = end;
	}
	assert(len > 1);
	return len;
}

static void
trace(struct snmp *snmp, char way, const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n > 0)
		device_trace(snmp->device, way, text,
		    (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* "command", "asked": what the log calls a question. */
static const char *
verb_of(int command)
{
	return command == SNMP_MSG_SET ? "write" : "read";
}

/* The device's error, as a code. */
static int
judge_error(struct snmp *snmp, int command, const char *dots, long error)
{
	trace(snmp, '<', "%s -> %s", dots, snmp_errstring((int)error));
	if (command == SNMP_MSG_GET && error == SNMP_ERR_NOSUCHNAME)
		return S_INVAL;
	device_log(snmp->device, LOG_CRIT, "cannot %s %s: the device answers '%s'",
	    verb_of(command), dots, snmp_errstring((int)error));
	return command == SNMP_MSG_SET ? S_RESETFAIL : S_OOPS;
}

/* What kept the library from getting an answer. */
static int
judge_silence(struct snmp *snmp, int command, const char *dots)
{
	int cli_error, snmp_error_code;
	char *why = NULL;

	snmp_sess_error(snmp->session, &cli_error, &snmp_error_code, &why);
	device_log(snmp->device, LOG_CRIT,
	    "cannot %s %s: error sending/receiving pdu (cliberr: %d / snmperr: %d / "
	    "error: %s).",
	    verb_of(command), dots, cli_error, snmp_error_code, why ? why : "?");
	trace(snmp, '=', "%s: %s", dots, why ? why : "?");
	free(why);
	return S_ACCESS;
}

/* Sends PDU, which has the one variable DOTS.  On 0 the answer has the same variable, with a
 * value of TYPE, and is the caller's to free. */
static int
ask(struct snmp *snmp, netsnmp_pdu *pdu, const char *dots, u_char type,
    netsnmp_pdu **answer)
{
	const netsnmp_variable_list *got;
	netsnmp_pdu *response = NULL;
	oid name[SNMP_OID_MAX];
	size_t len = oid_parse(dots, name);
	int command = pdu->command;
	int rc = 0;

	if (snmp_sess_synch_response(snmp->session, pdu, &response) != STAT_SUCCESS ||
	    !response) {
		rc = judge_silence(snmp, command, dots);
	} else if (response->errstat != SNMP_ERR_NOERROR) {
		rc = judge_error(snmp, command, dots, response->errstat);
	} else {
		got = response->variables;
		if (!got || got->next_variable || got->type != type ||
		    snmp_oid_compare(got->name, got->name_length, name, len) != 0) {
			device_log(snmp->device, LOG_CRIT,
			    "cannot %s %s: the device answers something else",
			    verb_of(command), dots);
			rc = S_OOPS;
		}
	}
	if (rc && response)
		snmp_free_pdu(response);
	else
		*answer = response;
	return rc;
}

static netsnmp_pdu *
pdu_new(struct snmp *snmp, int command, const char *dots, const long *value)
{
	netsnmp_pdu *pdu = snmp_pdu_create(command);
	oid name[SNMP_OID_MAX];
	size_t len = oid_parse(dots, name);

	if (!pdu)
		return NULL;
	if (value) {
		trace(snmp, '>', "SET %s INTEGER %ld", dots, *value);
		snmp_pdu_add_variable(pdu, name, len, ASN_INTEGER, value, sizeof(*value));
	} else {
		trace(snmp, '>', "GET %s", dots);
		snmp_add_null_var(pdu, name, len);
	}
	return pdu;
}

int
snmp_read_int(struct snmp *snmp, const char *dots, long *value)
{
	netsnmp_pdu *pdu = pdu_new(snmp, SNMP_MSG_GET, dots, NULL), *answer;
	int rc = pdu ? ask(snmp, pdu, dots, ASN_INTEGER, &answer) : S_OOPS;

	if (rc)
		return rc;
	*value = *answer->variables->val.integer;
	trace(snmp, '<', "%s -> INTEGER %ld", dots, *value);
	snmp_free_pdu(answer);
	return 0;
}

int
snmp_read_text(struct snmp *snmp, const char *dots, char *text, size_t size)
{
	netsnmp_pdu *pdu = pdu_new(snmp, SNMP_MSG_GET, dots, NULL), *answer;
	int rc = pdu ? ask(snmp, pdu, dots, ASN_OCTET_STR, &answer) : S_OOPS;

	if (rc)
		return rc;
	trace(snmp, '<', "%s -> STRING \"%.*s\"", dots, (int)answer->variables->val_len,
	    (const char *)answer->variables->val.string);
	if (snmp_text_parse(answer->variables->val.string, answer->variables->val_len,
	        text, size) < 0) {
		device_log(snmp->device, LOG_WARNING, "%s of the device is no text",
		    dots);
		rc = S_OOPS;
	}
	snmp_free_pdu(answer);
	return rc;
}

int
snmp_write_int(struct snmp *snmp, const char *dots, long value)
{
	netsnmp_pdu *pdu = pdu_new(snmp, SNMP_MSG_SET, dots, &value), *answer;
	int rc = pdu ? ask(snmp, pdu, dots, ASN_INTEGER, &answer) : S_OOPS;

	if (rc)
		return rc;
	if (*answer->variables->val.integer != value) {
		device_log(snmp->device, LOG_CRIT,
		    "cannot write %s: the device takes %ld for %ld", dots,
		    *answer->variables->val.integer, value);
		rc = S_RESETFAIL;
	} else {
		trace(snmp, '<', "%s -> ok", dots);
	}
	snmp_free_pdu(answer);
	return rc;
}
