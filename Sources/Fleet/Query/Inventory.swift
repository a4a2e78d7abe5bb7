package import NodeAPI

/// A node that is expected to answer.
package struct FleetNode: Equatable, Sendable {
    /// The name all that it says is filed under.
    package var name: String
    /// `nil` for a node that no inventory knows.
    package var role: WireRole?
    /// The addresses the inventory gives it; empty for a node that no inventory knows.
    package var addresses: [String]
    /// What ssh is told.
    package var target: String
    /// Whether it is this machine, which is asked through its socket.
    package var isLocal: Bool
    /// Whether the inventory has it: then it must carry this name.
    package var isListed: Bool

    /// An expected node.
    package init(
        name: String, role: WireRole?, addresses: [String] = [], target: String, isLocal: Bool = false,
        isListed: Bool = true
    ) {
        self.name = name
        self.role = role
        self.addresses = addresses
        self.target = target
        self.isLocal = isLocal
        self.isListed = isListed
    }

    /// What ssh dials when the host key is known by the node's name and not by its address; `nil` when the target is no
    /// address of the inventory.
    package var byName: String? {
        guard isListed, !isLocal else { return nil }
        let parts = target.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        guard let host = parts.last, addresses.contains(host), host != name, RemoteShell.isTarget(name) else {
            return nil
        }
        return (parts.dropLast() + [name]).joined(separator: "@")
    }

    /// The node as the inventory has it.
    package init(_ body: NodesBody.NodeBody) {
        let target = body.sshTarget.isEmpty ? body.addresses.first ?? body.name : body.sshTarget
        self.init(
            name: body.name, role: body.role, addresses: body.addresses, target: target, isLocal: body.isSelf)
    }
}

/// The nodes of a report, and what the configuration says of the cluster.
package struct Inventory: Equatable, Sendable {
    /// The inventory of the daemon, when one was asked.
    package var cluster: NodesBody?
    /// The nodes to ask, in order.
    package var nodes: [FleetNode]
    /// Whether the nodes were picked, so that others may exist.
    package var isNarrowed: Bool

    /// All nodes of the configuration.
    package init(_ body: NodesBody) {
        cluster = body
        nodes = body.nodes.map(FleetNode.init)
        isNarrowed = false
    }

    /// The nodes called `names`: entries of `body` where it has them, else targets for ssh.
    ///
    /// - Throws: when a name stands twice or cannot be a target.
    package init(naming names: [String], in body: NodesBody?) throws(InventoryError) {
        var nodes: [FleetNode] = []
        for name in names {
            guard !nodes.contains(where: { $0.name == name }) else {
                throw InventoryError(name, "it stands there twice")
            }
            if let entry = body?.nodes.first(where: { $0.name == name }) {
                nodes.append(FleetNode(entry))
            } else if RemoteShell.isTarget(name) {
                nodes.append(FleetNode(name: name, role: nil, target: name, isListed: false))
            } else {
                throw InventoryError(name, "ssh would not take it for a host")
            }
        }
        guard !nodes.isEmpty else { throw InventoryError("", "no node is named") }
        self.nodes = nodes
        cluster = body
        isNarrowed = true
    }

    /// How many nodes are asked at a time.
    package var fanout: Int { min(max(cluster?.fanout ?? 32, 1), FleetCheck.mostChildren) }

    /// The deadline of the whole, in seconds: the configuration's, else by the number of nodes.
    ///
    /// - Parameter fanout: how many nodes are asked at a time.
    /// - Returns: seconds, at least 1.
    package func deadlineSeconds(fanout: Int) -> Int {
        let bySize = max(15, 2 * ((nodes.count + fanout - 1) / max(fanout, 1)))
        return chosenDeadlineSeconds ?? bySize
    }

    /// The deadline that the configuration names; `nil` when it leaves it to the size of the fleet.
    package var chosenDeadlineSeconds: Int? {
        guard let configured = cluster?.deadlineS, configured > 0 else { return nil }
        return configured
    }
}

/// A list of nodes that cannot be asked.
package struct InventoryError: Error, Equatable, CustomStringConvertible {
    /// The name that does not do, as it was given.
    package var name: String
    /// Why.
    package var cause: String

    /// The error for one name.
    package init(_ name: String, _ cause: String) {
        self.name = name
        self.cause = cause
    }

    package var description: String { "cannot ask the node \"\(Text.printable(name))\": \(cause)" }
}
