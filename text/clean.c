/* Cleaning of texts; see clean.h. */
#include "text/clean.h"
#include <string.h>
#include "base/limits.h"
#include "text/unicode/chars.h"
#include "text/unicode/forms.h"

static enum oc_status collapse(const char *text, size_t n, struct oc_buf *out)
{
    enum oc_status st = OC_OK;
    bool gap = false, begun = false;
    for (size_t i = 0, bytes; !st && i < n; i += bytes) {
        if (oc_char_is_space(oc_char_at(text + i, &bytes))) {
            gap = true;
            continue;
        }
        if (gap && begun)
            st = oc_buf_add(out, " ", 1);
        if (!st)
            st = oc_buf_add(out, text + i, bytes);
        gap = false;
        begun = true;
    }
    return st;
}

static bool is_punctuation(char c)
{
    return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z');
}

static enum oc_status without_punctuation(const char *text, size_t n, bool underscore_is_space, struct oc_buf *out)
{
    enum oc_status st = oc_buf_reserve(out, n);
    for (size_t i = 0; !st && i < n; i++)
        if (!is_punctuation(text[i]))
            st = oc_buf_add(out, text + i, 1);
        else if (text[i] == '_' && underscore_is_space)
            st = oc_buf_add(out, " ", 1);
    return st;
}

/* One step: reads one buffer, writes the other. */
enum step { END, SPACES, PUNCTUATION, UNDERSCORES, LOWER };

static enum oc_status take_step(enum step step, const struct oc_buf *in, struct oc_buf *out)
{
    const char *text = in->data ? in->data : "";
    if (step == SPACES)
        return collapse(text, in->len, out);
    if (step == LOWER)
        return oc_forms_add_lower(text, in->len, out);
    return without_punctuation(text, in->len, step == UNDERSCORES, out);
}

enum oc_status oc_text_clean(enum oc_text_clean how, const char *text, size_t n, struct oc_buf *out)
{
    static const enum step steps[][4] = {[OC_CLEAN_NONE] = {END},
                                         [OC_CLEAN_WHITESPACE] = {SPACES},
                                         [OC_CLEAN_LOWER] = {SPACES, LOWER},
                                         [OC_CLEAN_CANONICALIZE] = {UNDERSCORES, LOWER, SPACES},
                                         [OC_CLEAN_IMMICH] = {SPACES, PUNCTUATION, LOWER}};
    struct oc_buf repaired, rooms[2];
    oc_buf_init(&repaired, OC_MEM_OTHER, out->max);
    for (int i = 0; i < 2; i++)
        oc_buf_init(&rooms[i], OC_MEM_OTHER, out->max);
    enum oc_status st = oc_chars_repair(&text, &n, &repaired);
    if (!st)
        st = oc_buf_add(&rooms[0], text, n);
    int from = 0;
    for (const enum step *s = steps[how]; !st && *s != END; s++, from ^= 1) {
        oc_buf_reset(&rooms[from ^ 1]);
        st = take_step(*s, &rooms[from], &rooms[from ^ 1]);
    }
    if (!st)
        st = oc_buf_add(out, rooms[from].data ? rooms[from].data : "", rooms[from].len);
    oc_buf_deinit(&repaired);
    oc_buf_deinit(&rooms[0]);
    oc_buf_deinit(&rooms[1]);
    return st;
}
