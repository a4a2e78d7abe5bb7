internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The memory that the contents of a swap area could go to, and who holds swap.
enum SwapRoom {
    /// A value of `/proc/meminfo` in KiB; `nil` when the file or the name is absent.
    ///
    /// - Source: proc_meminfo(5).
    static func memoryKiB(_ name: String, _ host: HostView) async throws(ObservationError) -> Int? {
        guard let text = try await host.files.text(at: "/proc/meminfo") else { return nil }
        return value(of: name, in: text)
    }

    /// The five processes with the most memory in swap.
    ///
    /// A process that ends meanwhile, or that may not be read, is left out: the list is advice.
    /// - Source: proc_pid_status(5), `VmSwap`.
    static func holders(_ host: HostView) async throws(ObservationError) -> [String] {
        var found: [(pid: String, name: String, kib: Int)] = []
        for pid in try await host.files.names(in: "/proc") where pid.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            let path = FilePath("/proc").appending(pid).appending("status")
            guard let text = (try? await host.files.text(at: path)) ?? nil, let kib = value(of: "VmSwap", in: text),
                kib > 0
            else { continue }
            let name = text.textLines().first?.split(separator: "\t").last ?? "?"
            found.append((pid, String(name), kib))
        }
        return found.sorted { $0.kib > $1.kib }.prefix(5).map { "\($0.name) (pid \($0.pid)) \($0.kib) KiB" }
    }

    private static func value(of name: String, in text: String) -> Int? {
        let line = text.textLines().first { $0.hasPrefix(name + ":") }
        return line.flatMap { Int($0.dropFirst(name.count + 1).split { $0 == " " || $0 == "\t" }.first ?? "") }
    }
}
