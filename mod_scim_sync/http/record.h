/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a SCIM request (store/record.h), gathered on its way: who reads its body and who
 * writes its answer say so here. Nothing is gathered of other requests, nor where ScimSyncRecord is
 * Off.
 */
#ifndef SCIM_SYNC_HTTP_RECORD_H
#define SCIM_SYNC_HTTP_RECORD_H

#include <httpd.h>

#include "http/gate.h"

/* From here on, what follows is about this request. */
void scim_sync_record_begin(request_rec *r);

/* Its body was read. The text lives as long as the request. */
void scim_sync_record_body(request_rec *r, const char *text, apr_size_t length);

/* It was answered: the last answer counts. The text lives as long as the request. */
void scim_sync_record_answer(request_rec *r, const char *text, apr_size_t length);

/* It was refused, in the words of the answer. They live as long as the request. */
void scim_sync_record_why(request_rec *r, const char *why);

/* It is over, before its client has the answer: keep it, if it was for an IdP that there is. */
void scim_sync_record_end(request_rec *r, const scim_sync_runtime_t *runtime,
                          const scim_sync_visit_t *visit);

#endif
