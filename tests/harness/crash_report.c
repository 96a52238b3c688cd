/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into the httpd under test: a process that crashes leaves a report in the directory that
 * CRASH_REPORTS names, crash.PID, and then dies of the same signal as it would have.
 *
 *     signal 11 in thread 4711 of process 4711
 *     /lib/x86_64-linux-gnu/libapr-1.so.0(apr_os_sock_get+0x0)[0x7f1e4c1b1180]
 *     ...
 *
 * httpd sets handlers for these signals, too, which only pass the signal on: they are kept out, so
 * that the report is of the thread that crashed. tests/harness/crashes.py reads the reports.
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH 64

static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };

static char directory[1024];

static int is_fatal(int number)
{
    for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++) {
        if (fatal[i] == number) {
            return 1;
        }
    }
    return 0;
}

/*
 * snprintf may not be called in a handler by the letter of POSIX; glibc's, with integers and texts
 * alone, allocates nothing. SA_RESETHAND: the signal that is raised ends the process on return.
 */
static void report(int number)
{
    char path[sizeof(directory) + 32];
    char head[96];
    void *frames[DEPTH];
    int count = backtrace(frames, DEPTH);
    int fd;

    snprintf(path, sizeof(path), "%s/crash.%d", directory, (int)getpid());
    snprintf(head, sizeof(head), "signal %d in thread %d of process %d\n", number, (int)gettid(),
             (int)getpid());
    if ((fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) >= 0) {
        if (write(fd, head, strlen(head)) > 0) {
            backtrace_symbols_fd(frames, count, fd);
        }
        close(fd);
    }
    raise(number);
}

typedef int sigaction_t(int, const struct sigaction *, struct sigaction *);

static sigaction_t *real_sigaction(void)
{
    static sigaction_t *real;

    if (!real) {
        real = (sigaction_t *)dlsym(RTLD_NEXT, "sigaction");
    }
    return real;
}

int sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
    return real_sigaction()(number, *directory && is_fatal(number) ? NULL : action, before);
}

__attribute__((constructor)) static void begin(void)
{
    const struct sigaction action = { .sa_handler = report, .sa_flags = (int)SA_RESETHAND };
    const char *named = getenv("CRASH_REPORTS");
    void *frame;

    if (!named || strlen(named) >= sizeof(directory)) {
        return;
    }
    /* The first call loads a library, which a handler must not. */
    backtrace(&frame, 1);
    for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++) {
        real_sigaction()(fatal[i], &action, NULL);
    }
    strcpy(directory, named);
}
