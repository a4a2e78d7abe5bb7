#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

static int outcome(long result) {
    return result < 0 ? -errno : (int)result;
}

int clinux_inotify_create(void) {
    return outcome(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
}

static int watch(int instance, int file, uint32_t events) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return outcome(inotify_add_watch(instance, path, events));
}

int clinux_inotify_watch(int instance, int directory) {
    return watch(
        instance, directory,
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR | IN_EXCL_UNLINK);
}

int clinux_inotify_watch_file(int instance, int file) {
    return watch(instance, file, IN_MODIFY);
}

int clinux_inotify_watch_opens(int instance, int file) {
    return watch(instance, file, IN_OPEN | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
}

int clinux_inotify_unwatch(int instance, int watch) {
    return outcome(inotify_rm_watch(instance, watch));
}

int clinux_inotify_next(const uint8_t *buffer, size_t length, size_t *offset, struct clinux_name_event *event) {
    *event = (struct clinux_name_event){.watch = -1};
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
