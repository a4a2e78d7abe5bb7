internal import ConfigFormats
internal import NodeEngine
internal import NodeState
internal import SystemPackage
internal import Systemd

/// Gives the host its name: by hostnamed, which also tells the others, and without it by the file and the kernel.
///
/// - Source: org.freedesktop.hostname1(5); hostname(5); hostname(7).
struct HostnameAct: Sendable {
    let units: any UnitOrdering
    let acts: FileActs
    let files: RootedOpen
    private static let file: FilePath = "/etc/hostname"

    func set(_ name: String) throws(ChangeError) -> Effect {
        guard HostName.flaw(of: name) == nil else {
            throw .refused("cannot name the host \(name): that is no name of a host")
        }
        let kernel = KernelValues(files: files)
        let before = try bytes()
        let isWritten = Self.name(in: before ?? []) == name
        let isSet = try kernel.name() == name
        if isWritten, isSet { return .alreadyTrue }
        // hostnamed does nothing about a static name that is right, whatever name the kernel has.
        if isWritten { return try kernel.setName(name) }
        do throws(BusError) {
            try units.setHostname(name)
        } catch {
            guard error.isNoSuchService || error.isDisconnection || error.errno == .noSuchFileOrDirectory else {
                throw .failed("cannot name the host \(name): \(error)")
            }
            let edit = FileEdit(path: Self.file, before: before, after: Array((name + "\n").utf8))
            _ = try acts.write(edit, for: .setHostname(name))
        }
        // A name that something else gave the kernel for a while is left by hostnamed.
        if try kernel.name() != name { _ = try kernel.setName(name) }
        guard Self.name(in: try bytes() ?? []) == name else {
            throw .failed("cannot name the host \(name): \(Self.file) does not have it")
        }
        return .applied
    }

    private func bytes() throws(ChangeError) -> [UInt8]? {
        do throws(ObservationError) {
            return try files.bytes(at: Self.file, limit: 1 << 20)
        } catch {
            throw .failed("cannot name the host: \(error)")
        }
    }

    /// The first line that is no comment.
    static func name(in bytes: [UInt8]) -> String? {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.drop { $0 == " " || $0 == "\t" } }.first { !$0.isEmpty && !$0.hasPrefix("#") }
            .map { String($0.reversed().drop { $0 == " " || $0 == "\t" }.reversed()) }
    }
}
