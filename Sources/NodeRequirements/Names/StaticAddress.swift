internal import ConfigFormats
package import NodeState

/// The node's address does not come from a lease.
///
/// - Source: kernel, include/uapi/linux/if_addr.h, `ifa_cacheinfo.ifa_valid`: an address that somebody set is valid for
///   ever; kubeadm#338.
package struct StaticAddress: Requirement {
    package static let entry = CatalogEntry(
        "static-address", group: "names", title: "The node's address does not come from a lease", severity: .warning,
        why: "with another address etcd, the API server's certificate and every kubeconfig are wrong",
        source: "rtnetlink(7); kubeadm#338",
        checks:
            "Whether the kernel holds the node's address for a limited time, as DHCP clients set it; without [[nodes]], the IPv4 addresses on the link of the default route.",
        manual: ["ip -4 addr show"])

    private let configuration: Configuration
    package let inputs: [Input] = [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The node's addresses that end.
    package struct Observation: Equatable, Sendable {
        var leases: [LeasedAddress]
        var role: Configuration.Role
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let leases = try await host.network.leasedAddresses()
        let node = try await NodeIdentity.of(host, configuration).node
        guard let node else {
            let link = try await ClusterLink.name(host, configuration)
            return Observation(
                leases: leases.filter { $0.link == link && IPAddress($0.address)?.isIPv4 == true }, role: .controlPlane)
        }
        return Observation(leases: leases.filter { $0.address == node.address }, role: node.role)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else {
            return .notApplicable(because: "addresses are set anew at each boot by the network's own configuration")
        }
        guard let lease = seen.leases.first else { return .met(observed: "the address has no end") }
        let isControlPlane = seen.role == .controlPlane
        return .unmet([
            Finding(
                "leased", severity: isControlPlane ? .warning : .info,
                expected: "the address is set in the network's own configuration",
                actual: "\(lease.address) on \(lease.link) is a lease that has to be renewed",
                why: isControlPlane ? "with another address nothing of the control plane fits any more" : nil,
                remedy:
                    "set the address by hand, or reserve it for this machine in the DHCP server; there, waive \(Self.entry.id)",
                manual: Self.entry.manual)
        ])
    }
}
