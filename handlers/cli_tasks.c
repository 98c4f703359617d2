/* See cli_tasks.h. */
#include "handlers/cli_tasks.h"
#include <inttypes.h>
#include "handlers/output/segmentation.h"
#include "models/detect/detect.h"
#include "models/face/find.h"

static void print_box(const char *label, float score, const struct oc_box *b)
{
    printf("  %-16s %.3f  %.1f %.1f %.1f %.1f\n", label, (double)score, (double)b->x1, (double)b->y1, (double)b->x2, (double)b->y2);
}

void oc_cli_put_vector(struct oc_json *j, const float *row, size_t dim)
{
    oc_json_put_int(j, "dim", (int64_t)dim);
    oc_json_key(j, "vector");
    oc_json_floats(j, row, dim);
}

void oc_cli_print_vector(const float *row, size_t dim)
{
    printf(" ");
    for (size_t i = 0; i < dim; i++)
        printf(" %.9g", (double)row[i]); /* as many digits as give the number back */
    printf("\n");
}

static int print_shares(const struct oc_recipe *recipe, const struct oc_label_map *map)
{
    struct oc_class_share *shares;
    struct oc_err err;
    size_t n;
    if (oc_class_shares(map, &shares, &n, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return OC_CLI_FAILED;
    }
    for (size_t i = 0; i < n; i++) {
        const char *label = oc_recipe_map_label(recipe, shares[i].class_id);
        char number[16];
        snprintf(number, sizeof number, "%d", shares[i].class_id);
        printf("  %-16s %5.1f%%  %" PRIu64 " pixels\n", label ? label : number,
               100.0 * (double)shares[i].pixels / ((double)map->width * (double)map->height), shares[i].pixels);
    }
    oc_mem_free(shares);
    return OC_CLI_DONE;
}

static enum oc_status detect(struct oc_cli_job *job, struct oc_run *run, struct oc_err *err)
{
    return oc_model_detect(job->lease.model, &job->im, &job->o->detect, run, &job->detections, err);
}

static enum oc_status render_detections(struct oc_json *j, const struct oc_cli_job *job, struct oc_err *err)
{
    (void)err;
    oc_render_detections(j, &job->detections, &job->im, job->lease.recipe);
    return j->status;
}

static int print_detections(const struct oc_cli_job *job)
{
    for (size_t i = 0; i < job->detections.n; i++) {
        const struct oc_detection *d = &job->detections.items[i];
        char number[16];
        snprintf(number, sizeof number, "%d", d->class_id);
        print_box(d->label ? d->label : number, d->score, &d->box);
    }
    return OC_CLI_DONE;
}

static enum oc_status find_faces(struct oc_cli_job *job, struct oc_run *run, struct oc_err *err)
{
    return oc_model_faces(job->lease.model, &job->im, &job->o->detect, run, &job->faces, err);
}

static enum oc_status render_faces(struct oc_json *j, const struct oc_cli_job *job, struct oc_err *err)
{
    (void)err;
    oc_render_faces(j, &job->faces);
    return j->status;
}

static int print_faces(const struct oc_cli_job *job)
{
    for (size_t i = 0; i < job->faces.n; i++)
        print_box("face", job->faces.items[i].score, &job->faces.items[i].box);
    return OC_CLI_DONE;
}

static enum oc_status embed_faces(struct oc_cli_job *job, struct oc_run *run, struct oc_err *err)
{
    return oc_cli_faces_run(&job->lease, &job->detector, &job->im, &job->o->detect, run, &job->look, err);
}

static enum oc_status render_look(struct oc_json *j, const struct oc_cli_job *job, struct oc_err *err)
{
    (void)err;
    oc_cli_faces_render(j, &job->detector, &job->look);
    return j->status;
}

static int print_look(const struct oc_cli_job *job)
{
    oc_cli_faces_print(&job->look);
    return OC_CLI_DONE;
}

static enum oc_status embed(struct oc_cli_job *job, struct oc_run *run, struct oc_err *err)
{
    return oc_model_embed_images(job->lease.model, &job->im, 1, true, run, &job->vectors, err);
}

static enum oc_status render_vector(struct oc_json *j, const struct oc_cli_job *job, struct oc_err *err)
{
    (void)err;
    oc_cli_put_vector(j, job->vectors.data, job->vectors.dim);
    return j->status;
}

static int print_embedding(const struct oc_cli_job *job)
{
    oc_cli_print_vector(job->vectors.data, job->vectors.dim);
    return OC_CLI_DONE;
}

static enum oc_status segment(struct oc_cli_job *job, struct oc_run *run, struct oc_err *err)
{
    return oc_model_segment(job->lease.model, &job->im, run, &job->map, err);
}

static enum oc_status render_map(struct oc_json *j, const struct oc_cli_job *job, struct oc_err *err)
{
    return oc_segmentation_json(j, &job->map, job->lease.recipe, OC_MASK_COCO_RLE, err);
}

static int print_map(const struct oc_cli_job *job)
{
    return print_shares(job->lease.recipe, &job->map);
}

/* In the order in which results of a model of several tasks are shown. */
static const struct oc_cli_task table[] = {
    {OC_TASK_DETECT, detect, render_detections, print_detections},
    {OC_TASK_FACE_DETECT, find_faces, render_faces, print_faces},
    {OC_TASK_FACE_EMBED, embed_faces, render_look, print_look},
    {OC_TASK_EMBED_IMAGE, embed, render_vector, print_embedding},
    {OC_TASK_SEGMENT, segment, render_map, print_map},
};

const struct oc_cli_task *oc_cli_task(enum oc_task task)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(table); i++)
        if (table[i].task == task)
            return &table[i];
    return NULL;
}

void oc_cli_job_deinit(struct oc_cli_job *job)
{
    oc_detections_deinit(&job->detections);
    oc_faces_deinit(&job->faces);
    oc_vectors_deinit(&job->vectors);
    oc_label_map_deinit(&job->map);
    oc_face_analysis_deinit(&job->look);
    oc_image_deinit(&job->im);
}
