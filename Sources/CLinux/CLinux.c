#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

_Static_assert(CLINUX_READABLE == EPOLLIN && CLINUX_PRIORITY == EPOLLPRI && CLINUX_WRITABLE == EPOLLOUT, "epoll");
_Static_assert(CLINUX_ERROR == EPOLLERR && CLINUX_HANG_UP == EPOLLHUP && CLINUX_EDGE == (uint32_t)EPOLLET, "epoll");
_Static_assert(CLINUX_KEY_SIZE == sizeof(__kernel_fsid_t) + sizeof(struct file_handle) + MAX_HANDLE_SZ, "handle");

static int outcome(long result) {
    return result < 0 ? -errno : (int)result;
}

// MARK: Files

int clinux_open_in_root(int root, const char *path, int flags, uint32_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
        .mode = mode,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    // EAGAIN: a rename somewhere raced with a `..` of this path, and the kernel could not vouch for the result.
    for (int round = 0;; round++) {
        int result = outcome(syscall(SYS_openat2, root, path, &how, sizeof how));
        if ((result == -EAGAIN && round < 32) || result == -EINTR) continue;
        return result;
    }
}

int clinux_rename_exchange(int directory, const char *one, const char *other) {
    return outcome(renameat2(directory, one, directory, other, RENAME_EXCHANGE));
}

int clinux_rename_new(int directory, const char *from, const char *to) {
    return outcome(renameat2(directory, from, directory, to, RENAME_NOREPLACE));
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

// MARK: Names that change in a directory

int clinux_fanotify_create(int pidfd) {
    unsigned flags = FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_CLOEXEC | FAN_NONBLOCK;
    if (pidfd) flags |= FAN_REPORT_PIDFD;
    return outcome(fanotify_init(flags, O_RDONLY | O_CLOEXEC));
}

static const uint64_t fanotify_names = FAN_CLOSE_WRITE | FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO
    | FAN_ATTRIB | FAN_DELETE_SELF | FAN_MOVE_SELF | FAN_EVENT_ON_CHILD | FAN_ONDIR;

int clinux_fanotify_watch(int group, int directory) {
    return outcome(fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_ONLYDIR, fanotify_names, directory, NULL));
}

int clinux_fanotify_unwatch(int group, int directory) {
    return outcome(fanotify_mark(group, FAN_MARK_REMOVE, fanotify_names, directory, NULL));
}

// A record about a directory and a name: file system, handle, then the name.
static int read_name_record(const uint8_t *record, size_t length, struct clinux_name_event *event) {
    const size_t head = sizeof(struct fanotify_event_info_header);
    const size_t handle = head + sizeof(__kernel_fsid_t);
    struct file_handle sizes;
    if (length < handle + sizeof sizes) return -EBADMSG;
    memcpy(&sizes, record + handle, sizeof sizes);
    if (sizes.handle_bytes > MAX_HANDLE_SZ) return -EBADMSG;
    size_t name = handle + sizeof sizes + sizes.handle_bytes;
    if (name >= length || memchr(record + name, 0, length - name) == NULL) return -EBADMSG;
    event->key = record + head;
    event->key_length = name - head;
    const char *text = (const char *)record + name;
    // "." stands for the directory itself.
    event->name = strcmp(text, ".") == 0 || *text == 0 ? NULL : text;
    return 0;
}

int clinux_fanotify_next(const uint8_t *buffer, size_t length, size_t *offset, struct clinux_name_event *event) {
    *event = (struct clinux_name_event){.watch = -1, .pidfd = -1};
    if (*offset >= length) return 0;
    struct fanotify_event_metadata metadata;
    size_t left = length - *offset;
    if (left < sizeof metadata) return -EBADMSG;
    memcpy(&metadata, buffer + *offset, sizeof metadata);
    if (metadata.vers != FANOTIFY_METADATA_VERSION || metadata.event_len < metadata.metadata_len
        || metadata.metadata_len < sizeof metadata || metadata.event_len > left) {
        return -EBADMSG;
    }
    event->overflow = (metadata.mask & FAN_Q_OVERFLOW) != 0;
    event->gone = (metadata.mask & (FAN_DELETE_SELF | FAN_MOVE_SELF)) != 0;
    event->pid = metadata.pid;
    const uint8_t *start = buffer + *offset;
    for (size_t at = metadata.metadata_len; at < metadata.event_len;) {
        struct fanotify_event_info_header header;
        size_t rest = metadata.event_len - at;
        if (rest < sizeof header) return -EBADMSG;
        memcpy(&header, start + at, sizeof header);
        if (header.len < sizeof header || header.len > rest) return -EBADMSG;
        if (header.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME) {
            int result = read_name_record(start + at, header.len, event);
            if (result < 0) return result;
        } else if (header.info_type == FAN_EVENT_INFO_TYPE_PIDFD) {
            struct fanotify_event_info_pidfd info;
            if (header.len < sizeof info) return -EBADMSG;
            memcpy(&info, start + at, sizeof info);
            event->pidfd = info.pidfd >= 0 ? info.pidfd : -1;
        }
        at += header.len;
    }
    *offset += metadata.event_len;
    return 1;
}

