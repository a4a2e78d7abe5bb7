// What Linux offers and Swift's Glibc module does not show: calls that need _GNU_SOURCE, have no wrapper, are variadic,
// or pass a union. Every function answers 0 or a count when it went well, else -errno; none keeps a pointer.
#pragma once

#include <stddef.h>
#include <stdint.h>

// MARK: Memory

/// Has every thread take memory from one arena of malloc, and gives pieces of 64 KiB and more back to the kernel as soon as
/// they are free, for the rest of the process. To be called before the first thread.
///
/// - Source: mallopt(3), M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD.
int clinux_keep_memory_small(void);

// MARK: Files

/// O_PATH of open(2): a descriptor that names a file and opens nothing.
static const int CLINUX_PATH_ONLY = 010000000;

/// Opens `path` with `root` as the root of the file system: absolute links and `..` stay inside, and the kernel's magic
/// links of /proc are not followed. Sets close-on-exec. The descriptor is the caller's.
///
/// - Source: openat2(2), RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS.
int clinux_open_in_root(int root, const char *_Nonnull path, int flags);

/// Opens `path` as any program does, a relative one beneath `directory`; makes no file. Sets close-on-exec. The descriptor
/// is the caller's.
///
/// - Source: openat(2).
int clinux_open(int directory, const char *_Nonnull path, int flags);

/// Swaps two names of one directory in one step; both must exist.
///
/// - Source: renameat2(2), RENAME_EXCHANGE.
int clinux_rename_exchange(int directory, const char *_Nonnull one, const char *_Nonnull other);

/// Renames within one directory, and fails with -EEXIST when the new name is taken.
///
/// - Source: renameat2(2), RENAME_NOREPLACE.
int clinux_rename_new(int directory, const char *_Nonnull from, const char *_Nonnull to);

/// The room that clinux_names needs.
static const size_t CLINUX_NAMES_SIZE = 32768;

/// Reads the next names of an open directory, `.` and `..` left out, each ended by a zero byte; answers their length in
/// all, 0 at the end of the directory. `capacity` is CLINUX_NAMES_SIZE or more.
///
/// - Source: getdents64(2).
int clinux_names(int directory, uint8_t *_Nonnull names, size_t capacity);

/// Gives `to` the extended attributes of `from`, access control lists included, and takes from it those that `from` has
/// not; attributes of the name space `security` are set but never taken.
///
/// - Source: xattr(7).
int clinux_copy_xattrs(int from, int to);

/// Whether the open file has the attribute: 1 or 0. A file system without attributes answers 0.
int clinux_has_xattr(int file, const char *_Nonnull name);

/// Takes a read lease on a file that is open for reading alone: 0 when nobody has it open for writing, -EAGAIN when
/// somebody has. Until it ends, whoever opens the file for writing or cuts it short waits. The signal that tells of it is
/// SIGURG, which does nothing unless it is caught.
///
/// - Source: fcntl(2), F_SETLEASE, F_SETSIG; signal(7).
int clinux_lease_take(int file);

/// Whether the lease holds undisturbed: 1; 0 when somebody waits for its end, or there is none.
///
/// - Source: fcntl(2), F_GETLEASE; kernel, fs/locks.c, target_leasetype().
int clinux_lease_holds(int file);

/// Ends the lease.
int clinux_lease_end(int file);

// MARK: Readiness

/// The interest bits of epoll_ctl(2), under names of their own: the enumeration of the C library is not imported.
static const uint32_t CLINUX_READABLE = 0x001;
static const uint32_t CLINUX_PRIORITY = 0x002;
static const uint32_t CLINUX_WRITABLE = 0x004;
static const uint32_t CLINUX_ERROR = 0x008;
static const uint32_t CLINUX_HANG_UP = 0x010;
static const uint32_t CLINUX_EDGE = 1u << 31;

/// A new epoll instance, close-on-exec.
int clinux_epoll_create(void);

/// Watches `file`; `token` comes back with each of its events.
int clinux_epoll_add(int epoll, int file, uint32_t interest, uint64_t token);

/// Ends watching `file`.
int clinux_epoll_remove(int epoll, int file);

/// Waits for events and fills both arrays, `capacity` (64 at most) entries each; -1 waits without end. An interrupted
/// wait is taken up again when it has no end, and answers 0 otherwise.
int clinux_epoll_wait(
    int epoll, uint64_t *_Nonnull tokens, uint32_t *_Nonnull readiness, int capacity, int timeout_ms);

/// A descriptor of a process, close-on-exec, which is readable once the process has ended.
int clinux_pidfd_open(int32_t pid);

/// A new event counter, close-on-exec and non-blocking.
int clinux_eventfd(void);

/// Adds one to an event counter, which makes it readable.
int clinux_eventfd_raise(int counter);

/// Takes an event counter back to 0; already 0 is no error.
int clinux_eventfd_clear(int counter);

// MARK: Names that change in a directory

/// One change of a name, as inotify tells it. The name leads into the buffer that was read.
struct clinux_name_event {
    /// The event queue overflowed: events were lost, and nothing else here holds.
    int overflow;
    /// The watched directory itself was removed, renamed or unmounted.
    int gone;
    /// The watch.
    int watch;
    /// The name in the directory; NULL when the event is about the directory itself.
    const char *_Nullable name;
};

/// A new inotify instance, close-on-exec and non-blocking.
int clinux_inotify_create(void);

/// Watches the names in an open directory and answers the watch.
int clinux_inotify_watch(int instance, int directory);

