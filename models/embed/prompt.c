/* Where labels go in a template; see models/embed/embed.h. */
#include "models/embed/embed.h"

size_t oc_prompt_place(const char *s)
{
    return !strncmp(s, "{}", 2) ? 2 : !strncmp(s, "{label}", 7) ? 7 : 0;
}

size_t oc_prompt_places(const char *template)
{
    size_t n = 0;
    for (const char *p = template; *p; p++)
        n += oc_prompt_place(p) > 0;
    return n;
}
