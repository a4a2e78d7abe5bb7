internal import NodeAPI

/// What no single node can see: the requirements over all answers together.
///
/// A node that is silent is named by its own failure; here the rest is compared, so a silent pair is never agreement.
package struct ClusterRules: Sendable {
    /// One requirement of the cluster, for the column of the report.
    package struct Entry: Equatable, Sendable {
        package var id: String
        package var group: String
        package var title: String
    }

    /// The requirements that are judged, in the order of the catalogue.
    package static let entries: [Entry] = [
        Entry(id: "reports-complete", group: "cluster", title: "Every configured node has reported freshly"),
        Entry(id: "configuration-agrees", group: "cluster", title: "All nodes use the same configuration"),
        Entry(id: "control-plane-single", group: "cluster", title: "Exactly one control plane is planned and present"),
        Entry(id: "hostnames-unique", group: "cluster", title: "No two nodes share a name"),
        Entry(id: "addresses-unique", group: "cluster", title: "No two nodes share an address"),
        Entry(id: "machine-ids-unique", group: "cluster", title: "No two nodes share a machine id"),
        Entry(id: "macs-unique", group: "cluster", title: "No two physical cards share a MAC"),
        Entry(id: "product-uuids-unique", group: "cluster", title: "No two nodes share a hardware id"),
        Entry(id: "ssh-host-keys-unique", group: "cluster", title: "No two nodes share an SSH host key"),
        Entry(id: "versions-agree", group: "cluster", title: "All nodes run the same minor versions"),
        Entry(id: "cgroup-drivers-agree", group: "cluster", title: "All kubelets have the same cgroup driver"),
        Entry(id: "resolved-uniform", group: "cluster", title: "systemd-resolved runs on all nodes or on none"),
        Entry(id: "iptables-backend-uniform", group: "cluster", title: "iptables has the same back-end on all nodes"),
        Entry(id: "hosts-agree", group: "cluster", title: "All /etc/hosts say the same of the nodes"),
        Entry(id: "cidrs-free-everywhere", group: "cluster", title: "The pod and service ranges are free on all nodes"),
        Entry(id: "reachability-matrix", group: "cluster", title: "Every node reaches every other, both ways"),
        Entry(id: "path-mtu", group: "cluster", title: "The links of all nodes have the same MTU"),
        Entry(id: "clocks-agree", group: "clock", title: "All clocks agree"),
    ]

    let inventory: Inventory
    let answers: [NodeAnswer]
    private let heard: [(node: FleetNode, role: WireRole?, heard: Heard)]
    /// The names of the control-plane nodes among those asked.
    private let controlPlanes: Set<String>
    /// Every phase there is.
    private let all: Set<FleetPhase>

    /// The rules over `answers`.
    package init(inventory: Inventory, answers: [NodeAnswer]) {
        self.inventory = inventory
        self.answers = answers
        heard = answers.compactMap { answer in answer.heard.map { (answer.node, answer.role, $0) } }
        let planes = Set(answers.filter { $0.role == .controlPlane }.map(\.node.name))
        controlPlanes = planes
        all = Set(
            [.initialise] + answers.map(\.node.name).filter { !planes.contains($0) }.map { FleetPhase.join($0) })
    }

    /// Everything that does not hold, or is not known.
    package func remarks() -> [Remark] {
        reportsComplete() + configurationAgrees() + controlPlaneSingle() + hostnamesUnique() + addressesUnique()
            + machineIDsUnique() + macsUnique() + traitsAgree()
            + rangesFree() + everyoneReached() + clocksAgree()
    }

    // MARK: - Phases

    /// The phases that cover `node`: init for a control plane, its own join for every other.
    func own(_ node: String) -> Set<FleetPhase> {
        controlPlanes.contains(node) ? [.initialise] : [.join(node)]
    }

    /// The phases that a missing answer leaves open: without the control plane nothing is compared with it.
    func leftOpen(by node: String) -> Set<FleetPhase> {
        controlPlanes.contains(node) ? all : [.join(node)]
    }

    // MARK: - Remarks

    /// A certain failure: it bears on init and on the nodes it names.
    private func unmet(_ id: String, _ reason: String, _ nodes: [String], actual: String, remedy: String) -> Remark {
        var remark = make(id, reason, nodes, .unmet, .noGo)
        remark.phases = nodes.reduce(into: [.initialise]) { $0.formUnion(own($1)) }
        remark.actual = actual
        remark.remedy = remedy
        return remark
    }

    /// Something that a node did not say.
    private func unknown(_ id: String, _ reason: String, _ nodes: [String], actual: String, remedy: String) -> Remark {
        var remark = make(id, reason, nodes, .unknown, .incomplete)
        remark.phases = nodes.reduce(into: []) { $0.formUnion(leftOpen(by: $1)) }
        remark.actual = actual
        remark.remedy = remedy
        return remark
    }

    private func make(
        _ id: String, _ reason: String, _ nodes: [String], _ verdict: WireVerdict, _ contribution: FleetVerdict
    ) -> Remark {
        let title = Self.entries.first { $0.id == id }?.title ?? id
        var remark = Remark(
            .cluster, id, reason: reason, nodes: nodes, verdict: verdict, contribution: contribution, phases: [],
            title: title)
        remark.expected = title
        return remark
    }

    private func reportsComplete() -> [Remark] {
        let id = "reports-complete"
        guard !answers.isEmpty else {
            var remark = make(id, "no-nodes", [], .unknown, .incomplete)
            remark.phases = [.initialise]
            remark.actual = "the configuration names no [[nodes]]"
            remark.remedy = "write them in /etc/nucprep/nucprep.toml on this machine, and the same file on every node"
            return [remark]
        }
        var remarks: [Remark] = []
        for (node, _, heard) in heard {
            if heard.status.requirements.isEmpty {
                remarks.append(
                    unknown(
                        id, "no-requirements", [node.name], actual: "it judges nothing",
                        remedy: "see systemctl status nucprepd there"))
            }
            if let warning = otherVersion(node, heard) { remarks.append(warning) }
            if heard.status.node.lifecycle == nil {
                remarks.append(
                    unknown(
                        id, "lifecycle-unknown", [node.name],
                        actual: "how far it has come towards a cluster is unknown",
                        remedy: "see nucprep status there"))
            }
        }
        let catalogues = heard.map { ($0.node.name, $0.heard.status.requirements.map(\.id).sorted()) }
        let odd = Self.oddOnes(catalogues)
        if !odd.isEmpty {
            remarks.append(
                unknown(
                    id, "catalogues-differ", odd, actual: "it judges other requirements than the rest",
                    remedy: "install the same version of nucprep on every node"))
        }
        return remarks
    }

    /// Another version may judge by other rules: it works as long as this one understands all that it says.
    private func otherVersion(_ node: FleetNode, _ heard: Heard) -> Remark? {
        let version = heard.status.node.nucprepVersion
        guard version != NucprepVersion.current else { return nil }
        var remark = make("reports-complete", "versions-differ", [node.name], .unmet, .goWithWarnings)
        remark.severity = .warning
        remark.phases = own(node.name)
        remark.actual = "it runs nucprep \(version), and this is \(NucprepVersion.current)"
        remark.remedy = "install the same version of nucprep on every node"
        return remark
    }

    private func configurationAgrees() -> [Remark] {
        let id = "configuration-agrees"
        let digests = heard.map { ($0.node.name, $0.heard.status.facts.configurationSha256) }
        let silent = digests.filter { $0.1 == nil }.map(\.0)
        let odd = Self.oddOnes(digests.filter { $0.1 != nil })
        var remarks: [Remark] = []
        if !odd.isEmpty {
            remarks.append(
                unmet(
                    id, "configuration-differs", odd, actual: "its configuration is not that of the rest",
                    remedy: "copy /etc/nucprep/nucprep.toml and conf.d to every node and reload nucprepd"))
        }
        if !silent.isEmpty { remarks.append(unsaid(id, silent, "the digest of its configuration")) }
        let otherRoles = heard.filter { row in
            row.node.isListed && row.node.role != nil && row.heard.status.node.role != row.node.role
        }
        return remarks
            + otherRoles.map { node, _, heard in
                unmet(
                    id, "role-differs", [node.name],
                    actual:
                        "its own role is \(heard.status.node.role?.rawValue ?? "not configured"), not \(node.role?.rawValue ?? "")",
                    remedy: "copy /etc/nucprep/nucprep.toml and conf.d to every node and reload nucprepd")
            }
    }

    private func controlPlaneSingle() -> [Remark] {
        let id = "control-plane-single"
        var remarks: [Remark] = []
        let planned = controlPlanes.sorted()
        if planned.count > 1 {
            remarks.append(
                unmet(
                    id, "several-planned", planned, actual: "\(planned.count) control planes are planned",
                    remedy: "give the role control-plane to exactly one node"))
        }
        if planned.isEmpty, !inventory.isNarrowed, !answers.isEmpty {
            var remark = unmet(
                id, "none-planned", [], actual: "no control plane is planned",
                remedy: "give the role control-plane to one node")
            remark.phases = all
            remarks.append(remark)
        }
        let present = heard.filter { $0.heard.status.node.lifecycle == .initialised }.map(\.node.name)
        let strays = heard.filter { $0.heard.status.node.lifecycle == .initialised && $0.role != .controlPlane }
        if present.count > 1 || !strays.isEmpty {
            let named = strays.isEmpty ? present : strays.map(\.node.name)
            remarks.append(
                unmet(
                    id, "stray-control-plane", named, actual: "a control plane runs where none is planned",
                    remedy: "kubeadm reset on the stray, after you know what it holds"))
        }
        return remarks
    }

    private func hostnamesUnique() -> [Remark] {
        let names = heard.map { ($0.node.name, [String($0.heard.status.node.name.prefix { $0 != "." }).lowercased()]) }
        return Self.shared(names).map { name, nodes in
            unmet(
                "hostnames-unique", "shared-name", nodes, actual: "they are all called \(name)",
                remedy: "give each machine a name of its own")
        }
    }

    private func addressesUnique() -> [Remark] {
        // Only addresses of the inventory count: bridges of containers have the same one everywhere.
        let listed = Set(inventory.nodes.flatMap(\.addresses))
        let addresses = answers.map { answer in
            (
                answer.node.name,
                answer.node.addresses + (answer.heard?.status.node.addresses ?? []).filter(listed.contains)
            )
        }
        return Self.shared(addresses).map { address, nodes in
            unmet(
                "addresses-unique", "shared-address", nodes, actual: "they share \(address)",
                remedy: "give each machine an address of its own, and write it in the inventory")
        }
    }

    private func machineIDsUnique() -> [Remark] {
        let id = "machine-ids-unique"
        let silent = heard.filter { $0.heard.status.facts.machineIdHash == nil }.map(\.node.name)
        let ids = heard.compactMap { row in row.heard.status.facts.machineIdHash.map { (row.node.name, [$0]) } }
        let twins = Self.shared(ids).map { _, nodes in
            unmet(
                id, "shared-machine-id", nodes, actual: "they have one machine id: a copied disk",
                remedy: "on all but one: rm /etc/machine-id, systemd-machine-id-setup, reboot")
        }
        return twins + (silent.isEmpty ? [] : [unsaid(id, silent, "its machine id")])
    }

    private func macsUnique() -> [Remark] {
        Self.shared(heard.map { ($0.node.name, $0.heard.status.facts.macs.map { $0.lowercased() }) }).map {
            mac, nodes in
            unmet(
                "macs-unique", "shared-mac", nodes, actual: "they have a card with the MAC \(mac)",
                remedy: "give the machines cards of their own; for virtual ones see their settings")
        }
    }

    private func traitsAgree() -> [Remark] {
        let (unmet, unsaid) = TraitRules(answers).differences()
        let differing = unmet.map { rule, nodes in
            var remark = self.unmet(rule.id, rule.reason, nodes, actual: rule.actual, remedy: rule.remedy)
            if rule.severity == .warning {
                remark.severity = rule.severity
                remark.contribution = .goWithWarnings
            }
            return remark
        }
        let silent = unsaid.map { rule, nodes in
            var remark = self.unsaid(rule.id, nodes, "its \(rule.trait)")
            if rule.severity == .warning {
                remark.severity = rule.severity
                remark.contribution = .goWithWarnings
            }
            return remark
        }
        return differing + silent
    }

    /// A range that is taken on a worker is to be chosen anew before init, not at the worker's join.
    private func rangesFree() -> [Remark] {
        [("pod-cidr-free", "pod"), ("service-cidr-free", "service")].compactMap { requirement, range in
            let taken = heard.filter { row in
                row.role != .controlPlane
                    && row.heard.status.requirements.contains { body in
                        body.id == requirement && body.verdict == .unmet
                            && (body.findings.isEmpty || body.findings.contains { $0.severity == .error })
                    }
            }
            guard !taken.isEmpty else { return nil }
            return unmet(
                "cidrs-free-everywhere", range, taken.map(\.node.name), actual: "the \(range) range is in use there",
                remedy: "choose another \(range) range in the configuration of all nodes, before kubeadm init")
        }
    }

    private func everyoneReached() -> [Remark] {
        ReachabilityMatrix(answers, among: inventory.nodes.map(\.name)).faults().map { fault in
            unmet("reachability-matrix", fault.reason, fault.nodes, actual: fault.actual, remedy: fault.remedy)
        }
    }

    private func clocksAgree() -> [Remark] {
        let id = "clocks-agree"
        return ClockComparison(heard.map { ($0.node.name, $0.heard.clock) }).deviations.compactMap { deviation in
            let node = deviation.node
            var remark = make(id, "clock-off", [node], .unmet, .noGo)
            remark.phases = own(node)
            remark.remedy = "timedatectl set-ntp true there, or set the clock"
            remark.actual = "its clock is \(ClockComparison.text(deviation.offsetUs)) off the median"
            if deviation.errorUs > ClockComparison.widestErrorUs {
                remark.verdict = .unknown
                remark.reason = "clock-unknown"
                remark.contribution = .incomplete
                remark.actual = "the way to it is too slow to judge its clock"
                remark.remedy = "ask again"
            } else if deviation.certainUs > 5_000_000 {
                return remark
            } else if deviation.certainUs > 1_000_000 {
                remark.severity = .warning
                remark.contribution = .goWithWarnings
            } else {
                return nil
            }
            return remark
        }
    }

    private func unsaid(_ id: String, _ nodes: [String], _ what: String) -> Remark {
        unknown(
            id, "not-said", nodes, actual: "it does not say \(what)", remedy: "see nucprep status there")
    }

    // MARK: - Comparing

    /// The nodes that differ: from a strict majority where there is one, else all.
    static func oddOnes<Value: Hashable>(_ values: [(String, Value)]) -> [String] {
        var counts: [Value: Int] = [:]
        for (_, value) in values { counts[value, default: 0] += 1 }
        guard counts.count > 1 else { return [] }
        let majority = counts.first { $0.value * 2 > values.count }?.key
        return values.filter { $0.1 != majority }.map(\.0)
    }

    /// Values that more than one node has, sorted, with the nodes in their order.
    static func shared(_ values: [(String, [String])]) -> [(String, [String])] {
        var owners: [String: [String]] = [:]
        for (node, list) in values {
            for value in Set(list) { owners[value, default: []].append(node) }
        }
        return owners.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
