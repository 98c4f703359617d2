#include <criterion/criterion.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/mem.h"
#include "engine/inspect/inspect.h"
#include "engine/inspect/json.h"
#include "tests/support/onnx_writer.h"

static char path[64];
static struct oc_buf out;

static void setup(void)
{
    oc_buf_init(&out, OC_MEM_OTHER, OC_MIB(1));
    snprintf(path, sizeof path, "/tmp/ocelli_inspect_%ld.onnx", (long)getpid());
}

static void teardown(void)
{
    oc_buf_deinit(&out);
    unlink(path);
}

static void write_model(struct message m)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f && (!m.n || fwrite(m.p, 1, m.n, f) == m.n) && fclose(f) == 0);
    free(m.p);
}

static void contains(const char *text)
{
    cr_assert_not_null(strstr(out.data, text), "no '%s' in: %s", text, out.data);
}

static const struct eng_options reference = {.backend = "reference"};

static void inspect(const struct eng_shape *shapes)
{
    struct oc_err err = {0};
    size_t blocks = oc_mem_blocks() - (out.data != NULL);
    cr_assert_eq(eng_inspect(path, &reference, shapes, &out, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(oc_mem_blocks(), blocks + 1);
}

Test(json, escapes_and_separates, .init = setup, .fini = teardown)
{
    struct eng_json j = {.out = &out};
    eng_json_open(&j, '{');
    eng_json_name(&j, "a\"b");
    eng_json_open(&j, '[');
    eng_json_int(&j, INT64_MIN);
    eng_json_bool(&j, true);
    eng_json_text(&j, NULL);
    eng_json_text(&j, "\x01\t\\ \xc3\xa4 \xc3( \xff");
    eng_json_close(&j, ']');
    eng_json_name(&j, "e");
    eng_json_open(&j, '[');
    eng_json_close(&j, ']');
    eng_json_close(&j, '}');
    cr_assert_eq(j.st, OC_OK);
    cr_assert_str_eq(out.data,
                     "{\"a\\\"b\":[-9223372036854775808,true,null,\"\\u0001\\u0009\\\\ \xc3\xa4 \xef\xbf\xbd( \xef\xbf\xbd\"],\"e\":[]}");
}

Test(json, a_full_buffer_sticks)
{
    struct oc_buf small;
    oc_buf_init(&small, OC_MEM_OTHER, 10);
    struct eng_json j = {.out = &small};
    eng_json_text(&j, "12345678");
    cr_assert_eq(j.st, OC_OK);
    eng_json_int(&j, 1);
    eng_json_int(&j, 1);
    cr_assert_eq(j.st, OC_E_BODY_TOO_LARGE);
    oc_buf_deinit(&small);
}

Test(inspect, tells_what_the_file_declares, .init = setup, .fini = teardown)
{
    write_model(model_small());
    inspect(NULL);
    contains("\"producer\":\"writer 1.0\",\"opset\":13,\"opsets\":[{\"domain\":\"\",\"version\":13}]");
    contains("\"metadata\":[{\"key\":\"key\",\"value\":\"value\"}]");
    contains("\"inputs\":[{\"name\":\"x\",\"dtype\":\"float32\",\"shape\":[\"N\",2]}]");
    contains("\"outputs\":[{\"name\":\"y\",\"dtype\":\"float32\",\"shape\":[\"N\",2]}]");
    contains("{\"op\":\"Relu\",\"domain\":\"\",\"opset\":13,\"count\":1,\"first_node\":\"second\",\"supported\":true}");
    contains("\"unsupported\":[]");
    contains("\"problem\":null");
}

Test(inspect, tells_the_plan_for_given_shapes, .init = setup, .fini = teardown)
{
    struct eng_shape five = {2, {5, 2}};
    write_model(model_small());
    inspect(&five);
    contains("\"plan\":{\"backend\":\"reference\",\"precision\":\"f32\",\"threads\":1,\"arena_bytes\":");
    contains("\"weight_bytes\":8,");
    contains("\"inputs\":[{\"name\":\"x\",\"shape\":[5,2]}],\"passes\":{\"widen\":");
    contains("\"outputs\":[{\"name\":\"y\",\"dtype\":\"float32\",\"shape\":[5,2],\"bytes\":40}]");
}

Test(inspect, a_shape_that_does_not_fit_is_a_problem_not_an_error, .init = setup, .fini = teardown)
{
    struct eng_shape wrong = {2, {5, 3}};
    write_model(model_small());
    inspect(&wrong);
    contains("\"plan\":null,\"problem\":\"input 'x' must have shape ?x2, not 5x3\"");
}

Test(inspect, missing_operators_are_listed, .init = setup, .fini = teardown)
{
    static const int64_t two[] = {2};
    struct message g = {0};
    put_message(&g, 1, node_head("NoSuch\"Op", "n", "x", "y"));
    put_message(&g, 11, value_info("x", 1, two, 1));
    put_message(&g, 12, value_info("y", 1, two, 1));
    write_model(model_of(g));
    inspect(NULL);
    contains(
        "\"unsupported\":[{\"op\":\"NoSuch\\\"Op\",\"domain\":\"\",\"opset\":13,\"count\":1,\"first_node\":\"n\",\"supported\":false}]");
    contains("\"plan\":null,\"problem\":\"1 operator of the model is not supported: NoSuch\\\"Op (opset 13, first at node 'n')\"");
}

Test(inspect, what_is_no_model_is_an_error, .init = setup, .fini = teardown)
{
    struct oc_err err;
    cr_assert_eq(eng_inspect("/nonexistent.onnx", &reference, NULL, &out, &err), OC_E_IO);
    write_model((struct message){0});
    cr_assert_eq(eng_inspect(path, &reference, NULL, &out, &err), OC_E_MODEL);
}

Test(inspect, text_for_people, .init = setup, .fini = teardown)
{
    struct eng_inspection x;
    struct oc_err err;
    write_model(model_small());
    cr_assert_eq(eng_inspection_open(&x, path, &err), OC_OK);
    cr_assert_eq(eng_inspection_plan(&x, &reference, NULL, &err), OC_OK);
    cr_assert_eq(eng_inspection_text(&x, &out, &err), OC_OK);
    contains("ONNX IR 8, opset 13, made by writer 1.0");
    contains("  key: value\n");
    contains("Nx2\n");
    contains("      1  Relu\n");
    contains("Plan for x 1x2\n  reference, f32, 1 thread: ");
    eng_inspection_clear(&x);
}
