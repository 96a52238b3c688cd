/* SPDX-License-Identifier: Apache-2.0 */
/* net/transport: a server whose certificate nobody vouches for never sees the credentials. */
#include "transport_fixture.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

typedef struct {
    int listener;
    SSL_CTX *tls;
    int requested; /* something came through the encrypted connection */
} server_t;

/* For 127.0.0.1 and valid today, so that only its issuer can be objected to. */
static X509 *self_signed(EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");

    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"127.0.0.1", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, key);
    X509_add_ext(x, san, -1);
    X509_sign(x, key, EVP_sha256());
    X509_EXTENSION_free(san);
    return x;
}

static SSL_CTX *tls_with_self_signed(void)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = self_signed(key);

    assert_int_equal(SSL_CTX_use_certificate(tls, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return tls;
}

static void *serve_one(void *data)
{
    server_t *server = data;
    int fd = accept(server->listener, NULL, NULL);
    SSL *ssl = SSL_new(server->tls);
    char request[4096];

    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof request) > 0) {
        server->requested = 1;
    }
    SSL_free(ssl);
    close(fd);
    return NULL;
}

static int listen_somewhere(int *port)
{
    struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof where;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&where, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &len), 0);
    *port = ntohs(where.sin_port);
    return fd;
}

static void certificates_are_verified(void **state)
{
    server_t server = { 0 };
    pthread_t thread;
    int port;
    scim_sync_call_t call;
    const scim_sync_answer_t *answer;

    server.listener = listen_somewhere(&port);
    server.tls = tls_with_self_signed();
    assert_int_equal(pthread_create(&thread, NULL, serve_one, &server), 0);
    call = get(apr_psprintf(*state, "https://127.0.0.1:%d/", port));
    answer = call_once(&call, *state);
    pthread_join(thread, NULL);
    assert_int_equal(answer->status, 0);
    assert_int_equal(answer->sent, 0);
    assert_non_null(strstr(answer->failure, "certificate"));
    assert_int_equal(server.requested, 0);
    SSL_CTX_free(server.tls);
    close(server.listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(certificates_are_verified),
    };

    /* As httpd has it: OpenSSL's writes can't be told not to raise it. */
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, transport_set_up, unit_apr_gone);
}
