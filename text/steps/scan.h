/*
 * Scanners for the regular expressions of widespread tokenizers: what their expressions match, by hand. Each is compared
 * with PCRE2 on the expression itself in tests/unit/text.
 */
#ifndef OC_TEXT_STEPS_SCAN_H
#define OC_TEXT_STEPS_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Of a text that is UTF-8: where the first match at or after `from` is; false: there is none. A match is never empty. */
typedef bool (*oc_scan)(const char *text, size_t n, size_t from, size_t *start, size_t *end);

/* The scanner for an expression's text, or NULL. */
oc_scan oc_scan_find(const char *expression, size_t n);

/* GPT-2's, which byte-level pre-tokenizers use: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
bool oc_scan_gpt2(const char *text, size_t n, size_t from, size_t *start, size_t *end);
/* CLIP's: <|startoftext|>|<|endoftext|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+ */
bool oc_scan_clip(const char *text, size_t n, size_t from, size_t *start, size_t *end);
/* The same without regard to case, as OpenAI's Python has it. */
bool oc_scan_clip_python(const char *text, size_t n, size_t from, size_t *start, size_t *end);
/* \s+ */
bool oc_scan_spaces(const char *text, size_t n, size_t from, size_t *start, size_t *end);

#endif
