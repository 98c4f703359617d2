/* Texts as rows of ids; see text_rows.h. */
#include "models/embed/text_rows.h"

enum oc_status oc_text_encode(const struct oc_recipe *r, const struct oc_text_tower *tower, const struct oc_text *text, bool single,
                              struct oc_encoding *out, struct oc_err *err)
{
    const struct oc_embed_recipe *e = &r->embed;
    struct oc_encode_options opt = {.length = e->context_length, .no_padding = true, .no_special = single};
    struct oc_buf clean;
    if (text->len > LIM_TEXT_BYTES)
        return oc_err_set(err, OC_E_INVALID, "a text of %zu bytes, at most %zu", text->len, LIM_TEXT_BYTES);
    oc_buf_init(&clean, OC_MEM_OTHER, 4 * LIM_TEXT_BYTES);
    enum oc_status st = OC_OK;
    if (e->clean != OC_CLEAN_NONE && (st = oc_text_clean(e->clean, text->data, text->len, &clean)))
        st = oc_err_nomem(err, "a text", text->len);
    if (!st && e->clean != OC_CLEAN_NONE)
        st = oc_tokenizer_encode(tower->tokenizer, clean.data ? clean.data : "", clean.len, &opt, out, err);
    else if (!st)
        st = oc_tokenizer_encode(tower->tokenizer, text->data, text->len, &opt, out, err);
    oc_buf_deinit(&clean);
    if (!st && single && out->n_real != 1) {
        st = oc_err_set(err, OC_E_INVALID, "the model reads one token a text, this one has %zu", out->n_real);
        oc_encoding_deinit(out);
    }
    return st;
}

size_t oc_text_row_steps(size_t need, size_t most)
{
    size_t length = OC_SHORTEST_ROW;
    while (length < need)
        length *= 2;
    return length < most ? length : most;
}

static void put_number(enum eng_dtype t, void *data, size_t i, int64_t v)
{
    if (t == ENG_DT_I64)
        ((int64_t *)data)[i] = v;
    else if (t == ENG_DT_I32)
        ((int32_t *)data)[i] = (int32_t)v;
    else if (t == ENG_DT_F32)
        ((float *)data)[i] = (float)v;
    else if (t == ENG_DT_F16)
        ((uint16_t *)data)[i] = v ? 0x3c00 : 0; /* masks: 1 or 0 */
    else
        ((uint8_t *)data)[i] = v != 0;
}

/* What stands at position k of a row. */
static int64_t number(enum oc_tower_input kind, const struct oc_encoding *e, int64_t pad_id, bool sees_padding, size_t k)
{
    switch (kind) {
    case OC_TOWER_IDS:
        return k < e->n_real ? e->ids[e->start + k] : pad_id;
    case OC_TOWER_MASK:
        return k < e->n_real || sees_padding;
    case OC_TOWER_POSITIONS:
        return (int64_t)k;
    default:
        return 0;
    }
}

void oc_text_row_write(const struct eng_io *io, const struct oc_encoding *e, int64_t pad_id, bool sees_padding, size_t row, size_t length,
                       void *data)
{
    enum oc_tower_input kind = oc_tower_input(io);
    for (size_t k = 0; k < length; k++)
        put_number(io->dtype, data, row * length + k, number(kind, e, pad_id, sees_padding, k));
}

size_t oc_input_room(size_t numbers, enum eng_dtype t)
{
    return (numbers * eng_dtype_size(t) + 63) & ~(size_t)63;
}
