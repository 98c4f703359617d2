/*
 * What `ocelli run` does with a picture, task by task: one row a task, and nothing else in the command asks which task it is. A row's
 * functions look at their own member of the results alone, which is empty when another task was run.
 */
#ifndef OC_HANDLERS_CLI_TASKS_H
#define OC_HANDLERS_CLI_TASKS_H

#include "handlers/cli_options.h"
#include "handlers/output/render.h"

/* One picture on its way. */
struct oc_cli_job {
    const struct oc_cli_options *o;
    struct oc_lease lease, detector; /* detector: for embedders of faces */
    const char *file;
    struct oc_image im;
    struct oc_image_info info;
    struct oc_timing timing;
    /* Results. */
    struct oc_detections detections;
    struct oc_faces faces;
    struct oc_vectors vectors;
    struct oc_label_map map;
    struct oc_face_analysis look;
};

struct oc_cli_task {
    enum oc_task task;
    enum oc_status (*infer)(struct oc_cli_job *job, struct oc_run *run, struct oc_err *err);
    /* Members of the JSON object of the picture. */
    enum oc_status (*render)(struct oc_json *j, const struct oc_cli_job *job, struct oc_err *err);
    /* Lines for people. An exit status. */
    int (*print)(const struct oc_cli_job *job);
};

/* The task's row; NULL: `run` gives no picture to it. */
const struct oc_cli_task *oc_cli_task(enum oc_task task);
void oc_cli_job_deinit(struct oc_cli_job *job); /* results and picture; leases are borrowed */

/* A vector as members "dim" and "vector", and as a line with as many digits as give each number back. */
void oc_cli_put_vector(struct oc_json *j, const float *row, size_t dim);
void oc_cli_print_vector(const float *row, size_t dim);

#endif
