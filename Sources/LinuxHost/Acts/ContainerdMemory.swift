internal import SystemPackage

/// The edits of containerd's configuration that no start of containerd has proven yet: what to put back when it fails.
///
/// Kept in the daemon's own folder, so that a restart of the daemon does not forget them.
struct ContainerdMemory: Equatable, Sendable {
    var path: FilePath
    /// What the file held before the first of the edits; `nil` when there was none.
    var oldest: [UInt8]?
    /// What it held before the last of them.
    var before: [UInt8]?
    /// What the last of them made of it.
    var after: [UInt8]

    private static let name = "containerd-edit"
    private static let title = "nucprep containerd edit 1"

    /// The memory that is kept; `nil` when there is none that can be read.
    init?(in folder: StateFolder) {
        guard let bytes = folder.read(Self.name) else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
        guard lines.count == 4, String(decoding: lines[0], as: UTF8.self) == Self.title else { return nil }
        let counts = lines[2].split(separator: UInt8(ascii: " ")).compactMap {
            Int(String(decoding: $0, as: UTF8.self))
        }
        guard counts.count == 3, counts[2] >= 0 else { return nil }
        var rest = lines[3]
        var parts: [[UInt8]?] = []
        for count in counts {
            guard count >= -1, count <= rest.count else { return nil }
            parts.append(count < 0 ? nil : Array(rest.prefix(count)))
            rest = rest.dropFirst(max(0, count))
        }
        guard rest.isEmpty, let after = parts[2] else { return nil }
        self.init(
            path: FilePath(String(decoding: lines[1], as: UTF8.self)), oldest: parts[0], before: parts[1], after: after)
    }

    init(path: FilePath, oldest: [UInt8]?, before: [UInt8]?, after: [UInt8]) {
        self.path = path
        self.oldest = oldest
        self.before = before
        self.after = after
    }

    /// Keeps it; whether it is on the disk.
    func keep(in folder: StateFolder) -> Bool {
        let counts = [oldest?.count ?? -1, before?.count ?? -1, after.count].map(String.init).joined(separator: " ")
        let head = "\(Self.title)\n\(path)\n\(counts)\n"
        return folder.write(Array(head.utf8) + (oldest ?? []) + (before ?? []) + after, to: Self.name)
    }

    /// Forgets what is kept.
    static func forget(in folder: StateFolder) { folder.remove(name) }
}
