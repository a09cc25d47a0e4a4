/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the meatware driver and meatclient(8) say to each other (spec/stonith.md 3): the driver
 * makes a FIFO that only root can open, the client writes one message into it.  The message is
 * the words of MEATWARE_REPLY and the host, filled up with zeros.
 */
#ifndef STONITH_KIT_MEATWARE_H
#define STONITH_KIT_MEATWARE_H

#define MEATWARE_FIFO "/run/meatware." /* and the host, in lower case */
#define MEATWARE_REPLY "meatware reply "
#define MEATWARE_MESSAGE 256 /* bytes */
#define MEATWARE_HOST_MAX 200

#endif
