#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int outcome(long result) {
    return result < 0 ? -errno : (int)result;
}

static int open_netlink(int protocol, uint32_t groups) {
    int socket_ = outcome(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    if (socket_ < 0) return socket_;
    int on = 1;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
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

static int receive_netlink(int socket_, uint8_t *buffer, size_t capacity) {
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

int clinux_uevent_open(void) {
    return open_netlink(NETLINK_KOBJECT_UEVENT, 1);
}

int clinux_uevent_receive(int socket_, uint8_t *buffer, size_t capacity) {
    return receive_netlink(socket_, buffer, capacity);
}

// A group's bit in the old mask, which reaches up to group 32.
static uint32_t group(int number) {
    return 1u << (number - 1);
}

int clinux_route_open(void) {
    return open_netlink(
        NETLINK_ROUTE,
        group(RTNLGRP_LINK) | group(RTNLGRP_IPV4_IFADDR) | group(RTNLGRP_IPV6_IFADDR) | group(RTNLGRP_IPV4_ROUTE)
            | group(RTNLGRP_IPV6_ROUTE) | group(RTNLGRP_IPV4_NETCONF));
}

int clinux_route_receive(int socket_, uint8_t *buffer, size_t capacity) {
    return receive_netlink(socket_, buffer, capacity);
}

int clinux_route_next(const uint8_t *buffer, size_t length, size_t *offset) {
    if (*offset >= length) return 0;
    struct nlmsghdr head;
    size_t left = length - *offset;
    if (left < sizeof head) return -EBADMSG;
    memcpy(&head, buffer + *offset, sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > left) return -EBADMSG;
    *offset += NLMSG_ALIGN(head.nlmsg_len);
    switch (head.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
    case RTM_NEWADDR:
    case RTM_DELADDR:
    case RTM_NEWROUTE:
    case RTM_DELROUTE: return CLINUX_ROUTE_NETWORK;
    case RTM_NEWNETCONF:
    case RTM_DELNETCONF: return CLINUX_ROUTE_FORWARDING;
    default: return CLINUX_ROUTE_OTHER;
    }
}

_Static_assert(CLINUX_DUMP_ROUTE == NETLINK_ROUTE && CLINUX_DUMP_NETFILTER == NETLINK_NETFILTER, "netlink");

int clinux_netlink_send(int protocol, const uint8_t *messages, size_t length) {
    int socket_ = open_netlink(protocol, 0);
    if (socket_ < 0) return socket_;
    // More than the buffer takes by itself is refused.
    int size = length > INT32_MAX ? INT32_MAX : (int)length;
    if (length > 65536) (void)setsockopt(socket_, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(socket_, messages, length, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) {
        int error = errno;
        close(socket_);
        return -error;
    }
    return socket_;
}

int clinux_dump_open(int protocol, uint16_t type, uint8_t family) {
    // The family comes first in the head of both protocols; the rest of it is zero.
    struct {
        struct nlmsghdr head;
        uint8_t body[sizeof(struct ifaddrmsg)];
    } request = {.body = {family}};
    size_t body = protocol == NETLINK_ROUTE ? sizeof(struct ifaddrmsg) : sizeof(struct nfgenmsg);
    request.head.nlmsg_len = NLMSG_LENGTH(body);
    request.head.nlmsg_type = type;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    return clinux_netlink_send(protocol, (const uint8_t *)&request, request.head.nlmsg_len);
}

int clinux_dump_receive(int socket_, uint8_t *buffer, size_t capacity) {
    return receive_netlink(socket_, buffer, capacity);
}

int clinux_dump_next(const uint8_t *buffer, size_t size, size_t *offset, size_t *start, size_t *length) {
    if (*offset >= size) return 0;
    struct nlmsghdr head;
    size_t left = size - *offset;
    if (left < sizeof head) return -EBADMSG;
    memcpy(&head, buffer + *offset, sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > left) return -EBADMSG;
    *start = *offset + NLMSG_HDRLEN;
    *length = head.nlmsg_len - NLMSG_HDRLEN;
    *offset += NLMSG_ALIGN(head.nlmsg_len);
    if (head.nlmsg_flags & NLM_F_DUMP_INTR) return -EINTR;
    if (head.nlmsg_type != NLMSG_ERROR && head.nlmsg_type != NLMSG_DONE) return 1;
    int32_t error = 0;
    if (*length >= sizeof error) memcpy(&error, buffer + *start, sizeof error);
    if (error < 0) return error;
    return 2;
}
