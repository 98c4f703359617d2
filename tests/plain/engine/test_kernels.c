/* Every kernel of every instruction set that this processor has, against the slow twin: random sizes with tails, zeros, NaN, infinities,
 * denormals. */
#include "engine/kernels/kernels.h"
#include "base/mem.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };
static float a[MOST], b[MOST], c[MOST], want[MOST + 64], got[MOST + 64];
static const struct eng_kernels *const twin = &eng_kernels_reference;
static int failures;
static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static int64_t below(int64_t n)
{
    return (int64_t)(next() % (uint64_t)n);
}

static float number(bool wild)
{
    static const float special[] = {0.0f,  -0.0f,  NAN,     INFINITY, -INFINITY, 1e-40f, -1e-40f,
                                    88.0f, -88.0f, 3.4e38f, -3.4e38f, 1e-30f,    0.625f, -20.0f};
    if (wild && next() % 8 == 0)
        return special[next() % OC_ARRAY_LEN(special)];
    float u = (float)(next() % 2000001) / 1e6f - 1.0f;
    return next() % 4 == 0 ? u * 30.0f : u * 2.0f;
}

static void fill(float *x, size_t n, bool wild)
{
    for (size_t i = 0; i < n; i++)
        x[i] = number(wild);
}

static bool close_to(float x, float y, float absolute, float relative)
{
    if (isnan(x) || isnan(y))
        return isnan(x) && isnan(y);
    if (isinf(x) || isinf(y)) /* a result at the edge of the range may round either way */
        return x == y || (fabsf(x) > 3.3e38f && fabsf(y) > 3.3e38f && signbit(x) == signbit(y));
    return fabsf(x - y) <= absolute + relative * fabsf(x);
}

static void check(const char *isa, const char *what, int detail, size_t n, float absolute, float relative)
{
    for (size_t i = 0; i < n; i++) {
        if (close_to(want[i], got[i], absolute, relative))
            continue;
        fprintf(stderr, "%s %s %d: [%zu of %zu] expected %.9g, got %.9g (a %.9g)\n", isa, what, detail, i, n, (double)want[i],
                (double)got[i], (double)a[i]);
        failures++;
        return;
    }
    for (size_t i = n; i < n + 64 && i < MOST + 64; i++) {
        if (got[i] != 7.0f) {
            fprintf(stderr, "%s %s %d: wrote past the end, %zu\n", isa, what, detail, n);
            failures++;
            return;
        }
    }
}

static void clear(void)
{
    for (size_t i = 0; i < MOST + 64; i++)
        got[i] = want[i] = 7.0f;
}

static void elementwise(const struct eng_kernels *k)
{
    size_t n = (size_t)below(100);
    fill(a, n, true);
    fill(b, n, true);
    for (int op = 0; op < ENG_ACT_COUNT; op++) {
        float alpha = op == ENG_ACT_CLIP ? -0.5f : op == ENG_ACT_SILU ? 1.702f : 0.2f, beta = op == ENG_ACT_CLIP ? 6.0f : 0.5f;
        clear();
        twin->act((enum eng_act)op, alpha, beta, a, want, n);
        k->act((enum eng_act)op, alpha, beta, a, got, n);
        check(k->name, "act", op, n, 5e-7f, 2e-6f);
        memcpy(got, a, n * sizeof *a); /* in place */
        k->act((enum eng_act)op, alpha, beta, got, got, n);
        check(k->name, "act in place", op, n, 5e-7f, 2e-6f);
    }
    for (int op = 0; op < ENG_UN_COUNT; op++) {
        clear();
        twin->unary((enum eng_unary)op, a, want, n);
        k->unary((enum eng_unary)op, a, got, n);
        check(k->name, "unary", op, n, 1e-37f, op <= ENG_UN_ERF ? 6e-7f : 1e-6f);
    }
    for (int op = 0; op < ENG_BI_COUNT; op++) {
        clear();
        twin->binary((enum eng_binary)op, a, b, want, n);
        k->binary((enum eng_binary)op, a, b, got, n);
        check(k->name, "binary", op, n, 1e-37f, 1e-6f);
        for (int reversed = 0; reversed < 2; reversed++) {
            float s = number(true);
            clear();
            twin->binary_scalar((enum eng_binary)op, a, s, reversed, want, n);
            k->binary_scalar((enum eng_binary)op, a, s, reversed, got, n);
            check(k->name, "binary scalar", op, n, 1e-37f, 1e-6f);
        }
    }
}

