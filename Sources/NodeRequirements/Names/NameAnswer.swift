internal import ConfigFormats
internal import NodeState

/// What /etc/hosts answers for one name of a node.
struct NameAnswer: Equatable, Sendable {
    /// How the answer stands to the node's address.
    enum State: Equatable, Sendable {
        case right
        /// The own name, which leads to the loopback as well.
        case alsoLoopback
        case missing
        /// Another address comes first.
        case stale
        /// Lines of the user give two addresses.
        case twoAddresses
        /// Another node's name leads to this machine.
        case peerOnLoopback
        /// The own name leads to the loopback and nowhere else.
        case onlyLoopback
        /// A line of the user gives another address, after the right one.
        case duplicate
    }

    var name: String
    var node: Configuration.Node
    var isOwn: Bool
    var state: State
    /// The lines that show it.
    var lines: [HostsFile.Entry]
    /// Whether the right address comes before any other: a block put in changes nothing then.
    var isSettled: Bool
    /// Whether no line gives the right address.
    var isAbsent = false

    /// Those of them that are not nucprep's own.
    var strangers: [HostsFile.Entry] { lines.filter { !$0.isOurs } }

    /// One answer for those of a node that say the same of several names.
    static func grouped(_ answers: [NameAnswer]) -> [NameAnswer] {
        var groups: [NameAnswer] = []
        for answer in answers {
            if let last = groups.last, last.node == answer.node, last.state == answer.state, last.lines == answer.lines
            {
                groups[groups.count - 1].name += " and \(answer.name)"
            } else {
                groups.append(answer)
            }
        }
        return groups
    }
}

/// The names of a node and what a hosts file answers for them.
struct NodeNames {
    let answers: [NameAnswer]

    /// Takes the lines of the file by the names on them.
    init(of node: Configuration.Node, isOwn: Bool, in entries: [String: [HostsFile.Entry]]) {
        let address = IPAddress(node.address)
        answers = Self.names(of: node).map { Self.answer(for: $0, of: node, address, isOwn: isOwn, entries[$0] ?? []) }
    }

    /// The full name, where there is one, then the short one: the order of a line of hosts(5).
    static func names(of node: Configuration.Node) -> [String] {
        node.fqdn.isEmpty || node.fqdn == node.name ? [node.name] : [node.fqdn, node.name]
    }

    private static func answer(
        for name: String, of node: Configuration.Node, _ address: IPAddress?, isOwn: Bool, _ entries: [HostsFile.Entry]
    ) -> NameAnswer {
        let loopback = entries.filter(\.address.isLoopback)
        // A look-up asks for one family; an IPv4 address mapped into IPv6 answers for both.
        let family = entries.filter { entry in
            !entry.address.isLoopback
                && (entry.address.isIPv4 == address?.isIPv4 || entry.address.asIPv4?.isIPv4 == address?.isIPv4)
        }
        let isRight = { (entry: HostsFile.Entry) in
            entry.address == address || entry.address.asIPv4.map { $0 == address } ?? false
        }
        var answer = NameAnswer(
            name: name, node: node, isOwn: isOwn, state: .right, lines: [],
            isSettled: family.first.map(isRight) ?? false, isAbsent: !family.contains(where: isRight))
        let wrong = family.filter { !isRight($0) }
        let isTwofold = Set(family.filter { !$0.isOurs }.map(\.address)).count > 1
        switch (isOwn, answer.isSettled) {
        case (false, _) where !loopback.isEmpty: (answer.state, answer.lines) = (.peerOnLoopback, loopback)
        case (_, false) where family.isEmpty && loopback.isEmpty: answer.state = .missing
        case (_, false) where family.isEmpty: (answer.state, answer.lines) = (.onlyLoopback, loopback)
        case (_, false): (answer.state, answer.lines) = (.stale, wrong)
        case (_, true) where isTwofold: (answer.state, answer.lines) = (.twoAddresses, family.filter { !$0.isOurs })
        case (_, true) where !wrong.isEmpty: (answer.state, answer.lines) = (.duplicate, wrong)
        case (_, true) where !loopback.isEmpty: (answer.state, answer.lines) = (.alsoLoopback, loopback)
        case (_, true): break
        }
        return answer
    }
}

