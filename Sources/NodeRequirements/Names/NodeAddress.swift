internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The node's configured address is on this machine, on the link that the default route leaves by.
///
/// - Source: kubeadm `ChooseHostInterface` and the kubelet take the address on the default route unless told otherwise:
///   kubernetes apimachinery `pkg/util/net/interface.go`.
package struct NodeAddress: Requirement {
    package static let entry = CatalogEntry(
        "node-address", group: "names", title: "The configured address is the node's way out",
        prerequisites: ["default-route"],
        why: "every certificate carries the address, and kubeadm, the kubelet and flannel choose the default route's",
        source: "kubernetes apimachinery, ChooseHostInterface; kernel, /proc/net/route",
        checks: "The address of this node's entry in [[nodes]], the addresses of the machine, and the kernel's routes.",
        manual: ["ip -br addr", "ip route"])

    private let configuration: Configuration
    package let inputs: [Input] = [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// Where the address is.
    package struct Observation: Equatable, Sendable {
        /// `nil` where the configuration names no nodes.
        var address: String?
        /// The other addresses of the machine.
        var others: [String] = []
        var isHere = false
        /// The link with the address, as the routes tell it.
        var link: String?
        /// The link of the preferred default route of the same family.
        var exit: String?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let addresses = try await host.network.addresses()
        let node = try await NodeIdentity.of(host, configuration).node
        guard let node, let address = IPAddress(node.address) else { return Observation() }
        let routes = try await KernelRoutes.read(host).filter { $0.destination.isIPv4 == address.isIPv4 }
        let near = routes.filter { $0.gateway == nil && !$0.isDefault && $0.covers(address) }
        return Observation(
            address: node.address, others: addresses.filter { $0 != node.address },
            isHere: addresses.contains(node.address), link: near.max { $0.length < $1.length }?.interface,
            exit: routes.filter(\.isDefault).min { $0.metric < $1.metric }?.interface)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard let address = seen.address else { return .notApplicable(because: "the configuration names no nodes") }
        guard horizon == .now else {
            return .notApplicable(because: "addresses are set anew at each boot by the network's own configuration")
        }
        guard seen.isHere else {
            let finding = Finding(
                "not-here", expected: "\(address) is an address of this machine",
                actual: "the machine has \(list(seen.others))",
                remedy: "set the address of this node in nucprep.toml to one of these, or give it to the machine",
                manual: Self.entry.manual)
            return .unmet(observed: finding.actual, findings: [finding], proposals: [])
        }
        guard let link = seen.link, let exit = seen.exit, link != exit else {
            return .met(observed: "\(address)\(seen.link.map { " on \($0)" } ?? "")")
        }
        let finding = Finding(
            "other-link", severity: .warning, expected: "\(address) is on \(exit), by which the default route leaves",
            actual: "\(address) is on \(link), and the default route leaves by \(exit)",
            why: "kubeadm and the kubelet would take an address of \(exit): \(list(seen.others))",
            remedy: "set the address for kubeadm, the kubelet and flannel",
            manual: [
                "sudo kubeadm init --apiserver-advertise-address=\(address)",
                "echo 'KUBELET_EXTRA_ARGS=--node-ip=\(address)' | sudo tee -a /etc/default/kubelet",
            ], evidence: [Evidence(KernelRoutes.file)])
        return .unmet(observed: finding.actual, findings: [finding], proposals: [])
    }

    private func list(_ addresses: [String]) -> String {
        addresses.isEmpty ? "no other address" : addresses.joined(separator: ", ")
    }
}
