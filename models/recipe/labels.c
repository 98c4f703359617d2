/*
 * Class names from text. The literal parser knows exactly the shapes that exporters write (a dict of int to string, or
 * a list of strings) and evaluates nothing; see labels.h.
 */
#include "models/recipe/labels.h"
#include "base/limits.h"
#include "base/parse.h"

static size_t utf8_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

bool oc_utf8_valid(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    for (size_t i = 0; i < n;) {
        size_t len = utf8_length(p[i]);
        if (!len || len > n - i)
            return false;
        for (size_t k = 1; k < len; k++)
            if ((p[i + k] & 0xC0) != 0x80)
                return false;
        unsigned char second = len > 1 ? p[i + 1] : 0;
        if ((p[i] == 0xE0 && second < 0xA0) || (p[i] == 0xED && second > 0x9F) || (p[i] == 0xF0 && second < 0x90) ||
            (p[i] == 0xF4 && second > 0x8F))
            return false;
        i += len;
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool has_control(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7F)
            return true;
    return false;
}

/* The next line without its end and the blanks around it; false at the end of the text. */
static bool next_line(const char **p, const char *end, const char **line, size_t *len)
{
    if (*p >= end)
        return false;
    const char *stop = memchr(*p, '\n', (size_t)(end - *p));
    const char *a = *p, *b = stop ? stop : end;
    *p = stop ? stop + 1 : end;
    while (a < b && is_blank(*a))
        a++;
    while (b > a && is_blank(b[-1]))
        b--;
    *line = a;
    *len = (size_t)(b - a);
    return true;
}

static enum oc_status check_name(const char *s, size_t n, size_t number, struct oc_err *err)
{
    if (n > LIM_LABEL_BYTES)
        return oc_err_set(err, OC_E_INVALID, "line %zu: a label has at most %d bytes, this one has %zu", number, LIM_LABEL_BYTES, n);
    if (!oc_utf8_valid(s, n) || has_control(s, n))
        return oc_err_set(err, OC_E_INVALID, "line %zu: not UTF-8 text", number);
    return OC_OK;
}

enum oc_status oc_labels_from_lines(const char *text, size_t n, struct oc_arena *arena, struct oc_labels *out, struct oc_err *err)
{
    *out = (struct oc_labels){0};
    if (n >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) { /* a byte order mark is not part of the first name */
        text += 3;
        n -= 3;
    }
    const char *p = text, *end = text + n, *line;
    size_t len, lines = 0, used = 0;
    while (next_line(&p, end, &line, &len)) {
        lines++;
        enum oc_status st = check_name(line, len, lines, err);
        if (st)
            return st;
        if (len)
            used = lines;
    }
    if (used > LIM_LABELS)
        return oc_err_set(err, OC_E_INVALID, "a model has at most %d labels, the file has %zu", LIM_LABELS, used);
    const char **names = oc_arena_array(arena, used ? used : 1, sizeof *names);
    if (!names)
        return oc_err_nomem(err, "labels", used * sizeof *names);
    p = text;
    for (size_t i = 0; i < used && next_line(&p, end, &line, &len); i++)
        if (len && !(names[i] = oc_arena_strndup(arena, line, len)))
            return oc_err_nomem(err, "a label", len);
    *out = (struct oc_labels){used, names};
    return OC_OK;
}

/* The literal's reader: one pass over bytes that end at `end`. */
struct literal {
    const char *start, *p, *end;
    struct oc_arena *arena;
    const char **names;
    size_t n; /* highest index + 1 */
    struct oc_err *err;
};

static enum oc_status bad(const struct literal *l, const char *what)
{
    return oc_err_set(l->err, OC_E_INVALID, "names: %s at byte %zu", what, (size_t)(l->p - l->start));
}

static void skip_blanks(struct literal *l)
{
    while (l->p < l->end && is_blank(*l->p))
        l->p++;
}

/* Takes c, blanks before it ignored. */
static bool take(struct literal *l, char c)
{
    skip_blanks(l);
    if (l->p >= l->end || *l->p != c)
        return false;
    l->p++;
    return true;
}

static size_t put_utf8(char *out, unsigned cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    out[0] = (char)(0xE0 | cp >> 12);
    out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[2] = (char)(0x80 | (cp & 0x3F));
    return 3;
}

/* `digits` hexadecimal digits as a character of the basic plane; surrogates and control characters are refused. */
static bool take_hex(struct literal *l, int digits, unsigned *cp)
{
    *cp = 0;
    for (int i = 0; i < digits; i++, l->p++) {
        int v = l->p < l->end ? oc_parse_hex_digit(*l->p) : -1;
        if (v < 0)
            return false;
        *cp = *cp << 4 | (unsigned)v;
    }
    return *cp >= 0x20 && *cp != 0x7F && !(*cp >= 0xD800 && *cp <= 0xDFFF);
}

/* What stands behind a backslash, as UTF-8 into out (at least 3 bytes); 0 = unknown escape. */
static size_t take_escape(struct literal *l, char *out)
{
    if (l->p >= l->end)
        return 0;
    char c = *l->p++;
    unsigned cp;
    switch (c) {
    case '\\':
    case '\'':
    case '"':
        out[0] = c;
        return 1;
    case 'n':
    case 't':
    case 'r':
        out[0] = ' '; /* a name is one line */
        return 1;
    case 'x':
        return take_hex(l, 2, &cp) ? put_utf8(out, cp) : 0;
    case 'u':
        return take_hex(l, 4, &cp) ? put_utf8(out, cp) : 0;
    default:
        return 0;
    }
}

static enum oc_status take_string(struct literal *l, const char **out)
{
    char text[LIM_LABEL_BYTES + 4];
    size_t n = 0;
    skip_blanks(l);
    if (l->p >= l->end || (*l->p != '\'' && *l->p != '"'))
        return bad(l, "a quoted name is expected");
    char quote = *l->p++;
    for (;;) {
        if (l->p >= l->end)
            return bad(l, "the text ends inside a name");
        char c = *l->p++;
        if (c == quote)
            break;
        if (n >= LIM_LABEL_BYTES)
            return bad(l, "a name of more than 256 bytes");
        if (c == '\\') {
            size_t k = take_escape(l, text + n);
            if (!k)
                return bad(l, "an unknown escape");
            n += k;
        } else if ((unsigned char)c < 0x20 || c == 0x7F) {
            return bad(l, "a control character");
        } else {
            text[n++] = c;
        }
    }
    if (!oc_utf8_valid(text, n))
        return bad(l, "a name that is not UTF-8");
    *out = oc_arena_strndup(l->arena, text, n);
    return *out ? OC_OK : oc_err_nomem(l->err, "a label", n);
}

static enum oc_status take_key(struct literal *l, int64_t *key)
{
    skip_blanks(l);
    const char *digits = l->p;
    while (l->p < l->end && *l->p >= '0' && *l->p <= '9')
        l->p++;
    if (!oc_parse_i64(digits, (size_t)(l->p - digits), 0, LIM_LABELS - 1, key))
        return bad(l, "a class number of 0..19999 is expected");
    if (!take(l, ':'))
        return bad(l, "':' is expected");
    return OC_OK;
}

static enum oc_status take_item(struct literal *l, bool dict, int64_t position)
{
    int64_t key = position;
    const char *name = NULL;
    enum oc_status st = dict ? take_key(l, &key) : OC_OK;
    if (!st && key >= LIM_LABELS)
        st = bad(l, "more than 20000 names");
    if (!st && l->names[key])
        st = bad(l, "a class number that was there before");
    if (!st)
        st = take_string(l, &name);
    if (st)
        return st;
    l->names[key] = name;
    if ((size_t)key + 1 > l->n)
        l->n = (size_t)key + 1;
    return OC_OK;
}

static enum oc_status take_items(struct literal *l)
{
    bool dict = take(l, '{');
    if (!dict && !take(l, '['))
        return bad(l, "'{' or '[' is expected");
    char close = dict ? '}' : ']';
    int64_t position = 0;
    while (!take(l, close)) {
        if (position && !take(l, ','))
            return bad(l, "',' is expected");
        if (position && take(l, close)) /* a comma before the end is allowed */
            break;
        enum oc_status st = take_item(l, dict, position++);
        if (st)
            return st;
    }
    skip_blanks(l);
    return l->p == l->end ? OC_OK : bad(l, "more text behind the names");
}

enum oc_status oc_labels_from_literal(const char *text, size_t n, struct oc_arena *arena, struct oc_labels *out, struct oc_err *err)
{
    *out = (struct oc_labels){0};
    struct literal l = {.start = text, .p = text, .end = text + n, .arena = arena, .err = err};
    l.names = oc_mem_array(OC_MEM_OTHER, LIM_LABELS, sizeof *l.names); /* by number while reading: they may come in any order */
    if (!l.names)
        return oc_err_nomem(err, "labels", LIM_LABELS * sizeof *l.names);
    enum oc_status st = take_items(&l);
    const char **names = st ? NULL : oc_arena_array(arena, l.n ? l.n : 1, sizeof *names);
    if (names) {
        memcpy(names, l.names, l.n * sizeof *names);
        *out = (struct oc_labels){l.n, names};
    } else if (!st) {
        st = oc_err_nomem(err, "labels", l.n * sizeof *names);
    }
    oc_mem_free(l.names);
    return st;
}

static const char *const coco80[80] = {
    "person",         "bicycle",    "car",           "motorcycle",    "airplane",     "bus",           "train",
    "truck",          "boat",       "traffic light", "fire hydrant",  "stop sign",    "parking meter", "bench",
    "bird",           "cat",        "dog",           "horse",         "sheep",        "cow",           "elephant",
    "bear",           "zebra",      "giraffe",       "backpack",      "umbrella",     "handbag",       "tie",
    "suitcase",       "frisbee",    "skis",          "snowboard",     "sports ball",  "kite",          "baseball bat",
    "baseball glove", "skateboard", "surfboard",     "tennis racket", "bottle",       "wine glass",    "cup",
    "fork",           "knife",      "spoon",         "bowl",          "banana",       "apple",         "sandwich",
    "orange",         "broccoli",   "carrot",        "hot dog",       "pizza",        "donut",         "cake",
    "chair",          "couch",      "potted plant",  "bed",           "dining table", "toilet",        "tv",
    "laptop",         "mouse",      "remote",        "keyboard",      "cell phone",   "microwave",     "oven",
    "toaster",        "sink",       "refrigerator",  "book",          "clock",        "vase",          "scissors",
    "teddy bear",     "hair drier", "toothbrush",
};

struct oc_labels oc_labels_coco80(void)
{
    return (struct oc_labels){OC_ARRAY_LEN(coco80), coco80};
}

static const char *const voc21[21] = {
    "background",  "aeroplane", "bicycle", "bird",      "boat",   "bottle",      "bus",   "car",  "cat",   "chair",     "cow",
    "diningtable", "dog",       "horse",   "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
};

struct oc_labels oc_labels_voc21(void)
{
    return (struct oc_labels){OC_ARRAY_LEN(voc21), voc21};
}

struct oc_labels oc_labels_voc20(void)
{
    return (struct oc_labels){OC_ARRAY_LEN(voc21) - 1, voc21 + 1};
}

int oc_labels_coco91_to_80(int64_t number)
{
    static const uint8_t holes[] = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83};
    int before = 1; /* numbers begin with 1 */
    if (number < 1 || number > 90)
        return -1;
    for (size_t i = 0; i < OC_ARRAY_LEN(holes) && holes[i] <= number; i++, before++)
        if (holes[i] == number)
            return -1;
    return (int)number - before;
}

static const char *const coco17[17] = {
    "nose",       "left_eye",    "right_eye", "left_ear",  "right_ear", "left_shoulder", "right_shoulder", "left_elbow",  "right_elbow",
    "left_wrist", "right_wrist", "left_hip",  "right_hip", "left_knee", "right_knee",    "left_ankle",     "right_ankle",
};

struct oc_labels oc_labels_coco17(void)
{
    return (struct oc_labels){OC_ARRAY_LEN(coco17), coco17};
}

const char *oc_labels_name(const struct oc_labels *l, int class_id)
{
    return class_id >= 0 && (size_t)class_id < l->n ? l->names[class_id] : NULL;
}

int oc_labels_find(const struct oc_labels *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->names[i] && !strcmp(l->names[i], name))
            return (int)i;
    return -1;
}
