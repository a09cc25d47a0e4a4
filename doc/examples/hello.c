/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Says hello to its namesakes on all nodes and prints what it hears, for ten seconds.
 *
 *	cc -o hello hello.c $(pkg-config --cflags --libs libhbclient)
 *
 * ha.cf needs a line "apiauth hello uid=root".
 */
#include <heartbeat/hb_api.h>

#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

static void
node_status(const char *node, const char *status, void *unused)
{
	(void)unused;
	printf("node %s is %s\n", node, status);
}

int
main(void)
{
	ll_cluster_t *hb = ll_cluster_new("heartbeat");
	const time_t end = time(NULL) + 10;
	struct ha_msg *msg;
	const char *node;

	if (!hb || hb->llc_ops->signon(hb, "hello") != HA_OK)
		errx(1, "cannot sign on: %s", hb ? hb->llc_ops->errmsg(hb) : "no memory");
	hb->llc_ops->set_nstatus_callback(hb, node_status, NULL);
	if (hb->llc_ops->init_nodewalk(hb) != HA_OK)
		errx(1, "no list of nodes: %s", hb->llc_ops->errmsg(hb));
	while ((node = hb->llc_ops->nextnode(hb)))
		printf("node %s is %s\n", node, hb->llc_ops->node_status(hb, node));
	hb->llc_ops->end_nodewalk(hb);

	msg = ha_msg_new(0);
	if (!msg || ha_msg_add(msg, F_TYPE, "hello") != HA_OK ||
	    ha_msg_add(msg, "text", "good morning") != HA_OK ||
	    hb->llc_ops->send_ordered_clustermsg(hb, msg) != HA_OK)
		errx(1, "cannot send: %s", hb->llc_ops->errmsg(hb));
	ha_msg_del(msg);

	while (time(NULL) < end && hb->llc_ops->chan_is_connected(hb)) {
		struct pollfd pfd = { .fd = hb->llc_ops->inputfd(hb), .events = POLLIN };

		if (!hb->llc_ops->msgready(hb))
			poll(&pfd, 1, 100);
		while ((msg = hb->llc_ops->readmsg(hb, 0))) {
			const char *text = cl_get_string(msg, "text");

			if (text)
				printf("%s says %s\n", cl_get_string(msg, F_ORIG), text);
			ha_msg_del(msg);
		}
	}
	hb->llc_ops->delete (hb);
	return 0;
}
