/* Waiting for the node: the events that nucprepd waits for, too. */
#define _GNU_SOURCE
#include "drift.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

void fail(const char *what) {
    fprintf(stderr, "drift: %s: %s\n", what, strerror(errno));
    exit(1);
}

void text_read(struct text *text, const char *path) {
    text->length = -1;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    long length = 0, count;
    while ((count = read(file, text->bytes + length, sizeof text->bytes - 1 - (size_t)length)) > 0) length += count;
    close(file);
    text->bytes[length] = 0;
    text->length = length;
}

bool text_is(const struct text *one, const struct text *other) {
    return one->length == other->length && (one->length < 0 || !memcmp(one->bytes, other->bytes, (size_t)one->length));
}

static void add(struct watch *watch, int file, unsigned events) {
    struct epoll_event event = {.events = events | EPOLLET, .data.fd = file};
    if (file < 0 || epoll_ctl(watch->epoll, EPOLL_CTL_ADD, file, &event)) fail("cannot wait for a file");
}

void watch_bridge(struct watch *watch) {
    /* The watch of a value lives as long as somebody has its file open, and that of a module that came again is another. */
    if (watch->bridge_pin >= 0) close(watch->bridge_pin);
    watch->bridge_pin = open(BRIDGE, O_PATH | O_CLOEXEC);
    if (watch->bridge_pin >= 0) watch->bridge = inotify_add_watch(watch->files, BRIDGE, IN_MODIFY);
}

void watch_open(struct watch *watch) {
    const unsigned names = IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE;
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK, .nl_groups = 1};
    watch->epoll = epoll_create1(EPOLL_CLOEXEC);
    watch->hostname = open(HOSTNAME, O_RDONLY | O_CLOEXEC);
    watch->swaps = open(SWAPS, O_RDONLY | O_CLOEXEC);
    watch->files = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    watch->uevents = socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    if (bind(watch->uevents, (struct sockaddr *)&kernel, sizeof kernel)) fail("cannot hear of modules");
    watch->bridge = watch->bridge_pin = -1;
    watch->forward = inotify_add_watch(watch->files, FORWARD, IN_MODIFY);
    if (open(FORWARD, O_PATH | O_CLOEXEC) < 0 || watch->forward < 0
        || inotify_add_watch(watch->files, "/etc", names) < 0
        || inotify_add_watch(watch->files, "/etc/modules-load.d", names) < 0)
        fail("cannot watch files");
    watch_bridge(watch);
    add(watch, watch->hostname, EPOLLPRI | EPOLLERR);
    add(watch, watch->swaps, EPOLLPRI | EPOLLERR);
    add(watch, watch->files, EPOLLIN);
    add(watch, watch->uevents, EPOLLIN);
}

/* Reads the events of files until none is left. */
static int take_files(struct watch *watch) {
    char buffer[16384];
    long length;
    int about = 0;
    while ((length = read(watch->files, buffer, sizeof buffer)) > 0) {
        for (char *at = buffer; at < buffer + length;) {
            struct inotify_event *event = (struct inotify_event *)at;
            about |= event->wd == watch->forward || event->wd == watch->bridge ? ABOUT_VALUES : ABOUT_FILES;
            if (event->wd == watch->bridge && event->mask & IN_IGNORED) watch->bridge = -1;
            at += sizeof *event + event->len;
        }
    }
    return about;
}

int watch_wait(struct watch *watch, int milliseconds) {
    struct epoll_event events[8];
    char buffer[16384];
    int about = 0;
    int count = epoll_wait(watch->epoll, events, 8, milliseconds);
    if (count < 0 && errno != EINTR) fail("cannot wait");
    for (int index = 0; index < count; index++) {
        int file = events[index].data.fd;
        if (file == watch->files) {
            about |= take_files(watch);
        } else if (file == watch->uevents) {
            while (read(file, buffer, sizeof buffer) > 0) about |= ABOUT_MODULES;
        } else {
            if (lseek(file, 0, SEEK_SET) < 0 || read(file, buffer, sizeof buffer) < 0) fail("cannot read");
            about |= file == watch->hostname ? ABOUT_NAME : ABOUT_SWAP;
        }
    }
    return about;
}
