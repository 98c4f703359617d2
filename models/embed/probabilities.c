/* Cosines into probabilities; see embed.h. */
#include <math.h>
#include "models/embed/embed.h"

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

void oc_embed_probabilities(const struct oc_recipe *r, const double *cosines, size_t n, double *probabilities)
{
    const struct oc_embed_recipe *e = &r->embed;
    double best = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) {
        double logit = e->logit_scale * cosines[i] + e->logit_bias;
        probabilities[i] = e->scoring == OC_SCORING_SIGMOID ? sigmoid(logit) : logit;
        best = logit > best ? logit : best;
    }
    if (e->scoring == OC_SCORING_SIGMOID)
        return;
    for (size_t i = 0; i < n; i++) {
        probabilities[i] = exp(probabilities[i] - best);
        sum += probabilities[i];
    }
    for (size_t i = 0; i < n; i++)
        probabilities[i] /= sum;
}
