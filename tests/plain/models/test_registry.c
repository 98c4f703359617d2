/*
 * The registry on folders that the test makes: what is found and how it is called, loading from several threads at once while
 * models are unloaded and folders scanned again, and giving memory back.
 */
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "models/detect/detect.h"
#include "models/installed/registry.h"

#ifndef OC_TEST_DATA_DIR
#define OC_TEST_DATA_DIR "tests/data"
#endif

static char top[] = "/tmp/ocelli-registry-XXXXXX";
static int failures;

#define CHECK(x)                                                \
    do {                                                        \
        if (!(x)) {                                             \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #x);      \
            __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED); \
        }                                                       \
    } while (0)

static const char *in_top(const char *name)
{
    static char path[4][512];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, 512, "%s/%s", top, name);
    return p;
}

static void folder(const char *name)
{
    CHECK(!mkdir(in_top(name), 0700));
}

static void copy(const char *model, const char *to)
{
    char from[512], data[16384];
    snprintf(from, sizeof from, "%s/models/%s", OC_TEST_DATA_DIR, model);
    FILE *in = fopen(from, "rb"), *out = fopen(in_top(to), "wb");
    CHECK(in && out);
    size_t n = in ? fread(data, 1, sizeof data, in) : 0;
    CHECK(n > 0 && out && fwrite(data, 1, n, out) == n);
    if (in)
        fclose(in);
    if (out)
        fclose(out);
}

static void text(const char *to, const char *s)
{
    FILE *out = fopen(in_top(to), "wb");
    CHECK(out && fputs(s, out) >= 0);
    if (out)
        fclose(out);
}

static void make_folders(void)
{
    folder("a");
    copy("tiny_yolox.onnx", "a/square.onnx");
    text("a/square.txt", "red\nblue\n");
    folder("a/deep");
    copy("tiny_yolov8.onnx", "a/deep/square.onnx"); /* the same name again */
    CHECK(!symlink("..", in_top("a/deep/loop")));
    folder("b");
    folder("b/packed");
    copy("tiny_yolox.onnx", "b/packed/weights.onnx");
    text("b/packed/model.json", "{\"format\":1,\"task\":\"detect\",\"file\":\"weights.onnx\",\"starter\":true}");
    folder("b/wrong");
    copy("tiny_yolox.onnx", "b/wrong/model.onnx");
    text("b/wrong/model.json", "{\"format\":1,\"task\":\"detect\",\"input\":{\"width\":0}}");
    folder("c"); /* Immich's cache */
    folder("c/facial-recognition");
    folder("c/facial-recognition/buffalo");
    folder("c/facial-recognition/buffalo/detection");
    copy("tiny_yunet.onnx", "c/facial-recognition/buffalo/detection/model.onnx");
    folder("c/facial-recognition/buffalo/recognition");
    copy("tiny_unknown.onnx", "c/facial-recognition/buffalo/recognition/vectors.onnx");
    text("c/facial-recognition/buffalo/model.json", "{\"format\":1,\"task\":\"face_detect\",\"licence\":\"MIT\"}");
    text("c/facial-recognition/buffalo/recognition/model.json", "{\"format\":1,\"task\":\"tensor\",\"file\":\"vectors.onnx\"}");
    folder("d"); /* Hugging Face's export */
    folder("d/owner");
    folder("d/owner/towers");
    folder("d/owner/towers/onnx");
    copy("tiny_unknown.onnx", "d/owner/towers/onnx/vision_model.onnx");
    copy("tiny_unknown.onnx", "d/owner/towers/onnx/text_model.onnx");
    copy("tiny_unknown.onnx", "d/owner/towers/onnx/model.onnx");
    text("d/owner/towers/model.json", "{\"format\":1,\"task\":\"tensor\",\"licence\":\"BSD-3-Clause\"}");
    folder("d/owner/flat"); /* towers beside their configuration */
    copy("tiny_unknown.onnx", "d/owner/flat/visual.onnx");
    text("d/owner/flat/open_clip_config.json", "{}");
    text("d/notes.onnx.txt", "no model");
    folder("d/.hidden");
    copy("tiny_unknown.onnx", "d/.hidden/x.onnx");
}

struct names {
    char list[1024];
};

static enum oc_status add_name(void *arg, const struct oc_model_info *m)
{
    struct names *n = arg;
    size_t at = strlen(n->list);
    snprintf(n->list + at, sizeof n->list - at, "%s=%s/%s%s%s ", m->name, m->recipe ? oc_task_name(m->recipe->task) : "?",
             oc_layout_name(m->layout), m->recipe && *m->recipe->licence ? "/" : "", m->recipe ? m->recipe->licence : "");
    return OC_OK;
}

static struct oc_registry *open_all(void)
{
    char paths[5][512];
    const char *directories[5];
    for (int i = 0; i < 5; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%c", top, 'a' + i); /* "e" is not there */
        directories[i] = paths[i];
    }
    struct oc_registry_options opt = {.directories = directories, .n_directories = 5, .engine = {.threads = 1, .backend = "reference"}};
    struct oc_registry *reg = NULL;
    struct oc_err err = {0};
    CHECK(oc_registry_new(&opt, &reg, &err) == OC_OK);
    if (!reg) {
        printf("%s\n", err.msg);
        exit(1);
    }
    return reg;
}

