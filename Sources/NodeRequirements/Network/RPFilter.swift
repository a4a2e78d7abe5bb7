package import NodeState
internal import SystemPackage

/// Reverse-path filtering lets the packets of pods through.
///
/// - Source: kernel, Documentation/networking/ip-sysctl.rst, `rp_filter`: the larger of `all` and the link counts; Calico
///   and Cilium ask for 0 or 2.
package struct RPFilter: Requirement {
    package static let entry = CatalogEntry(
        "rp-filter", group: "network", title: "Reverse-path filtering is not strict", severity: .info,
        why: "with strict filtering Calico and Cilium lose packets without a word; flannel works with any value",
        source: "kernel, ip-sysctl.rst", checks: "rp_filter of all links and of the cluster's link.",
        manual: ["sysctl net.ipv4.conf.all.rp_filter", "sudo sysctl -w net.ipv4.conf.all.rp_filter=2"])

    private static let folder: FilePath = "/proc/sys/net/ipv4/conf"

    private let configuration: Configuration
    package let inputs: [Input] = [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The value that counts, and on which link.
    package struct Observation: Equatable, Sendable {
        var value: Int
        var name: String
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(value: try await value("all", host), name: "all")
        if let link = try await ClusterLink.name(host, configuration) {
            let own = try await value(link, host)
            if own > seen.value { seen = Observation(value: own, name: link) }
        }
        return seen
    }

    private func value(_ name: String, _ host: HostView) async throws(ObservationError) -> Int {
        let path = Self.folder.appending(name).appending("rp_filter")
        guard let text = try await host.files.text(at: path), let value = Int(text.prefix { $0.isNumber }) else {
            throw ObservationError(reading: path.string, cause: "it is absent or no number")
        }
        return value
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else {
            return .notApplicable(because: "what a link gets is decided when it comes up")
        }
        guard seen.value == 1 else { return .met(observed: "\(seen.value)") }
        return .unmet([
            Finding(
                "strict", severity: .info, expected: "0 or 2 for a pod network other than flannel",
                actual: "rp_filter of \(seen.name) is 1",
                remedy: "leave it with flannel; for Calico or Cilium set it to 2 in sysctl.d",
                manual: ["sudo sysctl -w net/ipv4/conf/\(seen.name)/rp_filter=2"],
                evidence: [Evidence(Self.folder.appending(seen.name).appending("rp_filter"))])
        ])
    }
}
