internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The kernel that the next boot may start, and the modules that lie ready for it.
///
/// - Source: rule P9.
struct BootedKernel: Equatable, Sendable {
    /// The releases that may be started; more than one when the boot loader does not simply take the newest.
    var candidates: [String]

    /// Reads the installed kernels, newest first by Debian's order.
    ///
    /// Without any in `/boot` the running one is taken: containers' hosts, network boot, User Mode Linux.
    static func predict(_ host: HostView) async throws(ObservationError) -> BootedKernel {
        let prefix = "vmlinuz-"
        let installed = try await host.files.names(in: "/boot").filter { $0.hasPrefix(prefix) && !$0.hasSuffix(".old") }
            .map { DebianVersion(String($0.dropFirst(prefix.count))) }.sorted { $1 < $0 }
        guard let newest = installed.first else { return BootedKernel(candidates: [try await host.kernel.release()]) }
        return BootedKernel(candidates: try await takesNewest(host) ? [newest.text] : installed.map(\.text))
    }

    /// Whether GRUB starts the first entry, which is the newest kernel; other loaders are taken to do so as well.
    private static func takesNewest(_ host: HostView) async throws(ObservationError) -> Bool {
        guard let text = try await host.files.text(at: "/etc/default/grub") else { return true }
        let setting = "GRUB_DEFAULT="
        let line = text.textLines().last { $0.hasPrefix(setting) }
        let value = line?.dropFirst(setting.count).filter { $0 != "\"" && $0 != "'" && $0 != " " } ?? "0"
        return value == "0" || value.isEmpty
    }

    /// What the module tree of `release` has of `module`.
    ///
    /// - Throws: when the index of the tree is there and cannot be read.
    /// - Source: modules.dep(5); kernel, `Documentation/kbuild/kbuild.rst`, `modules.builtin`.
    static func supply(of module: String, release: String, _ host: HostView) async throws(ObservationError)
        -> ModuleSupply
    {
        for parent in ["/lib/modules", "/usr/lib/modules"] as [FilePath] {
            let tree = parent.appending(release)
            guard let loadable = try await host.files.bytes(at: tree.appending("modules.dep"), limit: indexLimit) else {
                continue
            }
            let builtIn = try await host.files.bytes(at: tree.appending("modules.builtin"), limit: indexLimit) ?? []
            if names(module, in: builtIn, end: 0x0A) { return .builtIn }
            return names(module, in: loadable, end: UInt8(ascii: ":")) ? .loadable : .missing
        }
        return .noTree
    }

    /// The index of a distribution's kernel is about 1 MiB.
    private static let indexLimit = 16 << 20

    /// Whether a line begins with a path whose last component is `module`, `-` and `_` alike, and ends there at `end`.
    private static func names(_ module: String, in index: [UInt8], end: UInt8) -> Bool {
        let wanted = Array(module.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 })
        for line in index.split(separator: 0x0A) {
            let path = line.prefix { $0 != end }
            let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex
            let name = path[start...].prefix { $0 != UInt8(ascii: ".") }
            guard name.count == wanted.count, path[start...].dropFirst(name.count).starts(with: ".ko".utf8) else {
                continue
            }
            if zip(name, wanted).allSatisfy({ $0 == $1 || $0 == UInt8(ascii: "-") && $1 == UInt8(ascii: "_") }) {
                return true
            }
        }
        return false
    }
}

/// Where a module comes from for one kernel.
enum ModuleSupply: Equatable, Sendable {
    /// Part of the image: there is nothing to load.
    case builtIn
    /// A file that can be inserted.
    case loadable
    /// The tree has no such module.
    case missing
    /// There is no tree for this kernel: it was removed, or never installed.
    case noTree
}