static void test_found(struct oc_registry *reg)
{
    struct names n = {""};
    struct oc_err err;
    struct oc_lease lease;
    static const char expected[] = "square=detect/file square@deep=detect/file/MIT packed=detect/package wrong=?/package "
                                   "buffalo:detection=face_detect/immich/MIT buffalo:recognition=tensor/immich "
                                   "flat:visual=tensor/open_clip towers:visual=tensor/hugging_face/BSD-3-Clause "
                                   "towers:textual=tensor/hugging_face/BSD-3-Clause ";
    CHECK(oc_registry_each(reg, add_name, &n) == OC_OK);
    CHECK(!strcmp(n.list, expected));
    if (strcmp(n.list, expected))
        printf("found    %s\nexpected %s\n", n.list, expected);
    CHECK(oc_registry_acquire(reg, NULL, OC_TASK_DETECT, NULL, &lease, &err) == OC_OK);
    CHECK(!strcmp(lease.name, "square@deep")); /* a YOLOv8 before a YOLOX, by what is known of both families */
    oc_registry_release(reg, &lease);
    CHECK(oc_registry_acquire(reg, "buffalo", OC_TASK_FACE_DETECT, NULL, &lease, &err) == OC_OK);
    CHECK(!strcmp(lease.name, "buffalo:detection"));
    oc_registry_release(reg, &lease);
    CHECK(oc_registry_acquire(reg, "square", OC_TASK_FACE_DETECT, NULL, &lease, &err) == OC_E_INVALID);
    CHECK(strstr(err.msg, "is for detect, not face_detect; installed for it: buffalo:detection"));
    CHECK(oc_registry_acquire(reg, "nobody", OC_TASK_DETECT, NULL, &lease, &err) == OC_E_UNKNOWN_MODEL);
    CHECK(strstr(err.msg, "square, square@deep, packed"));
    CHECK(oc_registry_acquire(reg, NULL, OC_TASK_SEGMENT, NULL, &lease, &err) == OC_E_UNKNOWN_MODEL);
    CHECK(oc_registry_acquire(reg, "wrong", OC_TASK_DETECT, NULL, &lease, &err) == OC_E_MODEL);
    CHECK(strstr(err.msg, "/input/width: must be 1..4096, is 0"));
    CHECK(!lease.model);
}

/* Ready models, those that nobody uses, and giving their memory back. */
static void test_memory(struct oc_registry *reg)
{
    struct oc_err err;
    struct oc_lease lease;
    while (oc_registry_relieve(reg))
        continue;
    size_t before = oc_mem_used(OC_MEM_MODEL);
    CHECK(oc_registry_load(reg, "square", NULL, &err) == OC_OK);
    CHECK(oc_registry_acquire(reg, "packed", OC_TASK_DETECT, NULL, &lease, &err) == OC_OK);
    CHECK(oc_mem_used(OC_MEM_MODEL) > before);
    CHECK(oc_registry_relieve(reg));
    CHECK(!oc_registry_relieve(reg)); /* the other is in use */
    CHECK(oc_registry_unload(reg, "packed", &err) == OC_OK);
    CHECK(oc_mem_used(OC_MEM_MODEL) > before); /* the lease still holds it */
    oc_registry_release(reg, &lease);
    CHECK(oc_mem_used(OC_MEM_MODEL) == before);
}

static void test_scan_again(struct oc_registry *reg)
{
    struct oc_err err;
    struct oc_lease lease;
    size_t n = oc_registry_count(reg);
    CHECK(oc_registry_acquire(reg, "square@deep", OC_TASK_DETECT, NULL, &lease, &err) == OC_OK);
    CHECK(!unlink(in_top("a/deep/square.onnx")));
    copy("tiny_yolov8.onnx", "a/new.onnx");
    copy("tiny_yolox.onnx", "b/wrong/model.onnx");
    text("b/wrong/model.json", "{\"format\":1,\"task\":\"detect\"}");
    CHECK(oc_registry_scan(reg, &err) == OC_OK);
    CHECK(oc_registry_count(reg) == n);
    CHECK(!strcmp(lease.name, "square@deep")); /* gone from the list, and whole until given back */
    CHECK(oc_model_recipe(lease.model)->decode.n_classes == 2);
    oc_registry_release(reg, &lease);
    CHECK(oc_registry_acquire(reg, "square@deep", OC_TASK_DETECT, NULL, &lease, &err) == OC_E_UNKNOWN_MODEL);
    CHECK(oc_registry_load(reg, "new", NULL, &err) == OC_OK);
    CHECK(oc_registry_load(reg, "wrong", NULL, &err) == OC_OK); /* mended */
}

