/// Which entry of the configuration this machine is.
package enum NodeIdentity: Equatable, Sendable {
    /// The configuration names no nodes: one machine, with the name it has.
    case alone
    case known(Configuration.Node)
    /// Nodes are named, and none is this machine, or more than one; the text says which.
    case unknown(String)

    /// Recognises this machine by its addresses, or by `[local] node`.
    ///
    /// - Parameters:
    ///   - configuration: the nodes, and what is said of this one.
    ///   - addresses: those of its interfaces, in canonical form.
    package init(_ configuration: Configuration, addresses: [String]) {
        if !configuration.localNode.isEmpty {
            let node = configuration.nodes.first { $0.name == configuration.localNode }
            self = node.map(NodeIdentity.known) ?? .unknown("no node is called \(configuration.localNode)")
            return
        }
        guard !configuration.nodes.isEmpty else {
            self = .alone
            return
        }
        let found = configuration.nodes.filter { addresses.contains($0.address) }
        switch found.count {
        case 1: self = .known(found[0])
        case 0:
            self = .unknown(
                "none of this machine's addresses (\(addresses.joined(separator: ", "))) is the address of a node")
        default:
            let names = found.map { "\($0.name) (\($0.origin))" }.joined(separator: ", ")
            self = .unknown("this machine has the addresses of more than one node: \(names)")
        }
    }

    /// The entry, where there is exactly one.
    package var node: Configuration.Node? { if case .known(let node) = self { node } else { nil } }

    /// The waivers that hold on this node.
    package func waivers(of configuration: Configuration) -> [Waiver] {
        configuration.waivers.filter { waiver in
            waiver.nodes.isEmpty || node.map { waiver.nodes.contains($0.name) } ?? false
        }
    }

    /// The identity of the host in view.
    ///
    /// - Throws: when it is none of the nodes, or more than one, or its addresses cannot be read.
    package static func of(_ host: HostView, _ configuration: Configuration) async throws(ObservationError)
        -> NodeIdentity
    {
        let identity = NodeIdentity(configuration, addresses: try await host.network.addresses())
        if case .unknown(let cause) = identity {
            throw ObservationError(reading: "which node this is", cause: cause)
        }
        return identity
    }
}
