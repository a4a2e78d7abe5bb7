/* Puts right what inject.c makes wrong: the shortest program that waits for the same events as nucprepd and makes the same
 * calls. It knows no cluster, no kubeadm and no reason; it is what the kernel, systemd and the disk take.
 *
 * Usage: floor   Prints `ready` when it waits, and goes on until it is ended. */
#define _GNU_SOURCE
#include "drift.h"

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

static struct text good_name, good_hosts, good_drop_in;
static sd_bus *bus;

static void write_value(const char *path, const char *bytes, size_t length) {
    static struct text kept;
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, bytes, length) != (long)length) fail(path);
    close(file);
    /* The kernel may take a value and not keep it. */
    text_read(&kept, path);
}

static void put_right_value(const char *path) {
    static struct text value;
    text_read(&value, path);
    if (value.length > 0 && value.bytes[0] == '0') write_value(path, "1\n", 2);
}

static void put_right_name(void) {
    static struct text name;
    text_read(&name, HOSTNAME);
    if (!text_is(&name, &good_name)) write_value(HOSTNAME, good_name.bytes, (size_t)good_name.length);
}

/* Puts a file in place whole, its bytes on the disk first; `is_there`: in exchange for what is there, which goes away. */
static void put_right_file(const char *path, const char *temporary, const struct text *good) {
    static struct text found;
    struct stat status;
    text_read(&found, path);
    if (text_is(&found, good) || good->length < 0) return;
    bool is_there = found.length >= 0;
    char folder[256];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int base = is_there ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (directory < 0 || file < 0 || write(file, good->bytes, (size_t)good->length) != good->length
        || fchmod(file, 0644) || fsync(file) || close(file))
        fail(temporary);
    if (!is_there) {
        if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE)) fail(path);
    } else {
        /* While the lease is held nobody can open the file for writing. */
        if (fstat(base, &status) || fcntl(base, F_SETLEASE, F_RDLCK)) fail(path);
        if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_EXCHANGE)) fail(path);
        text_read(&found, temporary);
        if (unlink(temporary) || fcntl(base, F_SETLEASE, F_UNLCK)) fail(temporary);
        close(base);
    }
    if (fsync(directory) || close(directory)) fail(folder);
}

static void put_right_module(void) {
    static struct text state;
    text_read(&state, "/sys/module/" MODULE "/initstate");
    if (state.length >= 0) return;
    struct kmod_ctx *context = kmod_new(NULL, NULL);
    struct kmod_list *list = NULL, *entry;
    if (!context || kmod_module_new_from_lookup(context, MODULE, &list) < 0) fail(MODULE);
    kmod_list_foreach(entry, list) {
        struct kmod_module *module = kmod_module_get_module(entry);
        int result = kmod_module_probe_insert_module(module, KMOD_PROBE_APPLY_BLACKLIST, NULL, NULL, NULL, NULL);
        if (result < 0) errno = -result, fail(MODULE);
        kmod_module_unref(module);
    }
    kmod_module_unref_list(list);
    kmod_unref(context);
}

static int note_job(sd_bus_message *message, void *job, sd_bus_error *error) {
    (void)error;
    uint32_t number;
    const char *path;
    if (sd_bus_message_read(message, "uo", &number, &path) > 0 && !strcmp(path, job)) *(char *)job = 0;
    return 0;
}

static void put_right_swap(void) {
    static struct text swaps;
    char job[256] = "";
    text_read(&swaps, SWAPS);
    if (swaps.length < 0 || !strstr(swaps.bytes, AREA)) return;
    sd_bus_slot *slot = NULL;
    int result = sd_bus_match_signal(
        bus, &slot, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
        "JobRemoved", note_job, job);
    /* systemd, too, hears of a new area a moment after the kernel has activated it. */
    for (int round = 0; result >= 0; round++) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *answer = NULL;
        const char *path;
        int called = sd_bus_call_method(
            bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
            "StopUnit", &error, &answer, "ss", "drift.img.swap", "replace");
        if (called < 0 && round < 1000 && sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit")) {
            sd_bus_error_free(&error);
            usleep(1000);
            continue;
        }
        if (called < 0) errno = -called, fail("StopUnit");
        if (sd_bus_message_read(answer, "o", &path) > 0) snprintf(job, sizeof job, "%s", path);
        sd_bus_message_unref(answer);
        break;
    }
    while (result >= 0 && *job) {
        result = sd_bus_process(bus, NULL);
        if (result == 0) result = sd_bus_wait(bus, 10000000);
    }
    if (result < 0) errno = -result, fail("systemd");
    sd_bus_slot_unref(slot);
    text_read(&swaps, SWAPS);
}

int main(void) {
    static struct watch watch;
    text_read(&good_name, HOSTNAME);
    text_read(&good_hosts, HOSTS);
    text_read(&good_drop_in, DROP_IN);
    int opened = sd_bus_open_system(&bus);
    if (opened < 0) errno = -opened, fail("cannot reach the bus");
    /* Without a subscriber systemd sends no signals. */
    opened = sd_bus_call_method(
        bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "Subscribe",
        NULL, NULL, "");
    if (opened < 0) errno = -opened, fail("Subscribe");
    watch_open(&watch);
    puts("ready");
    fflush(stdout);
    while (true) {
        int about = watch_wait(&watch, -1);
        if (about & ABOUT_NAME) put_right_name();
        if (about & ABOUT_VALUES) put_right_value(FORWARD), put_right_value(BRIDGE);
        if (about & ABOUT_FILES) {
            put_right_file(HOSTS, "/etc/.hosts.floor", &good_hosts);
            put_right_file(DROP_IN, "/etc/modules-load.d/.floor", &good_drop_in);
        }
        if (about & ABOUT_MODULES) put_right_module(), watch_bridge(&watch);
        if (about & ABOUT_SWAP) put_right_swap();
    }
}
