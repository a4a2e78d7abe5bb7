package import NodeState
package import SystemPackage

/// UDP 8472 is free for the pod network.
///
/// flannel has the kernel open that port for its VXLAN link; the kernel's own sockets have no inode.
/// - Source: flannel `Documentation/backends.md` (`vxlan`, Port); kernel `net/ipv4/udp.c` (`udp4_format_sock`), proc_net_udp.
package struct VXLANPortFree: Requirement {
    package static let entry = CatalogEntry(
        "vxlan-port-free", group: "network", title: "UDP port 8472 is free", severity: .warning,
        why: "flannel sends the packets of pods to other nodes through that port",
        source: "flannel, Documentation/backends.md; kernel net/ipv4/udp.c",
        checks: "The sockets of /proc/net/udp and /proc/net/udp6 on port 8472; one of the kernel's own is flannel's.",
        manual: ["sudo ss -lunp 'sport = :8472'"])

    private static let port = 8472
    private static let files: [FilePath] = ["/proc/net/udp", "/proc/net/udp6"]

    package let inputs: [Input] = [.addresses]

    package init(_ configuration: Configuration) {}

    /// Who has the port.
    package enum Observation: Equatable, Sendable {
        case free, kernel
        /// A process, by the user that it runs as.
        case process(uid: Int, FilePath)
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var found = Observation.free
        var isThere = false
        for path in Self.files {
            guard let bytes = try await host.files.bytes(at: path, limit: 16 << 20) else { continue }
            isThere = true
            for (number, row) in bytes.split(separator: 0x0A).enumerated().dropFirst() {
                let fields = row.split { $0 == 0x20 || $0 == 0x09 }.map { String(decoding: $0, as: UTF8.self) }
                guard fields.count > 9, let colon = fields[1].lastIndex(of: ":"),
                    let port = Int(fields[1][colon...].dropFirst(), radix: 16), let uid = Int(fields[7]),
                    let inode = Int(fields[9])
                else {
                    throw ObservationError(reading: path.string, cause: "line \(number + 1) is no row of a socket")
                }
                guard port == Self.port else { continue }
                if inode != 0 { return .process(uid: uid, path) }
                found = .kernel
            }
        }
        guard isThere else { throw ObservationError(reading: Self.files[0].string, cause: "it is absent") }
        return found
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else {
            return .notApplicable(because: "what listens after a boot is not known before it")
        }
        switch seen {
        case .free: return .met(observed: "\(Self.port) is free")
        case .kernel: return .met(observed: "the kernel's own VXLAN socket has it")
        case .process(let uid, let path):
            let finding = Finding(
                "port-taken", severity: .warning, expected: "UDP port \(Self.port) is free",
                actual: "a process of user \(uid) has UDP port \(Self.port)",
                why: "flannel's link cannot be made while another program has it",
                remedy: "stop the process that has it, and keep it from starting at boot", manual: Self.entry.manual,
                evidence: [Evidence(path)])
            return .unmet(observed: finding.actual, findings: [finding], proposals: [])
        }
    }
}
