/*
 * Where pulled models grow and how they get to their place. Below the model directory lies ".ocelli-pull", which no scan for models enters:
 *
 *     .ocelli-pull/lock            held while a pull works, so that two do not meet
 *     .ocelli-pull/NAME/...        the model as far as it has come; what is whole has its final name, the rest ".part" behind it
 *     .ocelli-pull/NAME.old        the model that is being replaced, for the moment between two renames
 *
 * The finished folder is moved to its place in one rename: a server that scans sees the old model, none, or the new one, never a part.
 */
#ifndef OC_SERVER_PULL_INSTALL_H
#define OC_SERVER_PULL_INSTALL_H

#include "server/pull/download.h"

struct oc_staging {
    char directory[OC_PATH_MAX]; /* the model directory */
    char work[OC_PATH_MAX];      /* .ocelli-pull in it */
    int lock;                    /* descriptor */
};

/* Makes the directories and takes the lock. OC_E_BUSY: another pull works there; OC_E_IO. */
enum oc_status oc_staging_open(struct oc_staging *s, const char *directory, struct oc_err *err) OC_MUST_CHECK;
/* Gives the lock back. */
void oc_staging_close(struct oc_staging *s);

/* Where a file of m grows; the folders above it are made. */
enum oc_status oc_staging_path(const struct oc_staging *s, const struct oc_pull_model *m, const char *file, char path[OC_PATH_MAX],
                               struct oc_err *err) OC_MUST_CHECK;
/* Where m will be. */
enum oc_status oc_staging_target(const struct oc_staging *s, const struct oc_pull_model *m, char path[OC_PATH_MAX],
                                 struct oc_err *err) OC_MUST_CHECK;
/* Text into a file of m, whole or not at all. */
enum oc_status oc_staging_write(const struct oc_staging *s, const struct oc_pull_model *m, const char *file, const char *text, size_t n,
                                struct oc_err *err) OC_MUST_CHECK;
/* A model that was moved aside by a pull that died between its two renames comes back. */
enum oc_status oc_staging_recover(const struct oc_staging *s, const struct oc_pull_model *m, struct oc_err *err) OC_MUST_CHECK;
/* Moves the finished folder to its place; what was there is removed afterwards. */
enum oc_status oc_staging_install(const struct oc_staging *s, const struct oc_pull_model *m, struct oc_err *err) OC_MUST_CHECK;
/* Throws away what has been gathered for m. */
void oc_staging_drop(const struct oc_staging *s, const struct oc_pull_model *m);
/* Free bytes on the disk; -1: not known. */
int64_t oc_staging_free_bytes(const struct oc_staging *s);

#endif
