internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// Traffic inside the cluster does not go through a proxy.
///
/// A proxy of containerd alone is not in the way: it pulls images through it.
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`HTTPProxyCheck`, `HTTPProxyCIDRCheck`).
package struct ProxyBypassed: Requirement {
    package static let entry = CatalogEntry(
        "proxy-bypassed", group: "network", title: "Cluster traffic does not go through a proxy", severity: .warning,
        kubeadmChecks: ["HTTPProxy", "HTTPProxyCIDR"],
        why: "the API server would reach pods, and kubelets the API server, through the proxy",
        source: "kubeadm preflight/checks.go; httpproxy of Go; pam_env(8)",
        checks:
            "HTTPS_PROXY and NO_PROXY in /etc/environment and in Environment= of kubelet.service, against the control plane's address and the pod and service networks.",
        manual: ["sudo editor /etc/environment"])

    static let environment: FilePath = "/etc/environment"

    private let configuration: Configuration
    package let inputs: [Input] = [.path(environment), .addresses] + layeredInputs("systemd/system")

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// One place that sets a proxy, and what it sends there of the cluster's traffic.
    package struct Place: Equatable, Sendable {
        var file: FilePath
        var line: Int
        var proxy: String
        /// Addresses and networks that are not excepted.
        var through: [String]
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [Place] {
        let targets = try await targets(host)
        var places: [Place] = []
        if let text = try await host.files.text(at: Self.environment) {
            let lines = EnvironmentLines(parsing: text).values
            places += place(lines.mapValues(\.value), targets, Self.environment, line: Self.line(of: lines))
        }
        for path in try await kubeletFiles(host) {
            guard let text = try await host.files.text(at: path) else { continue }
            let set = UnitFile(parsing: text).list("Environment", in: "Service")
            let words = set.map { $0.value.filter { $0 != "\"" && $0 != "'" } }.joined(separator: "\n")
                .replacing(" ", with: "\n")
            let lines = EnvironmentLines(parsing: words).values
            places += place(lines.mapValues(\.value), targets, path, line: set.first?.line ?? 1)
        }
        return places
    }

    private static func line(of lines: [String: (value: String, line: Int)]) -> Int {
        ["HTTPS_PROXY", "https_proxy"].compactMap { lines[$0]?.line }.min() ?? 1
    }

    private func place(
        _ variables: [String: String], _ targets: [(name: String, address: IPAddress)], _ file: FilePath, line: Int
    ) -> [Place] {
        let settings = ProxySettings(variables)
        let through = targets.filter { settings.isUsed(for: $0.address) }.map(\.name)
        return through.isEmpty ? [] : [Place(file: file, line: line, proxy: settings.secure, through: through)]
    }

    private func kubeletFiles(_ host: HostView) async throws(ObservationError) -> [FilePath] {
        var files: [FilePath] = []
        for parent in try await host.bootFolders() {
            let path = parent.appending("systemd").appending("system").appending("kubelet.service")
            if files.isEmpty, try await host.files.kind(of: path) != nil { files.append(path) }
        }
        return files + (try await host.filesAtBoot(in: "systemd/system/kubelet.service.d")).map(\.path)
    }

    /// What the cluster's own programs connect to: the control plane, the first pod and the first service.
    private func targets(_ host: HostView) async throws(ObservationError) -> [(name: String, address: IPAddress)] {
        var targets: [(name: String, address: IPAddress)] = []
        let own = try await NodeIdentity.of(host, configuration).node
        let planes = configuration.nodes.filter { $0.role == .controlPlane }
        for node in planes + (own.map { [$0] } ?? []) where !targets.contains(where: { $0.name == node.address }) {
            if let address = IPAddress(node.address) { targets.append((node.address, address)) }
        }
        for text in configuration.cluster.serviceCIDR + configuration.cluster.podNetworkCIDR {
            if let address = IPNetwork(text)?.second { targets.append((text, address)) }
        }
        return targets
    }

    package func assess(_ places: [Place], at horizon: Horizon) -> Assessment {
        guard !places.isEmpty else { return .met(observed: "no proxy is in the way") }
        let findings = places.map { place in
            Finding(
                "proxied", severity: .warning, expected: "NO_PROXY names \(place.through.joined(separator: ", "))",
                actual: "connections to \(place.through.joined(separator: ", ")) go through a proxy",
                predicts: Prediction(kubeadm: "WARNING HTTPProxy"),
                remedy: "add these to NO_PROXY in \(place.file), then log in again",
                manual: ["sudo editor \(place.file)", "NO_PROXY=\(place.through.joined(separator: ","))"],
                evidence: [Evidence(place.file, line: place.line)])
        }
        return .unmet(
            observed: places.map { "\($0.file) sets a proxy" }.joined(separator: ", "), findings: findings,
            proposals: [])
    }
}
