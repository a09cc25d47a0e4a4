/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIB_ARRAY_H
#define LIB_ARRAY_H

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1u << (n))

#endif
