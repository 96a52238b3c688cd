/* SPDX-License-Identifier: Apache-2.0 */
#include "module/process.h"

#include <sys/eventfd.h>

#include <apr_allocator.h>
#include <apr_dbd.h>
#include <apr_portable.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <mod_dbd.h>
#include <util_mutex.h>

#include "base/log.h"
#include "base/text.h"
#include "http/request.h"
#include "http/settings.h"
#include "mod_scim_sync_version.h"
#include "module/keys.h"
#include "store/event.h"
#include "sync/provisioner.h"

APLOG_USE_MODULE(scim_sync);

/*
 * The name of what outlives a restart; also that of a module of another version, whose old children
 * still use its locks. The number is to be raised when lasting_t changes.
 */
#define LASTING          "mod_scim_sync:lasting:2"
#define MUTEX_TYPE       "scim-sync"
#define SHARED_SIZE      1048576
#define JIRA_CONNECTIONS 10
#define JIRA_TIMEOUT     30
#define EVENT_DAYS       365
#define RECONCILE_HOURS  24
#define JIRA_ANSWER_MAX  (16 * 1024 * 1024)

/*
 * What outlives a graceful restart, in the process's own pool. The children of two generations
 * work side by side for a while: locks, the eventfd and the segment must be the same for both.
 */
typedef struct {
    apr_shm_t *segment;
    apr_shm_t *traffic; /* store/traffic.h */
    apr_global_mutex_t *turn;
    apr_global_mutex_t *traffic_lock;
    apr_proc_mutex_t *leader;
    int wake_fd;
    const char *host;
} lasting_t;

/* Of this generation: set in post_config, inherited by its children. */
static lasting_t *lasting;
static scim_sync_keyring_t *keys;
static int event_log = -1;
static server_rec *main_server;

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

static scim_sync_provisioner_t *provisioner; /* of this child */

static void log_sink(void *baton, const char *file, int line, scim_log_level_t level,
                     apr_status_t rv, const char *message)
{
    ap_log_error_(file, line, APLOG_MODULE_INDEX, (int)level, rv, baton, "%s", message);
}

int scim_sync_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    return ap_mutex_register(pconf, MUTEX_TYPE, NULL, APR_LOCK_DEFAULT, 0) == APR_SUCCESS ? OK
                                                                                          : !OK;
}

/* ---- the parent ---- */

static apr_status_t make_lasting(lasting_t **out, server_rec *s)
{
    apr_pool_t *p = s->process->pool;
    lasting_t *made = apr_pcalloc(p, sizeof(*made));
    apr_status_t rv;

    if ((rv = ap_global_mutex_create(&made->turn, NULL, MUTEX_TYPE, NULL, s, p, 0)) !=
            APR_SUCCESS ||
        (rv = ap_global_mutex_create(&made->traffic_lock, NULL, MUTEX_TYPE, "traffic", s, p, 0)) !=
            APR_SUCCESS ||
        (rv = ap_proc_mutex_create(&made->leader, NULL, MUTEX_TYPE, "leader", s, p, 0)) !=
            APR_SUCCESS) {
        return rv;
    }
    if ((made->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0) {
        return apr_get_os_error();
    }
    made->host = scim_sync_new_id(p);
    *out = made;
    return APR_SUCCESS;
}

/* The segment of the generation before, if it is of our layout and of the size that is wanted. */
static apr_status_t find_segment(lasting_t *kept, apr_size_t size, apr_pool_t *p)
{
    apr_status_t rv;

    if (kept->segment && apr_shm_size_get(kept->segment) == size &&
        scim_sync_shared_is_ours(apr_shm_baseaddr_get(kept->segment), size)) {
        return APR_SUCCESS;
    }
    /* An old one of another size is still used by the old children: it goes with the process. */
    if ((rv = apr_shm_create(&kept->segment, size, NULL, p)) == APR_SUCCESS) {
        scim_sync_shared_format(memset(apr_shm_baseaddr_get(kept->segment), 0, size), size);
    }
    return rv;
}

/* The same for the traffic, whose size is its layout's. */
static apr_status_t find_traffic(lasting_t *kept, apr_pool_t *p)
{
    apr_status_t rv;

    if (kept->traffic && apr_shm_size_get(kept->traffic) == scim_sync_traffic_size() &&
        scim_sync_traffic_is_ours(apr_shm_baseaddr_get(kept->traffic))) {
        return APR_SUCCESS;
    }
    /* New shared memory is zeroed; to touch all of it would take memory for what is never used. */
    if ((rv = apr_shm_create(&kept->traffic, scim_sync_traffic_size(), NULL, p)) == APR_SUCCESS) {
        scim_sync_traffic_format(apr_shm_baseaddr_get(kept->traffic));
    }
    return rv;
}

static lasting_t *known_lasting(const server_rec *s)
{
    void *found = NULL;

    apr_pool_userdata_get(&found, LASTING, s->process->pool);
    return found;
}

int scim_sync_is_reload(const server_rec *s)
{
    return known_lasting(s) != NULL;
}

static apr_status_t find_lasting(server_rec *s, apr_size_t size)
{
    apr_pool_t *p = s->process->pool;
    apr_status_t rv = APR_SUCCESS;

    lasting = known_lasting(s);
    if (!lasting && (rv = make_lasting(&lasting, s)) == APR_SUCCESS) {
        /* The key is copied: this module's own memory may be unmapped by a graceful restart. */
        apr_pool_userdata_set(lasting, apr_pstrdup(p, LASTING), apr_pool_cleanup_null, p);
    }
    if (rv == APR_SUCCESS) {
        rv = find_segment(lasting, size, p);
    }
    return rv == APR_SUCCESS ? find_traffic(lasting, p) : rv;
}

static int fail(server_rec *s, apr_status_t rv, const char *what)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, rv, s, SCIM_LOGNO(0302) "%s", what);
    return !OK;
}

