/* Stands in for ssh and the node behind it: `ssh OPTIONS -- TARGET nucprep dial-stdio` speaks as the daemon of TARGET does.
 *
 * FLEET names a folder; TARGET.behaviour there holds a word, a number and the node's boot id:
 *   answer MS    answers each question at once, the first after MS milliseconds
 *   hang 0       takes the connection and says nothing
 *   babble 0     prints what a login shell might, without end, and nothing of ours
 *   half 0       closes its end in the middle of the status
 *   refuse 0     what ssh says when nobody listens, exit status 255
 * and TARGET.status the body that it answers with. Times are this machine's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char status[1 << 20], head[1 << 16], boot[64];

static void say(const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = write(STDOUT_FILENO, bytes, length);
        if (count <= 0) exit(0);
        bytes += count;
        length -= (size_t)count;
    }
}

static size_t slurp(const char *folder, const char *name, const char *kind, char *into, size_t room) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, kind);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) exit(98);
    size_t length = 0;
    for (ssize_t count; (count = read(file, into + length, room - 1 - length)) > 0;) length += (size_t)count;
    close(file);
    into[length] = 0;
    return length;
}

static long long microseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void answer(const char *body, size_t length, size_t told) {
    char line[256];
    int size = snprintf(line, sizeof line,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nAge: 0\r\nContent-Length: %zu\r\n\r\n", length);
    say(line, (size_t)size);
    say(body, told);
}

int main(int count, char **words) {
    int index = 1;
    while (index < count && strcmp(words[index], "--") != 0) index++;
    const char *folder = getenv("FLEET"), *target = index + 1 < count ? words[index + 1] : NULL;
    if (!folder || !target) return 99;
    char kind[32] = "", text[128];
    int delay = 0;
    slurp(folder, target, "behaviour", text, sizeof text);
    if (sscanf(text, "%31s %d %63s", kind, &delay, boot) < 2) return 99;
    if (strcmp(kind, "refuse") == 0) {
        fprintf(stderr, "ssh: connect to host %s port 22: Connection refused\n", target);
        return 255;
    }
    if (strcmp(kind, "hang") == 0) {
        for (;;) pause();
    }
    if (strcmp(kind, "babble") == 0) {
        for (;;) say("Welcome to this machine! \033[2J\033]0;you have mail\007\n", 52);
    }
    size_t length = slurp(folder, target, "status", status, sizeof status), have = 0;
    struct timespec pause_for = {delay / 1000, delay % 1000 * 1000000L};
    nanosleep(&pause_for, NULL);
    say("NUCPREP/1 0.2.0\n", 16);
    for (;;) {
        char *end;
        while ((end = memmem(head, have, "\r\n\r\n", 4))) {
            if (memmem(head, (size_t)(end - head), "/v1/time", 8)) {
                char body[256];
                int size = snprintf(body, sizeof body,
                                    "{\"boot_id\":\"%s\",\"realtime_us\":%lld,\"boottime_us\":%lld,\"synchronised\":true}", boot,
                                    microseconds(CLOCK_REALTIME), microseconds(CLOCK_BOOTTIME));
                answer(body, (size_t)size, (size_t)size);
            } else if (strcmp(kind, "half") == 0) {
                answer(status, length, length / 2);
                return 0;
            } else {
                answer(status, length, length);
            }
            size_t used = (size_t)(end + 4 - head);
            memmove(head, head + used, have -= used);
        }
        if (have == sizeof head) return 1;
        ssize_t got = read(STDIN_FILENO, head + have, sizeof head - have);
        if (got <= 0) return 0;
        have += (size_t)got;
    }
}
