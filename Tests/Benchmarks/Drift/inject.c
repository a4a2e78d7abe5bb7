/* Makes a node drift, one kind after the other, and tells how long each drift lasted.
 *
 * Usage: inject ROUNDS SECONDS KIND...   A round takes SECONDS at least, since nucprepd puts off what is undone five times
 * in a minute. One line for each: the kind and microseconds from before the call that made the drift to the moment at
 * which this program knew that it was over; `lost` after ten seconds.
 *
 * It waits by the kernel's events and before all other programs (SCHED_FIFO), so that on one processor it takes nothing
 * from whoever puts things right. */
#define _GNU_SOURCE
#include "drift.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct text good_name, good_hosts, bad_hosts, good_drop_in;

static void put(const char *path, const char *bytes, size_t length, int flags) {
    int file = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
    if (file < 0 || write(file, bytes, length) != (long)length || close(file)) fail(path);
}

static bool reads(const char *path, char first) {
    static struct text text;
    text_read(&text, path);
    return text.length > 0 && text.bytes[0] == first;
}

static void wrong_name(void) {
    if (sethostname("elsewhere", 9)) fail("sethostname");
}
static bool has_name(void) {
    static struct text text;
    text_read(&text, HOSTNAME);
    return text_is(&text, &good_name);
}
static void forward_off(void) { put(FORWARD, "0\n", 2, 0); }
static bool forwards(void) { return reads(FORWARD, '1'); }
static void bridge_off(void) { put(BRIDGE, "0\n", 2, 0); }
static bool bridges(void) { return reads(BRIDGE, '1'); }
static void other_hosts(void) {
    /* As an editor and `sed -i` do it. */
    put("/etc/.hosts.drift", bad_hosts.bytes, (size_t)bad_hosts.length, O_CREAT | O_TRUNC);
    if (rename("/etc/.hosts.drift", HOSTS)) fail("rename");
}
static bool has_hosts(void) {
    static struct text text;
    text_read(&text, HOSTS);
    return text_is(&text, &good_hosts);
}
static void no_drop_in(void) {
    if (unlink(DROP_IN)) fail(DROP_IN);
}
static bool has_drop_in(void) {
    static struct text text;
    text_read(&text, DROP_IN);
    return text_is(&text, &good_drop_in);
}
static void no_module(void) {
    if (syscall(SYS_delete_module, MODULE, O_NONBLOCK)) fail("delete_module " MODULE);
}
static bool has_module(void) {
    static struct text text;
    text_read(&text, "/sys/module/" MODULE "/initstate");
    return text.length > 0 && !strncmp(text.bytes, "live", 4);
}
static void more_swap(void) {
    if (swapon(AREA, 0)) fail("swapon");
}
static bool has_no_area(void) {
    static struct text text;
    text_read(&text, SWAPS);
    return !strstr(text.bytes, AREA);
}

static const struct kind {
    const char *name;
    void (*drift)(void);
    bool (*is_over)(void);
} kinds[] = {
    {"hostname", wrong_name, has_name},      {"ip_forward", forward_off, forwards},
    {"bridge", bridge_off, bridges},         {"hosts", other_hosts, has_hosts},
    {"drop-in", no_drop_in, has_drop_in},    {"module", no_module, has_module},
    {"swap", more_swap, has_no_area},
};

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void pause_until(long instant) {
    long rest = instant - now();
    if (rest > 0) usleep((useconds_t)rest);
}

/* The hosts as they are, without the lines that name this node's own cluster address. */
static void forget_own_line(void) {
    for (char *line = good_hosts.bytes; *line;) {
        char *end = strchrnul(line, '\n');
        if (*end) end++;
        if (strncmp(line, "10.77.", 6)) {
            memcpy(bad_hosts.bytes + bad_hosts.length, line, (size_t)(end - line));
            bad_hosts.length += end - line;
        }
        line = end;
    }
}

int main(int count, char **words) {
    static struct watch watch;
    if (count < 4) return fprintf(stderr, "usage: inject ROUNDS SECONDS KIND...\n"), 2;
    text_read(&good_name, HOSTNAME);
    text_read(&good_hosts, HOSTS);
    text_read(&good_drop_in, DROP_IN);
    if (good_name.length < 0 || good_hosts.length < 0) fail("cannot read the names");
    forget_own_line();
    watch_open(&watch);
    /* Where realtime processes are shared out among control groups, only the root has a share. */
    put("/sys/fs/cgroup/cgroup.procs", "0", 1, 0);
    struct sched_param first = {.sched_priority = 1};
    if (sched_setscheduler(0, SCHED_FIFO, &first)) fail("sched_setscheduler");
    for (int round = 0; round < atoi(words[1]); round++) {
        long end = now() + atol(words[2]) * 1000000;
        for (int word = 3; word < count; word++) {
            const struct kind *kind = NULL;
            for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++)
                if (!strcmp(kinds[index].name, words[word])) kind = &kinds[index];
            if (!kind) return fprintf(stderr, "inject: no kind %s\n", words[word]), 2;
            while (watch_wait(&watch, 0)) continue;
            watch_bridge(&watch);
            long begun = now(), rest;
            kind->drift();
            bool is_over;
            while (!(is_over = kind->is_over()) && (rest = 10000 - (now() - begun) / 1000) > 0) {
                watch_wait(&watch, (int)rest);
            }
            long took = now() - begun;
            if (is_over) printf("%s %ld\n", kind->name, took); else printf("%s lost\n", kind->name);
            fflush(stdout);
            /* What follows a repair, a second look and the journal, is over before the next drift. */
            usleep(1500000);
        }
        pause_until(end);
    }
    return 0;
}
