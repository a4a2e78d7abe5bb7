internal import CLinux

/// How this process takes memory.
package enum ProcessMemory {
    /// Keeps what the process holds close to what it uses, for good: all threads share one arena of malloc, since each
    /// further one keeps what its threads once needed, and large pieces go back to the kernel when they are free.
    ///
    /// It does nothing where the C library cannot do that. To be called before the first thread.
    /// - Source: mallopt(3), `M_ARENA_MAX`, `M_MMAP_THRESHOLD`, `M_TRIM_THRESHOLD`.
    package static func keepSmall() { _ = clinux_keep_memory_small() }
}