/* A model that detects and segments is the default of both tasks; one that comes with the program gives way in both. */
static void test_two_tasks(void)
{
    char path[512];
    const char *directory = path;
    struct oc_registry *reg = NULL;
    struct oc_lease lease;
    struct oc_err err = {0};
    folder("f");
    folder("f/aaa");
    copy("tiny_scene.onnx", "f/aaa/model.onnx");
    text("f/aaa/model.json", "{\"format\":1,\"task\":\"detect\",\"family\":\"scene\",\"starter\":true,\"labels\":[\"rot\",\"blau\"]}");
    snprintf(path, sizeof path, "%s/f", top);
    struct oc_registry_options opt = {.directories = &directory, .n_directories = 1, .engine = {.threads = 1, .backend = "reference"}};
    CHECK(oc_registry_new(&opt, &reg, &err) == OC_OK);
    static const enum oc_task tasks[] = {OC_TASK_DETECT, OC_TASK_SEGMENT};
    for (int i = 0; i < 2; i++) {
        CHECK(oc_registry_acquire(reg, NULL, tasks[i], NULL, &lease, &err) == OC_OK);
        CHECK(!strcmp(lease.name, "aaa") && !strcmp(oc_recipe_map_label(lease.recipe, 2), "blau"));
        oc_registry_release(reg, &lease);
    }
    copy("tiny_scene.onnx", "f/other.onnx");
    CHECK(oc_registry_scan(reg, &err) == OC_OK);
    for (int i = 0; i < 2; i++) {
        CHECK(oc_registry_acquire(reg, NULL, tasks[i], NULL, &lease, &err) == OC_OK);
        CHECK(!strcmp(lease.name, "other"));
        oc_registry_release(reg, &lease);
    }
    CHECK(oc_registry_acquire(reg, NULL, OC_TASK_FACE_DETECT, NULL, &lease, &err) == OC_E_UNKNOWN_MODEL);
    oc_registry_free(reg);
}

struct worker {
    struct oc_registry *reg;
    int kind;
    pthread_t thread;
};

static void detect_once(struct oc_registry *reg, int round)
{
    static const char *const models[] = {"square", "packed", NULL};
    struct oc_wait wait = {.deadline_ns = oc_now_ns() + (int64_t)60 * OC_NS_PER_S};
    struct oc_detect_options opt = {.score_threshold = -1, .iou_threshold = -1};
    struct oc_detections found;
    struct oc_lease lease;
    struct oc_image im;
    struct oc_err err = {0};
    CHECK(oc_image_new(&im, 64, 64, 3, &err) == OC_OK);
    memset(im.data, 0, 64 * 64 * 3);
    for (int i = 0; i < 16 * 16; i++)
        im.data[((16 + i / 16) * 64 + 32 + i % 16) * 3] = 255;
    enum oc_status st = oc_registry_acquire(reg, models[round % 3], OC_TASK_DETECT, &wait, &lease, &err);
    CHECK(st == OC_OK);
    if (!st)
        st = oc_model_detect(lease.model, &im, &opt, NULL, &found, &err);
    CHECK(st == OC_OK);
    if (st) {
        printf("%s\n", err.msg);
    } else {
        CHECK(found.n == 1 && found.items[0].class_id == 0);
        CHECK(found.n == 1 && found.items[0].box.x1 == 32 && found.items[0].box.y2 == 32);
        oc_detections_deinit(&found);
    }
    oc_registry_release(reg, &lease);
    oc_image_deinit(&im);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct oc_err err;
    for (int i = 0; i < 60; i++) {
        struct names n = {""};
        if (w->kind < 3)
            detect_once(w->reg, i + w->kind);
        else if (w->kind == 3)
            CHECK(oc_registry_unload(w->reg, i % 2 ? "square" : "packed", &err) == OC_OK);
        else if (w->kind == 4)
            CHECK(oc_registry_scan(w->reg, &err) == OC_OK);
        else
            CHECK(oc_registry_each(w->reg, add_name, &n) == OC_OK && strstr(n.list, "square"));
    }
    return NULL;
}

static void test_threads(struct oc_registry *reg)
{
    struct worker w[6];
    struct oc_err err;
    for (int i = 0; i < 6; i++) {
        w[i] = (struct worker){.reg = reg, .kind = i};
        CHECK(oc_thread_start(&w[i].thread, "test", work, &w[i], &err) == OC_OK);
    }
    for (int i = 0; i < 6; i++)
        pthread_join(w[i].thread, NULL);
}

static void remove_all(void)
{
    char command[64] = "";
    snprintf(command, sizeof command, "%s", top);
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/rm", "rm", "-rf", command, (char *)NULL);
        _exit(1);
    }
}

int main(void)
{
    oc_log_init(OC_LOG_TEXT, OC_LOG_NONE);
    if (!mkdtemp(top))
        return 1;
    make_folders();
    struct oc_registry *reg = open_all();
    test_found(reg);
    test_memory(reg);
    test_scan_again(reg);
    test_two_tasks();
    test_threads(reg);
    oc_registry_free(reg);
    CHECK(oc_mem_blocks() == 0);
    remove_all();
    printf(failures ? "%d failures\n" : "no failures\n", failures);
    return failures != 0;
}
