internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// ufw lets in what the cluster needs, and lets pods' packets through.
///
/// What other programs write into the packet filter is not read here.
/// - Source: ufw(8); kubernetes.io, "Ports and Protocols"; flannel, `Documentation/backends.md` (VXLAN on UDP 8472).
package struct FirewallAllows: Requirement {
    package static let entry = CatalogEntry(
        "firewall-allows", group: "network", title: "The firewall lets the cluster's ports in", severity: .warning,
        why: "a join waits for ever, and pods of one node do not reach those of another",
        source: "kubernetes.io, Ports and Protocols; ufw(8)",
        checks:
            "ENABLED in /etc/ufw/ufw.conf, the default policies in /etc/default/ufw, and the rules in /etc/ufw/user.rules.",
        manual: ["sudo ufw status verbose", "sudo ufw allow 10250/tcp"])

    static let switchFile: FilePath = "/etc/ufw/ufw.conf"
    static let policies: FilePath = "/etc/default/ufw"
    static let rules: FilePath = "/etc/ufw/user.rules"

    private let configuration: Configuration
    package let inputs: [Input] = [.path("/etc/ufw"), .path("/etc/default"), .addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// One port that must be open.
    package struct Port: Equatable, Sendable {
        var number: Int
        var transport: String
        var text: String { "\(number)/\(transport)" }
    }

    /// What ufw does.
    package struct Observation: Equatable, Sendable {
        var isEnabled = false
        /// The ports that are closed to everyone.
        var closed: [Port] = []
        /// The ports that are open to some alone.
        var partly: [Port] = []
        var dropsForwarded = false
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let enabled = try await value("ENABLED", in: Self.switchFile, host)
        let role = try await NodeRole.of(host, configuration)
        guard enabled?.lowercased() == "yes" else { return Observation() }
        let input = try await value("DEFAULT_INPUT_POLICY", in: Self.policies, host) ?? "DROP"
        let forward = try await value("DEFAULT_FORWARD_POLICY", in: Self.policies, host) ?? "DROP"
        var seen = Observation(isEnabled: true, dropsForwarded: forward.uppercased() != "ACCEPT")
        guard input.uppercased() != "ACCEPT" else { return seen }
        let rules = UfwRules(parsing: try await host.files.text(at: Self.rules) ?? "")
        for port in Self.ports(role) where !rules.allows(port.number, port.transport) {
            if rules.allowsSome(port.number, port.transport) {
                seen.partly.append(port)
            } else {
                seen.closed.append(port)
            }
        }
        return seen
    }

    private static func ports(_ role: Configuration.Role) -> [Port] {
        let plane = [6443, 2379, 2380].map { Port(number: $0, transport: "tcp") }
        let each = [Port(number: 10250, transport: "tcp"), Port(number: 8472, transport: "udp")]
        return role == .controlPlane ? plane + each : each
    }

    /// The last value of a shell variable in a file; `nil` when the file or the variable is absent.
    private func value(_ name: String, in file: FilePath, _ host: HostView) async throws(ObservationError) -> String? {
        guard let text = try await host.files.text(at: file) else { return nil }
        return EnvironmentLines(parsing: text).values[name]?.value
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard seen.isEnabled else { return .met(observed: "ufw is off") }
        var findings: [Finding] = []
        if !seen.closed.isEmpty {
            let ports = seen.closed.map(\.text).joined(separator: ", ")
            findings.append(
                Finding(
                    "closed", severity: .warning, expected: "ufw lets in \(ports)",
                    actual: "ufw is on and lets no one reach \(ports)", remedy: "allow these ports",
                    manual: seen.closed.map { "sudo ufw allow \($0.text)" },
                    evidence: [Evidence(Self.switchFile), Evidence(Self.rules)]))
        }
        if !seen.partly.isEmpty {
            findings.append(
                Finding(
                    "partly-open", severity: .info, expected: "all nodes reach this machine",
                    actual: "ufw lets in \(seen.partly.map(\.text).joined(separator: ", ")) from some addresses only",
                    remedy: "check that the other nodes are among them", manual: ["sudo ufw status verbose"],
                    evidence: [Evidence(Self.rules)]))
        }
        if seen.dropsForwarded {
            findings.append(
                Finding(
                    "forward-dropped", severity: .warning, expected: "ufw lets forwarded packets through",
                    actual: "ufw is on and drops forwarded packets",
                    why: "packets between pods of different nodes are forwarded",
                    remedy: "set DEFAULT_FORWARD_POLICY to ACCEPT in \(Self.policies)",
                    manual: [
                        "sudo sed -i 's/^DEFAULT_FORWARD_POLICY=.*/DEFAULT_FORWARD_POLICY=\"ACCEPT\"/' \(Self.policies)",
                        "sudo ufw reload",
                    ], evidence: [Evidence(Self.policies)]))
        }
        guard !findings.isEmpty else { return .met(observed: "ufw is on and lets the cluster's ports in") }
        return .unmet(observed: findings.map(\.actual).joined(separator: "; "), findings: findings, proposals: [])
    }
}
