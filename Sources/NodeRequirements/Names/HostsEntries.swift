internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// Every node's name leads to that node's address.
///
/// The answers are those of glibc's `files` back-end, read from the files themselves: so a tree can be asked as well.
/// - Source: hosts(5), nsswitch.conf(5); kubeadm#203, #1987.
package struct HostsEntries: Requirement {
    package static let entry = CatalogEntry(
        "hosts-entries", group: "names", title: "Every node's name resolves to that node's address",
        prerequisites: ["cloud-init-hosts"], bootRestsOn: ["cloud-init-hosts"], kubeadmChecks: ["Hostname"],
        why:
            "Debian's installer leads a machine's own name to 127.0.1.1; with several cards or an old entry the kubelet then picks the wrong address",
        source: "hosts(5), nsswitch.conf(5); kubeadm#203, #1987",
        checks:
            "the lines of /etc/hosts for the name, and the FQDN where there is one, of every configured node, in the order in which glibc answers; that files come before dns in /etc/nsswitch.conf; for the next boot also the commands that the boot runs",
        manual: ["echo '192.168.1.11 nuc01' | sudo tee -a /etc/hosts", "getent ahosts nuc02"])

    static let file: FilePath = "/etc/hosts"
    static let switchFile: FilePath = "/etc/nsswitch.conf"

    let configuration: Configuration
    package let inputs: [Input] = [.path(file), .path(switchFile), .addresses] + BootCommands.inputs

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// What was seen.
    package struct Observation: Equatable, Sendable {
        /// The own entry; `nil` when the configuration names no nodes.
        var own: Configuration.Node?
        /// The bytes of /etc/hosts; `nil` when it is absent.
        var bytes: [UInt8]?
        /// Who answers for host names; `nil` when no line says so.
        var order: NameServiceSwitch.Database?
        /// Commands of the boot that replace the file for certain.
        var writes: [BootSighting] = []
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(own: try await NodeIdentity.of(host, configuration).node)
        guard seen.own != nil else { return seen }
        seen.bytes = try await host.files.bytes(at: Self.file)
        if let bytes = seen.bytes, let place = bytes.firstIndex(of: 0) {
            throw ObservationError(reading: Self.file.string, cause: "it is no text: byte \(place + 1) is NUL")
        }
        let text = try await host.files.text(at: Self.switchFile) ?? ""
        seen.order = NameServiceSwitch(parsing: text).databases["hosts"]
        guard horizon == .nextBoot else { return seen }
        let sightings = try await BootCommands.read(host).commands.compactMap(\.hosts)
        seen.writes = sightings.filter(\.isCertain)
        if let doubtful = sightings.first(where: { !$0.isCertain }), case .met = assess(seen, at: horizon) {
            throw doubtful.doubt(
                "written-at-boot", about: "/etc/hosts of the next boot", expected: "nothing writes /etc/hosts at boot",
                waiving: Self.entry.id.name)
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard let own = seen.own else { return .notApplicable(because: "the configuration names no nodes") }
        let hosts = HostsFile(bytes: seen.bytes ?? [])
        let entries = hosts.entries(naming: configuration.nodes.flatMap(NodeNames.names))
        let answers = configuration.nodes.flatMap { NodeNames(of: $0, isOwn: $0 == own, in: entries).answers }
        var findings = orderFindings(seen.order)
        findings += seen.writes.map {
            $0.finding("written-at-boot", expected: "nothing writes /etc/hosts at boot")
        }
        findings += NameAnswer.grouped(answers).compactMap { Self.finding($0, hosts) }
        var proposals: [Proposal] = []
        if !answers.allSatisfy(\.isSettled), let after = withBlock(hosts), after != seen.bytes {
            let edit = FileEdit(path: Self.file, before: seen.bytes, after: after)
            proposals = [Proposal(.writeBlock(edit), .always)]
        } else if let (finding, proposal) = cleanup(hosts, own, answers) {
            findings.append(finding)
            proposals = [proposal]
        }
        let observed = observed(answers)
        guard !findings.isEmpty else { return .met(observed: observed) }
        return .unmet(observed: observed, findings: findings, proposals: proposals)
    }

    /// The file with our block; `nil` when the markers in it make no block.
    private func withBlock(_ hosts: HostsFile) -> [UInt8]? {
        let lines = configuration.nodes.map { node in
            HostsFile.BlockLine(address: node.address, names: NodeNames.names(of: node))
        }
        let note = [
            "The nodes of /etc/nucprep/nucprep.toml, kept by nucprepd; to keep them yourself, set",
            "mode = \"observe\" for the requirement hosts-entries there.",
        ]
        do throws(ParseError) {
            return try hosts.puttingBlock(lines, note: note)
        } catch {
            return nil
        }
    }

    /// Debian's line for the own name, where it is to go and the name has its address without it.
    private func cleanup(
        _ hosts: HostsFile, _ own: Configuration.Node, _ answers: [NameAnswer]
    ) -> (Finding, Proposal)? {
        guard configuration.removeLoopbackName, let loopback = IPAddress("127.0.1.1"),
            answers.allSatisfy({ !$0.isOwn || $0.isSettled })
        else { return nil }
        let after = hosts.removing([own.name] + (own.fqdn.isEmpty ? [] : [own.fqdn]), from: loopback)
        guard after != hosts.bytes else { return nil }
        let lines = hosts.entries(naming: own.name).filter { $0.address == loopback }
        let finding = Finding(
            "own-name-also-loopback", severity: .info, expected: "\(own.name) resolves to \(own.address) only",
            actual: "\(own.name) also resolves to 127.0.1.1", why: "remove-loopback-name is set",
            remedy: configuration.consent.contains(.cleanup)
                ? nil : "add \"cleanup\" to consent in [policy] of nucprep.toml, or take the line out",
            evidence: lines.map { Evidence(Self.file, line: $0.line) })
        let edit = FileEdit(path: Self.file, before: hosts.bytes, after: after)
        return (finding, Proposal(.writeBlock(edit), .withConsent(.cleanup)))
    }

    private func observed(_ answers: [NameAnswer]) -> String {
        let right = answers.count { $0.state == .right || $0.state == .alsoLoopback }
        var text = "\(right) of \(answers.count) names resolve to their nodes"
        for answer in answers where answer.state == .alsoLoopback {
            text += "; \(answer.name) also resolves to \(answer.lines[0].written) (/etc/hosts:\(answer.lines[0].line))"
        }
        return text
    }
}
