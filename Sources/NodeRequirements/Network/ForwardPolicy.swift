package import NodeState

/// Nothing drops forwarded packets that no rule knows.
///
/// - Source: nft(8), base chains; moby `libnetwork/drivers/bridge/setup_ip_forwarding.go`: Docker sets the policy when it is
///   the one that switches forwarding on; flannel `pkg/iptables/iptables.go`: FLANNEL-FWD lets pods' packets through.
package struct ForwardPolicy: Requirement {
    package static let entry = CatalogEntry(
        "forward-policy", group: "network", title: "Forwarded packets are not dropped", severity: .warning,
        why: "pods of one node do not reach those of another where the pod network has no rules of its own",
        source: "nft(8); moby, setup_ip_forwarding.go; flannel, iptables.go",
        checks: "The policies of the chains of nf_tables on the hook forward, iptables-nft's FORWARD among them.",
        manual: ["sudo iptables -S FORWARD | head -n 1", "sudo iptables -P FORWARD ACCEPT"])

    package let inputs: [Input] = [.unit("docker.service"), .unit("ufw.service"), .unit("nftables.service")]

    package init(_ configuration: Configuration) {}

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> PacketFilterFacts {
        let seen = try await PacketFilterFacts.read(host)
        if dropping(seen).isEmpty, seen.legacyTables.contains("filter") {
            throw seen.legacyIsUnread("the policy of FORWARD")
        }
        return seen
    }

    private func dropping(_ seen: PacketFilterFacts) -> [PacketFilterChain] {
        seen.chains.filter { $0.hook == "forward" && $0.drops && ["ip", "inet"].contains($0.family) }
    }

    package func assess(_ seen: PacketFilterFacts, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: PacketFilterFacts.isMadeAnew) }
        let dropping = dropping(seen)
        guard !dropping.isEmpty else { return .met(observed: "accept") }
        let pods = ["FLANNEL-FWD", "cali-FORWARD", "CILIUM_FORWARD"].first { seen.has($0) }
        if let pods { return .met(observed: "drop, and \(pods) lets pods' packets through") }
        return .unmet(
            dropping.map { chain in
                let name = "\(chain.family) \(chain.table) \(chain.name)"
                let isIPTables = chain.table == "filter" && chain.name == "FORWARD"
                let isUfw = isIPTables && seen.has("ufw-")
                let isDocker = isIPTables && !isUfw && seen.has("DOCKER")
                var finding = Finding(
                    isDocker ? "docker-drops" : "dropped", severity: isDocker ? .info : .warning,
                    expected: "the chain \(name) accepts packets that no rule decides on",
                    actual: "the chain \(name) drops packets that no rule decides on",
                    remedy: "let it accept forwarded packets where that program is configured",
                    manual: ["sudo nft list chain \(name)"])
                if isDocker {
                    finding.why =
                        "Docker set it when it switched forwarding on; flannel has rules of its own that let pods through"
                    finding.remedy =
                        "set it to ACCEPT; after a boot that forwards from its start Docker leaves it alone"
                    finding.manual = ["sudo iptables -P FORWARD ACCEPT"]
                } else if isUfw {
                    finding.remedy = "set DEFAULT_FORWARD_POLICY to ACCEPT in /etc/default/ufw"
                    finding.manual = [
                        "sudo sed -i 's/^DEFAULT_FORWARD_POLICY=.*/DEFAULT_FORWARD_POLICY=\"ACCEPT\"/' /etc/default/ufw",
                        "sudo ufw reload",
                    ]
                } else if isIPTables {
                    finding.manual = ["sudo iptables -P FORWARD ACCEPT"]
                }
                return finding
            })
    }
}
