internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// cloud-init does not put another name back at boot.
///
/// - Source: cloud-init, "Set Hostname", "Update Hostname" (`preserve_hostname`).
package struct CloudInitHostname: Requirement {
    package static let entry = CatalogEntry(
        "cloud-init-hostname", group: "names", title: "cloud-init leaves the hostname alone",
        why: "cloud-init can put an old name back at boot, and the node would register under it",
        source: "cloud-init, Set Hostname and Update Hostname; canonical/cloud-init#2486",
        checks:
            "for the next boot: whether cloud-init is there and switched on, and which of its files, in /etc/cloud or in the data of the instance, has the last word on preserve_hostname",
        manual: CloudInit.ways)

    package let inputs = CloudInit.inputs

    package init(_ configuration: Configuration) {}

    private static let key = "preserve_hostname"

    /// What was seen of cloud-init's files.
    package struct Observation: Equatable, Sendable {
        var cloudInit: CloudInit
        /// Whether it takes the name for one that a person gave, and leaves it alone.
        var standsDown = false
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(cloudInit: try await CloudInit.observe(Self.key, host, at: horizon))
        if horizon == .nextBoot, seen.cloudInit.idle == nil,
            try await CloudInit.isSpent("update_hostname", .always, host)
        {
            seen.cloudInit.idle = "cloud-init's module update_hostname has run, and is not to run again"
        }
        if horizon == .nextBoot, seen.cloudInit.idle == nil { seen.standsDown = try await CloudInit.standsDown(host) }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let cloudInit = seen.cloudInit
        if let idle = cloudInit.idle { return .notApplicable(because: idle) }
        guard horizon == .nextBoot else { return .notApplicable(because: "cloud-init acts at boot alone") }
        let value = cloudInit.value
        if let value, value.scalar.isTrue { return .met(observed: "\(Self.key): true in \(value.path)") }
        var finding = Finding(
            "may-reset", expected: "\(Self.key): true",
            actual: value.map { "\($0.path) says \(Self.key): \($0.scalar.text)" }
                ?? "no file of cloud-init says \(Self.key)",
            predicts: Prediction(kubelet: "registers under the name that cloud-init puts back"),
            evidence: [value?.evidence ?? Evidence("/etc/cloud/cloud.cfg")])
        if value?.isOfInstance == true {
            finding.reason = "user-data-overrides"
        } else if seen.standsDown {
            finding.reason = "stands-down"
            finding.severity = .warning
            finding.why =
                "the name in /etc/hostname is not the one that cloud-init wrote, so it keeps off, until the machine is another instance, such as a cloned disk"
        }
        return .unmet(
            observed: finding.actual, findings: [cloudInit.completed(finding, Self.key)],
            proposals: cloudInit.proposals)
    }
}
