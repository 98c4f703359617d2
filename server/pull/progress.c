/* See progress.h. */
#include "server/pull/progress.h"
#include "base/clock.h"
#include <stdio.h>
#include <unistd.h>

#define REDRAW_NS (OC_NS_PER_S / 5)
#define LINE_NS (10 * (int64_t)OC_NS_PER_S)

const char *oc_bytes_text(int64_t bytes, char text[24])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double v = (double)bytes;
    int unit = 0;
    for (; v >= 999.95 && unit < 4; unit++)
        v /= 1000;
    snprintf(text, 24, unit ? "%.1f %s" : "%.0f %s", v, units[unit]);
    return text;
}

void oc_progress_begin(struct oc_progress *p, const char *what, int64_t bytes_there)
{
    p->what = what;
    p->terminal = isatty(STDERR_FILENO);
    p->start_ns = p->last_ns = oc_now_ns();
    p->first_bytes = bytes_there;
    p->last_percent = 0;
}

/* "12.3 MB of 45.6 MB, 27 %, 3.2 MB/s, 0:10 left" */
static void describe(const struct oc_progress *p, int64_t bytes, int64_t total, char *out, size_t size)
{
    char a[24], b[24], rate_text[24];
    double seconds = (double)(oc_now_ns() - p->start_ns) / OC_NS_PER_S;
    double rate = seconds > 0.5 ? (double)(bytes - p->first_bytes) / seconds : 0;
    int n = total > 0 ? snprintf(out, size, "%s of %s, %d %%", oc_bytes_text(bytes, a), oc_bytes_text(total, b), (int)(bytes * 100 / total))
                      : snprintf(out, size, "%s", oc_bytes_text(bytes, a));
    if (rate < 1 || n < 0 || (size_t)n >= size)
        return;
    n += snprintf(out + n, size - (size_t)n, ", %s/s", oc_bytes_text((int64_t)rate, rate_text));
    int64_t left = total > bytes ? (int64_t)((double)(total - bytes) / rate) : 0;
    if (total > 0 && left < 360000 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, ", %d:%02d left", (int)(left / 60), (int)(left % 60));
}

void oc_progress_show(struct oc_progress *p, int64_t bytes, int64_t total)
{
    char text[160];
    int64_t now = oc_now_ns();
    int percent = total > 0 ? (int)(bytes * 100 / total) : 0;
    if (p->quiet || now - p->last_ns < (p->terminal ? REDRAW_NS : LINE_NS))
        return;
    describe(p, bytes, total, text, sizeof text);
    p->last_ns = now;
    p->last_percent = percent;
    fprintf(stderr, p->terminal ? "\r\033[K%s: %s" : "%s: %s\n", p->what, text);
}

void oc_progress_end(struct oc_progress *p)
{
    if (!p->quiet && p->terminal)
        fprintf(stderr, "\r\033[K");
}
