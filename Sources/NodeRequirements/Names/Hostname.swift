internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The host carries its configured name, now and after a reboot.
///
/// A node that belongs to a cluster is never renamed: there it is told, and nothing is proposed.
/// - Source: kubernetes.io, "kubeadm init", `--node-name`; hostname(5), hostnamectl(1).
package struct Hostname: Requirement {
    package static let entry = CatalogEntry(
        "hostname", group: "names", title: "The host carries its configured name, now and after a reboot",
        prerequisites: ["cloud-init-hostname"], bootRestsOn: ["cloud-init-hostname"], kubeadmChecks: ["Hostname"],
        why: "a node registers under its hostname, and the kubelet of one that was renamed looks for another node",
        source: "RFC 1123, 2.1; hostname(5); kubeadm, cmd/kubeadm/app/preflight/checks.go, HostnameCheck",
        checks:
            "the name that the kernel holds and the static one of systemd-hostnamed, against the name that nucprep.toml gives this node; for the next boot systemd.hostname= on the command line, then /etc/hostname, and the commands that the boot runs",
        manual: ["sudo hostnamectl set-hostname nuc01", "cat /etc/hostname"])

    private let configuration: Configuration
    package let inputs: [Input] =
        [.hostname, .addresses, .path(BootedHostname.file)] + LifecycleRule.inputs + BootCommands.inputs

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The names that were seen.
    package struct Observation: Equatable, Sendable {
        /// The configured name; `nil` when the configuration names no nodes: then the one that the host has is right.
        var configured: String?
        /// What the kernel holds.
        var nodename: String
        /// The static name by systemd-hostnamed, or by /etc/hostname where there is none; empty when there is none at all.
        var staticName = ""
        var booted: BootedHostname?
        /// Commands of the boot that give the host another name for certain.
        var renames: [BootSighting] = []
        /// Whether the node belongs to a cluster.
        var isMember = false
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let identity = try await NodeIdentity.of(host, configuration)
        var seen = Observation(configured: identity.node?.name, nodename: try await host.kernel.nodename())
        seen.isMember = await Self.isMember(host)
        switch horizon {
        case .now:
            // Of a name that is wrong now the static one is no news, and hostnamed need not be woken for it.
            guard seen.nodename == seen.configured ?? seen.nodename else { break }
            if let names = try await host.kernel.hostnamed() {
                seen.staticName = names.staticName
            } else {
                let text = try await host.files.text(at: BootedHostname.file)
                seen.staticName = HostnameFile(parsing: text ?? "").bootName ?? ""
            }
        case .nextBoot:
            seen.booted = try await BootedHostname.predict(host)
            let wanted = seen.configured ?? seen.nodename
            let sightings = try await BootCommands.read(host).commands.compactMap { $0.rename(from: wanted) }
            seen.renames = sightings.filter(\.isCertain)
            // A member of a cluster is judged by joined-name, and what is wrong for certain is told first.
            guard let doubtful = sightings.first(where: { !$0.isCertain }), findingsAtBoot(seen).isEmpty else { break }
            throw doubtful.doubt(
                "named-at-boot", about: "the name of the next boot",
                expected: "nothing names the host at boot but /etc/hostname",
                waiving: Self.entry.id.name)
        }
        return seen
    }

    /// Whether the host belongs to a cluster; evidence that cannot be read is told of elsewhere.
    private static func isMember(_ host: HostView) async -> Bool {
        do throws(ObservationError) {
            let lifecycle = try await LifecycleRule.membership(of: host)
            return lifecycle == .joined || lifecycle == .initialised
        } catch {
            return false
        }
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let findings =
            switch horizon {
            case .now: findingsNow(seen)
            case .nextBoot: findingsAtBoot(seen)
            }
        let observed =
            horizon == .now
            ? "the name is \(Self.shown(seen.nodename))" : "the name will be \(Self.shown(seen.booted?.name ?? ""))"
        guard !findings.isEmpty else { return .met(observed: observed) }
        let weighed = seen.isMember ? findings.map(Self.forMember) : findings
        return .unmet(observed: observed, findings: weighed, proposals: proposals(seen, findings))
    }

    /// Sets the name where one of the findings is about it and the name is one that a node may have.
    private func proposals(_ seen: Observation, _ findings: [Finding]) -> [Proposal] {
        let wanted = seen.configured ?? seen.nodename
        let curable = ["kernel-name", "not-lowercase", "static-name", "transient-differs"]
        guard !seen.isMember, HostName.flaw(of: wanted) == nil,
            findings.contains(where: { curable.contains($0.reason) })
        else { return [] }
        return [Proposal(.setHostname(wanted), .untilJoined)]
    }

    /// The same finding on a node of a cluster, whose name is in its certificate.
    private static func forMember(_ finding: Finding) -> Finding {
        var told = finding
        told.severity = .warning
        told.why = "the node belongs to a cluster under the name in its certificate, and is not renamed"
        told.remedy = "give it that name back, or leave the cluster first"
        told.manual = [
            "openssl x509 -noout -subject -in /var/lib/kubelet/pki/kubelet-client-current.pem",
            "sudo hostnamectl set-hostname NAME",
        ]
        return told
    }
}

