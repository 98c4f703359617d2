/*
 * Reads a request by its content type; see inputs.h. A body that is a picture or a document by its first bytes is taken as one whatever
 * type it says it has, and a "form" that is a JSON object as JSON: curl says "form" of everything.
 */
#include "handlers/input/inputs.h"
#include <ctype.h>
#include <strings.h>
#include "base/clock.h"
#include "handlers/input/base64.h"
#include "handlers/input/form.h"
#include "handlers/input/json_in.h"
#include "handlers/warnings.h"

static const char *const image_fields[] = {"image", "file", "image1", "image2", NULL};

/* Longer than other fields, and read in place: handlers/input/texts.c. */
static const char *const text_fields[] = {"text", "texts", "a_text", "b_text", NULL};

static bool is_one_of(const char *name, const char *const *list)
{
    for (size_t i = 0; list[i]; i++)
        if (!strcmp(list[i], name))
            return true;
    return false;
}

/* Bytes of a field that is copied: labels and templates are texts as well. */
static size_t field_most(const char *name)
{
    static const char *const texts[] = {"labels", "template", "prompt", NULL};
    return is_one_of(name, texts) ? LIM_TEXT_BYTES : LIM_FIELD_BYTES;
}

static bool is_image_field(const char *name)
{
    return is_one_of(name, image_fields);
}

enum oc_status oc_inputs_add_image(struct oc_inputs *in, const struct oc_image_source *source, struct oc_err *err)
{
    int most = in->req->service->max_images;
    if (in->n_images >= (size_t)(most > 0 ? most : LIM_IMAGES))
        return oc_err_set(err, OC_E_INVALID, "at most %d images in one request", most > 0 ? most : LIM_IMAGES);
    if (in->n_images == in->cap_images) {
        size_t cap = in->cap_images ? in->cap_images * 2 : 4;
        struct oc_image_source *images = oc_mem_realloc(OC_MEM_BODY, in->images, cap * sizeof *images);
        if (!images)
            return oc_err_nomem(err, "the list of images", cap * sizeof *images);
        in->images = images;
        in->cap_images = cap;
    }
    in->images[in->n_images++] = *source;
    return OC_OK;
}

static bool starts_with(const char *s, size_t n, const char *prefix)
{
    size_t k = strlen(prefix);
    return n >= k && !strncasecmp(s, prefix, k);
}

/* A text that stands for a picture: a URL by its scheme, else base64 or a data URI. */
static enum oc_status add_text_image(struct oc_inputs *in, const char *field, const char *text, size_t n, struct oc_err *err)
{
    while (n && strchr(" \t\r\n", *text) && *text)
        text++, n--;
    struct oc_image_source s = {.kind = OC_SOURCE_BASE64, .field = field, .text = text, .len = n};
    if (starts_with(text, n, "http://") || starts_with(text, n, "https://"))
        s.kind = OC_SOURCE_URL;
    return oc_inputs_add_image(in, &s, err);
}

static enum oc_status add_url(struct oc_inputs *in, const char *text, size_t n, struct oc_err *err)
{
    return oc_inputs_add_image(in, &(struct oc_image_source){.kind = OC_SOURCE_URL, .field = "url", .text = text, .len = n}, err);
}

/* Text that is a URL, a data URI, or long and of nothing but base64's alphabet. */
static bool stands_for_picture(const char *text, size_t n)
{
    size_t head = n < 512 ? n : 512;
    if (oc_is_data_uri(text, n) || starts_with(text, n, "http://") || starts_with(text, n, "https://"))
        return true;
    for (size_t i = 0; i < head; i++)
        if (!isalnum((unsigned char)text[i]) && !memchr("+/-_= \t\r\n", text[i], 9))
            return false;
    return n >= 64; /* no picture is smaller */
}

