/*
 * Small models of many kinds, each of which must load, plan and run on the reference backend. They are also the seeds of
 * the engine's fuzz target: called with a folder, the program writes them there instead.
 */
#include <stdio.h>
#include "base/mem.h"
#include "engine/eng.h"
#include "tests/support/onnx_writer.h"

#define F32 1
#define I64 7
#define DIMS(...) (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)

static struct message attr_ints(const char *name, const int64_t *v, size_t n)
{
    struct message a = {0};
    put_text(&a, 1, name);
    put_packed(&a, 8, v, n);
    put_int(&a, 20, 7);
    return a;
}

static struct message attr_text(const char *name, const char *v)
{
    struct message a = {0};
    put_text(&a, 1, name);
    put_text(&a, 4, v);
    put_int(&a, 20, 3);
    return a;
}

/* Floats 0, 1/8, 2/8 ... of that shape. */
static void add_floats(struct message *g, const char *name, const int64_t *dims, size_t rank)
{
    struct message t = tensor_head(name, F32, dims, rank), data = {0};
    int64_t n = 1;
    for (size_t i = 0; i < rank; i++)
        n *= dims[i];
    for (int64_t i = 0; i < n; i++) {
        float v = (float)(i % 16) / 8;
        put_raw(&data, &v, sizeof v);
    }
    put_message(&t, 9, data);
    put_message(g, 5, t);
}

static void add_ints(struct message *g, const char *name, const int64_t *v, size_t n)
{
    put_message(g, 5, tensor_raw(name, I64, (int64_t)n, v, n * sizeof *v));
}

static void add_node(struct message *g, const char *type, const char *in, const char *out)
{
    put_message(g, 1, node_head(type, "", in, out));
}

/* x of that shape -> graph -> y, whose shape is not declared right; the engine finds it out. */
static struct message finish(struct message g, const int64_t *dims, size_t rank)
{
    struct message y = {0}, type = {0}, tensor = {0};
    put_message(&g, 11, value_info("x", F32, dims, rank));
    put_int(&tensor, 1, F32);
    put_message(&type, 1, tensor);
    put_text(&y, 1, "y");
    put_message(&y, 2, type);
    put_message(&g, 12, y);
    return model_of(g);
}

static struct message convolution(void)
{
    struct message g = {0}, n = node_head("Conv", "", "x,w,b", "c");
    put_message(&n, 5, attr_ints("pads", DIMS(1, 1, 1, 1)));
    put_message(&n, 5, attr_ints("strides", DIMS(2, 1)));
    put_message(&g, 1, n);
    add_floats(&g, "w", DIMS(4, 2, 3, 3));
    add_floats(&g, "b", DIMS(4));
    add_node(&g, "Sigmoid", "c", "s");
    add_node(&g, "Mul", "c,s", "m");
    n = node_head("MaxPool", "", "m", "p");
    put_message(&n, 5, attr_ints("kernel_shape", DIMS(2, 2)));
    put_message(&g, 1, n);
    add_node(&g, "GlobalAveragePool", "p", "y");
    return finish(g, DIMS(1, 2, 6, 5));
}

static struct message normalised(void)
{
    struct message g = {0};
    add_node(&g, "BatchNormalization", "x,v,v,v,v", "n");
    add_floats(&g, "v", DIMS(3));
    add_node(&g, "Relu", "n", "r");
    add_node(&g, "Add", "r,x", "y");
    return finish(g, DIMS(-1, 3, 4));
}

static struct message dense(void)
{
    struct message g = {0}, n = node_head("Gemm", "", "x,w,b", "h");
    put_message(&n, 5, attr_int("transB", 1));
    put_message(&g, 1, n);
    add_floats(&g, "w", DIMS(5, 4));
    add_floats(&g, "b", DIMS(5));
    n = node_head("Softmax", "", "h", "p");
    put_message(&n, 5, attr_int("axis", -1));
    put_message(&g, 1, n);
    add_node(&g, "MatMul", "p,m", "y");
    add_floats(&g, "m", DIMS(5, 2));
    return finish(g, DIMS(-1, 4));
}