extension Hostname {
    private func findingsNow(_ seen: Observation) -> [Finding] {
        let wanted = seen.configured ?? seen.nodename
        var findings: [Finding] = []
        if let flaw = flaw(of: wanted, seen) {
            findings.append(flaw)
        } else if seen.nodename != wanted {
            findings.append(differing(seen.nodename, wanted))
        } else if !seen.staticName.isEmpty, seen.staticName != wanted {
            findings.append(
                Finding(
                    "transient-differs", severity: .warning, expected: "the static name is \(wanted)",
                    actual: "the static name is \(seen.staticName), and the running one is transient",
                    manual: ["sudo hostnamectl set-hostname \(wanted)"], evidence: [Evidence(BootedHostname.file)]))
        }
        if HostName.isCommon(wanted) {
            findings.append(
                Finding(
                    "default-name", severity: .warning, expected: "a name that no other machine has by itself",
                    actual: "\(wanted) is what an installer or a vendor calls every machine",
                    remedy: "give each node a name of its own", manual: ["sudo hostnamectl set-hostname nuc01"]))
        }
        return findings
    }

    /// What is wrong with the name that the node is to have, the configured one or the one it has.
    private func flaw(of name: String, _ seen: Observation) -> Finding? {
        guard let flaw = HostName.flaw(of: name) else { return nil }
        let shown = Self.shown(name)
        switch flaw {
        case .notLowercase:
            return Finding(
                "not-lowercase", expected: "a name in lower case", actual: "the name is \(shown)",
                predicts: Prediction(kubelet: "registers under the name in lower case, which is not the host's"),
                remedy: "give it the name in lower case", manual: ["sudo hostnamectl set-hostname \(name.lowercased())"]
            )
        case .malformed(let reason):
            return Finding(
                "bad-name", expected: "a name of letters, digits and inner hyphens, RFC 1123",
                actual: "the name is \(shown): \(reason)",
                predicts: Prediction(kubeadm: "WARNING Hostname", kubelet: "cannot register under it"),
                remedy: seen.configured == nil
                    ? "give the machine a name" : "change the name in /etc/nucprep/nucprep.toml",
                manual: ["sudo hostnamectl set-hostname nuc01"])
        }
    }

    private func differing(_ name: String, _ wanted: String) -> Finding {
        let isCaseAlone = HostName.flaw(of: name) == .notLowercase && name.lowercased() == wanted
        return Finding(
            isCaseAlone ? "not-lowercase" : "kernel-name", expected: "the name is \(wanted)",
            actual: "the name is \(Self.shown(name))",
            predicts: Prediction(kubelet: "registers as \(Self.shown(name.lowercased()))"),
            manual: ["sudo hostnamectl set-hostname \(wanted)"], evidence: [Evidence("/proc/sys/kernel/hostname")])
    }

    private func findingsAtBoot(_ seen: Observation) -> [Finding] {
        guard let booted = seen.booted else { return [] }
        let wanted = seen.configured ?? seen.nodename
        if let flaw = flaw(of: wanted, seen) { return [flaw] }
        var isWritten = true
        if case .file(_, let written) = booted.origin { isWritten = written == booted.name }
        let own = booted.name == wanted && isWritten ? [] : [atBoot(booted, wanted)]
        return own
            + seen.renames.map {
                $0.finding(
                    "named-at-boot", expected: "nothing gives the host another name than \(wanted) at boot",
                    predicts: Prediction(kubelet: "looks for another node after a reboot"))
            }
    }

    private func atBoot(_ booted: BootedHostname, _ wanted: String) -> Finding {
        var finding = Finding(
            "static-name", expected: "the next boot sets \(wanted)", actual: "",
            predicts: Prediction(kubelet: "looks for the node \(booted.name) after a reboot"),
            manual: ["sudo hostnamectl set-hostname \(wanted)"])
        switch booted.origin {
        case .kernelArgument:
            finding.reason = "kernel-argument"
            finding.actual = "systemd.hostname=\(Self.shown(booted.name)) stands on the kernel's command line"
            finding.remedy = "take the argument out of the boot loader's configuration"
            finding.manual = ["grep -rn systemd.hostname /etc/default/grub /etc/kernel/cmdline"]
            finding.evidence = [Evidence("/proc/cmdline")]
        case .file(let line, let written):
            finding.actual = "/etc/hostname:\(line) says \(Self.shown(written))"
            if written != booted.name { finding.why = "systemd makes \(booted.name) of it" }
            finding.evidence = [Evidence(BootedHostname.file, line: line)]
        case .builtIn:
            finding.actual = "/etc/hostname gives no name, so the built-in one is taken"
            finding.evidence = [Evidence(BootedHostname.file)]
        }
        return finding
    }

    /// A name from the host, fit to stand in a report.
    private static func shown(_ name: String) -> String {
        let text = String(
            name.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : Character($0) })
        return text.isEmpty ? "empty" : text
    }
}
