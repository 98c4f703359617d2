/*
 * Structured logs: an event in plain words and key-value pairs, as text or as JSON lines, one write a line, on
 * standard error. Never image bytes, embeddings, file names from clients or keys.
 *
 *     oc_log(OC_LOG_INFO, "model loaded", OC_KV_S("model", name), OC_KV_I("ms", ms));
 */
#ifndef OC_BASE_LOG_H
#define OC_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oc_log_level { OC_LOG_DEBUG, OC_LOG_INFO, OC_LOG_WARN, OC_LOG_ERROR, OC_LOG_NONE };
enum oc_log_format { OC_LOG_TEXT, OC_LOG_JSON };

struct oc_kv {
    const char *key;
    enum { OC_KV_STRING, OC_KV_INT, OC_KV_FLOAT } kind;
    const char *s; /* borrowed for the call; NULL is written as an empty string */
    int64_t i;
    double f;
};
#define OC_KV_S(k, v) ((struct oc_kv){.key = (k), .kind = OC_KV_STRING, .s = (v)})
#define OC_KV_I(k, v) ((struct oc_kv){.key = (k), .kind = OC_KV_INT, .i = (int64_t)(v)})
#define OC_KV_F(k, v) ((struct oc_kv){.key = (k), .kind = OC_KV_FLOAT, .f = (v)})

/* Lines below `level` are dropped. Call before threads start. Default: text, OC_LOG_INFO. */
void oc_log_init(enum oc_log_format format, enum oc_log_level level);
bool oc_log_wants(enum oc_log_level level);
/* Names for options: "debug info warn error none", "text json"; false = unknown. */
bool oc_log_level_parse(const char *name, enum oc_log_level *out);
bool oc_log_format_parse(const char *name, enum oc_log_format *out);

void oc_log_kv(enum oc_log_level level, const char *event, const struct oc_kv *kv, size_t n);
#define oc_log(level, event, ...) \
    oc_log_kv((level), (event), (const struct oc_kv[]){__VA_ARGS__}, sizeof((const struct oc_kv[]){__VA_ARGS__}) / sizeof(struct oc_kv))

#endif
