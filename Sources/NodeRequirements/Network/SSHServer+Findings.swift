internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// How a missing or silent ssh is told, and what would bring it back.
extension SSHServer {
    func missing(_ server: SeenPackage) -> Assessment {
        let order = PackageOrder([PackageVersion(server.name)], changesHeld: server.package?.isHeld == true)
        return .unmet(
            observed: server.actual,
            findings: [
                Finding(
                    "missing", expected: "openssh-server is installed", actual: server.actual,
                    manual: ["sudo apt-get install -y openssh-server"], evidence: [DpkgEvidence.status])
            ], proposals: [Proposal(.installPackages(order), .withConsent(.packages))])
    }

    func assessNow(_ seen: Observation) -> Assessment {
        let ports = seen.ports.sorted().map { "\($0)" }.joined(separator: ", ")
        var findings: [Finding] = []
        var proposals: [Proposal] = []
        var observed: [String] = []
        if seen.listeners.isEmpty {
            let (finding, proposal) = notRunning(seen, ports)
            findings.append(finding)
            proposals += proposal
            observed.append(finding.actual)
        } else if seen.listeners.allSatisfy(\.isLoopback) {
            let finding = Finding(
                "loopback-only", expected: "sshd listens beyond loopback",
                actual: "port \(ports) listens on loopback alone",
                remedy:
                    "take the loopback address out of ListenAddress, or out of ssh.socket; nucprep does not edit them",
                manual: ["sudo grep -ri ListenAddress /etc/ssh", "systemctl cat ssh.socket"],
                evidence: [Evidence("/proc/net/tcp")])
            findings.append(finding)
            observed.append(finding.actual)
        } else {
            let reached = Set(seen.listeners.filter { !$0.isLoopback }.map(\.port)).sorted()
            observed.append("listening on port \(reached.map { "\($0)" }.joined(separator: ", "))")
        }
        if seen.hostKeys == 0 {
            findings.append(
                Finding(
                    "no-host-keys", expected: "sshd has a host key", actual: "no host key is in /etc/ssh",
                    remedy: "have them made; nucprep touches no key",
                    manual: ["sudo ssh-keygen -A", "sudo systemctl restart ssh"],
                    evidence: [Evidence("/etc/ssh")]))
            observed.append("no host key")
        } else {
            observed.append("\(seen.hostKeys) host keys")
        }
        let text = observed.joined(separator: ", ")
        guard !findings.isEmpty else { return .met(observed: text) }
        return .unmet(observed: text, findings: findings, proposals: proposals)
    }

    /// Nothing listens: what keeps it from doing so, and the unit to start.
    private func notRunning(_ seen: Observation, _ ports: String) -> (Finding, [Proposal]) {
        var finding = Finding(
            "not-running", expected: "sshd listens on port \(ports)", actual: "nothing listens on port \(ports)",
            manual: ["sudo systemctl start ssh"], evidence: [Evidence("/proc/net/tcp")])
        if let active = seen.units.first(where: \.isActive) {
            finding.why = "\(active.name) is \(active.state?.active ?? "")"
            finding.remedy = "see what it says in the journal"
            finding.manual = ["sudo journalctl -u \(active.name) -n 20"]
            return (finding, [])
        }
        // The socket where it is the one that is enabled, the service everywhere else; it is nothing without the service.
        let masked = seen.units.first { $0.state?.load == "masked" }
        let usable = masked?.name == Self.service ? [] : seen.units.filter { $0.state?.load == "loaded" }
        let enabled = usable.first { $0.state?.file == "enabled" }
        guard let unit = enabled ?? usable.first, let state = unit.state else {
            finding.why = masked.map { "\($0.name) is masked" } ?? "systemd has neither ssh.service nor ssh.socket"
            finding.remedy =
                masked == nil ? "install openssh-server again" : "unmask it; nucprep does not override a mask"
            finding.manual =
                masked.map { ["sudo systemctl unmask \($0.name)", "sudo systemctl start \($0.name)"] }
                ?? ["sudo apt-get install --reinstall openssh-server"]
            return (finding, [])
        }
        finding.why = "\(unit.name) is \(state.active)"
        finding.manual = ["sudo systemctl start \(unit.name)"]
        return (finding, [Proposal(.startUnit(unit.name), .always)])
    }

    func assessNextBoot(_ booted: BootedSSH, _ test: SSHDaemonAnswer) -> Assessment {
        if booted.isForbidden {
            return unmet(
                Finding(
                    "disabled", expected: "ssh is started at boot",
                    actual: "\(BootedSSH.forbidding) keeps ssh from starting",
                    remedy: "remove that file", manual: ["sudo rm \(BootedSSH.forbidding)"],
                    evidence: [Evidence(BootedSSH.forbidding)]))
        }
        if let (name, link) = booted.starting.min(by: { $0.key < $1.key }) {
            if case .refused(let lines) = test { return unmet(refused(lines)) }
            return .met(observed: "\(name) is started by \(link)")
        }
        guard let (unit, obstacle) = booted.obstacle else {
            return unmet(Finding("disabled", expected: "ssh is started at boot", actual: "nothing starts ssh at boot"))
        }
        let isMissing = booted.obstacles.allSatisfy { $0.value.actual == StartObstacle.noFile }
        var finding = obstacle.finding(of: unit, package: Self.package)
        finding.expected = "ssh is started at boot"
        if isMissing { finding.actual = "there is neither ssh.service nor ssh.socket" }
        if obstacle.endsWithEnable { finding.actual = "neither ssh.service nor ssh.socket is enabled" }
        return unmet(finding, obstacle.endsWithEnable ? [Proposal(.enableUnit(unit), .always)] : [])
    }

    /// The units test the configuration before they start sshd.
    private func refused(_ lines: [String]) -> Finding {
        Finding(
            "configuration-refused", expected: "sshd accepts its configuration",
            actual: "sshd -t: \(lines.joined(separator: "; "))",
            why: "sshd that runs keeps its former configuration, and the next one does not start",
            remedy: "correct the file that is named, and test it; nucprep does not edit it",
            manual: ["sudoedit /etc/ssh/sshd_config", "sudo sshd -t"], evidence: [Evidence("/etc/ssh/sshd_config")])
    }

    private func unmet(_ finding: Finding, _ proposals: [Proposal] = []) -> Assessment {
        .unmet(observed: finding.actual, findings: [finding], proposals: proposals)
    }
}