static void by_rows(const struct eng_kernels *k)
{
    size_t cols = (size_t)below(70) + 1, rows = (size_t)below(20) + 1, n = rows * cols;
    fill(a, n, true);
    fill(b, cols, true);
    fill(c, n, true);
    for (int form = 0; form < 4; form++) {
        clear();
        const float *bias = form & 1 ? b : NULL, *residual = form & 2 ? c : NULL;
        twin->act_rows(ENG_ACT_SILU, 1.0f, 0.0f, a, bias, residual, want, rows, cols);
        k->act_rows(ENG_ACT_SILU, 1.0f, 0.0f, a, bias, residual, got, rows, cols);
        check(k->name, "act rows", form, n, 2e-6f, 4e-6f);
    }
    for (int op = 0; op < ENG_BI_COUNT; op++) {
        clear();
        twin->binary_row((enum eng_binary)op, a, b, op & 1, want, rows, cols);
        k->binary_row((enum eng_binary)op, a, b, op & 1, got, rows, cols);
        check(k->name, "binary row", op, n, 1e-37f, 1e-6f);
    }
    clear();
    twin->transpose(a, cols, want, rows, rows, cols);
    k->transpose(a, cols, got, rows, rows, cols);
    check(k->name, "transpose", (int)cols, n, 0.0f, 0.0f);
}

static void one_row(const struct eng_kernels *k)
{
    size_t n = (size_t)below(300) + 1;
    bool wild = next() % 4 == 0;
    fill(a, n, wild);
    fill(b, n, false);
    fill(c, n, false);
    clear();
    want[0] = twin->maximum(a, n), got[0] = k->maximum(a, n);
    want[1] = twin->minimum(a, n), got[1] = k->minimum(a, n);
    check(k->name, "extremes", (int)n, 2, 0.0f, 0.0f);
    for (int form = 0; form < 4; form++) {
        clear();
        twin->softmax(a, form & 1 ? 0.25f : 1.0f, form & 2 ? b : NULL, want, n, form == 3);
        k->softmax(a, form & 1 ? 0.25f : 1.0f, form & 2 ? b : NULL, got, n, form == 3);
        check(k->name, "softmax", form, n, 2e-6f, 4e-6f);
    }
    fill(a, n, false);
    clear();
    want[0] = twin->sum(a, n), got[0] = k->sum(a, n);
    want[1] = twin->sum_squares(a, n), got[1] = k->sum_squares(a, n);
    want[2] = twin->sum_abs(a, n), got[2] = k->sum_abs(a, n);
    want[3] = twin->dot(a, b, n), got[3] = k->dot(a, b, n);
    check(k->name, "sums", (int)n, 4, 2e-3f, 1e-5f);
    for (int form = 0; form < 4; form++) {
        clear();
        twin->layer_norm(a, form & 1 ? b : NULL, form & 2 ? c : NULL, 1e-5f, want, n, &want[n], &want[n + 1]);
        k->layer_norm(a, form & 1 ? b : NULL, form & 2 ? c : NULL, 1e-5f, got, n, &got[n], &got[n + 1]);
        check(k->name, "layer norm", form, n + 2, 1e-4f, 1e-4f);
    }
    clear();
    memcpy(want, b, n * sizeof *b);
    memcpy(got, b, n * sizeof *b);
    twin->axpy(1.5f, a, want, n);
    k->axpy(1.5f, a, got, n);
    check(k->name, "axpy", (int)n, n, 1e-5f, 1e-6f);
}

static void windows(const struct eng_kernels *k)
{
    struct eng_window_geometry g = {.channels = below(40) + 1,
                                    .h_in = below(8) + 1,
                                    .w_in = below(12) + 1,
                                    .kh = below(5) + 1,
                                    .kw = below(5) + 1,
                                    .stride_h = below(2) + 1,
                                    .stride_w = below(2) + 1,
                                    .dil_h = below(2) + 1,
                                    .dil_w = below(2) + 1};
    g.pad_top = below(g.kh), g.pad_left = below(g.kw), g.pad_bottom = below(g.kh), g.pad_right = below(g.kw);
    g.h_out = (g.h_in + g.pad_top + g.pad_bottom - (g.kh - 1) * g.dil_h - 1) / g.stride_h + 1;
    g.w_out = (g.w_in + g.pad_left + g.pad_right - (g.kw - 1) * g.dil_w - 1) / g.stride_w + 1;
    if (g.h_in + g.pad_top + g.pad_bottom <= (g.kh - 1) * g.dil_h || g.w_in + g.pad_left + g.pad_right <= (g.kw - 1) * g.dil_w)
        return;
    size_t in = (size_t)(g.h_in * g.w_in * g.channels), out = (size_t)(g.h_out * g.w_out * g.channels);
    if (in > MOST || out > MOST)
        return;
    /* exact-size copies, so that a sanitizer sees a read past the end */
    float *x = oc_mem_alloc(OC_MEM_OTHER, in * sizeof *x), *w = oc_mem_alloc(OC_MEM_OTHER, (size_t)(g.kh * g.kw * g.channels) * sizeof *w);
    if (!x || !w)
        abort();
    fill(x, in, false);
    fill(w, (size_t)(g.kh * g.kw * g.channels), false);
    fill(b, (size_t)g.channels, false);
    fill(c, out, false);
    clear();
    twin->max_pool(&g, x, want, 0, g.h_out);
    k->max_pool(&g, x, got, 0, g.h_out / 2);
    k->max_pool(&g, x, got, g.h_out / 2, g.h_out);
    check(k->name, "max pool", (int)g.channels, out, 0.0f, 0.0f);
    for (int pad = 0; pad < 2; pad++) {
        clear();
        twin->avg_pool(&g, pad, x, want, 0, g.h_out);
        k->avg_pool(&g, pad, x, got, 0, g.h_out);
        check(k->name, "average pool", pad, out, 1e-5f, 1e-5f);
    }
    for (int form = 0; form < 4; form++) {
        clear();
        enum eng_act act = form == 3 ? ENG_ACT_HARDSWISH : form == 2 ? ENG_ACT_RELU : ENG_ACT_NONE;
        twin->depthwise(&g, x, w, form & 1 ? b : NULL, act, 0.0f, 0.0f, want, 0, g.h_out);
        k->depthwise(&g, x, w, form & 1 ? b : NULL, act, 0.0f, 0.0f, got, 0, g.h_out);
        check(k->name, "depthwise", form, out, 2e-3f, 1e-4f);
    }
    oc_mem_free(x);
    oc_mem_free(w);
}

