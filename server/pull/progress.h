/* What `ocelli pull` shows while it works: on a terminal one line that changes, else a line now and then. On standard error. */
#ifndef OC_SERVER_PULL_PROGRESS_H
#define OC_SERVER_PULL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct oc_progress {
    const char *what; /* borrowed: "yunet: model.onnx" */
    bool quiet, terminal;
    int64_t start_ns, last_ns, first_bytes; /* first_bytes: there already when it began */
    int last_percent;
};

/* "12.3 MB" into text. */
const char *oc_bytes_text(int64_t bytes, char text[24]);

void oc_progress_begin(struct oc_progress *p, const char *what, int64_t bytes_there);
/* total -1: not known. */
void oc_progress_show(struct oc_progress *p, int64_t bytes, int64_t total);
/* Takes the changing line away, so that the next thing said stands alone. */
void oc_progress_end(struct oc_progress *p);

#endif
