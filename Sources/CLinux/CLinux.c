#define _GNU_SOURCE

#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

_Static_assert(CLINUX_READABLE == EPOLLIN && CLINUX_PRIORITY == EPOLLPRI && CLINUX_WRITABLE == EPOLLOUT, "epoll");
_Static_assert(CLINUX_ERROR == EPOLLERR && CLINUX_HANG_UP == EPOLLHUP && CLINUX_EDGE == (uint32_t)EPOLLET, "epoll");
_Static_assert(CLINUX_PATH_ONLY == O_PATH, "open");

static int outcome(long result) {
    return result < 0 ? -errno : (int)result;
}

// MARK: Memory

int clinux_keep_memory_small(void) {
    // Both thresholds grow by themselves unless they are set.
    int done = mallopt(M_ARENA_MAX, 1) == 1 && mallopt(M_MMAP_THRESHOLD, 64 * 1024) == 1 && mallopt(M_TRIM_THRESHOLD, 64 * 1024) == 1;
    return done ? 0 : -EINVAL;
}

// MARK: Files

int clinux_open_in_root(int root, const char *path, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    // EAGAIN: a rename somewhere raced with a `..` of this path, and the kernel could not vouch for the result.
    for (int round = 0;; round++) {
        int result = outcome(syscall(SYS_openat2, root, path, &how, sizeof how));
        if ((result == -EAGAIN && round < 32) || result == -EINTR) continue;
        return result;
    }
}

int clinux_open(int directory, const char *path, int flags) {
    for (;;) {
        int result = outcome(openat(directory, path, flags | O_CLOEXEC));
        if (result != -EINTR) return result;
    }
}

int clinux_rename_exchange(int directory, const char *one, const char *other) {
    return outcome(renameat2(directory, one, directory, other, RENAME_EXCHANGE));
}

int clinux_rename_new(int directory, const char *from, const char *to) {
    return outcome(renameat2(directory, from, directory, to, RENAME_NOREPLACE));
}

int clinux_names(int directory, uint8_t *names, size_t capacity) {
    if (capacity < CLINUX_NAMES_SIZE) return -ERANGE;
    for (;;) {
        // An entry is larger than its name, so what fits here fits there.
        _Alignas(struct dirent64) char entries[CLINUX_NAMES_SIZE];
        ssize_t got = getdents64(directory, entries, sizeof entries);
        if (got < 0) return -errno;
        if (got == 0) return 0;
        size_t length = 0;
        for (size_t at = 0; at < (size_t)got;) {
            struct dirent64 *entry = (struct dirent64 *)(entries + at);
            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            size_t size = strlen(entry->d_name) + 1;
            memcpy(names + length, entry->d_name, size);
            length += size;
        }
        if (length > 0) return (int)length;
    }
}

// The names of an open file's attributes, each ended by a zero byte; free them. A length of 0 has no names.
static int attribute_names(int file, char **names, size_t *length) {
    *names = NULL;
    *length = 0;
    for (int round = 0; round < 8; round++) {
        ssize_t size = flistxattr(file, NULL, 0);
        if (size < 0) return errno == EOPNOTSUPP ? 0 : -errno;
        if (size == 0) return 0;
        char *buffer = malloc((size_t)size);
        if (buffer == NULL) return -ENOMEM;
        ssize_t got = flistxattr(file, buffer, (size_t)size);
        if (got >= 0) {
            *names = buffer;
            *length = (size_t)got;
            return 0;
        }
        free(buffer);
        // ERANGE: the list grew between the two calls.
        if (errno != ERANGE) return -errno;
    }
    return -EBUSY;
}

static int copy_attribute(int from, int to, const char *name) {
    for (int round = 0; round < 8; round++) {
        ssize_t size = fgetxattr(from, name, NULL, 0);
        if (size < 0) return errno == ENODATA ? 0 : -errno;
        char *value = malloc(size > 0 ? (size_t)size : 1);
        if (value == NULL) return -ENOMEM;
        ssize_t got = size > 0 ? fgetxattr(from, name, value, (size_t)size) : 0;
        if (got >= 0) {
            int result = fsetxattr(to, name, value, (size_t)got, 0) < 0 ? -errno : 0;
            free(value);
            return result;
        }
        free(value);
        if (errno != ERANGE) return errno == ENODATA ? 0 : -errno;
    }
    return -EBUSY;
}

int clinux_copy_xattrs(int from, int to) {
    char *names;
    size_t length;
    int result = attribute_names(from, &names, &length);
    for (size_t at = 0; result == 0 && at < length; at += strlen(names + at) + 1) {
        result = copy_attribute(from, to, names + at);
    }
    free(names);
    if (result < 0) return result;

    // A directory's default access control list is inherited by the new file; the old one may have none.
    result = attribute_names(to, &names, &length);
    for (size_t at = 0; result == 0 && at < length; at += strlen(names + at) + 1) {
        const char *name = names + at;
        if (strncmp(name, "security.", 9) == 0) continue;
        if (fgetxattr(from, name, NULL, 0) >= 0 || errno != ENODATA) continue;
        if (fremovexattr(to, name) < 0 && errno != ENODATA) result = -errno;
    }
    free(names);
    return result;
}

