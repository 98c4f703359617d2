/* See json_place.h. */
#include "handlers/input/json_place.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/limits.h"

/* One level: the element's number in a list, or the last key of an object. */
struct level {
    bool list;
    size_t index;
    const char *key; /* in the text, without quotes; NULL before the first one */
    size_t key_len;
};

struct walk {
    struct level levels[LIM_JSON_DEPTH + 1];
    int depth;
    bool wants_key; /* the next string of an object is a key */
};

/* The end of a string that begins behind its quote. */
static size_t string_end(const char *text, size_t n, size_t i)
{
    while (i < n && text[i] != '"')
        i += text[i] == '\\' ? 2 : 1;
    return i < n ? i : n;
}

/* One character outside of strings. */
static void step(struct walk *w, char c)
{
    struct level *top = w->depth ? &w->levels[w->depth - 1] : NULL;
    if ((c == '{' || c == '[') && w->depth <= LIM_JSON_DEPTH) {
        w->levels[w->depth++] = (struct level){.list = c == '['};
        w->wants_key = c == '{';
    } else if ((c == '}' || c == ']') && top) {
        w->depth--;
        w->wants_key = false;
    } else if (c == ',' && top) {
        top->index++;
        w->wants_key = !top->list;
    }
}

static void print(const struct walk *w, char path[OC_JSON_PLACE])
{
    size_t used = 0;
    path[0] = 0;
    for (int i = 0; i < w->depth; i++) {
        const struct level *l = &w->levels[i];
        int room = (int)(OC_JSON_PLACE - used), n;
        if (l->list)
            n = snprintf(path + used, (size_t)room, "/%zu", l->index);
        else
            n = l->key ? snprintf(path + used, (size_t)room, "/%.*s", (int)(l->key_len < 64 ? l->key_len : 64), l->key) : 0;
        if (n < 0 || n >= room - 4) {
            memcpy(path + used, "...", 4);
            return;
        }
        used += (size_t)n;
    }
    for (char *p = path; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F)
            *p = '?';
}

const char *oc_json_place(const char *text, size_t n, size_t at, char path[OC_JSON_PLACE])
{
    struct walk w = {.depth = 0};
    for (size_t i = 0; i < n && i < at; i++) {
        if (text[i] != '"') {
            step(&w, text[i]);
            continue;
        }
        size_t start = i + 1;
        i = string_end(text, n, start);
        struct level *top = w.depth ? &w.levels[w.depth - 1] : NULL;
        if (top && !top->list && w.wants_key) {
            top->key = text + start;
            top->key_len = i - start;
            w.wants_key = false;
        }
    }
    print(&w, path);
    return path;
}
