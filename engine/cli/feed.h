/* Inputs for a model from the command line: arrays out of files, or made up. */
#ifndef ENG_CLI_FEED_H
#define ENG_CLI_FEED_H

#include "engine/cli/args.h"

/*
 * One tensor for each input of the model, *out owned by the caller (eng_feed_free). An input without a file is made up when
 * `make_up` is set, else refused by name. Made up: the shape from --dim (else 1 for a free dimension), values in [0, 1) or
 * whole numbers in 0..9, from a fixed sequence that starts again for each input, so that other programs can make the same.
 */
enum oc_status eng_feed_new(const struct eng_args *a, const struct eng_model *m, bool make_up, struct eng_tensor **out,
                            struct oc_err *err) OC_MUST_CHECK;
void eng_feed_free(struct eng_tensor *feed, const struct eng_model *m);

#endif