int clinux_directory_key(int directory, uint8_t *key, size_t capacity) {
    union {
        struct file_handle handle;
        uint8_t space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } buffer = {.handle.handle_bytes = MAX_HANDLE_SZ};
    int mount;
    struct statfs system;
    if (name_to_handle_at(directory, "", &buffer.handle, &mount, AT_EMPTY_PATH) < 0) return -errno;
    if (fstatfs(directory, &system) < 0) return -errno;
    size_t handle = sizeof(struct file_handle) + buffer.handle.handle_bytes;
    if (sizeof system.f_fsid + handle > capacity) return -ERANGE;
    memcpy(key, &system.f_fsid, sizeof system.f_fsid);
    memcpy(key + sizeof system.f_fsid, &buffer, handle);
    return (int)(sizeof system.f_fsid + handle);
}

int clinux_inotify_create(void) {
    return outcome(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
}

int clinux_inotify_watch(int instance, int directory) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", directory);
    return outcome(inotify_add_watch(
        instance, path,
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR | IN_EXCL_UNLINK));
}

int clinux_inotify_unwatch(int instance, int watch) {
    return outcome(inotify_rm_watch(instance, watch));
}

int clinux_inotify_next(const uint8_t *buffer, size_t length, size_t *offset, struct clinux_name_event *event) {
    *event = (struct clinux_name_event){.watch = -1, .pidfd = -1};
    if (*offset >= length) return 0;
    struct inotify_event head;
    size_t left = length - *offset;
    if (left < sizeof head) return -EBADMSG;
    memcpy(&head, buffer + *offset, sizeof head);
    if (head.len > left - sizeof head) return -EBADMSG;
    event->overflow = (head.mask & IN_Q_OVERFLOW) != 0;
    event->gone = (head.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0;
    event->watch = head.wd;
    const char *name = (const char *)buffer + *offset + sizeof head;
    if (head.len > 0 && memchr(name, 0, head.len) == NULL) return -EBADMSG;
    if (head.len > 0 && *name != 0) event->name = name;
    *offset += sizeof head + head.len;
    return 1;
}

// MARK: Sockets

int clinux_uevent_open(void) {
    int socket_ = outcome(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
    if (socket_ < 0) return socket_;
    int on = 1;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    if (setsockopt(socket_, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0
        || bind(socket_, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(socket_);
        return -error;
    }
    return socket_;
}

// Only the kernel has port 0, and it sends as root; a datagram without credentials proves nothing.
static int came_from_kernel(struct msghdr *message, const struct sockaddr_nl *sender) {
    if (message->msg_namelen != sizeof *sender || sender->nl_pid != 0) return 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS) continue;
        if (part->cmsg_len != CMSG_LEN(sizeof(struct ucred))) return 0;
        struct ucred credentials;
        memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
        return credentials.uid == 0;
    }
    return 0;
}

int clinux_uevent_receive(int socket_, uint8_t *buffer, size_t capacity) {
    for (;;) {
        union {
            struct cmsghdr alignment;
            uint8_t space[CMSG_SPACE(sizeof(struct ucred))];
        } control;
        struct sockaddr_nl sender = {0};
        struct iovec part = {.iov_base = buffer, .iov_len = capacity};
        struct msghdr message = {
            .msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &part, .msg_iovlen = 1,
            .msg_control = &control, .msg_controllen = sizeof control};
        ssize_t length = recvmsg(socket_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return -errno;
        if (!came_from_kernel(&message, &sender)) continue;
        return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : (int)length;
    }
}

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
