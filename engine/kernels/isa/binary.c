/* Two-operand arithmetic: array with array, with a number, and with one row. Broadcasting beyond that is the operator's. */
#include "engine/kernels/isa.h"

/* a and b name the operands of one element; store takes the result. */
#define EACH_OP(op, LOOP, a, b)                            \
    switch (op) {                                          \
    case ENG_BI_ADD:                                       \
        LOOP((a) + (b));                                   \
        break;                                             \
    case ENG_BI_SUB:                                       \
        LOOP((a) - (b));                                   \
        break;                                             \
    case ENG_BI_MUL:                                       \
        LOOP((a) * (b));                                   \
        break;                                             \
    case ENG_BI_DIV:                                       \
        LOOP((a) / (b));                                   \
        break;                                             \
    case ENG_BI_MAX: /* NaN in either wins, as in numpy */ \
        LOOP((a) > (b) || (a) != (a) ? (a) : (b));         \
        break;                                             \
    case ENG_BI_MIN:                                       \
        LOOP((a) < (b) || (a) != (a) ? (a) : (b));         \
        break;                                             \
    case ENG_BI_PRELU:                                     \
        LOOP((a) < 0.0f ? (a) * (b) : (a));                \
        break;                                             \
    case ENG_BI_COUNT:                                     \
        break;                                             \
    }

#define VECTOR_LOOP(expression)            \
    OC_SIMD for (size_t i = 0; i < n; i++) \
    {                                      \
        float u = a[i], v = b[i];          \
        y[i] = (expression);               \
    }

void OC_ISA_NAME(eng_k_binary)(enum eng_binary op, const float *a, const float *b, float *y, size_t n)
{
    EACH_OP(op, VECTOR_LOOP, u, v)
}

#define SCALAR_LOOP(expression)            \
    OC_SIMD for (size_t i = 0; i < n; i++) \
    {                                      \
        float u = a[i], v = b;             \
        y[i] = (expression);               \
    }

void OC_ISA_NAME(eng_k_binary_scalar)(enum eng_binary op, const float *a, float b, bool reversed, float *y, size_t n)
{
    if (reversed) {
        EACH_OP(op, SCALAR_LOOP, v, u)
    } else {
        EACH_OP(op, SCALAR_LOOP, u, v)
    }
}

#define ROW_LOOP(expression)                      \
    for (size_t r = 0; r < rows; r++) {           \
        const float *row = a + r * cols;          \
        float *out = y + r * cols;                \
        OC_SIMD for (size_t i = 0; i < cols; i++) \
        {                                         \
            float u = row[i], v = b[i];           \
            out[i] = (expression);                \
        }                                         \
    }

/* a row of `cols` against every row */
static void rows_plain(enum eng_binary op, const float *a, const float *b, bool reversed, float *y, size_t rows, size_t cols)
{
    if (reversed) {
        EACH_OP(op, ROW_LOOP, v, u)
    } else {
        EACH_OP(op, ROW_LOOP, u, v)
    }
}

enum { TILE = 1024 };

/* Short rows (channels of a picture): several of them side by side make one long row, so that loops are worth starting. */
void OC_ISA_NAME(eng_k_binary_row)(enum eng_binary op, const float *a, const float *b, bool reversed, float *y, size_t rows, size_t cols)
{
    if (cols == 0 || cols > TILE / 4 || rows < 8) {
        rows_plain(op, a, b, reversed, y, rows, cols);
        return;
    }
    float tile[TILE];
    size_t together = TILE / cols;
    together = together > rows ? rows : together;
    for (size_t r = 0; r < together; r++)
        memcpy(tile + r * cols, b, cols * sizeof *b);
    size_t whole = rows / together;
    rows_plain(op, a, tile, reversed, y, whole, together * cols);
    rows_plain(op, a + whole * together * cols, b, reversed, y + whole * together * cols, rows - whole * together, cols);
}
