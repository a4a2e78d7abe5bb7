#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/vfs.h>

_Static_assert(CLINUX_KEY_SIZE == sizeof(__kernel_fsid_t) + sizeof(struct file_handle) + MAX_HANDLE_SZ, "handle");

static int outcome(long result) {
    return result < 0 ? -errno : (int)result;
}

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
