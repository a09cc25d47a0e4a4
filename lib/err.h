/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The reason of a failure, made where the fact is known and printed once at the top.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

struct err {
	char text[320]; /* one line without a newline, cut with "..." when longer */
};

/* Writes the text and returns CODE, so that "return err_set(err, -EINVAL, ...)" reads well.
 * ERR may be NULL. */
int err_set(struct err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
