# SPDX-License-Identifier: GPL-2.0-or-later
"""What 3.0.6 does to itself, and no word about ours: on a busy machine one case in twenty proves nothing.

It loses a message between a script and its daemon; one of its own processes sleeps through the only signal that tells it
to end, and after 30 s the daemon kills itself.  Its log says so.  Such a case is run again.
"""

OWN_LOSSES = ("NV failure (msgfromsteam)", "msg2string: Message with zero fields",
              "ha_msg_addraw_ll: illegal field", "line doesn't contain '='",
              "Emergency Shutdown: Attempting to kill everything ourselves")
RETRIES = 4


def has_lost_its_own(nodes):
    return any(text in node.log() for node in nodes if getattr(node, "kind", "") == "debian" for text in OWN_LOSSES)
