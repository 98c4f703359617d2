/* External data and files: what is read, and what is refused whatever the model says. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "engine/onnx/onnx.h"
#include "tests/support/onnx_writer.h"

static char folder[64], model_path[128];

static void path_of(char out[256], const char *name)
{
    snprintf(out, 256, "%s/%s", folder, name);
}

static void write_file(const char *name, const void *p, size_t n)
{
    char path[256];
    path_of(path, name);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(p, 1, n, f) == n && fclose(f) == 0);
}

static void setup(void)
{
    static const float numbers[] = {1, 2, 3, 4};
    char path[256];
    snprintf(folder, sizeof folder, "/tmp/ocelli_external_XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    path_of(path, "sub");
    cr_assert_eq(mkdir(path, 0700), 0);
    write_file("weights.bin", numbers, sizeof numbers);
    write_file("sub/more.bin", numbers, sizeof numbers);
    write_file("linked.bin", numbers, sizeof numbers);
    path_of(path, "link.bin");
    cr_assert_eq(symlink("weights.bin", path), 0);
    path_of(path, "link");
    cr_assert_eq(symlink("sub", path), 0);
    path_of(path, "fifo");
    cr_assert_eq(mkfifo(path, 0600), 0);
    char other[256];
    path_of(path, "linked.bin");
    path_of(other, "hard.bin");
    cr_assert_eq(link(path, other), 0);
    snprintf(model_path, sizeof model_path, "%s/model.onnx", folder);
}

static void teardown(void)
{
    static const char *const names[] = {"weights.bin", "sub/more.bin", "linked.bin", "hard.bin", "link.bin",
                                        "link",        "fifo",         "model.onnx", "t.pb"};
    char path[256];
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++) {
        path_of(path, names[i]);
        unlink(path);
    }
    path_of(path, "sub");
    rmdir(path);
    rmdir(folder);
}

static void put_entry(struct message *t, const char *key, const char *value)
{
    struct message entry = {0};
    put_text(&entry, 1, key);
    put_text(&entry, 2, value);
    put_message(t, 13, entry);
}

static void write_model(const char *location, const char *offset, const char *length)
{
    static const int64_t two[] = {2};
    struct message g = {0}, t = tensor_head("t", 1, two, 1);
    if (location)
        put_entry(&t, "location", location);
    if (offset)
        put_entry(&t, "offset", offset);
    if (length)
        put_entry(&t, "length", length);
    put_int(&t, 14, 1);
    put_message(&g, 5, t);
    put_message(&g, 12, value_info("t", 1, two, 1));
    struct message m = model_of(g);
    write_file("model.onnx", m.p, m.n);
    free(m.p);
}

static float second_number(const char *location, const char *offset, const char *length)
{
    struct eng_onnx *m;
    struct oc_err err;
    write_model(location, offset, length);
    enum oc_status st = eng_onnx_read(model_path, NULL, &m, &err);
    cr_assert_eq(st, OC_OK, "%s", err.msg);
    float v = ((const float *)m->graph->values[m->graph->outputs[0]].constant->t.data)[1];
    eng_onnx_free(m);
    return v;
}

static void refused(enum oc_status want, const char *location, const char *offset, const char *length, const char *text)
{
    struct eng_onnx *m;
    struct oc_err err;
    size_t blocks = oc_mem_blocks();
    write_model(location, offset, length);
    enum oc_status st = eng_onnx_read(model_path, NULL, &m, &err);
    cr_assert_eq(st, want, "%s: %s", oc_status_name(st), err.msg);
    cr_assert_not_null(strstr(err.msg, text), "'%s' is not in '%s'", text, err.msg);
    cr_assert_not_null(strstr(err.msg, "initializer 't'"), "%s", err.msg);
    cr_assert_eq(oc_mem_blocks(), blocks);
}

Test(external, is_read_at_its_offset, .init = setup, .fini = teardown)
{
    cr_assert_eq(second_number("weights.bin", NULL, NULL), 2);
    cr_assert_eq(second_number("weights.bin", "8", "8"), 4);
    cr_assert_eq(second_number("sub/more.bin", "4", NULL), 3);
    cr_assert_eq(second_number("./sub/./more.bin", "4", NULL), 3);
}

Test(external, stays_in_the_model_s_folder, .init = setup, .fini = teardown)
{
    char absolute[256];
    path_of(absolute, "weights.bin");
    refused(OC_E_MODEL, absolute, NULL, NULL, "is not a relative path");
    refused(OC_E_MODEL, "../weights.bin", NULL, NULL, "leaves the model's folder");
    refused(OC_E_MODEL, "sub/../weights.bin", NULL, NULL, "leaves the model's folder");
    refused(OC_E_MODEL, "sub/..", NULL, NULL, "leaves the model's folder");
    refused(OC_E_MODEL, "sub//more.bin", NULL, NULL, "leaves the model's folder or names no file");
    refused(OC_E_MODEL, "sub/", NULL, NULL, "names no file");
    refused(OC_E_MODEL, ".", NULL, NULL, "names no file");
    refused(OC_E_MODEL, "link.bin", NULL, NULL, "goes through a symbolic link");
    refused(OC_E_MODEL, "link/more.bin", NULL, NULL, "goes through a symbolic link");
    refused(OC_E_MODEL, "weights.bin/x", NULL, NULL, "goes through a symbolic link or a file");
}

Test(external, is_a_file_of_its_own, .init = setup, .fini = teardown)
{
    refused(OC_E_MODEL, "sub", NULL, NULL, "is not a regular file");
    refused(OC_E_MODEL, "fifo", NULL, NULL, "is not a regular file");
    refused(OC_E_MODEL, "hard.bin", NULL, NULL, "has 2 hard links");
    refused(OC_E_IO, "missing.bin", NULL, NULL, "cannot open external data 'missing.bin': No such file or directory");
    refused(OC_E_MODEL, NULL, NULL, NULL, "external data without a location");
}

Test(external, has_the_bytes_that_are_asked_for, .init = setup, .fini = teardown)
{
    refused(OC_E_MODEL, "weights.bin", "12", NULL, "has 16 bytes; 8 at offset 12 were asked for");
    refused(OC_E_MODEL, "weights.bin", "9223372036854775807", NULL, "has 16 bytes");
    refused(OC_E_MODEL, "weights.bin", "-1", NULL, "an offset or a length that is not a number");
    refused(OC_E_MODEL, "weights.bin", "1x", NULL, "an offset or a length that is not a number");
    refused(OC_E_MODEL, "weights.bin", "0", "7", "wrong number of bytes of external data for its shape: 7 instead of 8");
}

Test(external, model_files_must_be_files, .init = setup, .fini = teardown)
{
    struct eng_onnx *m;
    struct oc_err err;
    char path[256];
    cr_assert_eq(eng_onnx_read(folder, NULL, &m, &err), OC_E_IO);
    cr_assert_not_null(strstr(err.msg, "is not a regular file"));
    path_of(path, "fifo");
    cr_assert_eq(eng_onnx_read(path, NULL, &m, &err), OC_E_IO);
    path_of(path, "missing");
    cr_assert_eq(eng_onnx_read(path, NULL, &m, &err), OC_E_IO);
    cr_assert_not_null(strstr(err.msg, "No such file"));
    write_file("model.onnx", "", 0);
    cr_assert_eq(eng_onnx_read(model_path, NULL, &m, &err), OC_E_MODEL);
    cr_assert_not_null(strstr(err.msg, "is empty"));
}

Test(external, tensor_files_and_facts, .init = setup, .fini = teardown)
{
    struct eng_const *c;
    struct eng_facts *f;
    struct oc_err err;
    char path[256];
    struct message m = tensor_raw("t", 6, 2, (const int32_t[]){7, 8}, 8);
    write_file("t.pb", m.p, m.n);
    free(m.p);
    path_of(path, "t.pb");
    cr_assert_eq(eng_onnx_read_tensor(path, &c, &err), OC_OK);
    cr_assert(c->t.dtype == ENG_DT_I32 && ((const int32_t *)c->t.data)[1] == 8);
    eng_const_unref(c);
    m = model_small();
    write_file("model.onnx", m.p, m.n);
    free(m.p);
    cr_assert_eq(eng_facts_read(model_path, &f, &err), OC_OK);
    cr_assert(f->n_inputs == 1 && !strcmp(f->inputs[0].name, "x") && f->n_outputs == 1 && f->opset == 13 && f->n_ops == 2);
    cr_assert_str_eq(f->producer, "writer 1.0");
    cr_assert_str_eq(eng_facts_metadata(f, "key"), "value");
    cr_assert_null(eng_facts_metadata(f, "no"));
    cr_assert(eng_facts_has_op(f, "Relu") && !eng_facts_has_op(f, "Conv"));
    cr_assert(eng_facts_begins_with(f, "Relu") && !eng_facts_begins_with(f, "Conv"));
    const char *last = f->made_by[0];
    cr_assert_not_null(last);
    cr_assert(eng_facts_ends_with(f, 0, last) && !eng_facts_ends_with(f, 0, "Conv") && !eng_facts_ends_with(f, 1, last));
    eng_facts_free(f);
    write_file("model.onnx", "\x08", 1);
    cr_assert_eq(eng_facts_read(model_path, &f, &err), OC_E_MODEL);
    cr_assert_null(f);
}
