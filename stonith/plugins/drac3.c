/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dell DRAC III over HTTPS (spec/stonith.md 10): XML commands posted to the card, after a login
 * by challenge.  The card can cycle the power and nothing else, so "on" and "off" are refused
 * instead of doing something that was not asked for.  Its certificate is not checked: cards make
 * their own.
 */
#include "stonith/kit/drac.h"
#include "stonith/kit/hostlist.h"

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRANSFER_S 30
#define ANSWER_MAX 65536 /* bytes of an answer; more ends the transfer */

#define COMMAND_HEAD "<?XML version=\"1.0\"?><?RMCXML version=\"1.0\"?><RMCSEQ>"
#define COMMAND_INFO                                                                     \
	COMMAND_HEAD "<REQ CMD=\"xml2cli\"><CMDINPUT>getsysinfo -A</CMDINPUT></REQ>"     \
	             "</RMCSEQ>\n"
#define COMMAND_CYCLE                                                                    \
	COMMAND_HEAD "<REQ CMD=\"serveraction\"><ACT>powercycle</ACT></REQ></RMCSEQ>\n"

struct card {
	struct device *device;
	CURL *curl;
	bool challenged; /* it may hold a session for us */
	char answer[ANSWER_MAX];
	size_t answer_len;
};

/* Transfers. */

static size_t
on_data(char *bytes, size_t size, size_t count, void *data)
{
	struct card *card = data;
	size_t len = size * count;

	if (len > sizeof(card->answer) - card->answer_len)
		return 0; /* ends the transfer with an error */
	memcpy(card->answer + card->answer_len, bytes, len);
	card->answer_len += len;
	return len;
}

static long
limit_ms(struct device *device)
{
	long left = device_time_left(device);

	return left < TRANSFER_S * 1000L ? (left > 1 ? left : 1) : TRANSFER_S * 1000L;
}

/* GET, or POST when there is a BODY.  0, or S_ACCESS, logged. */
static int
transfer(struct card *card, const char *path, const char *body)
{
	const char *host = device_param(card->device, "host");
	bool bare_six = strchr(host, ':') && host[0] != '[';
	char url[1024];
	CURLcode code;
	long status = 0;
	int n = snprintf(url, sizeof(url), "https://%s%s%s%s", bare_six ? "[" : "", host,
	    bare_six ? "]" : "", path);

	if (n < 0 || (size_t)n >= sizeof(url)) {
		device_log(card->device, LOG_CRIT,
		    "the address of a request is too long");
		return S_ACCESS;
	}
	device_trace(card->device, '>', url, (size_t)n);
	if (body)
		device_trace(card->device, '>', body, strlen(body));
	card->answer_len = 0;
	curl_easy_setopt(card->curl, CURLOPT_URL, url);
	if (body) {
		curl_easy_setopt(card->curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(card->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
	} else {
		curl_easy_setopt(card->curl, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(card->curl, CURLOPT_TIMEOUT_MS, limit_ms(card->device));
	code = curl_easy_perform(card->curl);
	device_trace(card->device, '<', card->answer, card->answer_len);
	if (code == CURLE_OK)
		curl_easy_getinfo(card->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && status == 200)
		return 0;
	if (code == CURLE_OK)
		device_log(card->device, LOG_ERR, "%s: HTTP status %ld", host, status);
	else if (code == CURLE_WRITE_ERROR)
		device_log(card->device, LOG_ERR,
		    "%s: the answer is longer than %d bytes", host, ANSWER_MAX);
	else
		device_log(card->device, LOG_ERR, "%s: %s", host,
		    curl_easy_strerror(code));
	return S_ACCESS;
}

/* Whether the last answer says that it was done. */
static bool
is_done(const struct card *card)
{
	char rc[DRAC_ELEMENT_MAX];

	return drac_element(card->answer, card->answer_len, "RC", rc) == 0 &&
	       strcmp(rc, "0x0") == 0;
}

static CURL *
handle_new(struct card *card)
{
	CURL *curl = curl_easy_init();

	if (!curl)
		return NULL;
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_COOKIEFILE, ""); /* kept, and in no file */
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, card);
	return curl;
}

/* The session. */

/* What the card gave us to be known by must not be in a transcript either; it is not
 * traced, but an answer may repeat it. */
static void
hide_cookies(struct card *card)
{
	struct curl_slist *cookies = NULL;

	curl_easy_getinfo(card->curl, CURLINFO_COOKIELIST, &cookies);
	for (const struct curl_slist *c = cookies; c; c = c->next) {
		const char *value = strrchr(c->data, '\t');

		if (value && value[1])
			device_secret(card->device, value + 1);
	}
	curl_slist_free_all(cookies);
}

static int
login(struct card *card)
{
	struct device *device = card->device;
	char challenge[DRAC_ELEMENT_MAX], hash[DRAC_HASH_MAX], path[512];
	char *user;
	int rc;

	card->challenged = true;
	rc = transfer(card, "/cgi/challenge", NULL);
	if (rc)
		return rc;
	if (!is_done(card) ||
	    drac_element(card->answer, card->answer_len, "CHALLENGE", challenge) ||
	    drac_hash(challenge, device_param(device, "password"), hash)) {
		device_log(device, LOG_ERR, "the card gives no challenge");
		return S_ACCESS;
	}
	hide_cookies(card);
	device_secret(device, hash);
	user = curl_easy_escape(card->curl, device_param(device, "login"), 0);
	if (!user)
		return S_OOPS;
	snprintf(path, sizeof(path), "/cgi/login?user=%s&hash=%s", user, hash);
	curl_free(user);
	rc = transfer(card, path, NULL);
	return rc || is_done(card) ? rc : S_ACCESS;
}

/* Logs in unless we are. */
static int
session_begin(struct card *card, const char *who)
{
	struct device *device = card->device;
	int rc = transfer(card, "/cgi/bin", COMMAND_INFO);

	if (rc == 0 && is_done(card))
		return 0;
	if (rc == 0)
		rc = login(card);
	if (rc)
		device_log(device, LOG_CRIT, "%s: cannot log into %s at %s", who,
		    device_id(device), device_param(device, "host"));
	return rc;
}

/* The driver. */

static int
drac3_configure(struct device *device)
{
	const char *host = device_param(device, "host");
	struct card *card;

	/* It becomes a part of an URL. */
	if (host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                      "0123456789.-_:[]%")] ||
	    strlen(host) > 255) {
		device_log(device, LOG_CRIT, "'%s' is no host", host);
		return S_BADCONFIG;
	}
	if (strlen(device_param(device, "login")) > 64) {
		device_log(device, LOG_CRIT, "the login is longer than 64 characters");
		return S_BADCONFIG;
	}
	card = calloc(1, sizeof(*card));
	if (!card)
		return S_OOPS;
	card->device = device;
	card->curl = handle_new(card);
	if (!card->curl) {
		free(card);
		return S_OOPS;
	}
	device_set_data(device, card);
	device_set_name(device, host);
	return 0;
}

