/* The family of a model by what its file declares. */
#ifndef OC_MODELS_PACKAGE_RECOGNISE_H
#define OC_MODELS_PACKAGE_RECOGNISE_H

#include "models/recipe/family.h"

/*
 * Asks each family in turn (or only `forced`, when a model.json names it) and fills task, family, input, decode, thresholds
 * and `because` of an initialised recipe. Nothing fits: task tensor, family NULL, because says so; that is OC_OK.
 * OC_E_MODEL: the forced family cannot be.
 */
enum oc_status oc_recognise(const struct eng_facts *facts, const struct oc_family *forced, struct oc_recipe *r,
                            struct oc_err *err) OC_MUST_CHECK;

/*
 * The family that would have had the file if `family` did not exist: those behind it in the order are asked. OC_DECLINED: none; else as
 * oc_recognise.
 */
enum oc_status oc_recognise_after(const struct eng_facts *facts, const struct oc_family *family, struct oc_recipe *r,
                                  struct oc_err *err) OC_MUST_CHECK;

#endif
