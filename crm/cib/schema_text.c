/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammars, compiled in: a tool needs no installed file to judge a document. */
#include "crm/cib/schema_text.h"

#define INCLUDE(name, file)                                                              \
	__asm__(".section .rodata\n"                                                     \
	        ".global " #name "\n"                                                    \
	        ".hidden " #name "\n" #name ":\n"                                        \
	        ".incbin \"" file "\"\n"                                                 \
	        ".byte 0\n"                                                              \
	        ".previous\n")

INCLUDE(cib_grammar_p, "crm/cib/schemas/pacemaker.rng.in");
INCLUDE(cib_grammar_h, "crm/cib/schemas/heartbeat.rng.in");
