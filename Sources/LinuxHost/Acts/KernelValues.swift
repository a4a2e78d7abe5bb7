internal import Glibc
internal import NodeEngine
internal import SystemPackage

/// Values beneath `/proc/sys`: those of a closed list, and only where the kernel has them.
///
/// - Source: kernel, Documentation/networking/ip-sysctl.rst, Documentation/admin-guide/sysctl/kernel.rst.
struct KernelValues: Sendable {
    let files: RootedOpen

    /// The keys that may be written, each a switch.
    static let switches: Set<String> = [
        "net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables", "net.ipv4.ip_forward",
    ]
    /// The limits that may be raised, each to this value.
    static let limits = ["fs.inotify.max_user_instances": 8192, "fs.inotify.max_user_watches": 65_536]
    private static let hostname: FilePath = "/proc/sys/kernel/hostname"

    /// Turns a switch on or off, or raises a limit, which is never lowered.
    func write(_ key: String, _ value: String) throws(ChangeError) -> Effect {
        let isSwitch = Self.switches.contains(key) && (value == "1" || value == "0")
        guard isSwitch || Self.limits[key].map({ "\($0)" }) == value else {
            throw .refused("cannot set \(key) to \(value): it is not one of the values that nucprep sets")
        }
        let path = FilePath("/proc/sys").appending(FilePath(String(key.map { $0 == "." ? "/" : $0 })).components)
        if let limit = Self.limits[key], let present = Int(try read(path, "set \(key)")), present >= limit {
            return .alreadyTrue
        }
        return try write(value, to: path, "set \(key)")
    }

    /// The name that the kernel has.
    func name() throws(ChangeError) -> String { try read(Self.hostname, "read the kernel's host name") }

    /// Gives the kernel its name; `/etc/hostname` is another's to write.
    func setName(_ name: String) throws(ChangeError) -> Effect {
        try write(name, to: Self.hostname, "give the kernel the name \(name)")
    }

    private func write(_ value: String, to path: FilePath, _ what: String) throws(ChangeError) -> Effect {
        guard try read(path, what) != value else { return .alreadyTrue }
        do throws(Errno) {
            try files.openValue(path).write(Array((value + "\n").utf8))
        } catch {
            throw .failed("cannot \(what): \(error)")
        }
        // The kernel may take a value and not keep it.
        guard try read(path, what) == value else { throw .failed("cannot \(what): the kernel does not keep it") }
        return .applied
    }

    private func read(_ path: FilePath, _ what: String) throws(ChangeError) -> String {
        do {
            guard let bytes = try files.bytes(at: path, limit: 4096) else {
                throw ChangeError.refused("cannot \(what): the kernel has no \(path)")
            }
            return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        } catch let error as ChangeError {
            throw error
        } catch {
            throw .failed("cannot \(what): \(error)")
        }
    }
}
