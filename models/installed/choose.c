/* See choose.h. */
#include "models/installed/choose.h"

bool oc_entry_can(const struct oc_entry *e, enum oc_task task)
{
    return task == OC_TASK_COUNT || (e->has_recipe && oc_recipe_can(&e->recipe, task));
}

/* Vectors of e can be compared with those of its other tower: a model of the same name, or e itself. */
static bool has_both_towers(struct oc_entry *const *entries, size_t n, const struct oc_entry *e)
{
    bool image = false, text = false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(entries[i]->name, e->name) != 0)
            continue;
        image |= oc_entry_can(entries[i], OC_TASK_EMBED_IMAGE);
        text |= oc_entry_can(entries[i], OC_TASK_EMBED_TEXT);
    }
    return image && text;
}

static struct oc_entry *choose(struct oc_entry *const *entries, size_t n, const char *configured, enum oc_task task, bool pairs_only)
{
    struct oc_entry *best = NULL;
    bool embeds = task == OC_TASK_EMBED_IMAGE || task == OC_TASK_EMBED_TEXT;
    int best_rank = -1;
    double best_quality = -1;
    for (size_t i = 0; i < n; i++) {
        struct oc_entry *e = entries[i];
        if (!oc_entry_can(e, task) || (configured && !oc_entry_is_named(e, configured)))
            continue;
        bool pair = embeds && has_both_towers(entries, n, e);
        /* Vectors of one request and of the next are to be compared: a tower alone is nobody's default beside a pair. */
        int rank = 2 * pair + !e->recipe.starter;
        if (rank < best_rank || (rank == best_rank && e->recipe.quality <= best_quality) || (pairs_only && !pair))
            continue;
        best = e;
        best_rank = rank;
        best_quality = e->recipe.quality;
    }
    return best;
}

struct oc_entry *oc_choose_default(struct oc_entry *const *entries, size_t n, const char *configured, enum oc_task task)
{
    return choose(entries, n, configured, task, false);
}

struct oc_entry *oc_choose_pair(struct oc_entry *const *entries, size_t n, const char *configured)
{
    return choose(entries, n, configured, OC_TASK_EMBED_IMAGE, true);
}
