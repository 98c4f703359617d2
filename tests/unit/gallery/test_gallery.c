/* What a gallery keeps, finds, refuses and forgets. */
#include "support.h"

static enum oc_status join(void *arg, const struct oc_subject *s)
{
    char *text = arg;
    size_t n = strlen(text);
    snprintf(text + n, 1000 - n, "%s:%zu ", s->name, s->faces);
    return OC_OK;
}

static const char *subjects(struct box *b, const char *after, size_t limit)
{
    static char text[1000];
    text[0] = 0;
    cr_assert_eq(oc_gallery_subjects(b->g, after, limit, join, text, &b->err), OC_OK, "%s", b->err.msg);
    return text;
}

Test(gallery, enrols_finds_and_survives)
{
    struct box b;
    struct oc_gallery_model m = model_of("net", 1, DIM);
    struct stat s;
    double similarity;
    box_make(&b, NULL);
    cr_assert_str_eq(subjects(&b, NULL, 10), "");
    cr_assert_str_eq(who(&b, &m, 1, NULL), "", "an empty gallery knows nobody");
    cr_assert_neq(stat(b.path, &s), 0, "no file before the first face");
    cr_assert_eq(enrol(&b, "Ada", &m, 1, NULL), OC_OK, "%s", b.err.msg);
    cr_assert_eq(enrol(&b, "Ada", &m, 2, NULL), OC_OK);
    cr_assert_eq(enrol(&b, "Bob '); DROP TABLE face; --", &m, 3, NULL), OC_OK);
    cr_assert_eq(oc_gallery_add_subject(b.g, "Zoë", &b.err), OC_OK);
    cr_assert_eq(oc_gallery_add_subject(b.g, "Zoë", &b.err), OC_E_CONFLICT);
    cr_assert_eq(stat(b.path, &s), 0);
    cr_assert_eq(s.st_mode & 0777, 0600, "mode %o", s.st_mode & 0777u);
    for (int round = 0; round < 2; round++) {
        cr_assert_str_eq(subjects(&b, NULL, 10), "Ada:2 Bob '); DROP TABLE face; --:1 Zoë:0 ");
        cr_assert_str_eq(subjects(&b, "Ada", 1), "Bob '); DROP TABLE face; --:1 ");
        cr_assert_str_eq(who(&b, &m, 2, &similarity), "Ada");
        cr_assert(fabs(similarity - 1) < 1e-6, "%g", similarity);
        cr_assert_str_eq(who(&b, &m, 3, NULL), "Bob '); DROP TABLE face; --");
        struct oc_gallery_counts n = oc_gallery_count(b.g);
        cr_assert(n.subjects == 3 && n.faces == 3 && n.searchable == 3);
        box_reopen(&b, NULL);
        cr_assert_eq(oc_gallery_load(b.g, &b.err), OC_OK, "%s", b.err.msg);
    }
    box_end(&b);
}

Test(gallery, top_subjects_are_those_of_a_plain_search)
{
    enum { FACES = 3000, PEOPLE = 40, TOP = 7, QUERIES = 3 };
    struct box b;
    struct oc_gallery_model m = model_of("net", 1, DIM);
    static float v[FACES][DIM];
    static struct oc_new_face faces[FACES];
    float q[QUERIES][DIM];
    struct oc_likenesses *c;
    box_make(&b, NULL);
    for (int i = 0; i < FACES; i++) {
        fill(v[i], DIM, (uint64_t)i + 10);
        faces[i].vector = v[i];
    }
    for (int p = 0; p < PEOPLE; p++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", p);
        cr_assert_eq(oc_gallery_add(b.g, name, &m, faces + FACES / PEOPLE * p, FACES / PEOPLE, NULL, &b.err), OC_OK, "%s", b.err.msg);
    }
    for (int i = 0; i < QUERIES; i++)
        fill(q[i], DIM, 100000 + (uint64_t)i);
    cr_assert_eq(oc_gallery_identify(b.g, &m, q[0], QUERIES, TOP, &c, &b.err), OC_OK);
    for (int i = 0; i < QUERIES; i++) {
        double best[PEOPLE];
        for (int p = 0; p < PEOPLE; p++)
            best[p] = -2;
        for (int f = 0; f < FACES; f++) {
            double dot = 0, a = 0, d = 0;
            for (int k = 0; k < DIM; k++) {
                dot += (double)v[f][k] * (double)q[i][k];
                a += (double)v[f][k] * (double)v[f][k];
                d += (double)q[i][k] * (double)q[i][k];
            }
            int p = f / (FACES / PEOPLE);
            best[p] = fmax(best[p], dot / sqrt(a * d));
        }
        cr_assert_eq(c[i].n, TOP);
        for (int k = 0; k < TOP; k++) {
            int most = 0;
            char name[16];
            for (int p = 1; p < PEOPLE; p++)
                most = best[p] > best[most] ? p : most;
            snprintf(name, sizeof name, "p%d", most);
            cr_assert_str_eq(c[i].items[k].subject, name);
            cr_assert(fabs(c[i].items[k].similarity - best[most]) < 1e-6);
            best[most] = -3;
        }
    }
    oc_mem_wipe_free(c);
    box_end(&b);
}

