internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The cluster's link runs at gigabit.
///
/// - Source: kernel, Documentation/ABI/testing/sysfs-class-net, `speed`: in Mbit/s, and an error or -1 for a link that does
///   not tell it.
package struct LinkSpeed: Requirement {
    package static let entry = CatalogEntry(
        "link-speed", group: "network", title: "The cluster's link runs at gigabit", severity: .info,
        why: "a damaged cable falls back to 100 Mbit/s, and images and etcd are slow",
        source: "kernel, sysfs-class-net",
        checks: "speed in /sys/class/net of the link with the node's address, and of the ports of a bridge.",
        manual: ["cat /sys/class/net/*/speed"])

    private let configuration: Configuration
    package let inputs: [Input] = [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The slowest port.
    package struct Observation: Equatable, Sendable {
        var link = ""
        /// In Mbit/s; `nil` when no port tells it.
        var megabits: Int?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let link = try await ClusterLink.name(host, configuration) else { return Observation() }
        var seen = Observation(link: link)
        let ports = try await host.files.names(in: ClusterLink.folder.appending(link).appending("brif"))
        for name in ports.isEmpty ? [link] : ports {
            let path = ClusterLink.folder.appending(name).appending("speed")
            let text: String?
            do throws(ObservationError) {
                text = try await host.files.text(at: path)
            } catch {
                // A link that is down, or none of a card, refuses to be read.
                guard error.errno == .invalidArgument else { throw error }
                text = nil
            }
            guard let text, let speed = Int(text.textLines().first ?? ""), speed > 0 else { continue }
            if speed < seen.megabits ?? .max { seen = Observation(link: name, megabits: speed) }
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "a link finds its speed when it comes up") }
        guard let megabits = seen.megabits else { return .notApplicable(because: "the link does not report its speed") }
        guard megabits < 1000 else { return .met(observed: "\(megabits) Mbit/s on \(seen.link)") }
        return .unmet([
            Finding(
                "slow", severity: .info, expected: "1000 Mbit/s or more",
                actual: "\(seen.link) runs at \(megabits) Mbit/s",
                remedy: "try another cable and another port of the switch",
                manual: ["sudo ethtool \(seen.link)"],
                evidence: [Evidence(ClusterLink.folder.appending(seen.link).appending("speed"))])
        ])
    }
}
