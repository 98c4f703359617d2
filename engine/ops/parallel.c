/* Equal runs, because the units of one operator cost the same. */
#include "engine/ops/parallel.h"

struct split {
    void (*fn)(void *arg, int slot, int64_t begin, int64_t end);
    void *arg;
    int64_t count, runs;
};

static void one_run(void *arg, size_t i)
{
    const struct split *s = arg;
    int64_t share = s->count / s->runs, rest = s->count % s->runs, k = (int64_t)i;
    int64_t begin = k * share + (k < rest ? k : rest);
    s->fn(s->arg, (int)i, begin, begin + share + (k < rest));
}

void eng_split(struct oc_par *par, int slots, int64_t count, void (*fn)(void *arg, int slot, int64_t begin, int64_t end), void *arg)
{
    struct split s = {fn, arg, count, slots < 1 ? 1 : slots};
    if (s.runs > count)
        s.runs = count;
    if (s.runs > 0)
        oc_par_for(par, (size_t)s.runs, one_run, &s);
}
