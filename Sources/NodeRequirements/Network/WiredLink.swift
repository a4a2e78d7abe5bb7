package import NodeState
internal import SystemPackage

/// The cluster's link is a cable.
///
/// - Source: kernel, Documentation/ABI/testing/sysfs-class-net, `wireless` and `phy80211`.
package struct WiredLink: Requirement {
    package static let entry = CatalogEntry(
        "wired-link", group: "network", title: "The cluster's link is not wireless", severity: .warning,
        why: "radio loses packets and sleeps: etcd loses its leader, and nodes look dead for seconds",
        source: "kernel, sysfs-class-net",
        checks:
            "wireless and phy80211 in /sys/class/net of the link with the node's address, else of the default route.",
        manual: ["ip route get 192.168.1.12", "ls -d /sys/class/net/*/wireless"])

    private let configuration: Configuration
    package let inputs: [Input] = [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The link, and whether it is a radio.
    package struct Observation: Equatable, Sendable {
        /// `nil` when no route tells it.
        var link: String?
        var isWireless = false
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let link = try await ClusterLink.name(host, configuration) else { return Observation() }
        var seen = Observation(link: link)
        for name in ["wireless", "phy80211"]
        where try await host.files.kind(of: ClusterLink.folder.appending(link).appending(name)) != nil {
            seen.isWireless = true
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else {
            return .notApplicable(because: "routes are made anew at each boot by the network's own configuration")
        }
        guard let link = seen.link else { return .notApplicable(because: "no route leads to the cluster") }
        guard seen.isWireless else { return .met(observed: link) }
        let finding = Finding(
            "wireless", severity: .warning, expected: "the cluster's link is a cable", actual: "\(link) is wireless",
            remedy: "connect the machine with a cable, and give that link the node's address",
            manual: ["ip -br link", "ip route"], evidence: [Evidence(ClusterLink.folder.appending(link))])
        return .unmet(observed: finding.actual, findings: [finding], proposals: [])
    }
}
