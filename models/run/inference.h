/*
 * One picture through one network: fit to its input, run, outputs at hand. What boxes, faces and maps have in common. Private to models/.
 *
 *     struct oc_inference pass = oc_inference_of(model, picture, run);
 *     st = oc_inference_run(&pass, err);
 *     ... eng_session_output(pass.session->engine, i), pass.map ...
 *     oc_inference_end(&pass);
 */
#ifndef OC_MODELS_RUN_INFERENCE_H
#define OC_MODELS_RUN_INFERENCE_H

#include "models/run/model.h"

struct oc_inference {
    struct oc_model *model;
    const struct oc_recipe *recipe;
    const struct oc_image *picture;
    struct oc_run *run;         /* the caller's, or `own` */
    struct oc_run own;          /* times nobody asked for */
    struct oc_session *session; /* borrowed from the pool until the end; NULL before the run */
    double shrink;              /* 1; less: the picture is made that much smaller yet, top-left, with padding around it */
    struct oc_fit_map map;      /* where the picture lies in the network's input */
    int slot, slots;            /* of a run of several pictures: which one this is, of how many; 0, 0: alone */
};

enum { OC_INFERENCE_BATCH = 4 }; /* pictures in one run at most: more need memory and save no time on few cores */

/* run may be NULL. */
struct oc_inference oc_inference_of(struct oc_model *m, const struct oc_image *picture, struct oc_run *run);
/* Borrows a session, fits the picture (RGB), infers; adds to the run's times. To be ended in any case, and not to be moved from here on. */
enum oc_status oc_inference_run(struct oc_inference *p, struct oc_err *err) OC_MUST_CHECK;
/*
 * The same for n inferences of one model (2..OC_INFERENCE_BATCH) in one run of the network; each is to be ended. OC_DECLINED when the
 * network does not take several after all, or not in this much memory: nothing was done, and what cannot be is not tried again.
 */
enum oc_status oc_inference_run_batch(struct oc_inference *const *passes, int n, struct oc_err *err) OC_MUST_CHECK;
/* Output i of the engine's model, this pass's share of it; data is the session's. */
struct eng_tensor oc_inference_output(const struct oc_inference *p, int i);
void oc_inference_end(struct oc_inference *p);

#endif