/* A file, or a part without a file's name that holds base64, a data URI or a URL: curl's -F image="$(base64 a.jpg)". */
static enum oc_status add_part_image(struct oc_inputs *in, const struct oc_part *p, struct oc_err *err)
{
    struct oc_image_source s = {.kind = OC_SOURCE_BYTES, .field = p->name, .text = p->data, .len = p->len};
    return p->is_file || !stands_for_picture(p->data, p->len) ? oc_inputs_add_image(in, &s, err)
                                                              : add_text_image(in, p->name, p->data, p->len, err);
}

static enum oc_status read_multipart(struct oc_inputs *in, struct oc_err *err)
{
    char boundary[OC_BOUNDARY_MAX + 1];
    struct oc_request *req = in->req;
    enum oc_status st = oc_multipart_boundary(req->content_type, boundary, err);
    if (!st)
        st = oc_multipart_parse(req->body.data ? req->body.data : "", req->body.len, boundary, req->arena, &in->parts, err);
    if (st)
        return st;
    in->form = oc_mem_array(OC_MEM_BODY, in->parts.n ? in->parts.n : 1, sizeof *in->form);
    if (!in->form)
        return oc_err_nomem(err, "form fields", in->parts.n * sizeof *in->form);
    for (size_t i = 0; !st && i < in->parts.n; i++) {
        const struct oc_part *p = &in->parts.items[i];
        if (p->is_file || is_image_field(p->name)) {
            if (is_image_field(p->name)) /* files of other names are for the routes that know them */
                st = add_part_image(in, p, err);
            continue;
        }
        if (is_one_of(p->name, text_fields))
            continue;
        if (p->len > field_most(p->name))
            return oc_err_set(err, OC_E_INVALID, "field '%s': at most %zu bytes, there are %zu", p->name, field_most(p->name), p->len);
        char *value = oc_arena_strndup(req->arena, p->data, p->len);
        if (!value)
            return oc_err_nomem(err, "a form field", p->len);
        in->form[in->n_form++] = (struct oc_field){p->name, value, p->len};
        if (!strcmp(p->name, "url"))
            st = add_url(in, value, p->len, err);
    }
    return st;
}

static enum oc_status read_form(struct oc_inputs *in, struct oc_err *err)
{
    struct oc_request *req = in->req;
    enum oc_status st = oc_form_parse(req->body.data ? req->body.data : "", req->body.len, req->arena, &in->form, &in->n_form, err);
    for (size_t i = 0; !st && i < in->n_form; i++) {
        const struct oc_field *f = &in->form[i];
        if (is_image_field(f->name))
            st = add_text_image(in, f->name, f->value, f->value_len, err);
        else if (!strcmp(f->name, "url"))
            st = add_url(in, f->value, f->value_len, err);
    }
    return st;
}

enum oc_status oc_inputs_add_json(struct oc_inputs *in, const char *field, const json_t *v, struct oc_err *err)
{
    bool list = json_is_array(v);
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < (list ? json_array_size(v) : 1); i++) {
        const json_t *item = list ? json_array_get(v, i) : v;
        char place[24] = "";
        if (list)
            snprintf(place, sizeof place, "/%zu", i);
        if (json_is_null(item) && !list)
            return OC_OK;
        if (!json_is_string(item))
            return oc_err_set(err, OC_E_INVALID, "/%s%s: must be base64 or a data URI in a string, is %s", field, place,
                              oc_json_kind(item));
        st = add_text_image(in, field, json_string_value(item), json_string_length(item), err);
    }
    return st;
}

