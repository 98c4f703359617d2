/*
 * The API keys that the server accepts. Only digests of them are kept: SHA-256 of a random salt of this process and the key. A key that
 * is presented is digested in the same way and compared with all of them, bit by bit and without stopping early, so that time tells
 * neither how much of a key was right, nor its length, nor which one it was.
 */
#ifndef OC_SERVER_AUTH_KEYS_H
#define OC_SERVER_AUTH_KEYS_H

#include <stdbool.h>
#include "base/err.h"
#include "server/config/config.h"

struct oc_keys;

/*
 * Keys from --api-key and from the lines of a file (NULL: none): blanks around a key, empty lines and lines that begin with # do not
 * count. *out is NULL when there is neither: then no key is asked for. OC_E_INVALID names the option and the line, never the key: a file
 * that cannot be read or holds no key, a key of more than LIM_API_KEY bytes or with other than printable ASCII, more than LIM_API_KEYS.
 */
enum oc_status oc_keys_new(const struct oc_strings *given, const char *file, struct oc_keys **out, struct oc_err *err) OC_MUST_CHECK;
/* Reads the file again; on an error the keys there are stay. Any thread; nothing to do without a file, or when keys is NULL. */
enum oc_status oc_keys_reload(struct oc_keys *keys, struct oc_err *err) OC_MUST_CHECK;
/* Any thread. keys NULL: everything is accepted. */
bool oc_keys_accept(struct oc_keys *keys, const char *key, size_t n);
size_t oc_keys_count(struct oc_keys *keys);
void oc_keys_free(struct oc_keys *keys); /* wiped; NULL is fine */

/*
 * Overwrites keys where the process shows them: in the arguments (/proc/PID/cmdline, ps) and in the environment. After everything has been
 * read from there.
 */
void oc_keys_hide(int argc, char **argv, char **environment);

#endif
