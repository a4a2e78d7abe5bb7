internal import NodeState
internal import SystemPackage

/// A program by its file: whether a search along PATH would find it.
///
/// - Source: Go `os/exec` (`LookPath`), with which kubeadm looks: a regular file with an execute bit, links followed.
enum ProgramFile: Equatable, Sendable {
    case runs
    /// Something is there that cannot be executed: its mode, or it is no file.
    case notExecutable
    case absent

    /// What the answer rests on besides the program's own folder.
    static let inputs: [Input] = HostView.managers.map { .path($0.removingLastComponent()) }

    /// The program at `path`.
    ///
    /// A record of some files keeps no modes, so there a file counts by being there.
    static func at(_ path: FilePath, _ host: HostView) async throws(ObservationError) -> ProgramFile {
        guard let isExecutable = try await host.files.isExecutable(path) else { return .absent }
        if isExecutable { return .runs }
        guard try await host.isExcerpt(), try await host.files.kind(of: path) != .directory else {
            return .notExecutable
        }
        return .runs
    }

    /// Whether the file at `path` is neither a script nor a program for the processor of this machine.
    ///
    /// PID 1's own program tells the processor. A record of some files keeps no programs, so there it is `false`.
    /// - Source: execve(2); elf(5), `e_ident`, `e_machine`.
    static func isForeign(_ path: FilePath, _ host: HostView) async throws(ObservationError) -> Bool {
        guard try await !host.isExcerpt(), let head = try await host.files.beginning(of: path, limit: 20),
            !head.starts(with: Array("#!".utf8))
        else { return false }
        guard head.starts(with: elf), head.count == 20 else { return true }
        for manager in HostView.managers {
            guard let own = try await host.files.beginning(of: manager, limit: 20), own.starts(with: elf) else {
                continue
            }
            // The class, the order of the bytes, and the processor.
            return own.count < 20 || own[4...5] != head[4...5] || own[18...19] != head[18...19]
        }
        return false
    }

    private static let elf: [UInt8] = [0x7F] + Array("ELF".utf8)
}

extension HostView {
    /// Where PID 1's own program lies.
    static let managers: [FilePath] = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"]

    /// Whether the tree is a record of some files and no whole system: PID 1's own program is not in it.
    func isExcerpt() async throws(ObservationError) -> Bool {
        for manager in Self.managers where try await files.kind(of: manager) != nil { return false }
        return true
    }
}
