internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// cloud-init does not write /etc/hosts anew at boot.
///
/// - Source: cloud-init, "Update Etc Hosts" (`manage_etc_hosts`).
package struct CloudInitHosts: Requirement {
    package static let entry = CatalogEntry(
        "cloud-init-hosts", group: "names", title: "cloud-init leaves /etc/hosts alone",
        why: "with a template of cloud-init the names of the other nodes vanish from /etc/hosts at the next boot",
        source: "cloud-init, Update Etc Hosts",
        checks:
            "for the next boot: which of cloud-init's files, in /etc/cloud or in the data of the instance, has the last word on manage_etc_hosts",
        manual: CloudInit.ways)

    package let inputs = CloudInit.inputs + [.path("/etc/hosts")]

    package init(_ configuration: Configuration) {}

    private static let key = "manage_etc_hosts"

    /// What was seen of cloud-init's files.
    package struct Observation: Equatable, Sendable {
        var cloudInit: CloudInit
        /// The line of /etc/hosts with the notice of cloud-init's template; `nil` when there is none.
        var notice: Int?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(cloudInit: try await CloudInit.observe(Self.key, host, at: horizon))
        if horizon == .nextBoot, seen.cloudInit.idle == nil,
            try await CloudInit.isSpent("update_etc_hosts", .always, host)
        {
            seen.cloudInit.idle = "cloud-init's module update_etc_hosts has run, and is not to run again"
        }
        guard seen.cloudInit.value.flatMap(Self.reason) != nil else { return seen }
        let bytes = try await host.files.bytes(at: "/etc/hosts") ?? []
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        seen.notice = lines.firstIndex {
            $0.first == 0x23 && String(decoding: $0, as: UTF8.self).contains(Self.key)
        }
        .map { $0 + 1 }
        return seen
    }

    /// What a value of the key has cloud-init do; `nil` when it keeps off.
    private static func reason(_ value: CloudInit.Value) -> String? {
        if value.scalar.isTrue || value.scalar.text.lowercased() == "template" { return "template" }
        return value.scalar.text == "localhost" ? "localhost" : nil
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let cloudInit = seen.cloudInit
        if let idle = cloudInit.idle { return .notApplicable(because: idle) }
        guard horizon == .nextBoot else { return .notApplicable(because: "cloud-init acts at boot alone") }
        guard let value = cloudInit.value else {
            return .met(observed: "no file of cloud-init says \(Self.key)")
        }
        let actual = "\(value.path) says \(Self.key): \(value.scalar.text)"
        guard let reason = Self.reason(value) else { return .met(observed: actual) }
        var finding = Finding(
            value.isOfInstance ? "user-data-overrides" : reason, expected: "\(Self.key): false", actual: actual,
            why: "the whole of /etc/hosts is written from a template at each boot",
            predicts: Prediction(kubelet: "does not find the other nodes by name after a boot"),
            evidence: [value.evidence] + (seen.notice.map { [Evidence("/etc/hosts", line: $0)] } ?? []))
        if reason == "localhost" {
            finding.severity = .warning
            finding.why = "the line of 127.0.1.1 in /etc/hosts is written anew at each boot"
            finding.predicts = Prediction()
        }
        return .unmet(
            observed: actual, findings: [cloudInit.completed(finding, Self.key)], proposals: cloudInit.proposals)
    }
}
