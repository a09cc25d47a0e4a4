/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages as programs for heartbeat see them: a list of named fields.
 *
 * Functions that return int return HA_OK or HA_FAIL, unless something else is said. Names
 * and values are copied; what a cl_get_* function returns belongs to the message and is
 * valid until the message is changed.  A name may occur more than once: the first is
 * found.
 */
#ifndef HEARTBEAT_HA_MSG_H
#define HEARTBEAT_HA_MSG_H

#include "../clplumbing/cl_log.h"
#include "../clplumbing/cl_uuid.h"
#include "../clplumbing/ipc.h"
#include "../clplumbing/longclock.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define HA_OK 1
#define HA_FAIL 0

/* Fields that have a meaning. */
#define F_TYPE "t"
#define F_SUBTYPE "subt"
#define F_ORIG "src"
#define F_ORIGUUID "srcuuid"
#define F_NODE "node"
#define F_NODELIST "nodelist"
#define F_DELNODELIST "delnodelist"
#define F_TO "dest"
#define F_TOUUID "destuuid"
#define F_STATUS "st"
#define F_WEIGHT "weight"
#define F_SITE "site"
#define F_PROTOCOL "protocol"
#define F_CLIENTNAME "cn"
#define F_CLIENTSTATUS "cs"
#define F_TIME "ts"
#define F_SEQ "seq"
#define F_LOAD "ld"
#define F_COMMENT "info"
#define F_TTL "ttl"
#define F_AUTH "auth"
#define F_HBGENERATION "hg"
#define F_CLIENT_GENERATION "client_gen"
#define F_FIRSTSEQ "firstseq"
#define F_LASTSEQ "lastseq"
#define F_ACKSEQ "ackseq"
#define F_ORDERSEQ "oseq"
#define F_DT "dt"
#define F_RESOURCES "rsc_hold"
#define F_RTYPE "rtype"
#define F_ISSTABLE "isstable"
#define F_FROMID "from_id"
#define F_TOID "to_id"
#define F_PID "pid"
#define F_UID "uid"
#define F_GID "gid"
#define F_APIREQ "reqtype"
#define F_APIRESULT "result"
#define F_IFNAME "ifname"
#define F_PNAME "pname"
#define F_PVALUE "pvalue"
#define F_DEADTIME "deadtime"
#define F_KEEPALIVE "keepalive"
#define F_LOGFACILITY "logfacility"
#define F_NODETYPE "nodetype"
#define F_NUMNODES "numnodes"
#define F_CRM_DATA "crm_xml"
#define F_XML_TAGNAME "__name__"

/* Types: values of F_TYPE. */
#define T_STATUS "status"
#define T_IFSTATUS "ifstat"
#define T_ASKRESOURCES "ask_resources"
#define T_ASKRELEASE "ip-request"
#define T_ACKRELEASE "ip-request-resp"
#define T_STARTING "starting"
#define T_RESOURCES "resource"
#define T_SHUTDONE "shutdone"
#define T_STONITH "stonith"
#define T_APIREQ "hbapi-req"
#define T_APIRESP "hbapi-resp"
#define T_APICLISTAT "hbapi-clstat"
#define T_QCSTATUS "query-cstatus"
#define T_RCSTATUS "respond-cstatus"
#define T_ADDNODE "addnode"
#define T_DELNODE "delnode"
#define T_SETWEIGHT "setweight"
#define T_SETSITE "setsite"
#define T_REQNODES "reqnodes"
#define T_REPNODES "repnodes"
#define T_ATTRD "attrd"
#define T_CRM "crmd"
#define NOSEQ_PREFIX "NS_" /* types that have no sequence number and may come twice */
#define T_NS_STATUS "NS_st"
#define T_REXMIT "NS_rexmit"
#define T_ACKMSG "NS_ackmsg"

/* Types of fields. */
#define FT_STRING 0
#define FT_BINARY 1
#define FT_STRUCT 2
#define FT_LIST 3
#define FT_COMPRESS 4   /* a struct that came compressed; cl_get_struct() expands it */
#define FT_UNCOMPRESS 5 /* a struct that the daemon compresses on its way */

#define MAXMSG (256 * 1024) /* bytes of a message in its encoded form */
#define MAXUNCOMPRESSED (2048 * 1024)
#define MAXLENGTH 1024
#define MAXDEPTH 16 /* structs in structs */
#define MSG_START ">>>\n"
#define MSG_END "<<<\n"
#define MSG_START_NETSTRING "###\n"
#define MSG_END_NETSTRING "%%%\n"

/* The flags of msgfromIPC() and wirefmt2msg(). */
#define MSG_NEEDAUTH 0x1
#define MSG_ALLOWINTR 0x2

/* Parallel arrays of NFIELDS entries, with room for NALLOC.  A value is text that ends in
 * NUL, LENGTH bytes, a struct ha_msg (FT_STRUCT, FT_UNCOMPRESS) or a GList of texts
 * (FT_LIST). */
struct ha_msg {
	int nfields;
	int nalloc;
	char **names;
	size_t *nlens;
	void **values;
	size_t *vlens;
	int *types;
};

#ifndef HA_HAVE_CL_MSGFMT
#define HA_HAVE_CL_MSGFMT
enum cl_msgfmt { MSGFMT_NVPAIR, MSGFMT_NETSTRING };
#endif

