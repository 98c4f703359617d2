/* See open_sizes.h. */
#include "models/package/open_sizes.h"
#include <stdlib.h>
#include "models/package/manifest_fields.h"

enum { MOST_SIZES = 8 };

struct size {
    int width, height;
};

/* The input that is a picture of any size; -1: there is none. *first: its dimension of height. */
static int free_picture(const struct eng_facts *f, int *first)
{
    for (int i = 0; i < f->n_inputs; i++) {
        const struct eng_shape *s = &f->inputs[i].shape;
        if (!f->inputs[i].shape_known || s->rank != 4)
            continue;
        bool last = s->dim[1] != 3 && s->dim[3] == 3;
        *first = last ? 1 : 2;
        if ((last || s->dim[1] == 3) && (s->dim[*first] < 0 || s->dim[*first + 1] < 0))
            return i;
    }
    return -1;
}

/* Some output has a size, beside the batch, that is not a number. */
static bool has_open_output(const struct eng_facts *f)
{
    for (int i = 0; i < f->n_outputs; i++) {
        const struct eng_shape *s = &f->outputs[i].shape;
        if (!f->outputs[i].shape_known)
            return true;
        for (int k = 1; k < s->rank; k++)
            if (s->dim[k] < 0)
                return true;
    }
    return false;
}

static void add_size(struct size *sizes, int *n, int width, int height)
{
    if (width < 1 || height < 1 || width > LIM_NETWORK_SIDE || height > LIM_NETWORK_SIDE || *n == MOST_SIZES)
        return;
    for (int i = 0; i < *n; i++)
        if (sizes[i].width == width && sizes[i].height == height)
            return;
    sizes[(*n)++] = (struct size){width, height};
}

/* "[640, 640]", height first, or "640", as Ultralytics writes imgsz. */
static void add_metadata(const struct eng_facts *f, struct size *sizes, int *n)
{
    const char *text = eng_facts_metadata(f, "imgsz");
    int v[2] = {0, 0}, k = 0;
    for (const char *p = text; p && *p && k < 2;) {
        if (*p < '0' || *p > '9') {
            p++;
            continue;
        }
        while (*p >= '0' && *p <= '9') {
            v[k] = v[k] < LIM_NETWORK_SIDE ? v[k] * 10 + *p - '0' : v[k];
            p++;
        }
        k++;
    }
    if (k)
        add_size(sizes, n, k == 2 ? v[1] : v[0], v[0]);
}

static int sizes_of(const struct eng_facts *f, const struct oc_manifest *m, struct size sizes[MOST_SIZES])
{
    static const int usual[] = {640, 416, 320, 224, 512};
    int n = 0;
    if (m && m->input.has_width && m->input.has_height)
        add_size(sizes, &n, m->input.width, m->input.height);
    if (n)
        return n; /* said, not guessed */
    add_metadata(f, sizes, &n);
    for (size_t i = 0; i < OC_ARRAY_LEN(usual); i++)
        add_size(sizes, &n, usual[i], usual[i]);
    return n;
}

/* Asks the families about the file at one size. OC_DECLINED: it is nothing at that size either. */
static enum oc_status make_at(struct eng_facts *f, int picture, int first, struct size size, const char *path, const struct oc_manifest *m,
                              const struct oc_beside *beside, struct oc_recipe *r, struct oc_err *err)
{
    struct eng_shape *shapes = oc_mem_array(OC_MEM_OTHER, (size_t)f->n_inputs, sizeof *shapes);
    if (!shapes)
        return oc_err_nomem(err, "shapes", (size_t)f->n_inputs * sizeof *shapes);
    for (int i = 0; i < f->n_inputs; i++) {
        shapes[i] = f->inputs[i].shape;
        for (int k = 0; k < shapes[i].rank; k++)
            shapes[i].dim[k] = shapes[i].dim[k] < 0 ? 1 : shapes[i].dim[k];
    }
    shapes[picture].dim[first] = size.height;
    shapes[picture].dim[first + 1] = size.width;
    enum oc_status st = eng_facts_complete(f, path, shapes, err);
    if (!st) {
        struct eng_shape with_size = f->inputs[picture].shape;
        with_size.dim[first] = size.height;
        with_size.dim[first + 1] = size.width;
        eng_facts_set_input(f, picture, &with_size);
        oc_recipe_deinit(r);
        oc_recipe_init(r);
        st = oc_recipe_make(f, m, beside, r, err);
    }
    oc_mem_free(shapes);
    if (st)
        return st == OC_E_NOMEM ? st : OC_DECLINED;
    return r->family ? OC_OK : OC_DECLINED;
}

static void note(struct oc_recipe *r, struct size size)
{
    size_t n = strlen(r->because);
    snprintf(r->because + n, sizeof r->because - n, "; the file leaves sizes open: worked out at %dx%d", size.width, size.height);
    r->input.fixed_size = false;
}

enum oc_status oc_recipe_make_at_open_sizes(struct eng_facts *facts, const char *path, const struct oc_manifest *m,
                                            const struct oc_beside *beside, struct oc_recipe *r, struct oc_err *err)
{
    struct size sizes[MOST_SIZES];
    struct oc_err other;
    int first = 0, picture;
    enum oc_status st = oc_recipe_make(facts, m, beside, r, err);
    bool settled = !st && (r->family || (m && m->has_task && m->task == OC_TASK_TENSOR));
    if (settled || st == OC_E_NOMEM || !has_open_output(facts) || (picture = free_picture(facts, &first)) < 0)
        return st;
    int n = sizes_of(facts, m, sizes);
    for (int i = 0; i < n; i++) {
        struct eng_facts *again;
        enum oc_status tried = eng_facts_read(path, &again, &other);
        if (!tried)
            tried = make_at(again, picture, first, sizes[i], path, m, beside, r, &other);
        eng_facts_free(again);
        if (!tried)
            note(r, sizes[i]);
        if (tried == OC_OK)
            return OC_OK;
        if (tried != OC_DECLINED)
            return oc_err_set(err, tried, "%s", other.msg);
    }
    oc_recipe_deinit(r);
    oc_recipe_init(r);
    return oc_recipe_make(facts, m, beside, r, err);
}
