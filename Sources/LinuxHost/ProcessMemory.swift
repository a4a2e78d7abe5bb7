internal import CLinux

/// How this process takes memory.
package enum ProcessMemory {
    /// Has all threads share one arena of malloc, for good: each further arena keeps what its threads once needed, and the
    /// few threads of the daemon seldom allocate at the same time.
    ///
    /// It does nothing where the C library has no arenas. To be called before the first thread.
    /// - Source: mallopt(3), `M_ARENA_MAX`.
    package static func useOneArena() { _ = clinux_one_arena() }
}
