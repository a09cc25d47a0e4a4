/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammars of schemas/ as text, each ended by a NUL. */
#ifndef CRM_CIB_SCHEMA_TEXT_H
#define CRM_CIB_SCHEMA_TEXT_H

extern const char cib_grammar_p[], cib_grammar_h[];

#endif
