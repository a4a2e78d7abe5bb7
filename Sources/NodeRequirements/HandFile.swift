internal import NodeState
internal import SystemPackage

/// A file of a person's own to which a line can be added that the next boot reads.
struct HandFile: Equatable, Sendable {
    var path: FilePath
    /// What it holds; `nil` when it is absent.
    var bytes: [UInt8]?

    /// The first of a few names that is a file already, or stands nowhere.
    ///
    /// A link may lead to /dev/null, and a new file would hide the one of its name in a folder below.
    ///
    /// - Parameters:
    ///   - folder: a layered one, such as `sysctl.d`.
    ///   - host: what to look at.
    /// - Returns: the file, with what it holds.
    /// - Throws: when one of them cannot be read.
    static func choose(in folder: FilePath, _ host: HostView) async throws(ObservationError) -> HandFile {
        let folders = try await host.bootFolders().map { $0.pushing(folder) }
        for name in ["k8s", "k8s-2", "k8s-3", "k8s-4"] {
            let places = folders.map { $0.appending("\(name).conf") }
            let kinds = try await Self.kinds(of: places, host)
            if kinds.first == .some(.regular) {
                return HandFile(path: places[0], bytes: try await host.files.bytes(at: places[0]))
            }
            if kinds.allSatisfy({ $0 == nil }) { return HandFile(path: places[0]) }
        }
        return HandFile(path: folders[0].appending("kubernetes.conf"))
    }

    private static func kinds(
        of places: [FilePath], _ host: HostView
    ) async throws(ObservationError) -> [FileKind?] {
        var kinds: [FileKind?] = []
        for place in places { kinds.append(try await host.files.kind(of: place)) }
        return kinds
    }

    /// Commands that add lines to it.
    func appending(_ lines: [String]) -> [String] { HandEdit.append(lines, to: path, holding: bytes) }
}
