#include <sys/resource.h>

// All threads of a process of ours have one priority. The Swift runtime's dispatch queues ask for others, each refusal of the
// sandbox (SystemCallFilter=~@resources) would be a line in the journal, and no call of ours depends on an order of threads.
// This stands in the place of the C library's function, for what is linked into the same program.
int setpriority(__priority_which_t which, id_t who, int value) {
    (void)which;
    (void)who;
    (void)value;
    return 0;
}
