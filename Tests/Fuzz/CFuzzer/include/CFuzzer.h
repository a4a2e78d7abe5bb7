#ifndef NUCPREP_CFUZZER_H
#define NUCPREP_CFUZZER_H

#include <stddef.h>
#include <stdint.h>

// Runs libFuzzer as the rest of a program; the library is linked by Tests/Fuzz/fuzz.
// Source: LLVM, "LibFuzzer", "Using libFuzzer as a library".
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
