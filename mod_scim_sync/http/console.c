/* SPDX-License-Identifier: Apache-2.0 */
#include "http/console.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include "base/secret.h"
#include "http/console_files.h"
#include "http/gate.h"
#include "http/request.h"
#include "http/role.h"

#define INDEX "index.html"

static const char POLICY[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

/* What is behind the mount: "" or what begins with one slash. */
static const char *behind(const request_rec *r, const scim_sync_mount_t *mount)
{
    const char *path = r->uri + strlen(mount->path);

    while (path[0] == '/' && path[1] == '/') {
        path++;
    }
    return path;
}

int scim_sync_console_is_page(request_rec *r)
{
    const scim_sync_mount_t *mount = scim_sync_mount_of(r, SCIM_SYNC_HANDLER_ADMIN, r->uri);
    const char *path = mount ? behind(r, mount) : "/api";

    /* What httpd refuses early it has not decoded: api%2fsites. */
    return strncmp(path, "/api", 4) || (path[4] && !strchr("/%", path[4]));
}

/* ---- errors ---- */

static void set_headers(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Content-Security-Policy", POLICY);
    apr_table_setn(r->err_headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "no-referrer");
    apr_table_setn(r->err_headers_out, "Cross-Origin-Opener-Policy", "same-origin");
    apr_table_setn(r->err_headers_out, "Cross-Origin-Resource-Policy", "same-origin");
}

static const char PAGE[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n"
    "<link rel=\"stylesheet\" href=\"%s/console.css\">\n"
    "<main>\n<h1>%s</h1>\n<p>%s</p>\n<p><a href=\"%s/\">To the console</a></p>\n</main>\n</html>\n";

/* An error in words; httpd's own page would not say what to do. */
static int answer_error(request_rec *r, const scim_sync_mount_t *mount,
                        const scim_sync_error_t *error)
{
    const char *line = ap_get_status_line(error->status);
    const char *title = ap_escape_html(r->pool, strlen(line) > 4 ? line + 4 : line);
    const char *path = ap_escape_html(r->pool, ap_os_escape_path(r->pool, mount->path, 1));
    const char *detail = ap_escape_html(r->pool, error->detail);

    r->status = error->status;
    r->status_line = NULL;
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    ap_set_content_type(r, "text/html; charset=utf-8");
    ap_rputs(apr_psprintf(r->pool, PAGE, title, path, title, detail, path), r);
    return OK;
}

/* ---- files ---- */

static const scim_sync_console_file_t *find_file(const char *path)
{
    const scim_sync_console_file_t *file;

    for (file = scim_sync_console_files; file->path && strcmp(file->path, path); file++) {
    }
    return file->path ? file : NULL;
}

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        { ".html", "text/html; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".svg", "image/svg+xml" },
    };
    const char *suffix = strrchr(path, '.');
    apr_size_t i;

    for (i = 0; suffix && i < sizeof(types) / sizeof(*types); i++) {
        if (!strcmp(suffix, types[i][0])) {
            return types[i][1];
        }
    }
    return "text/plain; charset=utf-8";
}

/* Asked for again each time, and rarely sent again: page and module never differ in version. */
static int answer_file(request_rec *r, const scim_sync_console_file_t *file)
{
    const char *digest = scim_sync_sha256(file->text, r->pool);
    int status;

    apr_table_setn(r->headers_out, "ETag", apr_psprintf(r->pool, "\"%.32s\"", digest));
    apr_table_setn(r->headers_out, "Cache-Control", "private, no-cache");
    if ((status = ap_meets_conditions(r)) != OK) {
        return status;
    }
    ap_set_content_type(r, type_of(file->path));
    ap_set_content_length(r, (apr_off_t)file->length);
    ap_rwrite(file->text, (int)file->length, r);
    return OK;
}

/* Relative, so that it holds by whatever name and path a proxy in front is asked. */
static int send_to_root(request_rec *r, const scim_sync_mount_t *mount)
{
    const char *name = strrchr(mount->path, '/');

    apr_table_setn(r->headers_out, "Location",
                   apr_pstrcat(r->pool, ap_os_escape_path(r->pool, name + 1, 0), "/", NULL));
    return HTTP_MOVED_TEMPORARILY;
}

int scim_sync_console_serve(request_rec *r, const scim_sync_mount_t *mount)
{
    const char *path = behind(r, mount);
    const scim_sync_console_file_t *file;
    const scim_sync_error_t *error;
    scim_sync_role_t role;

    set_headers(r);
    if ((error = scim_sync_gate_admin(r)) || (error = scim_sync_role_find(&role, r))) {
        return answer_error(r, mount, error);
    }
    if (strcmp(scim_sync_method(r), "GET")) {
        apr_table_setn(r->err_headers_out, "Allow", "GET, HEAD");
        return answer_error(r, mount,
                            scim_sync_error(r->pool, HTTP_METHOD_NOT_ALLOWED, NULL,
                                            "A page can be read, and nothing else."));
    }
    if (!*path) {
        return send_to_root(r, mount);
    }
    file = find_file(path[1] ? path + 1 : INDEX);
    return file ? answer_file(r, file)
                : answer_error(r, mount,
                               scim_sync_error(r->pool, HTTP_NOT_FOUND, NULL,
                                               "There is no page at this address."));
}