Test(gallery, one_name_for_one_person)
{
    struct box b;
    struct oc_gallery_model m = model_of("net", 1, DIM);
    bool merged;
    box_make(&b, NULL);
    cr_assert_eq(oc_gallery_rename(b.g, "nobody", "x", false, NULL, &b.err), OC_E_NOT_FOUND);
    cr_assert_eq(enrol(&b, "Ann", &m, 1, NULL), OC_OK);
    cr_assert_eq(enrol(&b, "Anne", &m, 2, NULL), OC_OK);
    cr_assert_eq(oc_gallery_rename(b.g, "Ann", "Anne", false, &merged, &b.err), OC_E_CONFLICT);
    cr_assert_str_eq(who(&b, &m, 1, NULL), "Ann");
    cr_assert_eq(oc_gallery_rename(b.g, "Ann", "Ann", false, &merged, &b.err), OC_OK, "its own name");
    cr_assert_eq(oc_gallery_rename(b.g, "Ann", " Annie ", false, &merged, &b.err), OC_OK);
    cr_assert(!merged);
    cr_assert_str_eq(who(&b, &m, 1, NULL), "Annie");
    cr_assert_eq(oc_gallery_rename(b.g, "Annie", "Anne", true, &merged, &b.err), OC_OK);
    cr_assert(merged);
    cr_assert_str_eq(who(&b, &m, 1, NULL), "Anne");
    cr_assert_str_eq(subjects(&b, NULL, 9), "Anne:2 ");
    box_reopen(&b, NULL);
    cr_assert_str_eq(who(&b, &m, 1, NULL), "Anne");
    cr_assert_eq(oc_gallery_rename(b.g, "Anne", "a\nb", false, NULL, &b.err), OC_E_INVALID);
    box_end(&b);
}

/* Is the text anywhere in the files? */
static bool in_files(const struct box *b, const void *text, size_t n)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    bool found = false;
    for (size_t i = 0; i < OC_ARRAY_LEN(ends); i++) {
        char path[256];
        snprintf(path, sizeof path, "%s%s", b->path, ends[i]);
        FILE *f = fopen(path, "re");
        if (!f)
            continue;
        char *data = malloc(64 << 20);
        size_t len = fread(data, 1, 64 << 20, f);
        found |= memmem(data, len, text, n) != NULL;
        free(data);
        fclose(f);
    }
    return found;
}

Test(gallery, deleting_leaves_nothing)
{
    struct box b;
    struct oc_gallery_options keep = {.keep_pictures = true};
    struct oc_gallery_model m = model_of("net", 1, DIM);
    static const char picture[] = "the bytes of a picture, which are to be found nowhere";
    uint8_t ids[200][OC_FACE_ID];
    float first[DIM];
    size_t gone;
    box_make(&b, &keep);
    for (int i = 0; i < 200; i++) {
        float v[DIM];
        char name[40];
        fill(v, DIM, (uint64_t)i);
        double sum = 0;
        for (int k = 0; k < DIM; k++)
            sum += (double)v[k] * (double)v[k];
        for (int k = 0; !i && k < DIM; k++)
            first[k] = (float)((double)v[k] / sqrt(sum));
        struct oc_new_face f = {.vector = v, .picture = picture, .picture_len = sizeof picture};
        snprintf(name, sizeof name, "Somebody Special %d", i / 2);
        cr_assert_eq(oc_gallery_add(b.g, name, &m, &f, 1, &ids[i], &b.err), OC_OK, "%s", b.err.msg);
    }
    cr_assert(in_files(&b, "Somebody Special 50", 19) && in_files(&b, picture, sizeof picture) && in_files(&b, first, 64));
    cr_assert_eq(oc_gallery_remove_face(b.g, "Somebody Special 1", ids[0], &b.err), OC_E_NOT_FOUND, "it is another's");
    cr_assert_eq(oc_gallery_remove_face(b.g, "Somebody Special 0", ids[0], &b.err), OC_OK);
    cr_assert(!in_files(&b, first, 64), "the vector is still there");
    cr_assert_eq(oc_gallery_remove_face(b.g, NULL, ids[0], &b.err), OC_E_NOT_FOUND);
    cr_assert_str_neq(who(&b, &m, 0, NULL), "Somebody Special 0");
    cr_assert_eq(oc_gallery_remove_subject(b.g, "Somebody Special 50", &gone, &b.err), OC_OK);
    cr_assert_eq(gone, 2);
    cr_assert(!in_files(&b, "Somebody Special 50", 19), "the name is still there");
    cr_assert_eq(oc_gallery_remove_faces(b.g, "Somebody Special 0", &gone, &b.err), OC_OK);
    cr_assert_eq(gone, 1);
    cr_assert_eq(oc_gallery_count(b.g).searchable, 196);
    cr_assert_eq(oc_gallery_rename(b.g, "Somebody Special 77", "x", false, NULL, &b.err), OC_OK);
    cr_assert(!in_files(&b, "Somebody Special 77", 19), "the old name is still there");
    cr_assert_eq(oc_gallery_remove_subject(b.g, NULL, &gone, &b.err), OC_OK);
    cr_assert_eq(gone, 196);
    cr_assert(!in_files(&b, picture, sizeof picture), "a picture is still there");
    cr_assert(!in_files(&b, "Special", 7));
    cr_assert_str_eq(who(&b, &m, 5, NULL), "");
    box_reopen(&b, &keep);
    cr_assert_str_eq(subjects(&b, NULL, 9), "");
    box_end(&b);
}

