/* Finds operators in the tables of tables.h. A linear search: it runs once for each node, when a model is loaded. */
#include "engine/ops/tables.h"
#include <string.h>

static const struct eng_op_def *const tables[] = {
#define TABLE_ENTRY(file) eng_ops_##file,
    ENG_OP_TABLES(TABLE_ENTRY)
#undef TABLE_ENTRY
        NULL,
};

/* ONNX says "ai.onnx" and "" are the same domain. */
static const char *plain_domain(const char *domain)
{
    return strcmp(domain, "ai.onnx") == 0 ? "" : domain;
}

const struct eng_op_def *eng_op_find(const char *domain, const char *name, int opset)
{
    const char *plain = plain_domain(domain);
    for (int t = 0; tables[t]; t++)
        for (const struct eng_op_def *row = tables[t]; row->name; row++)
            if (opset >= row->since && (row->until == 0 || opset <= row->until) && strcmp(row->name, name) == 0 &&
                strcmp(row->domain, plain) == 0)
                return row;
    return NULL;
}

const struct eng_op_def *eng_op_at(int i)
{
    for (int t = 0; tables[t]; t++)
        for (const struct eng_op_def *row = tables[t]; row->name; row++)
            if (i-- == 0)
                return row;
    return NULL;
}
