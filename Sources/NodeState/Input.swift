package import SystemPackage

/// Something that an answer rests on and that can be watched.
package enum Input: Hashable, Sendable {
    /// The areas of swap in use: `/proc/swaps`.
    case swaps
    /// The addresses of this machine.
    case addresses
    /// One kernel module, loaded or not.
    case module(String)
    /// A file, or a directory with the names in it.
    case path(FilePath)
    /// A directory with the names in it, and in each directory right below it.
    case twoLevels(FilePath)
    /// The host name that the kernel holds.
    case hostname
    /// A unit of systemd: its state, its process.
    case unit(String)
    /// A value beneath `/proc/sys`, by its path.
    case sysctl(FilePath)
    /// The other nodes: they send no events, and are asked in full looks.
    case peers
    /// One name in a watched directory, of which an event told beside the directory's own input: no answer is declared to
    /// rest on it.
    case entry(FilePath)
    /// Events were lost: everything is stale.
    case overflow
}
