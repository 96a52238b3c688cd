/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module record and its hooks: where httpd comes in.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <mpm_common.h>

#include "http/admin.h"
#include "http/answer.h"
#include "http/google_callback.h"
#include "http/google_push.h"
#include "http/health.h"
#include "http/scim.h"
#include "http/settings.h"
#include "module/directives.h"
#include "module/process.h"

static void register_hooks(apr_pool_t *p)
{
    /* mod_dbd opens its pool of connections in child_init, which our thread takes them from. */
    static const char *const after_dbd[] = { "mod_dbd.c", NULL };

    ap_hook_pre_config(scim_sync_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(scim_sync_check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(scim_sync_post_config, after_dbd, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(scim_sync_child_init, after_dbd, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_stopping(scim_sync_child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(scim_sync_scim_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(scim_sync_admin_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(scim_sync_health_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(scim_sync_callback_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(scim_sync_google_push_handler, NULL, NULL, APR_HOOK_MIDDLE);
    /* Before others look at the request: it is the first hook that knows the location. */
    ap_hook_header_parser(scim_sync_callback_hide, NULL, NULL, APR_HOOK_REALLY_FIRST);
    scim_sync_answer_register(p);
}

module AP_MODULE_DECLARE_DATA scim_sync_module = { STANDARD20_MODULE_STUFF,
                                                   scim_sync_dir_config_create,
                                                   scim_sync_dir_config_merge,
                                                   scim_sync_server_config_create,
                                                   scim_sync_server_config_merge,
                                                   scim_sync_directives,
                                                   register_hooks,
                                                   AP_MODULE_FLAG_NONE };
