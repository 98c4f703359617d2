/*
 * Writes JSON text. The first failure sticks in `st` and ends all writing, so that a writer of many fields looks once. Commas
 * are put where they belong; a member is a name followed by a value.
 */
#ifndef ENG_INSPECT_JSON_H
#define ENG_INSPECT_JSON_H

#include "base/buf.h"

struct eng_json {
    struct oc_buf *out; /* borrowed */
    enum oc_status st;
    bool comma; /* before the next value or name */
};

/* Object and array: '{' or '[' and its partner. */
void eng_json_open(struct eng_json *j, char bracket);
void eng_json_close(struct eng_json *j, char bracket);
void eng_json_name(struct eng_json *j, const char *name);
/* Text is escaped; bytes that are not UTF-8 become U+FFFD. NULL becomes null. */
void eng_json_text(struct eng_json *j, const char *s);
void eng_json_int(struct eng_json *j, int64_t v);
void eng_json_bool(struct eng_json *j, bool v);
void eng_json_null(struct eng_json *j);

#endif
