/* Texts as rows of ids and what goes with them, as inputs of a network. Private to models/. */
#ifndef OC_MODELS_EMBED_TEXT_ROWS_H
#define OC_MODELS_EMBED_TEXT_ROWS_H

#include "engine/eng.h"
#include "models/embed/embed.h"
#include "models/run/text_tower.h"
#include "models/embed/towers.h"

#define OC_SHORTEST_ROW 16 /* ids, of rows with a free length */

/*
 * Cleaned and tokenized as the recipe says, not padded. `single`: one token a text without those around it, anything else is OC_E_INVALID.
 * OC_E_INVALID for more than LIM_TEXT_BYTES, OC_E_MODEL, OC_E_NOMEM. *out is the caller's when OC_OK.
 */
enum oc_status oc_text_encode(const struct oc_recipe *r, const struct oc_text_tower *tower, const struct oc_text *text, bool single,
                              struct oc_encoding *out, struct oc_err *err) OC_MUST_CHECK;
/* Steps of row lengths: the first of 16, 32, 64, ... that `need` ids fit in, or `most`. */
size_t oc_text_row_steps(size_t need, size_t most);
/* Row `row` of an input of this kind, `length` numbers of io's type. sees_padding: the mask is all ones. */
void oc_text_row_write(const struct eng_io *io, const struct oc_encoding *e, int64_t pad_id, bool sees_padding, size_t row, size_t length,
                       void *data);
/* Bytes of `numbers` numbers, so that inputs can lie one behind the other: a multiple of 64. */
size_t oc_input_room(size_t numbers, enum eng_dtype t);

#endif
