/* Reading the sources of options, lowest precedence first; see config.h. A repeated option makes a list longer; a higher source replaces
 * it. */
#include "server/config/config.h"
#include "base/limits.h"
#include "base/thread.h"
#include <errno.h>
#include <jansson.h>

#define ARENA_BYTES OC_MIB(16)

static enum oc_status add_n(struct oc_arena *arena, struct oc_raw *raw, size_t option, const char *value, size_t len)
{
    size_t n = raw->n[option];
    if ((n & (n - 1)) == 0) { /* full at 0, 1, 2, 4, 8 ... values */
        const char **more = oc_arena_array(arena, n ? n * 2 : 1, sizeof *more);
        if (!more)
            return OC_E_NOMEM;
        if (n)
            memcpy(more, raw->values[option], n * sizeof *more);
        raw->values[option] = more;
    }
    raw->values[option][n] = oc_arena_strndup(arena, value, len);
    if (!raw->values[option][n])
        return OC_E_NOMEM;
    raw->n[option]++;
    return OC_OK;
}

enum oc_status oc_raw_add(struct oc_arena *arena, struct oc_raw *raw, size_t option, const char *value)
{
    return add_n(arena, raw, option, value, strlen(value));
}

enum oc_status oc_raw_add_list(struct oc_arena *arena, struct oc_raw *raw, size_t option, const char *text)
{
    enum oc_status st = OC_OK;
    while (!st && *text) {
        size_t n = strcspn(text, ",");
        if (n)
            st = add_n(arena, raw, option, text, n);
        text += n + (text[n] == ',');
    }
    return st;
}

static bool is_list(int option)
{
    size_t n;
    enum oc_option_type type = oc_options(&n)[option].type;
    return type == OC_OPTION_LIST || type == OC_OPTION_SECRETS;
}

static bool is_secret(int option)
{
    size_t n;
    return oc_options(&n)[option].type == OC_OPTION_SECRETS;
}

static enum oc_status add_text(struct oc_arena *arena, struct oc_raw *raw, int option, const char *text)
{
    return is_list(option) ? oc_raw_add_list(arena, raw, (size_t)option, text) : oc_raw_add(arena, raw, (size_t)option, text);
}

/* A string, number or truth value as text; an array of strings for a list. */
static enum oc_status add_json(struct oc_arena *arena, struct oc_raw *raw, int option, const char *key, const json_t *value,
                               struct oc_err *err)
{
    char text[32];
    if (json_is_string(value))
        return add_text(arena, raw, option, json_string_value(value));
    if (json_is_integer(value)) {
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
        return add_text(arena, raw, option, text);
    }
    if (!json_is_array(value) || !is_list(option))
        return oc_err_set(err, OC_E_INVALID, "configuration file: \"%s\" must be a string or a whole number%s", key,
                          is_list(option) ? " or an array of strings" : "");
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < json_array_size(value); i++) {
        const char *item = json_string_value(json_array_get(value, i));
        if (!item)
            return oc_err_set(err, OC_E_INVALID, "configuration file: \"%s\"[%zu] must be a string", key, i);
        st = oc_raw_add(arena, raw, (size_t)option, item);
    }
    return st;
}

/* A string, or an array of them, that is never to be shown: the library frees them as they are. */
static void wipe_json(const json_t *value)
{
    char *s;
    const char *text = json_string_value(value);
    for (size_t i = 0; i < json_array_size(value); i++)
        wipe_json(json_array_get(value, i));
    if (text) {
        memcpy(&s, &text, sizeof s);
        explicit_bzero(s, json_string_length(value));
    }
}

enum oc_status oc_config_parse_json(struct oc_arena *arena, const char *text, size_t n, struct oc_raw *raw, struct oc_err *err)
{
    json_error_t where;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return oc_err_set(err, OC_E_INVALID, "configuration file: line %d, column %d: %s", where.line, where.column, where.text);
    enum oc_status st = OC_OK;
    if (!json_is_object(root))
        st = oc_err_set(err, OC_E_INVALID, "configuration file: must be a JSON object");
    for (void *it = json_object_iter(root); !st && it; it = json_object_iter_next(root, it)) {
        const char *key = json_object_iter_key(it);
        int option = oc_option_find(key, strlen(key));
        if (option < 0)
            st = oc_err_set(err, OC_E_INVALID, "configuration file: there is no option \"%.64s\"", key);
        else
            st = add_json(arena, raw, option, key, json_object_iter_value(it), err);
        if (option >= 0 && is_secret(option))
            wipe_json(json_object_iter_value(it));
    }
    json_decref(root);
    return st == OC_E_NOMEM ? oc_err_nomem(err, "configuration file", n) : st;
}

