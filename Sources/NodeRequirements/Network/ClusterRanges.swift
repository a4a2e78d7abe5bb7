internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// What a network of the cluster may collide with on this machine.
package struct RangeCollision: Equatable, Sendable {
    /// The network of the cluster.
    var range: String
    /// What lies in it, in words.
    var other: String
    /// Where that is seen.
    var evidence: Evidence?
    /// Whether it is a wider network around the range: the cluster's own routes are more exact, so only machines of that
    /// network inside the range are lost.
    package var isAround = false

    /// What collides with the networks that `configuration` names, each with its key in `[cluster]`.
    ///
    /// - Throws: when the routes or addresses cannot be read.
    package static func all(
        _ configuration: Configuration, _ host: HostView
    ) async throws(ObservationError) -> [(setting: String, collision: RangeCollision)] {
        let cluster = configuration.cluster
        let pods = try await find(cluster.podNetworkCIDR, configuration, host)
        let services = try await ofServices(configuration, host)
        return pods.map { ("pod-network-cidr", $0) } + services.map { ("service-cidr", $0) }
    }

    /// What the service network collides with; the pod network may be it, too.
    static func ofServices(
        _ configuration: Configuration, _ host: HostView
    ) async throws(ObservationError) -> [RangeCollision] {
        let cluster = configuration.cluster
        var collisions = try await find(cluster.serviceCIDR, configuration, host)
        for service in cluster.serviceCIDR {
            for pod in cluster.podNetworkCIDR {
                guard let one = IPNetwork(service), let other = IPNetwork(pod), one.overlaps(other) else { continue }
                collisions.append(RangeCollision(range: service, other: "the pod network \(pod)"))
            }
        }
        return collisions
    }

    /// The routes and addresses of this machine, and the other nodes, that lie in one of `ranges`.
    ///
    /// - Throws: when the routes or addresses cannot be read.
    static func find(_ ranges: [String], _ configuration: Configuration, _ host: HostView)
        async throws(ObservationError) -> [RangeCollision]
    {
        let routes = try await KernelRoutes.read(host)
        let addresses = try await host.network.addresses()
        var found: [RangeCollision] = []
        for text in ranges {
            guard let range = IPNetwork(text) else { continue }
            for route in routes where !route.isDefault && !isOwn(route.interface) {
                guard let network = IPNetwork(route.destination, length: route.length), range.overlaps(network) else {
                    continue
                }
                found.append(
                    RangeCollision(
                        range: text, other: "the route to \(network) on \(route.interface)",
                        evidence: Evidence(KernelRoutes.file), isAround: network.length < range.length))
            }
            for address in addresses {
                guard let parsed = IPAddress(address), range.contains(parsed),
                    !routes.contains(where: { isOwn($0.interface) && !$0.isDefault && $0.covers(parsed) })
                else { continue }
                found.append(RangeCollision(range: text, other: "this machine's address \(address)"))
            }
            for node in configuration.nodes where IPAddress(node.address).map(range.contains) == true {
                found.append(RangeCollision(range: text, other: "the address \(node.address) of \(node.name)"))
            }
        }
        return found
    }

    /// Links of the pod network itself; addresses of an earlier one are told by leftover-links.
    private static func isOwn(_ link: String) -> Bool { ["cni0", "flannel.1"].contains(link) }

    /// What collides, in words.
    package var text: String { "\(other) \(isAround ? "contains" : "overlaps") \(range)" }

    /// The finding of one collision.
    func finding(_ setting: String) -> Finding {
        Finding(
            isAround ? "inside-another-network" : "collision", severity: isAround ? .warning : .error,
            expected: "nothing else uses \(range)", actual: text,
            why: isAround
                ? "this machine no longer reaches machines of that network whose addresses are in \(range)"
                : "packets for it would go to the wrong place, and the range cannot be changed after kubeadm init",
            remedy: "choose another range: \(setting) of [cluster] in nucprep.toml, the same on all nodes",
            manual: ["ip route show table all", "ip -br addr"], evidence: evidence.map { [$0] } ?? [])
    }
}

/// The pod network collides with nothing on this machine.
///
/// - Source: kubernetes.io, "Creating a cluster with kubeadm", `--pod-network-cidr`.
package struct PodCIDRFree: Requirement {
    package static let entry = CatalogEntry(
        "pod-cidr-free", group: "network", title: "The pod network collides with nothing",
        why: "addresses in it would be routed to pods, and it cannot be changed after kubeadm init",
        source: "kubernetes.io, Creating a cluster with kubeadm",
        checks:
            "pod-network-cidr of [cluster] against the kernel's routes, the machine's addresses and the other nodes.",
        manual: ["ip route show table all"])

    private let configuration: Configuration
    package let inputs: [Input] = LifecycleRule.evidence + [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The collisions, and whether the node belongs to a cluster.
    package struct Observation: Equatable, Sendable {
        var collisions: [RangeCollision]
        var membership: Lifecycle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(
            collisions: try await RangeCollision.find(configuration.cluster.podNetworkCIDR, configuration, host),
            membership: try await LifecycleRule.membership(of: host))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        ServiceCIDRFree.judge(
            seen.collisions, seen.membership, horizon, ranges: configuration.cluster.podNetworkCIDR,
            setting: "pod-network-cidr")
    }
}

/// The service network collides with nothing on this machine, nor with the pod network.
///
/// - Source: kubeadm `cmd/kubeadm/app/apis/kubeadm/v1beta3/defaults.go` (`DefaultServicesSubnet`): 10.96.0.0/12.
package struct ServiceCIDRFree: Requirement {
    package static let entry = CatalogEntry(
        "service-cidr-free", group: "network", title: "The service network collides with nothing",
        why: "services would take the place of real machines, and it cannot be changed after kubeadm init",
        source: "kubeadm v1beta3 defaults.go",
        checks:
            "service-cidr of [cluster] against the kernel's routes, the machine's addresses, the other nodes and the pod network.",
        manual: ["ip route show table all"])

    private let configuration: Configuration
    package let inputs: [Input] = LifecycleRule.evidence + [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError)
        -> PodCIDRFree.Observation
    {
        PodCIDRFree.Observation(
            collisions: try await RangeCollision.ofServices(configuration, host),
            membership: try await LifecycleRule.membership(of: host))
    }

    package func assess(_ seen: PodCIDRFree.Observation, at horizon: Horizon) -> Assessment {
        Self.judge(
            seen.collisions, seen.membership, horizon, ranges: configuration.cluster.serviceCIDR,
            setting: "service-cidr")
    }

    fileprivate static func judge(
        _ collisions: [RangeCollision], _ membership: Lifecycle?, _ horizon: Horizon, ranges: [String], setting: String
    ) -> Assessment {
        guard horizon == .now else {
            return .notApplicable(because: "routes and addresses are made anew at each boot")
        }
        guard membership != .initialised, membership != .joined else {
            return .notApplicable(because: "the cluster's networks were fixed when it was made")
        }
        let observed = ranges.joined(separator: ", ")
        guard !collisions.isEmpty else { return .met(observed: observed) }
        return .unmet(
            observed: collisions.map(\.text).joined(separator: "; "),
            findings: collisions.map { $0.finding(setting) }, proposals: [])
    }
}