extension HostsEntries {
    /// The finding for an answer; `nil` for a right one.
    static func finding(_ answer: NameAnswer, _ hosts: HostsFile) -> Finding? {
        guard answer.state != .right, answer.state != .alsoLoopback else { return nil }
        let places = answer.lines.map { "\(file):\($0.line)" }
        let led = zip(places, answer.lines).map { "\($0) leads \(answer.name) to \($1.written)" }.joined(
            separator: ", ")
        var finding = Finding(
            "", expected: "\(answer.name) resolves to \(answer.node.address)", actual: led,
            evidence: answer.lines.map { Evidence(file, line: $0.line) })
        let removal = removal(of: answer)
        switch answer.state {
        case .right, .alsoLoopback: return nil
        case .missing:
            finding.reason = "missing"
            finding.actual = "no line of \(file) names \(answer.name)"
            finding.evidence = [Evidence(file)]
            if answer.isOwn { finding.predicts = Prediction(kubeadm: "WARNING Hostname") }
        case .stale:
            finding.reason = "stale-address"
            finding.remedy = answer.strangers.isEmpty ? nil : removal
        case .twoAddresses:
            finding.reason = "two-addresses"
            finding.why = "which of them is taken is a matter of the program that asks"
            finding.remedy = "leave one line for \(answer.name) in \(file), the one with \(answer.node.address)"
        case .peerOnLoopback:
            finding.reason = "peer-on-loopback"
            finding.why = "the name of another node resolves to this machine itself, whatever other line names it"
            finding.remedy = removal
        case .onlyLoopback:
            finding.reason = "own-name-loopback-only"
            finding.severity = .warning
            finding.predicts = Prediction(kubelet: "takes the address of the default route for its own")
        case .duplicate:
            finding.reason = "duplicate"
            finding.severity = .warning
            finding.why = "it comes after the right one, and a program may take it all the same"
            finding.remedy = removal
        }
        if case .broken(let error) = hosts.block, !answer.isSettled {
            finding.remedy = "mend the markers of nucprep's block in \(file): \(error.problem)"
            finding.evidence.append(Evidence(file, line: error.line))
        }
        finding.manual = edits(for: answer, hosts) + ["getent ahosts \(answer.node.name)"]
        return finding
    }

    /// What takes a name off the lines that lead it astray; they are told by their addresses.
    private static func removal(of answer: NameAnswer) -> String {
        let addresses = answer.strangers.map(\.written).reduce(into: [String]()) { told, address in
            if !told.contains(address) { told.append(address) }
        }
        return "take \(answer.name) off what \(file) says of \(addresses.joined(separator: " and "))"
    }

    /// The commands: lines that name nothing else are commented out, and the right one is written where it is missing.
    private static func edits(for answer: NameAnswer, _ hosts: HostsFile) -> [String] {
        let names = NodeNames.names(of: answer.node)
        // Two answers are for a person to choose from.
        var edits = answer.state == .twoAddresses ? ["sudoedit \(file)"] : []
        if [.stale, .peerOnLoopback, .duplicate].contains(answer.state) {
            for entry in answer.strangers {
                let isAlone = entry.names.allSatisfy { name in names.contains { $0.lowercased() == name } }
                let edit =
                    isAlone
                    ? HandEdit.comment(HandEdit.line(entry.line, of: hosts.bytes), in: file) : "sudoedit \(file)"
                if !edits.contains(edit) { edits.append(edit) }
            }
        }
        // Behind a wrong line of nucprep's own block another one is of no use.
        if answer.isAbsent, answer.state != .stale || answer.strangers == answer.lines {
            let line = "\(answer.node.address) \(names.joined(separator: " "))"
            edits += HandEdit.append([line], to: file, holding: hosts.bytes)
        }
        return edits
    }

    /// What is wrong with the order of those who answer for names.
    func orderFindings(_ order: NameServiceSwitch.Database?) -> [Finding] {
        let files = order?.services.firstIndex(of: "files")
        let dns = order?.services.firstIndex(of: "dns")
        if let files, dns.map({ files < $0 }) ?? true { return [] }
        let said = order.map { "\(Self.switchFile):\($0.line) says hosts: \($0.services.joined(separator: " "))" }
        return [
            Finding(
                "nss-order", expected: "files answer for host names, before dns",
                actual: said ?? "no line of \(Self.switchFile) says who answers for host names",
                why: "what \(Self.file) says counts for nothing, or only after a name server was asked",
                remedy: "let the line read hosts: files dns",
                manual: ["getent ahosts \(configuration.nodes.first?.name ?? "")"],
                evidence: [Evidence(Self.switchFile, line: order?.line)])
        ]
    }
}