Test(gallery, vectors_of_another_model_are_refused)
{
    struct box b;
    struct oc_gallery_model m = model_of("net", 1, DIM), other = model_of("net", 2, DIM), longer = model_of("long", 1, DIM + 1);
    struct oc_gallery_model same = model_of("renamed", 1, DIM), has;
    struct oc_likenesses *c;
    float v[512];
    bool bound;
    box_make(&b, NULL);
    fill(v, 512, 1);
    cr_assert_eq(oc_gallery_model(b.g, &has, &bound, &b.err), OC_OK);
    cr_assert(!bound);
    cr_assert_eq(enrol(&b, "Ada", &m, 1, NULL), OC_OK);
    cr_assert_eq(enrol(&b, "Ada", &other, 2, NULL), OC_E_OTHER_MODEL);
    cr_assert(strstr(b.err.msg, "0101010101010101") && strstr(b.err.msg, "0202020202020202"), "%s", b.err.msg);
    cr_assert_eq(enrol(&b, "Bob", &longer, 2, NULL), OC_E_OTHER_MODEL);
    cr_assert_eq(oc_gallery_identify(b.g, &other, v, 1, 1, &c, &b.err), OC_E_OTHER_MODEL);
    cr_assert_eq(oc_gallery_identify(b.g, &longer, v, 1, 1, &c, &b.err), OC_E_OTHER_MODEL);
    cr_assert_str_eq(who(&b, &same, 1, NULL), "Ada", "the fingerprint decides");
    cr_assert_str_eq(subjects(&b, NULL, 9), "Ada:1 ", "who was refused has left no subject");
    cr_assert_eq(oc_gallery_remove_subject(b.g, "Ada", NULL, &b.err), OC_OK);
    cr_assert_eq(enrol(&b, "Bob", &longer, 2, NULL), OC_OK, "an empty gallery is nobody's: %s", b.err.msg);
    cr_assert_str_eq(who(&b, &longer, 2, NULL), "Bob");
    box_end(&b);
}

