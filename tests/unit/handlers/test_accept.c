#include <criterion/criterion.h>
#include "handlers/output/picture.h"

Test(accept, which_picture_is_preferred)
{
    const struct {
        const char *accept;
        bool png;
    } cases[] = {
        {"", false},
        {"*/*", false},
        {"image/*", false},
        {"image/png", true},
        {"IMAGE/PNG", true},
        {" image/png ; q=0.1 ", true},
        {"image/jpeg", false},
        {"image/jpeg, image/png", false}, /* equally welcome: the default */
        {"image/png, image/jpeg", false},
        {"image/png, image/jpeg;q=0.9", true},
        {"image/png;q=0.5, image/jpeg;q=0.4", true},
        {"image/png;q=0.4,image/jpeg;q=0.5", false},
        {"image/png, */*", true}, /* named, the other is not */
        {"image/png;q=0.5, */*", false},
        {"image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", true},
        {"image/*;q=0.5, image/jpeg;q=0", true},
        {"image/png;q=0", false},
        {"image/png;q=0, image/jpeg;q=0", false},
        {"image/png;v=1;Q=0.2, image/jpeg;q=0.3", false},
        {"image/png;q=nan", false},
        {"image/png;q=2", false},
        {"image/png;q=", false},
        {"image/pngx, ,;;,=, image", false},
        {";", false},
        {",,,image/png", true},
        {"application/json", false},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++)
        cr_assert_eq(oc_accept_prefers_png(cases[i].accept), cases[i].png, "%s", cases[i].accept);
}

Test(accept, a_long_header_is_read_only_so_far)
{
    char text[5000];
    memset(text, ',', sizeof text);
    memcpy(text + sizeof text - 10, "image/png", 10);
    cr_assert_not(oc_accept_prefers_png(text));
    memcpy(text + 100, "image/png", 9);
    cr_assert(oc_accept_prefers_png(text));
}