static enum oc_status read_json(struct oc_inputs *in, struct oc_err *err)
{
    struct oc_request *req = in->req;
    if (!req->body.len)
        return oc_err_set(err, OC_E_JSON, "JSON: the body is empty");
    enum oc_status st = oc_json_parse(req, req->body.data, req->body.len, &in->json, err);
    if (st)
        return st;
    oc_buf_deinit(&req->body); /* jansson has copied it */
    if (!json_is_object(in->json))
        return oc_err_set(err, OC_E_INVALID, "JSON: the body must be an object, is %s", oc_json_kind(in->json));
    for (size_t i = 0; !st && image_fields[i]; i++) {
        const json_t *v = json_object_get(in->json, image_fields[i]);
        if (v && !json_is_null(v))
            st = oc_inputs_add_json(in, image_fields[i], v, err);
    }
    const json_t *list = json_object_get(in->json, "images"), *url = json_object_get(in->json, "url");
    list = json_is_null(list) ? NULL : list;
    url = json_is_null(url) ? NULL : url;
    if (!st && list && !json_is_array(list))
        st = oc_err_set(err, OC_E_INVALID, "/images: must be an array, is %s", oc_json_kind(list));
    if (!st && list)
        st = oc_inputs_add_json(in, "images", list, err);
    if (!st && url && !json_is_string(url))
        st = oc_err_set(err, OC_E_INVALID, "/url: must be a string, is %s", oc_json_kind(url));
    if (!st && url)
        st = add_url(in, json_string_value(url), json_string_length(url), err);
    return st;
}

static enum oc_status read_raw(struct oc_inputs *in, struct oc_err *err)
{
    if (!in->req->body.len)
        return OC_OK;
    return oc_inputs_add_image(
        in, &(struct oc_image_source){.kind = OC_SOURCE_BYTES, .field = "body", .text = in->req->body.data, .len = in->req->body.len}, err);
}

/* The media type alone equals, or begins with, `type`. */
static bool media_is(const char *content_type, const char *type)
{
    size_t n = strcspn(content_type, "; \t"), k = strlen(type);
    return type[k - 1] == '/' ? n > k && !strncasecmp(content_type, type, k) : n == k && !strncasecmp(content_type, type, k);
}

static bool is_json(const char *content_type)
{
    size_t n = strcspn(content_type, "; \t");
    return media_is(content_type, "application/json") || (n > 5 && !strncasecmp(content_type + n - 5, "+json", 5));
}

/* curl -d calls JSON a form. No form of ours begins with a brace: fields' names are letters. */
static bool is_object_text(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n'))
        i++;
    return i < n && s[i] == '{';
}

enum oc_status oc_inputs_read(struct oc_request *req, struct oc_inputs *in, struct oc_err *err)
{
    *in = (struct oc_inputs){.req = req};
    const char *type = req->content_type ? req->content_type : "";
    for (size_t i = 0; i < req->n_query; i++) {
        if (strcmp(req->query[i].name, "url") != 0)
            continue;
        enum oc_status st = add_url(in, req->query[i].value, req->query[i].value_len, err);
        if (st)
            return st;
    }
    bool file = req->body.len && oc_image_is_file((const uint8_t *)req->body.data, req->body.len);
    if (file || !*type || media_is(type, "image/") || media_is(type, "application/octet-stream"))
        return read_raw(in, err);
    if (media_is(type, "multipart/form-data"))
        return read_multipart(in, err);
    bool form = media_is(type, "application/x-www-form-urlencoded");
    if (is_json(type) || (form && is_object_text(req->body.data, req->body.len)))
        return read_json(in, err);
    if (form)
        return read_form(in, err);
    if (!req->body.len)
        return OC_OK;
    return oc_err_set(err, OC_E_MEDIA,
                      "Content-Type '%.100s': image/*, application/octet-stream, multipart/form-data, application/json or "
                      "application/x-www-form-urlencoded is expected",
                      type);
}

/* Names in query, form, parts and JSON that nothing has asked for. */
static void warn_of_unknown(const struct oc_inputs *in)
{
    struct oc_request *req = in->req;
    static const char *const everywhere[] = {"image", "file", "image1", "image2", "images", "url", "exif", "model"};
    const char *key;
    json_t *value;
    for (size_t i = 0; i < OC_ARRAY_LEN(everywhere); i++)
        oc_asked(req, everywhere[i]);
    for (size_t i = 0; i < req->n_query; i++)
        oc_warn_if_unknown(req, req->query[i].name);
    for (size_t i = 0; i < in->n_form; i++)
        oc_warn_if_unknown(req, in->form[i].name);
    for (size_t i = 0; i < in->parts.n; i++)
        oc_warn_if_unknown(req, in->parts.items[i].name);
    json_object_foreach(in->json, key, value) oc_warn_if_unknown(req, key);
}