static struct message shapes(void)
{
    struct message g = {0}, n = node_head("Concat", "", "first,rest", "target");
    add_node(&g, "Shape", "x", "shape");
    add_node(&g, "Gather", "shape,zero", "first");
    add_ints(&g, "zero", DIMS(0));
    add_ints(&g, "rest", DIMS(2, -1));
    put_message(&n, 5, attr_int("axis", 0));
    put_message(&g, 1, n);
    add_node(&g, "Reshape", "x,target", "r");
    n = node_head("Transpose", "", "r", "t");
    put_message(&n, 5, attr_ints("perm", DIMS(0, 2, 1)));
    put_message(&g, 1, n);
    add_node(&g, "Slice", "t,starts,ends,axes,steps", "y");
    add_ints(&g, "starts", DIMS(-1));
    add_ints(&g, "ends", DIMS(INT64_MIN));
    add_ints(&g, "axes", DIMS(1));
    add_ints(&g, "steps", DIMS(-2));
    return finish(g, DIMS(-1, 6));
}

static struct message resized(void)
{
    struct message g = {0}, n = node_head("Resize", "", "x,,scales", "y"), t;
    static const int64_t four[] = {4};
    static const float scales[] = {1, 1, 2, 1.5f};
    put_message(&n, 5, attr_text("mode", "linear"));
    put_message(&n, 5, attr_text("coordinate_transformation_mode", "half_pixel"));
    put_message(&g, 1, n);
    t = tensor_head("scales", F32, four, 1);
    put_bytes(&t, 9, scales, sizeof scales);
    put_message(&g, 5, t);
    return finish(g, DIMS(1, 2, 3, 4));
}

static struct message split(void)
{
    struct message g = {0}, n = node_head("Split", "", "x,sizes", "a,b");
    put_message(&n, 5, attr_int("axis", 1));
    put_message(&g, 1, n);
    add_ints(&g, "sizes", DIMS(1, 3));
    add_node(&g, "Pad", "b,pads", "p");
    add_ints(&g, "pads", DIMS(0, 1, 0, -1));
    add_node(&g, "ReduceMean", "p", "m");
    n = node_head("Clip", "", "a,,top", "c");
    put_message(&g, 1, n);
    add_floats(&g, "top", NULL, 0);
    add_node(&g, "Where", "cond,c,m", "y");
    put_message(&g, 5, tensor_raw("cond", 9, 1, "\x01", 1));
    return finish(g, DIMS(2, 4));
}

static const struct {
    const char *name;
    struct message (*make)(void);
} models[] = {{"convolution.onnx", convolution}, {"normalised.onnx", normalised}, {"dense.onnx", dense},
              {"shapes.onnx", shapes},           {"resized.onnx", resized},       {"split.onnx", split}};

static enum oc_status run(const struct message *bytes, struct oc_err *err)
{
    static float zeros[64];
    const struct eng_options opt = {.backend = "reference"};
    struct eng_model *m;
    struct eng_session *s = NULL;
    enum oc_status st = eng_model_load_memory(bytes->p, bytes->n, &opt, &m, err);
    if (!st)
        st = eng_session_new(m, &s, err);
    if (!st) {
        struct eng_tensor x = {ENG_DT_F32, eng_model_input(m, 0)->shape, zeros};
        x.shape.dim[0] = x.shape.dim[0] < 0 ? 2 : x.shape.dim[0];
        st = eng_session_run(s, &x, NULL, err);
    }
    eng_session_free(s);
    eng_model_unref(m);
    return st;
}

static int write_to(const char *folder, const char *name, const struct message *m)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    bool good = f && fwrite(m->p, 1, m->n, f) == m->n;
    return (f && fclose(f) != 0) || !good;
}

int main(int argc, char **argv)
{
    int bad = 0;
    for (size_t i = 0; i < OC_ARRAY_LEN(models); i++) {
        struct oc_err err = {0};
        struct message m = models[i].make();
        if (argc > 1)
            bad |= write_to(argv[1], models[i].name, &m);
        else if (run(&m, &err)) {
            printf("%s: %s\n", models[i].name, err.msg);
            bad = 1;
        }
        free(m.p);
    }
    if (oc_mem_blocks() != 0) {
        printf("%zu blocks left behind\n", oc_mem_blocks());
        bad = 1;
    }
    return bad;
}
