/* From options to the gallery, and its part of /metrics. */
#ifndef OC_SERVER_GALLERY_SETUP_H
#define OC_SERVER_GALLERY_SETUP_H

#include "gallery/gallery.h"
#include "server/config/config.h"
#include "server/server.h"

#define OC_GALLERY_PATH 4096

/*
 * Where the gallery is: as configured, else gallery.sqlite in the folder that systemd gave the service, else in the user's folder for
 * state. false: there is to be none.
 */
bool oc_gallery_path(const struct oc_config *c, char path[OC_GALLERY_PATH]);
/*
 * Makes the gallery and reads its file; NULL when there is to be none. A file that cannot be used is a line in the log and 503 on its
 * routes, tried again at each request: the rest of the server is worth having. OC_E_NOMEM.
 */
enum oc_status oc_gallery_open(const struct oc_config *c, struct oc_gallery **out, struct oc_err *err) OC_MUST_CHECK;
/* Its counters for /metrics; arg is the gallery, which may be NULL. */
struct oc_server_hook oc_gallery_hook(struct oc_gallery *g);

#endif
