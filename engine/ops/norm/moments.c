/* float32 lines of contiguous numbers take four partial sums a line, so that additions overlap; all else goes one by one. */
#include "engine/ops/norm/moments.h"
#include "engine/ops/types.h"

/* sum of (x - shift), or of its square */
static double line_f32(const float *x, int64_t n, float shift, bool square)
{
    double total[4] = {0};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int j = 0; j < 4; j++) {
            float d = x[i + j] - shift;
            total[j] += (double)(square ? d * d : d);
        }
    for (; i < n; i++) {
        float d = x[i] - shift;
        total[0] += (double)(square ? d * d : d);
    }
    return total[0] + total[1] + total[2] + total[3];
}

static double line_any(enum eng_dtype t, const void *x, int64_t at, int64_t n, int64_t step, double shift, bool square)
{
    double total = 0;
    for (int64_t i = 0; i < n; i++) {
        double d = eng_load_f64(t, x, at + i * step) - shift;
        total += square ? d * d : d;
    }
    return total;
}

struct eng_moments eng_moments_of(enum eng_dtype t, const void *x, int64_t outer, int64_t outer_step, int64_t inner, int64_t inner_step)
{
    struct eng_moments m = {0};
    double count = (double)outer * (double)inner;
    for (int pass = 0; pass < 2; pass++) {
        double total = 0;
        for (int64_t o = 0; o < outer; o++)
            total += t == ENG_DT_F32 && inner_step == 1 ? line_f32((const float *)x + o * outer_step, inner, (float)m.mean, pass == 1)
                                                        : line_any(t, x, o * outer_step, inner, inner_step, m.mean, pass == 1);
        if (pass == 0)
            m.mean = total / count;
        else
            m.variance = total / count;
    }
    return m;
}
