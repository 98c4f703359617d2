/* Ids of faces as text. See gallery.h. */
#include <string.h>
#include "base/parse.h"
#include "gallery/gallery.h"

/* C0, DEL and C1 (U+0080 to U+009F), and the separators of lines and paragraphs. */
void oc_face_id_format(const uint8_t id[OC_FACE_ID], char out[OC_FACE_ID_TEXT])
{
    char *p = out;
    for (int i = 0; i < OC_FACE_ID; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        snprintf(p, 3, "%02x", id[i]);
        p += 2;
    }
}

bool oc_face_id_parse(const char *text, uint8_t id[OC_FACE_ID])
{
    if (strlen(text) != OC_FACE_ID_TEXT - 1)
        return false;
    for (int i = 0; i < OC_FACE_ID; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
            return false;
        int high = oc_parse_hex_digit(text[0]), low = oc_parse_hex_digit(text[1]);
        if (high < 0 || low < 0)
            return false;
        id[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return true;
}