static enum oc_status read_file(struct oc_config *c, struct oc_raw *raw, struct oc_err *err)
{
    FILE *f = fopen(c->file, "re");
    if (!f)
        return oc_err_set(err, OC_E_INVALID, "configuration file %.200s: %s", c->file, strerror(errno));
    char *text = oc_mem_alloc(OC_MEM_OTHER, LIM_CONFIG_FILE + 1);
    size_t n = text ? fread(text, 1, LIM_CONFIG_FILE + 1, f) : 0;
    enum oc_status st = OC_OK;
    if (!text)
        st = oc_err_nomem(err, "configuration file", LIM_CONFIG_FILE);
    else if (ferror(f))
        st = oc_err_set(err, OC_E_INVALID, "configuration file %.200s: %s", c->file, strerror(errno));
    else if (n > LIM_CONFIG_FILE)
        st = oc_err_set(err, OC_E_INVALID, "configuration file %.200s: more than %zu bytes", c->file, LIM_CONFIG_FILE);
    else
        st = oc_config_parse_json(&c->arena, text, n, raw, err);
    oc_mem_wipe_free(text); /* there may be keys in it */
    fclose(f);
    return st;
}

/* The option behind "OCELLI_MAX_BODY=", and its value; -1 for other variables. */
static int environment_option(const char *variable, const char **value)
{
    const char *equals = strchr(variable, '=');
    if (!equals || strncmp(variable, "OCELLI_", 7) != 0)
        return -1;
    char name[64];
    size_t n = (size_t)(equals - variable) - 7;
    if (n >= sizeof name)
        return -1;
    for (size_t i = 0; i < n; i++) {
        char ch = variable[7 + i];
        name[i] = ch == '_' ? '-' : (char)(ch >= 'A' && ch <= 'Z' ? ch - 'A' + 'a' : '?');
    }
    *value = equals + 1;
    return oc_option_find(name, n);
}

/* An empty variable counts as absent: that is how one unsets in a container's definition. */
static enum oc_status read_environment(struct oc_config *c, char *const *environment, struct oc_raw *raw)
{
    enum oc_status st = OC_OK;
    for (; !st && environment && *environment; environment++) {
        const char *value;
        int option = environment_option(*environment, &value);
        if (option >= 0 && *value)
            st = add_text(&c->arena, raw, option, value);
        else if (!strncmp(*environment, "OCELLI_CONFIG=", 14) && (*environment)[14])
            c->file = *environment + 14;
    }
    return st;
}

/* One "--name value" or "--name=value"; *i moves on. */
static enum oc_status read_argument(struct oc_config *c, int argc, char *const *argv, int *i, struct oc_raw *raw, struct oc_err *err)
{
    const char *word = argv[*i];
    if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "--print-config")) {
        *(word[2] == 'p' ? &c->print_config : &c->help) = true;
        return OC_OK;
    }
    if (strncmp(word, "--", 2) != 0)
        return oc_err_set(err, OC_E_INVALID, "'%.100s' is not an option; options start with --", word);
    size_t n = strcspn(word + 2, "=");
    int option = oc_option_find(word + 2, n);
    bool is_file = n == 6 && !memcmp(word + 2, "config", 6);
    if (option < 0 && !is_file)
        return oc_err_set(err, OC_E_INVALID, "there is no option '%.*s'", n < 98 ? (int)n + 2 : 100, word);
    const char *value = word[2 + n] == '=' ? word + 3 + n : NULL;
    if (!value && *i + 1 < argc)
        value = argv[++*i];
    if (!value)
        return oc_err_set(err, OC_E_INVALID, "%s needs a value", word);
    if (is_file) {
        c->file = value;
        return OC_OK;
    }
    return is_list(option) && *value ? add_text(&c->arena, raw, option, value) : oc_raw_add(&c->arena, raw, (size_t)option, value);
}

