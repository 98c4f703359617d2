/* The problem document of RFC 9457, written by hand so that it can be made when memory for a JSON tree is short. */
#include "handlers/handler.h"

/* s as a JSON string, quotes included. Bytes outside ASCII are passed on; texts are ours or were checked to be UTF-8 where they came in. */
static enum oc_status add_json_string(struct oc_buf *out, const char *s)
{
    enum oc_status st = oc_buf_add_str(out, "\"");
    for (; !st && *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            st = oc_buf_addf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            st = oc_buf_addf(out, "\\u%04x", c);
        else
            st = oc_buf_add(out, s, 1);
    }
    return st ? st : oc_buf_add_str(out, "\"");
}

/* Length of the UTF-8 sequence that starts at s, 0 when it is malformed (RFC 3629: shortest form, no surrogates). */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return (s[1] & 0xc0) == 0x80 ? 2 : 0;
    if ((s[0] & 0xf0) == 0xe0) {
        bool bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f);
        return !bad && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80 ? 3 : 0;
    }
    if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        bool bad = (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f);
        return !bad && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80 && (s[3] & 0xc0) == 0x80 ? 4 : 0;
    }
    return 0;
}

/* A detail may quote what a client sent, cut at any byte: what is not UTF-8 becomes a question mark. */
static void make_utf8(char *s)
{
    while (*s) {
        size_t n = utf8_length((const unsigned char *)s);
        if (n == 0) {
            *s = '?';
            n = 1;
        }
        s += n;
    }
}

enum oc_status oc_problem(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out)
{
    return oc_problem_as(oc_status_http(code), oc_status_title(code), code, detail, request_id, out);
}

enum oc_status oc_problem_as(int status, const char *title, enum oc_status code, const char *detail, const char *request_id,
                             struct oc_buf *out)
{
    char text[OC_ERR_MSG_MAX];
    snprintf(text, sizeof text, "%s", detail && *detail ? detail : oc_status_title(code));
    make_utf8(text);
    enum oc_status st = oc_buf_addf(out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":", title, status);
    if (!st)
        st = add_json_string(out, text);
    if (!st)
        st = oc_buf_addf(out, ",\"code\":\"%s\",\"request_id\":", oc_status_code(code));
    if (!st)
        st = add_json_string(out, request_id ? request_id : "");
    return st ? st : oc_buf_add_str(out, "}\n");
}