/*
 * Open what takes the lines of events, as httpd opens its own logs: by the parent, anew with each
 * graceful restart. For reading too, where it is a file: whether its last line is whole.
 */
static apr_status_t open_event_log(int *fd, const char *log, apr_pool_t *p)
{
    piped_log *pipe;
    apr_file_t *file = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (*log == '|') {
        pipe = ap_open_piped_log(p, log + 1);
        file = pipe ? ap_piped_log_write_fd(pipe) : NULL;
    }
    else {
        rv = apr_file_open(&file, log,
                           APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_APPEND | APR_FOPEN_CREATE |
                               APR_FOPEN_LARGEFILE,
                           APR_FPROT_OS_DEFAULT, p);
    }
    if (rv == APR_SUCCESS) {
        rv = file ? apr_os_file_get(fd, file) : APR_EGENERAL;
    }
    return rv;
}

/* Without its log httpd does not start; one that is running goes on, and the events wait. */
static int begin_event_log(server_rec *s, const char *log, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    event_log = -1;
    scim_sync_event_note_unlogged(log != NULL);
    if (log && (rv = open_event_log(&event_log, log, p)) != APR_SUCCESS) {
        event_log = -1;
        ap_log_error(APLOG_MARK, scim_sync_is_reload(s) ? APLOG_CRIT : APLOG_EMERG, rv, s,
                     SCIM_LOGNO(0306) "ScimSyncEventLog %s: can't be opened", log);
    }
    return rv == APR_SUCCESS || scim_sync_is_reload(s);
}

int scim_sync_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const scim_sync_server_config_t *config = scim_sync_server_config(s);
    apr_size_t size =
        (apr_size_t)(config->shared_size == SCIM_SYNC_UNSET ? SHARED_SIZE : config->shared_size);
    const char *problem;
    apr_status_t rv;

    (void)plog;
    (void)ptemp;
    main_server = s;
    scim_sync_log_set_sink(log_sink, s);
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG || config->on != 1) {
        return OK;
    }
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    if (!dbd_open || !dbd_close) {
        return fail(s, 0, "mod_dbd offers no connections: is it of this httpd?");
    }
    if ((problem = scim_sync_keys_load(&keys, config->key_file, pconf))) {
        if (!scim_sync_is_reload(s)) {
            return fail(s, 0, problem);
        }
        keys = NULL;
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s,
                     SCIM_LOGNO(0304) "%s. Nothing is sent to Jira until this is mended and "
                                      "apachectl graceful was run",
                     problem);
    }
    if (!begin_event_log(s, config->event_log, pconf)) {
        return !OK;
    }
    if ((rv = find_lasting(s, size)) != APR_SUCCESS) {
        return fail(s, rv, "shared memory, its locks or its eventfd can't be made");
    }
    if ((rv = scim_sync_transport_global()) != APR_SUCCESS) {
        return fail(s, rv, "libcurl can't be initialised");
    }
    /* Once, before there are threads: jansson would otherwise seed its hashes in one of them. */
    json_object_seed(0);
    ap_add_version_component(pconf, "mod_scim_sync/" SCIM_SYNC_VERSION);
    return OK;
}

/* ---- a child ---- */

static scim_sync_db_t *open_db(void *baton, void **lent, apr_pool_t *p)
{
    ap_dbd_t *connection = dbd_open(p, baton);
    scim_sync_db_t *db;

    if (!connection) {
        return NULL;
    }
    if (scim_sync_db_attach(&db, connection->driver, connection->handle, connection->pool) !=
        APR_SUCCESS) {
        dbd_close(baton, connection);
        return NULL;
    }
    *lent = connection;
    return db;
}

static void close_db(void *baton, void *lent)
{
    dbd_close(baton, lent);
}