static int
drac3_status(struct device *device)
{
	struct card *card = device_data(device);
	int rc = session_begin(card, "drac3_status");

	if (rc)
		return rc;
	rc = transfer(card, "/cgi/bin", COMMAND_INFO);
	return rc || is_done(card) ? rc : S_ACCESS;
}

static int
drac3_hosts(struct device *device)
{
	host_tell(device, device_param(device, "host"));
	return 0;
}

static int
drac3_request(struct device *device, enum stonith_op op, const char *host)
{
	struct card *card = device_data(device);
	int rc;

	if (!host_is(host, device_param(device, "host"))) {
		device_log(device, LOG_CRIT, "%s doesn't control host [%s]",
		    device_id(device), host);
		return S_BADHOST;
	}
	if (op != ST_GENERIC_RESET) {
		device_log(device, LOG_CRIT,
		    "%s can only cycle the power of a host, not turn it %s",
		    device_id(device), op == ST_POWERON ? "on" : "off");
		return S_INVAL;
	}
	rc = session_begin(card, "drac3_reset_req");
	if (rc)
		return rc;
	rc = transfer(card, "/cgi/bin", COMMAND_CYCLE);
	if (rc == 0 && !is_done(card)) {
		device_log(device, LOG_CRIT, "the card refuses to cycle the power of %s",
		    host);
		rc = S_ACCESS;
	}
	return rc;
}

static void
drac3_close(struct device *device)
{
	struct card *card = device_data(device);

	if (!card)
		return;
	if (card->challenged)
		transfer(card, "/cgi/logout", NULL);
	curl_easy_cleanup(card->curl);
	free(card);
	device_set_data(device, NULL);
}

static const struct plugin_param params[] = {
	{ .name = "host",
	    .label = "host",
	    .text = "The address of the card.  It is also the name of the host: the card "
	            "must be "
	            "called in the network as its node is in the cluster.",
	    .unique = true },
	{ .name = "login", .label = "Login", .text = "The user that logs in." },
	{ .name = "password",
	    .label = "Password",
	    .text = "The user's password.",
	    .secret = true },
	{ .name = NULL },
};

const struct plugin stonith_plugin = {
	.abi = STONITH_PLUGIN_ABI,
	.id = "Dell DRACIII Card",
	.descr =
	    "Dell DRAC III remote access card, by XML commands over HTTPS.  It can reset "
	    "(power cycle) its host, nothing else.",
	.url = "http://www.dell.com/",
	.params = params,
	.configure = drac3_configure,
	.status = drac3_status,
	.hosts = drac3_hosts,
	.request = drac3_request,
	.close = drac3_close,
};
