/*
 * Priors of SSD-like face heads: boxes of fixed sizes at the middle of every cell, to which a network's rows are offsets. Everything is in
 * pixels of the network's input; the order is level, row, column, size, as the rows come.
 */
#ifndef OC_MODELS_FACE_PRIORS_H
#define OC_MODELS_FACE_PRIORS_H

#include "models/recipe/family.h"

struct oc_prior_level {
    int stride, n;
    float sizes[3]; /* sides of its n squares */
};

struct oc_priors {
    const struct oc_prior_level *levels;
    int n_levels;
    bool halved;  /* a level's cells: the input's side halved again and again, rounded down; otherwise side / stride rounded up */
    bool clipped; /* priors larger than the input are cut to it */
    float centre, wide, high; /* variances: factors on the offsets of centre and points, of the width's and the height's logarithm */
};

struct oc_prior {
    float x, y, w, h; /* centre and sides */
};

/* Rows of a head for that input. */
int64_t oc_priors_count(const struct oc_priors *p, int width, int height);
/* Prior `index`, less than the count. */
struct oc_prior oc_priors_at(const struct oc_priors *p, int width, int height, int index);
/* Four offsets (x, y, log width, log height) -> a box. */
struct oc_box oc_prior_box(const struct oc_priors *p, const struct oc_prior *prior, const float offsets[4]);
/* Five points of two offsets each. */
void oc_prior_points(const struct oc_priors *p, const struct oc_prior *prior, const float offsets[10], float points[5][2]);

#endif
