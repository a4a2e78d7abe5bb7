internal import Crypto
package import NodeState
internal import Synchronization
package import SystemPackage
internal import TextForms

/// Reads files for one look and keeps a digest of what the look rested on.
///
/// What is dealt anew at each boot (`/proc`, `/sys`, `/run`) is left out, but for the kernel's command line: the digest
/// of two boots is the same when the disk says the same.
package final class EvidenceTrace: FileReading, Sendable {
    private let files: any FileReading
    private let seen = Mutex<[String: String]>([:])

    /// The trace over `files`.
    package init(_ files: any FileReading) { self.files = files }

    /// The digest over everything read so far.
    package var digest: String {
        let lines = seen.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined() }
        return Self.hex(Array(lines.utf8))
    }

    package func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        let bytes = try await files.bytes(at: path, limit: limit)
        note("bytes", path) { bytes.map(Self.hex) ?? "absent" }
        return bytes
    }

    package func beginning(of path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        let bytes = try await files.beginning(of: path, limit: limit)
        note("first \(limit) bytes", path) { bytes.map(Self.hex) ?? "absent" }
        return bytes
    }

    package func script(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        let bytes = try await files.script(at: path, limit: limit)
        note("script", path) { bytes.map(Self.hex) ?? "none" }
        return bytes
    }

    package func kind(of path: FilePath) async throws(ObservationError) -> FileKind? {
        let kind = try await files.kind(of: path)
        note("kind", path) {
            switch kind {
            case nil: "absent"
            case .regular: "file"
            case .directory: "directory"
            case .link(let target): "link \(target)"
            case .other: "other"
            }
        }
        return kind
    }

    package func names(in folder: FilePath) async throws(ObservationError) -> [String] {
        let names = try await files.names(in: folder)
        note("names", folder) { Self.hex(Array(names.joined(separator: "\n").utf8)) }
        return names
    }

    /// Times are no evidence: they change with every copy, and what they say of a process ends with it.
    package func modified(_ path: FilePath) async throws(ObservationError) -> Int? { try await files.modified(path) }

    package func barrier(to path: FilePath) async throws(ObservationError) -> FilePath? {
        let barrier = try await files.barrier(to: path)
        note("barrier", path) { barrier.map { "\($0)" } ?? "none" }
        return barrier
    }

    package func isExecutable(_ path: FilePath) async throws(ObservationError) -> Bool? {
        let isExecutable = try await files.isExecutable(path)
        note("mode", path) { isExecutable.map { $0 ? "executable" : "not executable" } ?? "absent" }
        return isExecutable
    }

    /// The packages of `packages`, each answer kept as evidence; locks and clocks are none.
    func tracing(_ packages: any PackageReading) -> any PackageReading {
        TracedPackages(packages: packages, trace: self)
    }

    fileprivate func note(package name: String, _ answer: InstalledPackage?) {
        seen.withLock { $0["package \(name)"] = answer.map { "\($0)" } ?? "absent" }
    }

    /// Adds what a shared value was computed from.
    func note(shared name: String, _ digest: String) { seen.withLock { $0["shared \(name)"] = digest } }

    private func note(_ question: String, _ path: FilePath, answer: () -> String) {
        let isVolatile = ["/proc", "/sys", "/run"].contains { path.starts(with: FilePath($0)) }
        let text = isVolatile && path != "/proc/cmdline" ? "volatile" : answer()
        seen.withLock { $0["\(question) \(path)"] = text }
    }

    static func hex(_ bytes: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(data: bytes)) }
}

/// Packages that are noted as evidence.
private struct TracedPackages: PackageReading {
    let packages: any PackageReading
    let trace: EvidenceTrace

    func package(_ name: String) async throws(ObservationError) -> InstalledPackage? {
        let found = try await packages.package(name)
        trace.note(package: name, found)
        return found
    }

    func troubled() async throws(ObservationError) -> [InstalledPackage] { try await packages.troubled() }
    func lockHolder() async throws(ObservationError) -> Int? { try await packages.lockHolder() }
    func policy() async throws(ObservationError) -> String { try await packages.policy() }
}
