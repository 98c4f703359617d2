/*
 * What libmicrohttpd (0.9.75) lets through although a stricter server in front or behind would see another request in it: names with
 * blanks, folded lines, NUL bytes. It hands out pointers into its read buffer, and in a sound head each line follows the one before without
 * a gap: that is what is checked.
 */
#ifndef OC_SERVER_HTTP_FRAMING_H
#define OC_SERVER_HTTP_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

/* Walks over the headers in their order. Zeroed to begin with. */
struct oc_framing {
    const char *end;   /* behind the last value: where its line's end was */
    const char *wrong; /* what is wrong with the head; NULL: nothing so far */
};

/* The next header, as libmicrohttpd points to it. */
void oc_framing_header(struct oc_framing *f, const char *name, const char *value);
/* After the last one. */
void oc_framing_end(struct oc_framing *f);
/* The request line: the target as it was sent (length of its text up to a NUL), where it lies, and where the version lies. */
bool oc_framing_target_is_whole(const char *target, size_t length, const char *version);

#endif