Test(gallery, bad_vectors_and_names)
{
    struct box b;
    struct oc_gallery_model m = model_of("net", 1, DIM);
    float v[DIM];
    char name[LIM_SUBJECT_NAME + 8];
    struct oc_new_face f = {.vector = v};
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    box_make(&b, NULL);
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++) {
        fill(v, DIM, 1);
        v[DIM - 1] = bad[i];
        cr_assert_eq(oc_gallery_add(b.g, "x", &m, &f, 1, NULL, &b.err), OC_E_INVALID);
    }
    memset(v, 0, sizeof v);
    cr_assert_eq(oc_gallery_add(b.g, "x", &m, &f, 1, NULL, &b.err), OC_E_INVALID);
    v[3] = 1e-30f;
    cr_assert_eq(oc_gallery_add(b.g, "tiny", &m, &f, 1, NULL, &b.err), OC_OK, "%s", b.err.msg);
    v[3] = 3e38f;
    v[4] = 3e38f;
    cr_assert_eq(oc_gallery_add(b.g, "huge", &m, &f, 1, NULL, &b.err), OC_OK, "%s", b.err.msg);
    static const struct {
        const char *text, *kept; /* NULL: refused */
    } names[] = {{"", NULL},       {"  \t", NULL},           {" Ada\n", "Ada"}, {"a\x01z", NULL}, {"a\x7f", NULL}, {"a\xc2\x85z", NULL},
                 {"a\xff", NULL},  {"a\xe2\x80\xa8z", NULL}, {".", NULL},       {"..", NULL},     {"...", "..."},  {"a/b", "a/b"},
                 {"日本", "日本"}, {"a\xed\xa0\x80", NULL},  {"'; --", "'; --"}};
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++) {
        enum oc_status st = oc_subject_name(names[i].text, strlen(names[i].text), name, &b.err);
        cr_assert_eq(st, names[i].kept ? OC_OK : OC_E_INVALID, "%zu: %s", i, b.err.msg);
        cr_assert(st || !strcmp(name, names[i].kept));
    }
    char longest[LIM_SUBJECT_NAME + 2];
    memset(longest, 'a', sizeof longest);
    cr_assert_eq(oc_subject_name(longest, LIM_SUBJECT_NAME, name, &b.err), OC_OK);
    cr_assert_eq(oc_subject_name(longest, LIM_SUBJECT_NAME + 1, name, &b.err), OC_E_INVALID);
    cr_assert_eq(oc_subject_name("a\0b", 3, name, &b.err), OC_E_INVALID);
    uint8_t id[OC_FACE_ID], back[OC_FACE_ID];
    char text[OC_FACE_ID_TEXT];
    for (int i = 0; i < OC_FACE_ID; i++)
        id[i] = (uint8_t)(i * 37);
    oc_face_id_format(id, text);
    cr_assert(oc_face_id_parse(text, back) && !memcmp(id, back, OC_FACE_ID));
    text[8] = '0';
    cr_assert(!oc_face_id_parse(text, back) && !oc_face_id_parse("", back) && !oc_face_id_parse("zz", back));
    box_end(&b);
}

static enum oc_status keep_face(void *arg, const struct oc_stored_face *f)
{
    char *text = arg;
    size_t n = strlen(text);
    snprintf(text + n, 1000 - n, "%s %d%d%d %.1f %.2f %zu %.*s;", f->subject, f->has_box, f->aligned, f->searchable, (double)f->box[2],
             (double)f->quality, f->vector ? f->dim : 0, (int)f->picture_len, f->picture ? (const char *)f->picture : "");
    return OC_OK;
}

Test(gallery, faces_are_listed_as_they_came)
{
    struct box b;
    struct oc_gallery_options keep = {.keep_pictures = true};
    struct oc_gallery_model m = model_of("net", 1, DIM);
    float v[DIM];
    uint8_t ids[2][OC_FACE_ID];
    char text[1000] = "";
    fill(v, DIM, 1);
    struct oc_new_face f[2] = {
        {.vector = v, .has_box = true, .box = {1, 2, 3.5f, 4}, .quality = 0.25f, .picture = "JPEG", .picture_len = 4},
        {.vector = v, .aligned = true}};
    box_make(&b, &keep);
    cr_assert_eq(oc_gallery_add(b.g, "Ada", &m, f, 2, ids, &b.err), OC_OK);
    cr_assert_eq(enrol(&b, "Bob", &m, 5, NULL), OC_OK);
    struct oc_face_range range = {.limit = 10};
    cr_assert_eq(oc_gallery_faces(b.g, &range, keep_face, text, &b.err), OC_OK, "%s", b.err.msg);
    cr_assert_str_eq(text, "Ada 101 3.5 0.25 0 ;Ada 011 0.0 0.00 0 ;Bob 001 0.0 0.00 0 ;");
    text[0] = 0;
    range = (struct oc_face_range){.subject = "Ada", .after = ids[0], .limit = 10, .what = OC_FACE_VECTOR};
    cr_assert_eq(oc_gallery_faces(b.g, &range, keep_face, text, &b.err), OC_OK);
    cr_assert_str_eq(text, "Ada 011 0.0 0.00 70 ;");
    text[0] = 0;
    cr_assert_eq(oc_gallery_face(b.g, ids[0], OC_FACE_PICTURE, keep_face, text, &b.err), OC_OK);
    cr_assert_str_eq(text, "Ada 101 3.5 0.25 0 JPEG;");
    range = (struct oc_face_range){.subject = "Eve", .limit = 10};
    cr_assert_eq(oc_gallery_faces(b.g, &range, keep_face, text, &b.err), OC_E_NOT_FOUND);
    f[0].id = ids[0];
    cr_assert_eq(oc_gallery_add(b.g, "New", &m, f, 2, NULL, &b.err), OC_E_CONFLICT, "an id twice");
    cr_assert_str_eq(subjects(&b, NULL, 9), "Ada:2 Bob:1 ");
    box_end(&b);
}
