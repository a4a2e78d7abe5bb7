/* What the program that makes a node drift and the one that puts it right have in common. */
#ifndef DRIFT_H
#define DRIFT_H

#include <stdbool.h>
#include <stddef.h>

#define HOSTNAME "/proc/sys/kernel/hostname"
#define FORWARD "/proc/sys/net/ipv4/ip_forward"
#define BRIDGE "/proc/sys/net/bridge/bridge-nf-call-iptables"
#define SWAPS "/proc/swaps"
#define HOSTS "/etc/hosts"
#define DROP_IN "/etc/modules-load.d/nucprep.conf"
#define MODULE "br_netfilter"
/* A swap file of the benchmark's own. */
#define AREA "/drift.img"

/* The bytes of a file, `length` of them; -1 when it cannot be read. One NUL stands behind them. */
struct text {
    char bytes[65536];
    long length;
};

/* Reads a whole file by a descriptor of its own. */
void text_read(struct text *text, const char *path);
bool text_is(const struct text *one, const struct text *other);

/* Ends the program with the reason. */
void fail(const char *what) __attribute__((noreturn));

/* Descriptors that become ready when something about the node changed, and one that waits for all of them. */
struct watch {
    int epoll, hostname, swaps, files, uevents;
    int forward; /* the watch of FORWARD in `files` */
    int bridge;  /* that of BRIDGE; -1 while its module is not there */
    int bridge_pin;
};

void watch_open(struct watch *watch);
/* Watches the value of a module that has come, or come again. */
void watch_bridge(struct watch *watch);
/* What events were about. */
enum { ABOUT_NAME = 1, ABOUT_SWAP = 2, ABOUT_VALUES = 4, ABOUT_FILES = 8, ABOUT_MODULES = 16 };

/* Waits until something is ready, and takes all events; 0 when `milliseconds` (-1: without end) have passed. */
int watch_wait(struct watch *watch, int milliseconds);

#endif