static void lines(const struct eng_kernels *k)
{
    int64_t rows = below(9) + 1, kw = below(5) + 1, stride = below(3) + 1, dil = below(2) + 1, c_out = below(70) + 1, w_out = below(40) + 1;
    int64_t c_padded = (c_out + 15) / 16 * 16, width = (w_out - 1) * stride + (kw - 1) * dil + 1;
    size_t weights = (size_t)(rows * kw * c_padded), out = (size_t)(c_out * w_out);
    if (out > MOST || rows * width > MOST)
        return;
    float *w = oc_mem_zero(OC_MEM_OTHER, weights * sizeof *w), *x = oc_mem_alloc(OC_MEM_OTHER, (size_t)(rows * width) * sizeof *x);
    const float *row[9];
    if (!w || !x)
        abort();
    fill(w, weights, false);
    fill(x, (size_t)(rows * width), false);
    fill(b, (size_t)c_padded, false);
    for (int64_t r = 0; r < rows; r++)
        row[r] = x + r * width;
    clear();
    twin->conv_line(row, rows, kw, stride, dil, w, b, c_out, c_padded, want, w_out);
    k->conv_line(row, rows, kw, stride, dil, w, b, c_out, c_padded, got, w_out);
    check(k->name, "conv line", (int)c_out, out, 3e-3f, 1e-4f);
    oc_mem_free(w);
    oc_mem_free(x);
}

static void bytes(const struct eng_kernels *k)
{
    static uint8_t x[ENG_INT8_ROWS * 512], y[2][MOST];
    static int8_t panel[128 * ENG_INT8_COLS * ENG_INT8_GROUP];
    static int32_t out[2][ENG_INT8_ROWS * ENG_INT8_COLS];
    int64_t groups = below(129), stride = groups * ENG_INT8_GROUP + below(2);
    int rows = (int)below(ENG_INT8_ROWS) + 1;
    bool extreme = below(4) == 0; /* where saturating instructions would give themselves away */
    if (stride > 512)
        return;
    for (size_t i = 0; i < sizeof x; i++)
        x[i] = extreme ? 255 : (uint8_t)next();
    for (size_t i = 0; i < sizeof panel; i++)
        panel[i] = extreme ? -128 : (int8_t)next();
    twin->int8_panel(x, stride, rows, panel, groups, out[0]);
    k->int8_panel(x, stride, rows, panel, groups, out[1]);
    if (memcmp(out[0], out[1], (size_t)rows * ENG_INT8_COLS * sizeof **out) != 0) {
        fprintf(stderr, "%s: int8 panel, %d rows, %lld groups\n", k->name, rows, (long long)groups);
        failures++;
    }
    size_t n = (size_t)below(MOST);
    fill(a, n, true);
    twin->to_u8(a, 0.03f, 117, y[0], n);
    k->to_u8(a, 0.03f, 117, y[1], n);
    if (memcmp(y[0], y[1], n) != 0) {
        fprintf(stderr, "%s: floats to bytes, %zu\n", k->name, n);
        failures++;
    }
}

int main(void)
{
    for (int isa = OC_ISA_BASELINE; isa <= (int)oc_cpu_isa(); isa++) {
        const struct eng_kernels *k = eng_kernels_for((enum oc_isa)isa);
        if (!k)
            continue;
        for (int round = 0; round < 400; round++) {
            elementwise(k);
            by_rows(k);
            one_row(k);
            windows(k);
            lines(k);
            bytes(k);
        }
        printf("%s: done\n", k->name);
    }
    if (failures)
        fprintf(stderr, "%d failures\n", failures);
    return failures ? 1 : 0;
}
