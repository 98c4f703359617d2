/* The search for added tokens; see added.h. The rules are those of Hugging Face's tokenizers (tokenizer/added_vocabulary.rs). */
#include "text/steps/added.h"
#include "base/limits.h"
#include "text/unicode/chars.h"

/* A word character as Rust's regular expressions have it. */
#define WORD "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}]"

enum oc_status oc_added_add(struct oc_added *a, const char *text, size_t n, struct oc_added_token token, struct oc_err *err)
{
    if (n > LIM_TOKEN_BYTES)
        return oc_err_set(err, OC_E_MODEL, "added_tokens: a token of %zu bytes; %d are allowed", n, LIM_TOKEN_BYTES);
    if (a->n == a->cap) {
        size_t cap = a->cap ? 2 * a->cap : 16;
        void *tokens = oc_mem_realloc(OC_MEM_MODEL, a->tokens, cap * sizeof *a->tokens);
        if (!tokens)
            return oc_err_nomem(err, "added_tokens", cap * sizeof *a->tokens);
        a->tokens = tokens;
        a->cap = cap;
    }
    token.text = oc_mem_strndup(OC_MEM_MODEL, text, n);
    token.len = (uint32_t)n;
    if (!token.text)
        return oc_err_nomem(err, "added_tokens", n);
    a->tokens[a->n++] = token;
    return OC_OK;
}

enum oc_status oc_added_finish(struct oc_added *a, struct oc_err *err)
{
    struct oc_trie_entry *entries = oc_mem_array(OC_MEM_MODEL, a->n + 1, sizeof *entries);
    if (!entries)
        return oc_err_nomem(err, "added_tokens", a->n * sizeof *entries);
    bool single = false;
    for (size_t i = 0; i < a->n; i++) {
        entries[i] = (struct oc_trie_entry){a->tokens[i].text, a->tokens[i].len, (int32_t)i};
        single |= a->tokens[i].single_word;
    }
    enum oc_status st = oc_trie_build(&a->trie, entries, a->n, err);
    oc_mem_free(entries);
    return st || !single ? st : oc_pattern_expression(&a->word, WORD, strlen(WORD), err);
}

void oc_added_deinit(struct oc_added *a)
{
    for (size_t i = 0; i < a->n; i++)
        oc_mem_free(a->tokens[i].text);
    oc_mem_free(a->tokens);
    oc_trie_deinit(&a->trie);
    oc_pattern_deinit(&a->word);
    *a = (struct oc_added){0};
}

struct oc_added_walk oc_added_begin(const struct oc_added *a, const char *text, size_t n, struct oc_regex_run **run)
{
    return (struct oc_added_walk){.added = a, .text = text, .n = n, .run = run};
}

/* The longest token at i; -1: none begins here. */
static int32_t longest_at(const struct oc_added_walk *w, size_t i, size_t *end)
{
    const struct oc_trie *t = &w->added->trie;
    int32_t found = -1;
    uint32_t node = 0;
    for (; i < w->n && (node = oc_trie_step(t, node, (uint8_t)w->text[i])); i++)
        if (t->nodes[node].value >= 0) {
            found = t->nodes[node].value;
            *end = i + 1;
        }
    return found;
}

static enum oc_status is_word(struct oc_added_walk *w, size_t at, bool *yes, struct oc_err *err)
{
    size_t start, end;
    struct oc_matches m = oc_matches_begin(&w->added->word, w->text + at, oc_char_bytes((uint8_t)w->text[at]), w->run);
    enum oc_status st = oc_matches_next(&m, &start, &end, err);
    *yes = start != SIZE_MAX;
    return st;
}

static enum oc_status stands_alone(struct oc_added_walk *w, size_t start, size_t end, bool *alone, struct oc_err *err)
{
    bool left = false, right = false;
    enum oc_status st = start ? is_word(w, (size_t)(oc_char_before(w->text + start) - w->text), &left, err) : OC_OK;
    if (!st && end < w->n)
        st = is_word(w, end, &right, err);
    *alone = !left && !right;
    return st;
}

/* A token's place with the white space it takes along, but none that is taken already. */
static struct oc_added_place widen(const struct oc_added_walk *w, const struct oc_added_token *t, size_t start, size_t end)
{
    size_t bytes;
    while (t->left && start > w->done) {
        const char *before = oc_char_before(w->text + start);
        if (!oc_char_is_space(oc_char_at(before, &bytes)))
            break;
        start = (size_t)(before - w->text);
    }
    while (t->right && end < w->n && oc_char_is_space(oc_char_at(w->text + end, &bytes)))
        end += bytes;
    start = start < w->done ? w->done : start;
    return (struct oc_added_place){start, end < start ? start : end, t->id};
}

/* The next token that counts, from w->at on; *found false: none is left. */
static enum oc_status find_token(struct oc_added_walk *w, struct oc_added_place *place, bool *found, struct oc_err *err)
{
    *found = false;
    while (w->at < w->n) {
        size_t start = w->at, end = 0;
        int32_t number = w->added->trie.root[(uint8_t)w->text[start]] ? longest_at(w, start, &end) : -1;
        w->at = number < 0 ? start + 1 : end;
        if (number < 0)
            continue;
        const struct oc_added_token *t = &w->added->tokens[number];
        bool alone = true;
        enum oc_status st = t->single_word ? stands_alone(w, start, end, &alone, err) : OC_OK;
        if (st)
            return st;
        if (!alone)
            continue;
        *place = widen(w, t, start, end);
        *found = true;
        return OC_OK;
    }
    return OC_OK;
}

enum oc_status oc_added_next(struct oc_added_walk *w, struct oc_added_place *place, bool *more, struct oc_err *err)
{
    *more = true;
    if (w->held.end) {
        *place = w->held;
        w->held = (struct oc_added_place){0};
        return OC_OK;
    }
    bool found = false;
    size_t done = w->done;
    enum oc_status st = w->added->n ? find_token(w, place, &found, err) : OC_OK;
    if (st)
        return st;
    if (found) {
        w->done = place->end;
        if (place->start > done) {
            w->held = *place;
            *place = (struct oc_added_place){done, w->held.start, -1};
        }
        return OC_OK;
    }
    *more = done < w->n;
    *place = (struct oc_added_place){done, w->n, -1};
    w->done = w->at = w->n;
    return OC_OK;
}