/// Watches the contents of an open file, which may have been opened by its path alone, and answers the watch.
int clinux_inotify_watch_file(int instance, int file);

/// Watches the opening of a file, which may have been opened by its path alone, and what becomes of its name; answers the
/// watch. To run a program is to open it.
///
/// - Source: kernel, fs/exec.c, do_open_execat(); fs/open.c; inotify(7), IN_OPEN.
int clinux_inotify_watch_opens(int instance, int file);

/// Ends a watch.
int clinux_inotify_unwatch(int instance, int watch);

/// Reads the next event of a buffer read(2) from an instance: 1 when there was one, 0 at the end, -EBADMSG when
/// malformed.
int clinux_inotify_next(
    const uint8_t *_Nonnull buffer, size_t length, size_t *_Nonnull offset, struct clinux_name_event *_Nonnull event);

// MARK: Sockets

/// A socket that hears the kernel's own uevents (group 1; group 2 is udev's), close-on-exec and non-blocking.
///
/// - Source: netlink(7), NETLINK_KOBJECT_UEVENT; kernel, lib/kobject_uevent.c.
int clinux_uevent_open(void);

/// Receives the next uevent the kernel sent and answers its length; datagrams of anyone else are passed over. -EAGAIN
/// when there is none, -ENOBUFS when some were lost, -EMSGSIZE when one was larger than the buffer.
int clinux_uevent_receive(int socket, uint8_t *_Nonnull buffer, size_t capacity);

/// A socket that hears of links, addresses, routes, and of whether IPv4 is forwarded, close-on-exec and non-blocking.
///
/// - Source: rtnetlink(7); kernel, include/uapi/linux/rtnetlink.h, RTNLGRP_IPV4_NETCONF.
int clinux_route_open(void);

/// What a message of the routing socket is about.
static const int CLINUX_ROUTE_NETWORK = 1;
static const int CLINUX_ROUTE_FORWARDING = 2;
static const int CLINUX_ROUTE_OTHER = 3;

/// Receives the next datagram that the kernel sent and answers its length; as clinux_uevent_receive.
int clinux_route_receive(int socket, uint8_t *_Nonnull buffer, size_t capacity);

/// What the next message of a received datagram is about; 0 at the end, -EBADMSG when malformed.
int clinux_route_next(const uint8_t *_Nonnull buffer, size_t length, size_t *_Nonnull offset);

/// The netlink protocols that are asked for dumps.
static const int CLINUX_DUMP_ROUTE = 0;
static const int CLINUX_DUMP_NETFILTER = 12;

/// Asks the kernel for everything of a kind, and answers a socket that has it, close-on-exec and non-blocking. The message
/// type is that of the request; `family` is 0 for all.
///
/// - Source: netlink(7), NLM_F_DUMP; kernel, include/uapi/linux/netfilter/nfnetlink.h, struct nfgenmsg.
int clinux_dump_open(int protocol, uint16_t type, uint8_t family);

/// Sends messages that are complete with their heads, in one datagram, and answers a socket that has the kernel's answers
/// to them, as clinux_dump_open: the kernel carries out what it is asked before it returns.
///
/// - Source: netlink(7); kernel, net/netlink/af_netlink.c (`netlink_rcv_skb`).
int clinux_netlink_send(int protocol, const uint8_t *_Nonnull messages, size_t length);

/// Receives the next datagram of the answer and answers its length; as clinux_uevent_receive.
int clinux_dump_receive(int socket, uint8_t *_Nonnull buffer, size_t capacity);

/// Finds the next message of a received datagram: 1 when there was one, whose body is `*length` bytes from `*start`; 0 at
/// the end of the datagram, 2 at the end of the answer, -EINTR when what was listed changed meanwhile, -EBADMSG when
/// malformed, else the kernel's own error.
int clinux_dump_next(
    const uint8_t *_Nonnull buffer, size_t size, size_t *_Nonnull offset, size_t *_Nonnull start,
    size_t *_Nonnull length);

/// The room of the file system that an open file is on, which may have been opened by its path alone.
struct clinux_room {
    uint64_t bytes;
    uint64_t available;
    uint64_t inodes;
    uint64_t free_inodes;
};

/// Reads it.
///
/// - Source: fstatvfs(3).
int clinux_room(int file, struct clinux_room *_Nonnull room);

/// Whether a directory says of what kind its entries are (`d_type`): 1 or 0; -ENODATA when it has none but `.` and `..`.
///
/// - Source: getdents(2).
int clinux_has_entry_types(int directory);

/// Who is at the other end of a Unix socket, as the kernel noted it at connect(2).
struct clinux_peer {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

/// Reads SO_PEERCRED.
///
/// - Source: unix(7).
int clinux_peer_credentials(int socket, struct clinux_peer *_Nonnull peer);

/// Reads the peer's supplementary groups into `groups` and answers their number; -ERANGE when there are more than
/// `capacity`.
///
/// - Source: SO_PEERGROUPS (Linux 4.13), net/core/sock.c.
int clinux_peer_groups(int socket, uint32_t *_Nonnull groups, int capacity);

// MARK: Threads

/// Starts a thread with all signals blocked, named `name` (15 bytes), that runs `body` once.
int clinux_thread_start(
    const char *_Nonnull name, void (*_Nonnull body)(void *_Nonnull), void *_Nonnull argument,
    uint64_t *_Nonnull thread);

/// Waits for the end of a thread, once.
int clinux_thread_join(uint64_t thread);
