internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// Every other node answers.
///
/// The daemon has no network of its own: `nucprep-reach` tries the nodes, and the names are read from /etc/hosts here.
/// - Source: kubeadm#1477.
package struct PeerReachability: Requirement {
    package static let entry = CatalogEntry(
        "peer-reachability", group: "network", title: "Every other node answers",
        prerequisites: ["hosts-entries", "default-route"],
        why: "a cluster is a network first; a join to a node that does not answer only hangs",
        source: "kubeadm#1477; ping(8), connect(2)",
        checks:
            "for each other node: its name in /etc/hosts, a connection to its SSH port (of ssh in [[nodes]], else 22), three echoes, and whether full frames pass; at most once a minute. Of more than 64 others: the control plane and the next 32",
        manual: ["ping -c 3 nuc02", "nc -zv nuc02 22"])

    /// The port of ssh where the configuration names none.
    private static let usual = 22
    /// How many others a node tries at the most.
    static let most = 64
    /// A round trip of a wired network is far below it, in microseconds.
    private static let slowest = 10_000

    private let configuration: Configuration
    package let inputs: [Input] = [.peers, .addresses, .path(HostsEntries.file)]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// One other node.
    package struct Peer: Equatable, Sendable {
        var node: Configuration.Node
        /// The port that was tried.
        var port = PeerReachability.usual
        /// Whether another port may be the right one: the target of ssh is an alias, and ssh's own configuration is not read.
        var isAlias = false
        /// The first address that its name leads to; `nil` when it leads nowhere.
        var resolved: String?
        /// What became of the try.
        var answer: PeerAnswer?
    }

    /// The other nodes; `nil` when the configuration names none at all.
    package struct Observation: Equatable, Sendable {
        var peers: [Peer]?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let own = try await NodeIdentity.of(host, configuration).node, horizon == .now else {
            return Observation()
        }
        let hosts = HostsFile(bytes: try await host.files.bytes(at: HostsEntries.file) ?? [])
        let others = Self.tried(by: own, configuration.nodes)
        let entries = hosts.entries(naming: others.map(\.name))
        let targets = others.map { PeerTarget(address: $0.address, port: Self.port(of: $0) ?? Self.usual) }
        // What nobody is to be asked of needs no try.
        let answers = targets.isEmpty ? [] : try await host.peers.probe(targets)
        let peers = zip(others, targets).map { node, target in
            let family = IPAddress(node.address)?.isIPv4
            let entry = entries[node.name]?.first { $0.address.isIPv4 == family }
            return Peer(
                node: node, port: target.port, isAlias: Self.port(of: node) == nil && Self.isAlias(node),
                resolved: entry?.address.description, answer: answers.first { $0.target == target })
        }
        if let silent = peers.first(where: { $0.answer == nil }) {
            throw ObservationError(reading: "the way to \(silent.node.name)", cause: "it was not tried")
        }
        return Observation(peers: peers)
    }

    /// The nodes that `own` tries: all others, and of a large cluster the control planes and those that follow it, so that
    /// each is tried by as many, and nobody's SSH server by hundreds.
    static func tried(by own: Configuration.Node, _ nodes: [Configuration.Node]) -> [Configuration.Node] {
        guard nodes.count > most + 1, let index = nodes.firstIndex(of: own) else { return nodes.filter { $0 != own } }
        let ring = nodes[(index + 1)...] + nodes[..<index]
        let planes = ring.filter { $0.role == .controlPlane }.prefix(most / 2)
        let workers = ring.filter { $0.role != .controlPlane }.prefix(most / 2)
        return nodes.filter { planes.contains($0) || workers.contains($0) }
    }

    /// The other nodes that do not take a connection, as `nuc03=timeout`; `all` when every one does, `nil` when the node has
    /// no others.
    ///
    /// It ends with `...` when not all were tried, or there is no room in a trait for all that do not answer.
    static func unreached(
        _ host: HostView, _ configuration: Configuration
    ) async throws(ObservationError) -> String? {
        let peers = try await Self(configuration).observe(host, at: .now).peers ?? []
        guard !peers.isEmpty else { return nil }
        var text = ""
        var isWhole = peers.count + 1 >= configuration.nodes.count
        for peer in peers {
            guard let answer = peer.answer, answer.tcp != .open else { continue }
            // The node is there, and its port is in the configuration of ssh.
            if answer.tcp == .refused, peer.isAlias { continue }
            let word = (text.isEmpty ? "" : " ") + "\(peer.node.name)=\(answer.tcp.rawValue)"
            guard text.utf8.count + word.utf8.count <= 240 else {
                isWhole = false
                break
            }
            text += word
        }
        return isWhole ? (text.isEmpty ? "all" : text) : text + (text.isEmpty ? "..." : " ...")
    }

    /// The port that the node's target of ssh names: `host:port` or `[address]:port`; `nil` when it names none.
    static func port(of node: Configuration.Node) -> Int? {
        guard let colon = node.ssh.lastIndex(of: ":") else { return nil }
        let host = node.ssh[..<colon].drop { $0 != "@" }.dropFirst()
        let name = host.isEmpty ? node.ssh[..<colon] : host
        guard !name.contains(":") || name.hasPrefix("[") && name.hasSuffix("]") else { return nil }
        let port = node.ssh[node.ssh.index(after: colon)...]
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(port).flatMap { 1...65535 ~= $0 ? $0 : nil }
    }

    /// Whether ssh is given a name that is neither the node's nor its address.
    private static func isAlias(_ node: Configuration.Node) -> Bool {
        let target = node.ssh.split(separator: "@").last.map(String.init) ?? ""
        return !target.isEmpty && ![node.name, node.address, node.fqdn].contains(target)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "what answers after a boot is seen then") }
        guard let peers = seen.peers else { return .notApplicable(because: "the configuration names no nodes") }
        guard !peers.isEmpty else { return .notApplicable(because: "there is no other node") }
        let findings = peers.compactMap(finding)
        let good = peers.filter { finding($0) == nil }.map { peer in
            peer.node.name + (peer.answer?.roundTrip.map { " in \(Self.milliseconds($0))" } ?? "")
        }
        let observed = good.isEmpty ? "no other node answers as it should" : "answer: " + good.joined(separator: ", ")
        return findings.isEmpty
            ? .met(observed: observed) : .unmet(observed: observed, findings: findings, proposals: [])
    }

    /// What is wrong with the way to one node; `nil` when nothing is.
    private func finding(_ peer: Peer) -> Finding? {
        let (name, address) = (peer.node.name, peer.node.address)
        guard let answer = peer.answer else { return nil }
        var finding = Finding(
            "", expected: "\(name) at \(address) takes a connection to port \(peer.port)", actual: "",
            predicts: Prediction(kubeadm: "hangs in a join, with no word on the cause"),
            manual: ["ping -c 3 \(name)", "nc -zv \(name) \(peer.port)"])
        guard peer.resolved == address else {
            finding.reason = "unresolved"
            finding.actual = peer.resolved.map { "\(name) resolves to \($0)" } ?? "\(name) does not resolve"
            finding.remedy = "put \(address) \(name) into /etc/hosts"
            finding.evidence = [Evidence(HostsEntries.file)]
            return finding
        }
        switch answer.tcp {
        case .open: return weakness(answer, of: name, finding)
        case .noRoute:
            finding.reason = "no-route"
            finding.actual = "there is no way to \(address)"
            finding.remedy = "look at the cable, the switch, and the routes of this node"
            finding.manual = ["ip route get \(address)"] + finding.manual
        // The node is up and on the network; which port its sshd has is in the configuration of ssh.
        case .refused where peer.isAlias: return weakness(answer, of: name, finding)
        case .refused:
            finding.reason = "refused"
            finding.actual = "\(name) is up and refuses port \(peer.port)"
            finding.remedy = "start the SSH server of \(name)"
        case .timeout where answer.echo == .open:
            finding.reason = "icmp-only"
            finding.actual = "\(name) answers echoes, and nothing comes back from port \(peer.port)"
            finding.remedy = "look at the packet filter of \(name), and of what lies between"
        case .timeout:
            finding.reason = "timeout"
            finding.actual = "nothing comes back from \(address)"
            finding.remedy = "see whether \(name) is on, then look at its packet filter"
        }
        return finding
    }

    /// The warning for a node that answers, and loses packets or is slow; `nil` for one that does neither.
    private func weakness(_ answer: PeerAnswer, of name: String, _ base: Finding) -> Finding? {
        var finding = base
        finding.severity = .warning
        finding.predicts = Prediction()
        if answer.largest == .lost, answer.echo == .open, answer.lost == 0 {
            finding.reason = "large-lost"
            finding.expected = "packets as large as the MTU of the link come back"
            finding.actual = "small packets come back from \(name), and those as large as the MTU do not"
            finding.why =
                "connections stop as soon as much is sent: images and logs hang, and VXLAN loses pods' packets"
            finding.manual = ["ping -M do -s 1472 -c 3 \(name)", "ip link show"]
            finding.remedy = "set the same MTU on both nodes and on the switch, and let ICMP through"
            return finding
        }
        if let lost = answer.lost, lost > 0, answer.echo == .open {
            finding.reason = "loss"
            finding.expected = "all of three echoes come back"
            finding.actual = "\(lost) of three echoes \(lost == 1 ? "is" : "are") lost"
        } else if let time = answer.roundTrip, time > Self.slowest {
            finding.reason = "slow"
            finding.expected = "an answer within \(Self.milliseconds(Self.slowest))"
            finding.actual = "the answer takes \(Self.milliseconds(time))"
        } else {
            return nil
        }
        finding.remedy = "look at the cable, the switch, and what else uses the link"
        return finding
    }

    /// A time in microseconds, as people read it.
    private static func milliseconds(_ time: Int) -> String { "\(time / 1000).\(time % 1000 / 100) ms" }
}
