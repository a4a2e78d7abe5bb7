package import NodeState
internal import SystemPackage

/// crictl knows the socket of the container runtime.
///
/// - Source: cri-tools `docs/crictl.md`, configuration file; without one crictl tries several sockets and warns.
package struct CrictlConfigured: Requirement {
    package static let entry = CatalogEntry(
        "crictl-configured", group: "runtime", title: "crictl knows the socket of containerd", severity: .info,
        why: "without it crictl tries one socket after the other, and warns each time",
        source: "cri-tools docs/crictl.md", checks: "runtime-endpoint in /etc/crictl.yaml.",
        manual: [
            "sudo crictl config --set runtime-endpoint=unix:///run/containerd/containerd.sock",
            "sudo crictl version",
        ])

    private static let file: FilePath = "/etc/crictl.yaml"
    private static let sockets = ["/run/containerd/containerd.sock", "/var/run/containerd/containerd.sock"]

    package let inputs: [Input] = [.path(file)]

    package init(_ configuration: Configuration) {}

    /// What the file says.
    package struct Observation: Equatable, Sendable {
        var isThere: Bool
        /// `nil` when no line says it.
        var endpoint: String?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let text = try await host.files.text(at: Self.file) else { return Observation(isThere: false) }
        let key = "runtime-endpoint:"
        let value = text.split(whereSeparator: \.isNewline).last { $0.hasPrefix(key) }?.dropFirst(key.count)
        let quotes: Set<Character> = ["\"", "'"]
        return Observation(
            isThere: true,
            endpoint: value.map { value in
                String(value.prefix { $0 != "#" }.filter { !$0.isWhitespace && !quotes.contains($0) })
            }.flatMap { $0.isEmpty ? nil : $0 })
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard let endpoint = seen.endpoint else {
            return unmet("missing", seen.isThere ? "\(Self.file) names no runtime-endpoint" : "\(Self.file) is absent")
        }
        let path = endpoint.hasPrefix("unix://") ? String(endpoint.dropFirst("unix://".count)) : endpoint
        guard Self.sockets.contains(path) else { return unmet("other-socket", "\(Self.file) names \(endpoint)") }
        return .met(observed: endpoint)
    }

    private func unmet(_ reason: String, _ actual: String) -> Assessment {
        let finding = Finding(
            reason, severity: .info, expected: "runtime-endpoint: unix:///run/containerd/containerd.sock",
            actual: actual, remedy: "nothing has to be done; to be rid of crictl's warning, set it",
            manual: Self.entry.manual, evidence: [Evidence(Self.file)])
        return .unmet(observed: actual, findings: [finding], proposals: [])
    }
}
