package import NodeAPI
package import NodeAPITransport

/// Where a worker joins: the API server that `kubeadm join` talks to first.
///
/// - Source: kubeadm join, discovery; kubernetes.io, "Ports and Protocols": the API server listens on 6443.
package struct JoinTarget: Equatable, Sendable {
    package let host: String
    package let port: Int

    private static let usual = 6443

    /// The endpoint that the configuration names, else the address of its control plane; `nil` when it names neither.
    package init?(_ body: NodesBody) {
        let endpoint = body.controlPlaneEndpoint
        if !endpoint.isEmpty {
            (host, port) = Self.split(endpoint)
        } else if let plane = body.nodes.first(where: { $0.role == .controlPlane }), let address = plane.addresses.first
        {
            (host, port) = (address, Self.usual)
        } else {
            return nil
        }
    }

    /// `host:port` or `[address]:port` in its parts; the usual port where there is none.
    private static func split(_ endpoint: String) -> (String, Int) {
        guard let colon = endpoint.lastIndex(of: ":"), let port = Int(endpoint[endpoint.index(after: colon)...]) else {
            return (endpoint, usual)
        }
        let host = endpoint[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        // An IPv6 address without brackets has no port.
        guard isBracketed || !host.contains(":") else { return (endpoint, usual) }
        return (isBracketed ? String(host.dropFirst().dropLast()) : String(host), port)
    }

    /// `host:port` as people write it.
    package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Why `node` cannot join there, after `outcome`; `nil` when it can.
    package func remark(of node: String, after outcome: TCPProbe.Outcome) -> Remark? {
        let (reason, actual, remedy): (String, String, String)
        switch outcome {
        case .open: return nil
        case .refused:
            (reason, actual) = ("refused", "nothing listens on \(text)")
            remedy = "run kubeadm init on the control plane first"
        case .timeout:
            (reason, actual) = ("timeout", "nothing comes back from \(text)")
            remedy = "see whether the control plane is on, then look at its packet filter"
        case .unreachable(let cause):
            (reason, actual) = ("no-route", "\(text) cannot be reached: \(cause)")
            remedy = "look at the cable, the routes and the name"
        }
        var remark = Remark(
            .cluster, "control-plane-answers", reason: reason, nodes: [node], verdict: .unmet, contribution: .noGo,
            phases: [.join(node)], title: "The API server of the control plane takes connections")
        remark.expected = "a connection to \(text)"
        remark.actual = actual
        remark.remedy = remedy
        remark.manual = ["nc -zv \(host) \(port)"]
        remark.why = "kubeadm join asks it who the cluster is, and gives up after minutes"
        return remark
    }
}
