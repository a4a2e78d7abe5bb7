internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The link by which a node is in the cluster.
enum ClusterLink {
    static let folder: FilePath = "/sys/class/net"

    /// The link of the narrowest network around the node's address, else that of the preferred default route.
    ///
    /// - Returns: `nil` when no route tells it.
    /// - Throws: when the addresses or routes cannot be read.
    static func name(_ host: HostView, _ configuration: Configuration) async throws(ObservationError) -> String? {
        let routes = try await KernelRoutes.read(host)
        let address = NodeIdentity(configuration, addresses: try await host.network.addresses()).node.flatMap {
            IPAddress($0.address)
        }
        let near = routes.filter { route in
            route.gateway == nil && !route.isDefault
                && address.map { $0.isIPv4 == route.destination.isIPv4 && route.covers($0) } ?? false
        }
        let exit = routes.filter(\.isDefault).min { $0.metric < $1.metric }
        return (near.max { $0.length < $1.length } ?? exit)?.interface
    }
}
