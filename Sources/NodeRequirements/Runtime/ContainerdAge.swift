internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Whether the running containerd is older than what it was started from.
///
/// The later of a file's two times counts, so that a file that was moved into place with an old time is new as well. A file
/// that was taken away shows in the time of its folder, as does much else.
struct ContainerdAge: Equatable, Sendable {
    /// Files that were changed since the process started.
    var newer: [FilePath] = []

    /// Folders in which something was added, taken away or replaced since, be it no file of containerd's.
    var folders: [FilePath] = []

    /// The program, when it was replaced since.
    var replaced: FilePath?

    /// How far ahead of the clock a file's time may be, in microseconds.
    private static let tolerance = 2_000_000

    /// Whether the process may have read something else than lies on disk now.
    var isStale: Bool { !newer.isEmpty }

    /// Compares times.
    ///
    /// - Throws: when one lies in the future: the clock was set since, and nothing follows from times then.
    static func read(_ reading: ContainerdReading, startedAt: Int, _ host: HostView) async throws(ObservationError)
        -> ContainerdAge
    {
        var age = ContainerdAge()
        let now = try await host.kernel.today()
        let isNewer = { (path: FilePath) async throws(ObservationError) -> Bool in
            guard let time = try await host.files.modified(path) else { return false }
            guard time <= now + tolerance else {
                throw ObservationError(
                    reading: "the time of \(path)", cause: "it lies in the future: the clock was set")
            }
            return time > startedAt
        }
        guard startedAt <= now + tolerance else {
            throw ObservationError(
                reading: "when \(ContainerdUnit.name) started", cause: "it lies in the future: the clock was set")
        }
        var files = reading.files.map { FilePath($0.path) }
        if let refusal = reading.refusal { files.append(FilePath(refusal.path)) }
        for path in files where try await isNewer(path) { age.newer.append(path) }
        let home = reading.hasMainFile ? [] : [reading.unit.configuration.removingLastComponent()]
        for path in reading.folders + home where try await isNewer(path) { age.folders.append(path) }
        if try await isNewer(reading.unit.program) { age.replaced = reading.unit.program }
        return age
    }
}