void oc_inputs_deinit(struct oc_inputs *in)
{
    if (in->req)
        warn_of_unknown(in);
    json_decref(in->json);
    oc_parts_deinit(&in->parts);
    oc_mem_free(in->form);
    oc_mem_free(in->images);
    *in = (struct oc_inputs){0};
}

enum oc_status oc_inputs_one_image(const struct oc_inputs *in, const struct oc_image_source **out, struct oc_err *err)
{
    *out = NULL;
    if (in->n_images == 0)
        return oc_err_set(
            err, OC_E_INVALID,
            "an image is expected: as the body (Content-Type image/*), as the multipart part 'image', as the JSON member 'image' "
            "(base64 or data URI), or by 'url'");
    if (in->n_images > 1)
        return oc_err_set(err, OC_E_INVALID, "one image is expected, the request has %zu ('%s', '%s'%s)", in->n_images, in->images[0].field,
                          in->images[1].field, in->n_images > 2 ? ", ..." : "");
    *out = &in->images[0];
    return OC_OK;
}

enum oc_status oc_source_bytes(const struct oc_request *req, const struct oc_image_source *s, struct oc_buf *own, const char **bytes,
                               size_t *n, struct oc_err *err)
{
    const struct oc_service *service = req->service;
    const char *text;
    size_t len;
    enum oc_status st = OC_OK;
    *bytes = s->text;
    *n = s->len;
    if (s->kind == OC_SOURCE_BYTES)
        return OC_OK;
    if (s->kind == OC_SOURCE_URL) {
        if (!service->fetch_url)
            return oc_err_set(err, OC_E_FORBIDDEN, "images by URL are switched off on this server");
        st = service->fetch_url(service->fetch_arg, s->text, own, req->deadline_ns, err);
    } else {
        st = oc_data_uri(s->text, s->len, &text, &len, err);
        if (!st)
            st = oc_base64_decode(text, len, own, err);
    }
    *bytes = own->data;
    *n = own->len;
    return st;
}

enum oc_status oc_source_decode(struct oc_request *req, const struct oc_image_source *source, bool upright, struct oc_image *out,
                                struct oc_image_info *info, struct oc_err *err)
{
    *out = (struct oc_image){0};
    int64_t start = oc_now_ns();
    struct oc_decode_options opt = {.max_pixels = req->service->max_pixels, .ignore_exif = !upright};
    struct oc_buf own;
    const char *bytes;
    size_t n;
    oc_buf_init(&own, OC_MEM_BODY, req->service->max_body ? req->service->max_body : LIM_BODY_BYTES);
    enum oc_status st = oc_source_bytes(req, source, &own, &bytes, &n, err);
    if (!st && !n)
        st = oc_err_set(err, OC_E_IMAGE, "the image is empty");
    if (!st)
        st = oc_decode((const uint8_t *)bytes, n, &opt, out, info, err);
    oc_buf_deinit(&own);
    req->timing.decode_ns += oc_now_ns() - start;
    return st && strcmp(source->field, "body") != 0 ? oc_err_prefix(err, st, "%s: ", source->field) : st;
}

enum oc_status oc_inputs_decode(const struct oc_inputs *in, const struct oc_image_source *source, struct oc_image *out,
                                struct oc_image_info *info, struct oc_err *err)
{
    *out = (struct oc_image){0};
    bool exif = true;
    enum oc_status st = oc_param_bool(in, "exif", &exif, err);
    return st ? st : oc_source_decode(in->req, source, exif, out, info, err);
}
