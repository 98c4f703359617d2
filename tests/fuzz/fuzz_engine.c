/* room: engine */
/*
 * Any bytes as a model: read, passes, shapes, plan, and a run on zeros and on ones, with the reference backend. Open dimensions are 1,
 * then 3. Memory is capped, so that sizes computed from the file show themselves; models that would compute for long are left out.
 */
#include <stdint.h>
#include "base/mem.h"
#include "engine/eng.h"

#define BUDGET OC_MIB(24)
#define INPUT_BYTES OC_KIB(64)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool make_input(const struct eng_io *io, int64_t open_size, uint8_t fill, struct eng_tensor *t)
{
    size_t bytes = eng_dtype_size(io->dtype);
    *t = (struct eng_tensor){io->dtype, io->shape, NULL};
    for (int i = 0; i < t->shape.rank; i++) {
        if (t->shape.dim[i] < 0)
            t->shape.dim[i] = open_size;
        if (!oc_size_mul(bytes, (size_t)t->shape.dim[i], &bytes) || bytes > INPUT_BYTES)
            return false;
    }
    t->data = oc_mem_aligned(OC_MEM_OTHER, bytes);
    if (t->data)
        memset(t->data, fill, bytes);
    return t->data != NULL;
}

/* The sum of all output bytes, so that a sanitizer sees each of them read. */
static unsigned look_at_outputs(const struct eng_model *m, const struct eng_session *s)
{
    unsigned sum = 0;
    for (int i = 0; i < eng_model_n_outputs(m); i++) {
        const struct eng_tensor *t = eng_session_output(s, i);
        size_t n = (size_t)eng_shape_count(&t->shape) * eng_dtype_size(t->dtype);
        for (size_t k = 0; k < n; k++)
            sum += ((const uint8_t *)t->data)[k];
    }
    return sum;
}

static unsigned run(struct eng_model *m, struct eng_session *s, int64_t open_size, uint8_t fill)
{
    int n = eng_model_n_inputs(m);
    unsigned sum = 0;
    bool good = true;
    struct eng_tensor *inputs = oc_mem_array(OC_MEM_OTHER, (size_t)n, sizeof *inputs);
    for (int i = 0; inputs && good && i < n; i++)
        good = make_input(eng_model_input(m, i), open_size, fill, &inputs[i]);
    if (inputs && good && eng_session_run(s, inputs, NULL, NULL) == OC_OK)
        sum = look_at_outputs(m, s);
    for (int i = 0; inputs && i < n; i++)
        oc_mem_free(inputs[i].data);
    oc_mem_free(inputs);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct eng_options opt = {.backend = "reference", .session_bytes_max = OC_MIB(8)};
    struct eng_model *m;
    struct eng_session *s = NULL;
    size_t blocks = oc_mem_blocks();
    oc_mem_set_budget(BUDGET);
    if (eng_model_load_memory(data, size, &opt, &m, NULL) == OC_OK) {
        if (eng_session_new(m, &s, NULL) == OC_OK) {
            unsigned sum = run(m, s, 1, 0) + run(m, s, 3, 1);
            __asm__ volatile("" : : "r"(sum));
        }
        eng_session_free(s);
        eng_model_unref(m);
    }
    if (oc_mem_blocks() != blocks)
        abort();
    return 0;
}
