/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/events?format=...: events as a file.
 */
#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "http/admin_events.h"

#define PAGE 500

#define CSV_HEAD "id,at,kind,actor,idp,site,subject,name,detail,change" SCIM_SYNC_CSV_END

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_admin_events_t *events;
    int csv;
    apr_bucket_brigade *out;
    const char *separator; /* before the next event of JSON */
} export_t;

static const char *csv_line(const scim_sync_event_t *e, apr_pool_t *p)
{
    const char *const texts[] = { scim_sync_time_text(e->at, p),
                                  e->kind,
                                  e->actor,
                                  e->idp,
                                  e->site,
                                  e->subject,
                                  e->name,
                                  e->detail,
                                  e->change };
    const char *line = apr_psprintf(p, "%" APR_INT64_T_FMT, e->id);
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        line = apr_pstrcat(p, line, ",", scim_sync_csv_field(texts[i], p), NULL);
    }
    return apr_pstrcat(p, line, SCIM_SYNC_CSV_END, NULL);
}

static const char *json_line(export_t *x, const scim_sync_event_t *e, apr_pool_t *p)
{
    json_t *j = scim_sync_json_own(scim_sync_event_json(e, p), p);
    const char *line = apr_pstrcat(p, x->separator, scim_sync_json_text(j, NULL, p), NULL);

    x->separator = ",\n";
    return line;
}

static void put(export_t *x, const char *text)
{
    apr_brigade_puts(x->out, NULL, NULL, text);
}

/* Buckets have copies: what the page was made in may go. */
static apr_status_t send_page(export_t *x, apr_pool_t *p)
{
    const apr_array_header_t *events = x->events->page.events;
    request_rec *r = x->q->r;
    apr_status_t rv;
    int i;

    for (i = 0; i < events->nelts; i++) {
        const scim_sync_event_t *event = APR_ARRAY_IDX(events, i, scim_sync_event_t *);

        put(x, x->csv ? csv_line(event, p) : json_line(x, event, p));
    }
    rv = ap_pass_brigade(r->output_filters, x->out);
    apr_brigade_cleanup(x->out);
    return rv == APR_SUCCESS && r->connection->aborted ? APR_ECONNABORTED : rv;
}

/* 200 is said already: that this is not all is known by the answer having no end. */
static void break_off(export_t *x)
{
    request_rec *r = x->q->r;

    r->connection->keepalive = AP_CONN_CLOSE;
    APR_BRIGADE_INSERT_TAIL(x->out, ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, r->pool,
                                                           r->connection->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(x->out, apr_bucket_eos_create(r->connection->bucket_alloc));
    ap_pass_brigade(r->output_filters, x->out);
}

/* The pages behind the first one, which is there. */
static void send_all(export_t *x, apr_pool_t *scratch)
{
    scim_sync_admin_t *q = x->q;
    apr_status_t rv;

    put(x, x->csv ? CSV_HEAD : "{\"events\": [");
    while ((rv = send_page(x, scratch)) == APR_SUCCESS && x->events->page.next) {
        apr_pool_clear(scratch);
        x->events->query.before = x->events->page.next;
        if (scim_sync_read(q->runtime->writer, scim_sync_admin_events_load, x->events, scratch) !=
            APR_SUCCESS) {
            break_off(x);
            return;
        }
    }
    if (rv == APR_SUCCESS && !x->csv) {
        put(x, "\n]}\n");
        ap_pass_brigade(q->r->output_filters, x->out);
    }
}

int scim_sync_admin_events_export(scim_sync_admin_t *q, scim_sync_admin_events_t *events, int csv)
{
    request_rec *r = q->r;
    export_t x = { .q = q, .events = events, .csv = csv, .separator = "\n" };
    apr_pool_t *scratch;

    events->query.max = PAGE;
    apr_pool_create(&scratch, q->p);
    if (scim_sync_read(q->runtime->writer, scim_sync_admin_events_load, events, scratch) !=
        APR_SUCCESS) {
        return scim_sync_answer_unavailable(r);
    }
    scim_sync_answer_begin(r, HTTP_OK,
                           csv ? "text/csv; charset=utf-8; header=present" : SCIM_SYNC_TYPE_JSON);
    apr_table_setn(r->headers_out, "Content-Disposition",
                   csv ? "attachment; filename=\"scim-sync-events.csv\""
                       : "attachment; filename=\"scim-sync-events.json\"");
    if (!r->header_only) {
        x.out = apr_brigade_create(r->pool, r->connection->bucket_alloc);
        send_all(&x, scratch);
    }
    return OK;
}
