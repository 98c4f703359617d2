/* .npy files: what is read, what is refused, and that what was written is read back. */
#include <criterion/criterion.h>
#include <math.h>
#include <unistd.h>
#include "base/mem.h"
#include "engine/cli/case.h"
#include "engine/cli/npy.h"

#define DIMS(...) ((struct eng_shape){(int)(sizeof((int64_t[]){__VA_ARGS__}) / 8), {__VA_ARGS__}})

/* A file of version `version` with this header and n bytes of data. */
static enum oc_status parse(int version, const char *header, size_t n, struct eng_tensor *t, struct oc_err *err)
{
    unsigned char file[2000] = "\x93NUMPY";
    size_t len = strlen(header), start = version == 1 ? 10 : 12;
    file[6] = (unsigned char)version;
    file[8] = (unsigned char)len;
    file[9] = (unsigned char)(len >> 8);
    memcpy(file + start, header, len);
    for (size_t i = 0; i < n; i++)
        file[start + len + i] = (unsigned char)i;
    return eng_npy_parse(file, start + len + n, t, err);
}

Test(npy, headers_as_numpy_writes_them)
{
    struct eng_tensor t;
    struct oc_err err;
    cr_assert_eq(parse(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n", 24, &t, &err), OC_OK, "%s", err.msg);
    cr_assert(t.dtype == ENG_DT_F32 && eng_shape_equal(&t.shape, &DIMS(2, 3)) && ((unsigned char *)t.data)[23] == 23);
    oc_mem_free(t.data);
    cr_assert_eq(parse(2, "{'shape': (4,), 'descr': \"|u1\", 'fortran_order': True}", 4, &t, &err), OC_OK, "%s", err.msg);
    cr_assert(t.dtype == ENG_DT_U8 && eng_shape_equal(&t.shape, &DIMS(4)));
    oc_mem_free(t.data);
    cr_assert_eq(parse(1, "{'descr': '<i8', 'fortran_order': False, 'shape': (), }", 8, &t, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(t.shape.rank, 0);
    oc_mem_free(t.data);
    cr_assert_eq(parse(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 0), }", 0, &t, &err), OC_OK, "%s", err.msg);
    oc_mem_free(t.data);
}

Test(npy, what_is_wrong_is_refused)
{
    static const struct {
        const char *header;
        size_t bytes;
    } bad[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 23},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 25},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", 24},
        {"{'descr': '<f16', 'fortran_order': False, 'shape': (2, 3), }", 96},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 24},
        {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3), }", 24},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", 24},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0), }", 0},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", 4},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2", 24},
        {"{'descr': '<f4', 'fortran_order': False, }", 4},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'extra': 1}", 4},
        {"{'descr", 4},
        {"{", 4},
        {"", 4},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++) {
        struct eng_tensor t;
        struct oc_err err = {0};
        cr_assert_eq(parse(1, bad[i].header, bad[i].bytes, &t, &err), OC_E_INVALID, "case %zu", i);
        cr_assert(t.data == NULL && err.msg[0]);
    }
    struct eng_tensor t;
    cr_assert_eq(eng_npy_parse("\x93NUMPY\x01\x00\xff\xff{}", 12, &t, NULL), OC_E_INVALID);
    cr_assert_eq(eng_npy_parse("\x93NUMPY\x03\x00\x02\x00{}", 12, &t, NULL), OC_E_INVALID);
    cr_assert_eq(eng_npy_parse("PK\x03\x04xxxxxxxxx", 12, &t, NULL), OC_E_INVALID);
    cr_assert_eq(eng_npy_parse("\x93NUM", 4, &t, NULL), OC_E_INVALID);
    cr_assert_eq(eng_npy_read("/nonexistent/x.npy", &t, NULL), OC_E_IO);
    cr_assert_eq(eng_npy_read("/", &t, NULL), OC_E_INVALID);
}

Test(npy, what_is_written_is_read_back)
{
    static const enum eng_dtype types[] = {ENG_DT_F32, ENG_DT_F64, ENG_DT_F16, ENG_DT_I8,  ENG_DT_I16, ENG_DT_I32,
                                           ENG_DT_I64, ENG_DT_U8,  ENG_DT_U16, ENG_DT_U32, ENG_DT_U64, ENG_DT_BOOL};
    static const struct eng_shape shapes[] = {{0, {0}}, {1, {5}}, {3, {2, 1, 3}}, {2, {0, 4}}, {8, {1, 1, 1, 1, 1, 1, 1, 2}}};
    char path[] = "/tmp/ocelli-npy-XXXXXX", data[64];
    struct oc_err err;
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7);
    for (size_t i = 0; i < OC_ARRAY_LEN(types) * OC_ARRAY_LEN(shapes); i++) {
        struct eng_tensor t = {types[i % OC_ARRAY_LEN(types)], shapes[i / OC_ARRAY_LEN(types)], data}, back;
        cr_assert_eq(eng_npy_write(path, &t, &err), OC_OK, "%s", err.msg);
        cr_assert_eq(eng_npy_read(path, &back, &err), OC_OK, "%s", err.msg);
        cr_assert(back.dtype == t.dtype && eng_shape_equal(&back.shape, &t.shape));
        cr_assert_eq(memcmp(back.data, data, (size_t)eng_shape_count(&t.shape) * eng_dtype_size(t.dtype)), 0);
        oc_mem_free(back.data);
    }
    uint16_t half[2] = {0x3f80, 0xc000}; /* bfloat16 1 and -2 */
    struct eng_tensor t = {ENG_DT_BF16, DIMS(2), half}, back;
    cr_assert_eq(eng_npy_write(path, &t, &err), OC_OK);
    cr_assert_eq(eng_npy_read(path, &back, &err), OC_OK);
    cr_assert(back.dtype == ENG_DT_F32 && ((float *)back.data)[0] == 1 && ((float *)back.data)[1] == -2);
    oc_mem_free(back.data);
    unlink(path);
}

Test(npy, cases_are_compared_as_onnx_does)
{
    float want[3] = {1, (float)NAN, 1e-9f}, seen[3] = {1.0009f, (float)NAN, 0};
    struct eng_tensor a = {ENG_DT_F32, DIMS(3), want}, b = {ENG_DT_F32, DIMS(3), seen};
    struct oc_err err;
    cr_assert_eq(eng_case_compare("y", &a, &b, &err), OC_OK, "%s", err.msg);
    seen[0] = 1.002f;
    cr_assert_neq(eng_case_compare("y", &a, &b, &err), OC_OK);
    cr_assert_not_null(strstr(err.msg, "1 of 3"));
    seen[0] = 1;
    seen[1] = 0;
    cr_assert_neq(eng_case_compare("y", &a, &b, &err), OC_OK);
    b.shape = DIMS(3, 1);
    cr_assert_neq(eng_case_compare("y", &a, &b, &err), OC_OK);
    int32_t i[2] = {1000000, 7}, k[2] = {1000001, 7};
    a = (struct eng_tensor){ENG_DT_I32, DIMS(2), i};
    b = (struct eng_tensor){ENG_DT_I32, DIMS(2), k};
    cr_assert_neq(eng_case_compare("y", &a, &b, &err), OC_OK);
    k[0] = 1000000;
    cr_assert_eq(eng_case_compare("y", &a, &b, &err), OC_OK);
}