/* The argument is not used any more; 0 is fine.  NULL: out of memory. */
struct ha_msg *ha_msg_new(int nfields);
/* NULL is fine. */
void ha_msg_del(struct ha_msg *msg);
struct ha_msg *ha_msg_copy(const struct ha_msg *msg);

/* Append. */
int ha_msg_add(struct ha_msg *msg, const char *name, const char *value);
int ha_msg_nadd(struct ha_msg *msg, const char *name, int namelen, const char *value,
    int vallen);
int ha_msg_nadd_type(struct ha_msg *msg, const char *name, int namelen, const char *value,
    int vallen, int type); /* FT_STRING or FT_BINARY */
int ha_msg_add_int(struct ha_msg *msg, const char *name, int value);
int ha_msg_add_ul(struct ha_msg *msg, const char *name, unsigned long value);
int ha_msg_addbin(struct ha_msg *msg, const char *name, const void *value, size_t len);
int ha_msg_adduuid(struct ha_msg *msg, const char *name, const cl_uuid_t *uuid);
/* CHILD is a struct ha_msg; it is copied. */
int ha_msg_addstruct(struct ha_msg *msg, const char *name, const void *child);
int ha_msg_addstruct_compress(struct ha_msg *msg, const char *name, const void *child);
int ha_msg_add_str_table(struct ha_msg *msg, const char *name, GHashTable *table);

/* Change the first field of that name, or append it. */
int cl_msg_modstring(struct ha_msg *msg, const char *name, const char *value);
int cl_msg_modbin(struct ha_msg *msg, const char *name, const void *value, size_t len);
int cl_msg_moduuid(struct ha_msg *msg, const char *name, const cl_uuid_t *uuid);
int cl_msg_modstruct(struct ha_msg *msg, const char *name, const struct ha_msg *child);
int ha_msg_mod_int(struct ha_msg *msg, const char *name, int value);
int ha_msg_mod_ul(struct ha_msg *msg, const char *name, unsigned long value);
int ha_msg_mod_str_table(struct ha_msg *msg, const char *name, GHashTable *table);
#define ha_msg_mod(msg, name, value) cl_msg_modstring(msg, name, value)

/* Take away; HA_FAIL when there is nothing like it. */
int cl_msg_remove(struct ha_msg *msg, const char *name);
int cl_msg_remove_value(struct ha_msg *msg, const void *value);
int cl_msg_remove_offset(struct ha_msg *msg, int index);

/* Read.  NULL when missing or of another type. */
const char *cl_get_string(const struct ha_msg *msg, const char *name);
#define ha_msg_value(msg, name) cl_get_string(msg, name)
const void *cl_get_binary(const struct ha_msg *msg, const char *name, size_t *len);
int cl_get_uuid(const struct ha_msg *msg, const char *name, cl_uuid_t *uuid);
struct ha_msg *cl_get_struct(struct ha_msg *msg, const char *name);
/* FT_STRING ..., or -1 when missing. */
int cl_get_type(const struct ha_msg *msg, const char *name);
int ha_msg_value_int(const struct ha_msg *msg, const char *name, int *value);
int ha_msg_value_ul(const struct ha_msg *msg, const char *name, unsigned long *value);
/* The caller's: a table of g_malloc'ed texts. */
GHashTable *ha_msg_value_str_table(struct ha_msg *msg, const char *name);
/* The caller's: list_cleanup(). */
GList *ha_msg_value_str_list(struct ha_msg *msg, const char *name);

/* Lists of texts; they are copied. */
int cl_msg_add_list(struct ha_msg *msg, const char *name, GList *list);
int cl_msg_add_list_str(struct ha_msg *msg, const char *name, char **texts, size_t count);
int cl_msg_add_list_int(struct ha_msg *msg, const char *name, int *numbers, size_t count);
int cl_msg_list_add_string(struct ha_msg *msg, const char *name, const char *text);
GList *cl_msg_get_list(struct ha_msg *msg, const char *name);
/* *COUNT: how many fit; afterwards how many there are, also when they do not fit. */
int cl_msg_get_list_int(struct ha_msg *msg, const char *name, int *numbers,
    size_t *count);
/* -1: no such list. */
int cl_msg_list_length(struct ha_msg *msg, const char *name);
void *cl_msg_list_nth_data(struct ha_msg *msg, const char *name, int n);
void list_cleanup(GList *list);

/* Encoded forms.  What is returned is the caller's: free(). */
char *msg2string(const struct ha_msg *msg); /* classic form, NULL: it cannot carry it */
struct ha_msg *string2msg(const char *text, size_t len);
char *msg2wirefmt(struct ha_msg *msg, size_t *len); /* the form that the daemon likes */
char *msg2wirefmt_noac(struct ha_msg *msg, size_t *len);
char *msg2netstring(const struct ha_msg *msg, size_t *len);
struct ha_msg *wirefmt2msg(const char *bytes, size_t len, int flags);
struct ha_msg *netstring2msg(const char *bytes, size_t len, int flags);

/* Sends over a channel, as ipcchan() gives one. */
int msg2ipcchan(struct ha_msg *msg, IPC_Channel *channel);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