/* The strings are ours, in the arena: main's are copied. */
static void wipe(struct oc_config *c, const struct oc_option *o)
{
    const struct oc_strings *list = (const void *)((const char *)c + o->offset);
    for (size_t i = 0; i < list->n; i++) {
        char *s;
        memcpy(&s, &list->items[i], sizeof s);
        explicit_bzero(s, strlen(s));
    }
}

void oc_config_forget_secrets(struct oc_config *c)
{
    size_t n;
    const struct oc_option *options = oc_options(&n);
    for (size_t i = 0; i < n; i++)
        if (is_secret((int)i))
            wipe(c, &options[i]);
}

/* Stores what a source gave, for each option. */
static enum oc_status store_all(struct oc_config *c, const struct oc_raw *raw, enum oc_source source, struct oc_err *err)
{
    size_t n;
    const struct oc_option *options = oc_options(&n);
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < n; i++) {
        static const char *const from[] = {"default of ", "configuration file: ", "environment: ", "--"};
        char where[96];
        snprintf(where, sizeof where, "%s%s", from[source], options[i].name);
        if (!raw->values[i])
            continue;
        size_t skip = is_list((int)i) ? 0 : raw->n[i] - 1; /* of a repeated single value the last one holds */
        if (is_secret((int)i))
            wipe(c, &options[i]); /* those of a lower place, which do not count */
        st = oc_option_store(c, &options[i], raw->values[i] + skip, raw->n[i] - skip, where, err);
        c->source[i] = source;
    }
    return st;
}

static enum oc_status store_defaults(struct oc_config *c, struct oc_err *err)
{
    size_t n;
    const struct oc_option *options = oc_options(&n);
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < n; i++)
        if (!is_list((int)i))
            st = oc_option_store(c, &options[i], &options[i].fallback, 1, options[i].name, err);
    return st;
}

/* Zeros that mean "choose": by the machine we are on. */
static void choose(struct oc_config *c)
{
    int cores = oc_cores_usable();
    if (c->workers == 0)
        c->workers = cores;
    if (c->threads == 0)
        c->threads = cores / c->workers > 1 ? cores / c->workers : 1;
    if (c->queue == 0)
        c->queue = c->workers * LIM_QUEUE_PER_WORKER > LIM_QUEUE_MIN ? c->workers * LIM_QUEUE_PER_WORKER : LIM_QUEUE_MIN;
    if (c->memory_budget == 0)
        c->memory_budget = oc_memory_available() / 100 * LIM_MEMORY_PERCENT;
}

enum oc_status oc_config_load(struct oc_config *c, int argc, char *const *argv, char *const *environment, struct oc_err *err)
{
    struct oc_raw *raw = NULL; /* by source */
    memset(c, 0, sizeof *c);
    oc_arena_init(&c->arena, OC_MEM_OTHER, ARENA_BYTES);
    enum oc_status st = store_defaults(c, err);
    if (!st)
        raw = oc_arena_array(&c->arena, OC_FROM_COMMAND_LINE + 1, sizeof *raw);
    if (!st && !raw)
        st = OC_E_NOMEM;
    if (!st)
        st = read_environment(c, environment, &raw[OC_FROM_ENVIRONMENT]);
    for (int i = 0; !st && i < argc; i++)
        st = read_argument(c, argc, argv, &i, &raw[OC_FROM_COMMAND_LINE], err);
    if (!st && c->file && !c->help)
        st = read_file(c, &raw[OC_FROM_FILE], err);
    for (enum oc_source s = OC_FROM_FILE; !st && s <= OC_FROM_COMMAND_LINE; s++)
        st = store_all(c, &raw[s], s, err);
    if (!st)
        choose(c);
    return st == OC_E_NOMEM ? oc_err_nomem(err, "options", ARENA_BYTES) : st;
}

void oc_config_deinit(struct oc_config *c)
{
    oc_arena_wipe(&c->arena); /* there may be keys in it */
}