int clinux_has_xattr(int file, const char *name) {
    if (fgetxattr(file, name, NULL, 0) >= 0) return 1;
    return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
}

int clinux_lease_take(int file) {
    // Before the lease: SIGIO, which it sends otherwise, would end the process.
    int result = outcome(fcntl(file, F_SETSIG, SIGURG));
    return result < 0 ? result : outcome(fcntl(file, F_SETLEASE, F_RDLCK));
}

int clinux_lease_holds(int file) {
    int result = outcome(fcntl(file, F_GETLEASE));
    return result < 0 ? result : result == F_RDLCK;
}

int clinux_lease_end(int file) {
    return outcome(fcntl(file, F_SETLEASE, F_UNLCK));
}

// MARK: Readiness

int clinux_epoll_create(void) {
    return outcome(epoll_create1(EPOLL_CLOEXEC));
}

int clinux_epoll_add(int epoll, int file, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.events = interest, .data.u64 = token};
    return outcome(epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event));
}

int clinux_epoll_remove(int epoll, int file) {
    return outcome(epoll_ctl(epoll, EPOLL_CTL_DEL, file, NULL));
}

int clinux_epoll_wait(int epoll, uint64_t *tokens, uint32_t *readiness, int capacity, int timeout_ms) {
    struct epoll_event events[64];
    if (capacity < 1) return -EINVAL;
    int count;
    do {
        count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, timeout_ms);
    } while (count < 0 && errno == EINTR && timeout_ms < 0);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) {
        tokens[index] = events[index].data.u64;
        readiness[index] = events[index].events;
    }
    return count;
}

int clinux_pidfd_open(int32_t pid) {
    // glibc has it since 2.36 only; the descriptor is close-on-exec by itself.
    return outcome(syscall(SYS_pidfd_open, (pid_t)pid, 0u));
}

int clinux_eventfd(void) {
    return outcome(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

int clinux_eventfd_raise(int counter) {
    uint64_t one = 1;
    ssize_t written = write(counter, &one, sizeof one);
    // EAGAIN: the counter is at its limit, so it is readable already.
    return written < 0 && errno != EAGAIN ? -errno : 0;
}

int clinux_eventfd_clear(int counter) {
    uint64_t value;
    ssize_t got = read(counter, &value, sizeof value);
    return got < 0 && errno != EAGAIN ? -errno : 0;
}

// MARK: Sockets

int clinux_peer_credentials(int socket_, struct clinux_peer *peer) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket_, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -errno;
    if (length != sizeof credentials) return -EBADMSG;
    *peer = (struct clinux_peer){.pid = credentials.pid, .uid = credentials.uid, .gid = credentials.gid};
    return 0;
}

int clinux_peer_groups(int socket_, uint32_t *groups, int capacity) {
    if (capacity < 0 || (size_t)capacity > SIZE_MAX / 2 / sizeof(gid_t)) return -EINVAL;
    _Static_assert(sizeof(gid_t) == sizeof(uint32_t), "gid_t");
    socklen_t length = (socklen_t)((size_t)capacity * sizeof(gid_t));
    if (getsockopt(socket_, SOL_SOCKET, SO_PEERGROUPS, groups, &length) < 0) return -errno;
    return (int)(length / sizeof(gid_t));
}

// MARK: Threads

struct thread_start {
    void (*body)(void *);
    void *argument;
};

static void *run_thread(void *start_) {
    struct thread_start start = *(struct thread_start *)start_;
    free(start_);
    start.body(start.argument);
    return NULL;
}

int clinux_thread_start(const char *name, void (*body)(void *), void *argument, uint64_t *thread) {
    struct thread_start *start = malloc(sizeof *start);
    if (start == NULL) return -ENOMEM;
    *start = (struct thread_start){.body = body, .argument = argument};
    // A thread inherits its maker's mask: signals stay with the threads that wait for them.
    sigset_t all, before;
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t made;
    if (error == 0) {
        error = pthread_create(&made, NULL, run_thread, start);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    if (error != 0) {
        free(start);
        return -error;
    }
    char shortened[16];
    snprintf(shortened, sizeof shortened, "%s", name);
    pthread_setname_np(made, shortened);
    _Static_assert(sizeof made == sizeof *thread, "pthread_t");
    *thread = made;
    return 0;
}

int clinux_thread_join(uint64_t thread) {
    return -pthread_join(thread, NULL);
}

// MARK: File systems

int clinux_has_entry_types(int directory) {
    for (;;) {
        _Alignas(struct dirent64) char entries[CLINUX_NAMES_SIZE];
        ssize_t got = getdents64(directory, entries, sizeof entries);
        if (got < 0) return -errno;
        if (got == 0) return -ENODATA;
        for (size_t at = 0; at < (size_t)got;) {
            struct dirent64 *entry = (struct dirent64 *)(entries + at);
            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            return entry->d_type != DT_UNKNOWN;
        }
    }
}

int clinux_room(int file, struct clinux_room *room) {
    struct statvfs answer;
    int result = outcome(fstatvfs(file, &answer));
    if (result < 0) return result;
    room->bytes = (uint64_t)answer.f_blocks * answer.f_frsize;
    room->available = (uint64_t)answer.f_bavail * answer.f_frsize;
    room->inodes = answer.f_files;
    room->free_inodes = answer.f_favail;
    return 0;
}
