internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The node has a resolver that pods can use too.
///
/// - Source: resolv.conf(5); systemd-resolved.service(8); coredns.io, plugin loop, "Troubleshooting Loops In Kubernetes
///   Clusters".
package struct Resolver: Requirement {
    package static let entry = CatalogEntry(
        "resolver", group: "names", title: "The node has a usable resolver", severity: .warning,
        why: "CoreDNS asks the node's resolver, and crashes where that leads back to itself",
        source: "resolv.conf(5); systemd-resolved.service(8); coredns.io, plugin loop",
        checks: "The nameservers in /etc/resolv.conf, and whether systemd-resolved runs where they name its stub.",
        manual: ["cat /etc/resolv.conf", "resolvectl status"])

    static let file: FilePath = "/etc/resolv.conf"
    static let stub = "systemd-resolved.service"

    package let inputs: [Input] = [.path(file), .unit(stub), .addresses]

    package init(_ configuration: Configuration) {}

    /// What was seen.
    package struct Observation: Equatable, Sendable {
        var servers: [ResolverFile.Server]
        var own: [String]
        /// Whether the stub's unit runs; asked where the file names the stub.
        var hasStub: Bool
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let servers = ResolverFile(parsing: try await host.files.text(at: Self.file) ?? "").servers
        let isStub = servers.contains { Self.stubs.contains($0.address) }
        let unit = isStub ? try await host.units.unit(Self.stub) : nil
        return Observation(
            servers: servers, own: try await host.network.addresses(),
            hasStub: ["active", "activating", "reloading"].contains(unit?.active))
    }

    private static let stubs = ["127.0.0.53", "127.0.0.54"]

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else {
            return .notApplicable(because: "the file is written anew by the network's own configuration")
        }
        guard !seen.servers.isEmpty else {
            let finding = Finding(
                "none", severity: .warning, expected: "a nameserver in \(Self.file)",
                actual: "\(Self.file) names no nameserver",
                remedy: "configure a nameserver where the network is configured", manual: Self.entry.manual,
                evidence: [Evidence(Self.file)])
            return .unmet(observed: finding.actual, findings: [finding], proposals: [])
        }
        let observed = seen.servers.map(\.address).joined(separator: ", ")
        var findings = seen.servers.compactMap { finding($0, seen) }
        // glibc takes the first three, and so does the kubelet.
        if seen.servers.count > 3 {
            findings.append(
                Finding(
                    "too-many", severity: .info, expected: "at most 3 nameservers",
                    actual: "\(seen.servers.count) nameservers, of which the first 3 are asked",
                    remedy: "name the 3 that matter",
                    evidence: [Evidence(Self.file, line: seen.servers[3].line)]))
        }
        return findings.isEmpty
            ? .met(observed: observed) : .unmet(observed: observed, findings: findings, proposals: [])
    }

    private func finding(_ server: ResolverFile.Server, _ seen: Observation) -> Finding? {
        let evidence = [Evidence(Self.file, line: server.line)]
        if Self.stubs.contains(server.address) {
            guard !seen.hasStub else { return nil }
            return Finding(
                "dead-stub", severity: .warning, expected: "systemd-resolved runs, or another nameserver is named",
                actual: "the nameserver is \(server.address), and \(Self.stub) is not running",
                remedy: "start systemd-resolved, or name the network's own nameserver",
                manual: ["sudo systemctl enable --now systemd-resolved"], evidence: evidence)
        }
        let isLoop = IPAddress(server.address)?.isLoopback == true || seen.own.contains(server.address)
        guard isLoop else { return nil }
        return Finding(
            "loop", severity: .warning, expected: "a nameserver that is not this machine",
            actual: "the nameserver is \(server.address), which is this machine",
            why: "inside a pod that address is the pod itself, so CoreDNS asks itself and stops",
            remedy: "name the network's own nameserver, or give the kubelet another file with resolvConf",
            manual: Self.entry.manual, evidence: evidence)
    }
}
