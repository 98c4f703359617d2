/*
 * One picture through one network: fit to its input, run, outputs at hand. What boxes, faces and maps have in common. Private to models/.
 *
 *     struct oc_pass pass = oc_pass_of(model, picture, run);
 *     st = oc_pass_run(&pass, err);
 *     ... eng_session_output(pass.session->engine, i), pass.map ...
 *     oc_pass_end(&pass);
 */
#ifndef OC_MODELS_PASS_H
#define OC_MODELS_PASS_H

#include "models/model.h"

struct oc_pass {
    struct oc_model *model;
    const struct oc_recipe *recipe;
    const struct oc_image *picture;
    struct oc_run *run;         /* the caller's, or `own` */
    struct oc_run own;          /* times nobody asked for */
    struct oc_session *session; /* borrowed from the pool until the end; NULL before the run */
    double shrink;              /* 1; less: the picture is made that much smaller yet, top-left, with padding around it */
    struct oc_fit_map map;      /* where the picture lies in the network's input */
};

/* run may be NULL. */
struct oc_pass oc_pass_of(struct oc_model *m, const struct oc_image *picture, struct oc_run *run);
/* Borrows a session, fits the picture (RGB), infers; adds to the run's times. To be ended in any case, and not to be moved from here on. */
enum oc_status oc_pass_run(struct oc_pass *p, struct oc_err *err) OC_MUST_CHECK;
void oc_pass_end(struct oc_pass *p);

#endif
