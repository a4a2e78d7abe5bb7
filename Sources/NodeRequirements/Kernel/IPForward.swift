internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The kernel forwards IPv4, now and at every boot.
///
/// - Source: kubernetes.io, "Container Runtimes", "Enable IPv4 packet forwarding"; kernel
///   `Documentation/networking/ip-sysctl.rst`.
package struct IPForward: Requirement {
    package static let entry = CatalogEntry(
        "ip-forward", group: "kernel", title: "The kernel forwards IPv4",
        kubeadmChecks: toggle.kubeadmCheck.map { [$0] } ?? [],
        why: "a node that does not forward drops every packet between its pods and the other nodes",
        source: "kubernetes.io, Container Runtimes; kubeadm, cmd/kubeadm/app/preflight/checks.go; sysctl.d(5)",
        checks:
            "net.ipv4.ip_forward in the running kernel, and the forwarding of the link that has the node's address; for the next boot which file of sysctl.d has the last word on it, net.ipv4.conf.all.forwarding included, which is the same variable; that systemd-sysctl reads them, and what sets another value later: ufw, systemd-networkd, FRR, tuned, and commands that the boot runs",
        manual: [
            "sudo sysctl -w net.ipv4.ip_forward=1", "echo 'net.ipv4.ip_forward = 1' | sudo tee /etc/sysctl.d/k8s.conf",
        ])

    private static let toggle = KernelSwitch(
        key: KernelSwitch.forward, kubeadmCheck: "FileContent--proc-sys-net-ipv4-ip_forward",
        aliases: ["net/ipv4/conf/all/forwarding"])

    private let configuration: Configuration
    package let inputs: [Input] =
        [.sysctl(toggle.file), .addresses] + SysctlsAtBoot.inputs + DockerForwarding.inputs

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// What was seen.
    package struct Observation: Equatable, Sendable {
        /// The value in the running kernel; `nil` when it has no such key.
        var value: String?
        /// The link that has the node's address, when the kernel does not forward what comes in there.
        var closedLink: String?
        var atBoot: SysctlsAtBoot?
        /// The unit of a dockerd that switches forwarding on after all; looked for only where the files do not.
        var docker: FilePath?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        switch horizon {
        case .now:
            seen.value = try await Self.toggle.value(host)
            if seen.value == "1" { seen.closedLink = await closedLink(host) }
        case .nextBoot:
            let atBoot = try await SysctlsAtBoot.observe(host, for: [Self.toggle], of: Self.entry.id.name)
            if !Self.toggle.findingsAtBoot(atBoot).isEmpty { seen.docker = try await DockerForwarding.unit(host) }
            seen.atBoot = atBoot
        }
        return seen
    }

    /// The finding as a warning where dockerd puts it right at each start; what is set after the boot may come after that too.
    private func softened(_ finding: Finding, by docker: FilePath?) -> Finding {
        guard let docker, finding.reason != "overridden-later" else { return finding }
        var finding = finding
        finding.severity = .warning
        finding.predicts = Prediction(kubeadm: nil)
        finding.why = "docker.service starts at boot and switches it on; without Docker nothing would"
        finding.evidence.append(Evidence(docker))
        return finding
    }

    /// The node's link when it does not forward; without a word on it, from the kernel or of the node, none.
    private func closedLink(_ host: HostView) async -> String? {
        do throws(ObservationError) {
            let node = NodeIdentity(configuration, addresses: try await host.network.addresses()).node
            let routes = try await KernelRoutes.read(host)
            let address = node.flatMap { IPAddress($0.address) }
            // The network on the link itself that is narrowest around the address; else the way out.
            let near = routes.filter { route in
                route.gateway == nil && !route.isDefault && (address.map(route.covers) ?? false)
            }.max { $0.length < $1.length }
            guard let link = (near ?? routes.first(where: \.isDefault))?.interface, !link.contains("/") else {
                return nil
            }
            let text = try await host.files.text(at: FilePath("/proc/sys/net/ipv4/conf/\(link)/forwarding"))
            return text?.first == "0" ? link : nil
        } catch {
            return nil
        }
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let toggle = Self.toggle
        switch horizon {
        case .now:
            let observed = "\(toggle.key) = \(seen.value ?? "absent")"
            guard seen.value == "1" else {
                return .unmet(
                    observed: observed, findings: [toggle.wrongValue(seen.value)],
                    proposals: seen.value == nil ? [] : [toggle.proposal])
            }
            guard let link = seen.closedLink else { return .met(observed: observed) }
            let finding = Finding(
                "link-forwarding", severity: .warning, expected: "what comes in on \(link) is forwarded",
                actual: "net/ipv4/conf/\(link)/forwarding is 0",
                why: "another process disabled it on this link after forwarding was enabled",
                remedy: "find who does, and switch it on again",
                manual: ["sudo sysctl -w net/ipv4/conf/\(link)/forwarding=1"],
                evidence: [Evidence(FilePath("/proc/sys/net/ipv4/conf/\(link)/forwarding"))])
            return .unmet(observed: finding.actual, findings: [finding], proposals: [])
        case .nextBoot:
            guard let atBoot = seen.atBoot else { return .notApplicable(because: "nothing was looked at") }
            let findings = toggle.findingsAtBoot(atBoot).map { softened($0, by: seen.docker) }
            guard let finding = findings.first else { return .met(observed: atBoot.word(on: toggle) ?? "") }
            return .unmet(
                observed: finding.actual, findings: findings, proposals: atBoot.proposals(for: [toggle]))
        }
    }
}
