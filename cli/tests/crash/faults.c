/* Loaded into the program under test: counts its calls that change files below some folders, and has one of them fail, or
 * kills the program at it. Settings come by environment:
 *   FAULT_UNDER  folders, separated by colons     FAULT_TEXT   only writes that hold this text
 *   FAULT_OPENS  only calls that open files       FAULT_COUNT  a file that the number of calls is written to
 *   FAULT_AT, FAULT_UNTIL  first and last call that is meant, from 1
 *   FAULT_ERRNO  what they fail with; 0 kills: FAULT_HOW 0 before, 1 half-way, 2 after
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *under, *text;
static long at, until, error_number, how, opens;
static int count_fd = -1;
static atomic_long calls;

enum verdict { GO_ON, FAIL, KILL };

static long number(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : 0;
}

__attribute__((constructor)) static void begin(void) {
    under = getenv("FAULT_UNDER");
    text = getenv("FAULT_TEXT");
    at = number("FAULT_AT");
    until = number("FAULT_UNTIL");
    error_number = number("FAULT_ERRNO");
    how = number("FAULT_HOW");
    opens = number("FAULT_OPENS");
    const char *count = getenv("FAULT_COUNT");
    if (count)
        count_fd = syscall(SYS_openat, AT_FDCWD, count, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int is_under(const char *path) {
    const char *folder = under;
    while (folder && *folder) {
        size_t length = strcspn(folder, ":");
        if (strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0))
            return 1;
        folder += length + (folder[length] == ':');
    }
    return 0;
}

static enum verdict next(void) {
    long call = atomic_fetch_add(&calls, 1) + 1;
    if (count_fd >= 0) {
        char line[32];
        int length = snprintf(line, sizeof line, "%ld\n", call);
        syscall(SYS_pwrite64, count_fd, line, (long)length, 0L);
    }
    if (call < at || call > until || at == 0)
        return GO_ON;
    return error_number ? FAIL : KILL;
}

static void die(void) {
    syscall(SYS_kill, (long)getpid(), (long)SIGKILL);
    for (;;)
        pause();
}

static int fail(void) {
    errno = (int)error_number;
    return -1;
}

static int is_meant(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlink, link, path, (long)sizeof path - 1);
    if (!under || length <= 0)
        return 0;
    path[length] = 0;
    return is_under(path);
}

static ssize_t put(int fd, const void *bytes, size_t length, long offset) {
    long mark = offset < 0 ? SYS_write : SYS_pwrite64;
    if (!opens && is_meant(fd) && (!text || memmem(bytes, length, text, strlen(text)))) {
        enum verdict verdict = next();
        if (verdict == FAIL)
            return fail();
        if (verdict == KILL) {
            if (how)
                syscall(mark, (long)fd, bytes, how == 1 ? length / 2 : length, offset);
            die();
        }
    }
    return syscall(mark, (long)fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) { return put(fd, bytes, length, -1); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return put(fd, bytes, length, offset); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return put(fd, bytes, length, offset); }

/* A call that is done whole or not at all. */
#define WHOLE(meant, call)                                                                                                       \
    do {                                                                                                                          \
        enum verdict verdict = (meant) && !text ? next() : GO_ON;                                                                 \
        if (verdict == FAIL)                                                                                                      \
            return fail();                                                                                                        \
        if (verdict == KILL && how < 2)                                                                                           \
            die();                                                                                                                \
        long result = call;                                                                                                       \
        if (verdict == KILL)                                                                                                      \
            die();                                                                                                                \
        return result;                                                                                                            \
    } while (0)

static int open_any(int folder, const char *path, int flags, unsigned mode) {
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
    WHOLE(writes && is_under(path), syscall(SYS_openat, (long)folder, path, (long)flags, (long)mode));
}

#define MODE                                                                                                                      \
    unsigned mode = 0;                                                                                                            \
    if (flags & (O_CREAT | __O_TMPFILE)) {                                                                                        \
        va_list rest;                                                                                                             \
        va_start(rest, flags);                                                                                                    \
        mode = va_arg(rest, unsigned);                                                                                            \
        va_end(rest);                                                                                                             \
    }

int open(const char *path, int flags, ...) { MODE return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return open_any(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE return open_any(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE return open_any(folder, path, flags, mode); }

int ftruncate64(int fd, off64_t length) { WHOLE(!opens && is_meant(fd), syscall(SYS_ftruncate, (long)fd, (long)length)); }
int ftruncate(int fd, off_t length) { WHOLE(!opens && is_meant(fd), syscall(SYS_ftruncate, (long)fd, (long)length)); }
int fsync(int fd) { WHOLE(!opens && is_meant(fd), syscall(SYS_fsync, (long)fd)); }
int fdatasync(int fd) { WHOLE(!opens && is_meant(fd), syscall(SYS_fdatasync, (long)fd)); }
int mkdir(const char *path, mode_t mode) { WHOLE(!opens && is_under(path), syscall(SYS_mkdirat, (long)AT_FDCWD, path, (long)mode)); }
int rename(const char *from, const char *to) {
    WHOLE(!opens && is_under(to), syscall(SYS_renameat2, (long)AT_FDCWD, from, (long)AT_FDCWD, to, 0L));
}