/*
 * Before pchild's own children go: mod_dbd's connections, which the thread uses, live in one of
 * them, and those are destroyed before ordinary cleanups run.
 */
static apr_status_t end_child(void *data)
{
    scim_sync_set_runtime(NULL);
    scim_sync_provisioner_join(data);
    provisioner = NULL;
    return APR_SUCCESS;
}

static apr_status_t join_lasting(apr_pool_t *p)
{
    const char *file = apr_global_mutex_lockfile(lasting->turn);
    apr_status_t rv = apr_global_mutex_child_init(&lasting->turn, file, p);

    if (rv == APR_SUCCESS) {
        file = apr_global_mutex_lockfile(lasting->traffic_lock);
        rv = apr_global_mutex_child_init(&lasting->traffic_lock, file, p);
    }
    if (rv == APR_SUCCESS) {
        file = apr_proc_mutex_lockfile(lasting->leader);
        rv = apr_proc_mutex_child_init(&lasting->leader, file, p);
    }
    return rv;
}

static apr_status_t make_runtime(scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    const scim_sync_server_config_t *config = scim_sync_server_config(main_server);
    const scim_sync_connector_t connector = { main_server, open_db, close_db };
    apr_status_t rv;

    runtime->keys = keys;
    runtime->leader = lasting->leader;
    runtime->wake_fd = lasting->wake_fd;
    runtime->host = lasting->host;
    runtime->event_log = event_log;
    runtime->event_days =
        (int)(config->event_days == SCIM_SYNC_UNSET ? EVENT_DAYS : config->event_days);
    runtime->reconcile_hours =
        (int)(config->reconcile_hours == SCIM_SYNC_UNSET ? RECONCILE_HOURS
                                                         : config->reconcile_hours);
    runtime->transport = (scim_sync_transport_settings_t) {
        .max_connections =
            (int)(config->jira_connections == SCIM_SYNC_UNSET ? JIRA_CONNECTIONS
                                                              : config->jira_connections),
        .timeout = apr_time_from_sec(
            config->jira_timeout == SCIM_SYNC_UNSET ? JIRA_TIMEOUT : config->jira_timeout),
        .max_answer = JIRA_ANSWER_MAX,
        .user_agent = "mod_scim_sync/" SCIM_SYNC_VERSION,
        .ca_file = config->ca_file,
    };
    scim_sync_traffic_attach(&runtime->traffic, apr_shm_baseaddr_get(lasting->traffic),
                             lasting->traffic_lock, p);
    rv = scim_sync_writer_create(&runtime->writer, &connector, lasting->turn, p);
    return rv == APR_SUCCESS
               ? scim_sync_shared_attach(&runtime->shared, apr_shm_baseaddr_get(lasting->segment),
                                         lasting->turn, p)
               : rv;
}

/*
 * mod_dbd opens connections in pools of pchild's memory, also when our thread asks for one. No MPM
 * locks that memory, and prefork serves requests from it. Nested: what prefork does within a signal
 * handler may interrupt who holds the lock. It is not pchild's own, whose cleanups need it still.
 */
static apr_status_t share_memory(apr_pool_t *pchild)
{
    apr_allocator_t *allocator = apr_pool_allocator_get(pchild);
    apr_thread_mutex_t *mutex;
    apr_status_t rv = APR_SUCCESS;

    if (!apr_allocator_mutex_get(allocator) &&
        (rv = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_NESTED,
                                      apr_pool_parent_get(pchild))) == APR_SUCCESS) {
        apr_allocator_mutex_set(allocator, mutex);
    }
    return rv;
}

static void init_child(apr_pool_t *pchild, server_rec *s)
{
    scim_sync_runtime_t *runtime = apr_pcalloc(pchild, sizeof(*runtime));
    apr_status_t rv;

    if (!lasting) {
        return;
    }
    if ((rv = share_memory(pchild)) != APR_SUCCESS || (rv = join_lasting(pchild)) != APR_SUCCESS ||
        (rv = make_runtime(runtime, pchild)) != APR_SUCCESS ||
        (rv = scim_sync_provisioner_start(&provisioner, runtime, pchild)) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                     SCIM_LOGNO(0303) "this child can't take SCIM requests");
        return;
    }
    apr_pool_pre_cleanup_register(pchild, provisioner, end_child);
    scim_sync_set_runtime(runtime);
}

/*
 * Prefork ends a child from within a signal handler, also one that is just being made: until our
 * thread is there and will be joined, the signals wait.
 */
void scim_sync_child_init(apr_pool_t *pchild, server_rec *s)
{
    sigset_t before;

    scim_sync_block_ends(&before);
    init_child(pchild, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void scim_sync_child_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    (void)graceful;
    if (provisioner) {
        scim_sync_provisioner_stop(provisioner);
    }
}
