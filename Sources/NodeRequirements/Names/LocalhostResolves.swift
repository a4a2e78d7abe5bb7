internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The name localhost leads to this machine.
///
/// - Source: hosts(5); RFC 6761, 6.3; kubeadm#226, #297.
package struct LocalhostResolves: Requirement {
    package static let entry = CatalogEntry(
        "localhost-resolves", group: "names", title: "localhost resolves to this machine", severity: .warning,
        why: "the kubelet and the static pods of the control plane call each other by that name",
        source: "hosts(5); kubeadm#226, #297", checks: "The lines of /etc/hosts for localhost.",
        manual: ["getent ahostsv4 localhost", "echo '127.0.0.1 localhost' | sudo tee -a /etc/hosts"])

    private static let file: FilePath = "/etc/hosts"

    package let inputs: [Input] = [.path(file)]

    package init(_ configuration: Configuration) {}

    /// A line for localhost.
    package struct Line: Equatable, Sendable {
        var number: Int
        var address: String
        var isLoopback: Bool
        var isIPv4: Bool
    }

    /// What was seen of the file.
    package struct Observation: Equatable, Sendable {
        var lines: [Line]
        var bytes: [UInt8]
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        // Without the file nothing of it is said: glibc's own answer is not for every program.
        let bytes = try await host.files.bytes(at: Self.file) ?? []
        if let place = bytes.firstIndex(of: 0) {
            throw ObservationError(reading: Self.file.string, cause: "it is no text: byte \(place + 1) is NUL")
        }
        let lines = HostsFile(bytes: bytes).entries(naming: "localhost").map { entry in
            Line(
                number: entry.line, address: entry.written, isLoopback: entry.address.isLoopback,
                isIPv4: entry.address.isIPv4)
        }
        return Observation(lines: lines, bytes: bytes)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let wrong = seen.lines.filter { !$0.isLoopback }
        if let first = wrong.first {
            let finding = Finding(
                "other-address", severity: .warning, expected: "localhost resolves to 127.0.0.1",
                actual: "\(Self.file):\(first.number) leads localhost to \(first.address)",
                why: "whoever calls this machine by that name reaches another one",
                remedy: "take localhost out of that line",
                manual: ["sudoedit \(Self.file)", "getent ahostsv4 localhost"],
                evidence: wrong.map { Evidence(Self.file, line: $0.number) })
            return .unmet(observed: finding.actual, findings: [finding], proposals: [])
        }
        if let line = seen.lines.first(where: \.isIPv4) {
            return .met(observed: "\(line.address) (\(Self.file):\(line.number))")
        }
        let finding = Finding(
            "missing", severity: .warning, expected: "a line 127.0.0.1 localhost in \(Self.file)",
            actual: "no line of \(Self.file) leads localhost to an IPv4 address",
            why: "programs that do not ask glibc then ask the name server for it", remedy: "restore the line",
            manual: HandEdit.append(["127.0.0.1 localhost"], to: Self.file, holding: seen.bytes) + [
                "getent ahostsv4 localhost"
            ],
            evidence: [Evidence(Self.file)])
        return .unmet(observed: finding.actual, findings: [finding], proposals: [])
    }
}
