internal import NodeState

/// Which entry of the configuration this machine is.
enum NodeIdentity: Equatable, Sendable {
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
    init(_ configuration: Configuration, addresses: [String]) {
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
    var node: Configuration.Node? { if case .known(let node) = self { node } else { nil } }

    /// The waivers that hold on this node.
    func waivers(of configuration: Configuration) -> [Waiver] {
        configuration.waivers.filter { waiver in
            waiver.nodes.isEmpty || node.map { waiver.nodes.contains($0.name) } ?? false
        }
    }
}
