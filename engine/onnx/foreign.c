/* Files that are called .onnx and are something else: said in the words of whoever put them there. See file.h. */
#include <ctype.h>
#include <string.h>
#include "engine/onnx/file.h"

static bool begins(struct eng_span s, const char *text, size_t n)
{
    return s.n >= n && !memcmp(s.p, text, n);
}

/* A tag of a page within the first bytes, in any case. */
static bool is_page(struct eng_span s)
{
    char head[256];
    size_t n = s.n < sizeof head - 1 ? s.n : sizeof head - 1;
    for (size_t i = 0; i < n; i++)
        head[i] = (char)tolower(s.p[i]);
    head[n] = 0;
    const char *p = head + strspn(head, " \t\r\n");
    return !strncmp(p, "<!doctype html", 14) || !strncmp(p, "<html", 5) || !strncmp(p, "<?xml", 5);
}

const char *eng_file_foreign(struct eng_span s)
{
    if (begins(s, "version https://git-lfs", 23))
        return "it is a Git LFS pointer, not the model: fetch the file itself ('git lfs pull', or download it)";
    if (is_page(s))
        return "it is a web page, not a model: the download went to a page (an error, a login); use the address of the file itself";
    if (begins(s, "\x1f\x8b", 2))
        return "it is a gzip file: unpack it first (gunzip)";
    if (begins(s, "PK\x03\x04", 4))
        return "it is a ZIP archive (a PyTorch checkpoint, perhaps): unpack it, or export the model to ONNX";
    if (begins(s, "\x80\x02", 2) || begins(s, "\x80\x04", 2))
        return "it is a Python pickle (a PyTorch checkpoint, perhaps): export the model to ONNX";
    if (begins(s, "\x89HDF\r\n\x1a\n", 8))
        return "it is an HDF5 file (a Keras model, perhaps): export the model to ONNX";
    if (s.n > 8 && !memcmp(s.p + 4, "TFL3", 4))
        return "it is a TensorFlow Lite model: convert it to ONNX";
    if (begins(s, "GGUF", 4))
        return "it is a GGUF file: a model of llama.cpp, not of ONNX";
    if (begins(s, "{", 1))
        return "it is JSON, not a model";
    return NULL;
}
