/* UTF-8 as it must be (RFC 3629), for text that came from outside. */
#ifndef OC_BASE_UTF8_H
#define OC_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at p, of which `left` > 0 bytes are there; 0 when it is cut, malformed, overlong, a surrogate or past U+10FFFF. */
size_t oc_utf8_length(const uint8_t *p, size_t left);
/* Replaces each byte of a NUL-terminated text that is part of no character by '?', in place. */
void oc_utf8_repair(char *text);

/* Bytes of the mark U+FEFF that some editors put before a text: 3, or 0 when there is none. */
size_t oc_utf8_mark(const char *text, size_t n);

#endif
