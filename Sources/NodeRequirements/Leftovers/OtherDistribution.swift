package import NodeState
internal import SystemPackage

/// No other distribution of Kubernetes is installed on the machine.
///
/// - Source: docs.k3s.io, docs.rke2.io, docs.k0sproject.io and microk8s.io: the units that their installers make.
package struct OtherDistribution: Requirement {
    package static let entry = CatalogEntry(
        "other-distribution", group: "leftovers", title: "No other distribution of Kubernetes is installed",
        why: "two kubelets on one machine fight for ports, pods and packet-filter rules",
        source: "docs.k3s.io; docs.rke2.io; docs.k0sproject.io; microk8s.io",
        checks: "The units of k3s, rke2, k0s, microk8s and of the kubelet snap, running or starting at boot.",
        manual: ["systemctl list-units 'k3s*' 'rke2*' 'k0s*' 'snap.*kube*'"])

    /// A distribution, its units, and how it is uninstalled.
    private static let distributions: [(name: String, units: [String], uninstall: String)] = [
        ("k3s", ["k3s.service", "k3s-agent.service"], "sudo /usr/local/bin/k3s-uninstall.sh"),
        ("rke2", ["rke2-server.service", "rke2-agent.service"], "sudo /usr/local/bin/rke2-uninstall.sh"),
        ("k0s", ["k0scontroller.service", "k0sworker.service"], "sudo k0s stop; sudo k0s reset"),
        (
            "microk8s", ["snap.microk8s.daemon-kubelite.service", "snap.microk8s.daemon-kubelet.service"],
            "sudo snap remove microk8s"
        ),
        ("the kubelet snap", ["snap.kubelet.daemon.service"], "sudo snap remove kubelet"),
        ("minikube", ["minikube.service"], "minikube delete"),
    ]

    package let inputs: [Input] =
        BootedUnits.inputs + units.map { Input.unit($0) }

    /// The units of all of them.
    static let units = distributions.flatMap(\.units)

    /// Whether a unit runs, or is about to.
    static func runs(_ unit: UnitState) -> Bool {
        ["active", "activating", "reloading", "deactivating"].contains(unit.active)
    }

    package init(_ configuration: Configuration) {}

    /// A unit of another distribution.
    package struct Unit: Equatable, Sendable {
        var distribution: String
        var name: String
        /// What keeps it going: its state now, or the link that starts it.
        var cause: String
        var evidence: Evidence?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [Unit] {
        var found: [Unit] = []
        guard horizon == .now else {
            var units = try await BootedUnits(host)
            for distribution in Self.distributions {
                for name in distribution.units {
                    guard case .starts(let link) = try await units.start(of: name) else { continue }
                    found.append(
                        Unit(
                            distribution: distribution.name, name: name, cause: "starts at boot",
                            evidence: Evidence(link.path)))
                }
            }
            return found
        }
        for distribution in Self.distributions {
            for name in distribution.units {
                guard let unit = try await host.units.unit(name), Self.runs(unit) else { continue }
                found.append(
                    Unit(
                        distribution: distribution.name, name: name, cause: "is \(unit.active) (\(unit.sub))",
                        evidence: unit.fragment.map { Evidence($0) }))
            }
        }
        return found
    }

    package func assess(_ units: [Unit], at horizon: Horizon) -> Assessment {
        guard !units.isEmpty else { return .met(observed: "none") }
        let findings = units.map { unit in
            let uninstall = Self.distributions.first { $0.name == unit.distribution }?.uninstall ?? ""
            return Finding(
                horizon == .now ? "active" : "starts-at-boot", expected: "only kubeadm's kubelet is on the machine",
                actual: "\(unit.name) of \(unit.distribution) \(unit.cause)",
                predicts: Prediction(kubeadm: "ERROR Port-10250", kubelet: "cannot bind its port"),
                remedy: "uninstall \(unit.distribution), or do not make this machine a node", manual: [uninstall],
                evidence: unit.evidence.map { [$0] } ?? [])
        }
        return .unmet(observed: units.map(\.name).joined(separator: ", "), findings: findings, proposals: [])
    }
}
