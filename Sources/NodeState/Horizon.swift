/// The two questions that every requirement answers apart.
package enum Horizon: CaseIterable, Sendable {
    /// The running system: the kernel, its processes, what is really loaded.
    case now
    /// What the same machine would be after a power cut, computed from files.
    case nextBoot
}
