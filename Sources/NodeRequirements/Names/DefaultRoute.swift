internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// There is one way out of the node.
///
/// - Source: kubeadm picks a node's address by it, `k8s.io/apimachinery/pkg/util/net/interface.go` (`ChooseHostInterface`).
package struct DefaultRoute: Requirement {
    package static let entry = CatalogEntry(
        "default-route", group: "names", title: "There is one way out of the node",
        why: "kubeadm and the kubelet take the address on the default route for the node's own",
        source: "kubernetes apimachinery, ChooseHostInterface; kernel, /proc/net/route",
        checks: "the default routes of the kernel's main table, for IPv4 and IPv6, with their metrics",
        manual: ["ip route show default", "sudo ip route add default via GATEWAY dev INTERFACE"])

    package let inputs: [Input] = [.addresses]

    package init(_ configuration: Configuration) {}

    /// The default routes of both families.
    package struct Observation: Equatable, Sendable {
        var routes: [RouteTable.Route]
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(routes: try await KernelRoutes.read(host).filter(\.isDefault))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else {
            return .notApplicable(because: "routes are made anew at each boot by the network's own configuration")
        }
        let words = seen.routes.map { route in
            (route.gateway.map { "via \($0) " } ?? "") + "on \(route.interface)"
        }
        guard !seen.routes.isEmpty else {
            let finding = Finding(
                "none", expected: "one default route", actual: "no default route",
                predicts: Prediction(
                    kubeadm: "finds no address to advertise", kubelet: "finds no address of its own"),
                remedy: "give the network a gateway in its own configuration", manual: Self.entry.manual,
                evidence: [Evidence(KernelRoutes.file)])
            return .unmet(observed: "no default route", findings: [finding], proposals: [])
        }
        let observed = words.joined(separator: ", ")
        let rivals = seen.routes.filter { route in
            seen.routes.contains { $0 != route && $0.metric == route.metric && isSameFamily($0, route) }
        }
        guard let metric = rivals.first?.metric else { return .met(observed: observed) }
        let finding = Finding(
            "equal-metric", severity: .warning, expected: "one default route that is preferred",
            actual: "\(rivals.count) default routes with the metric \(metric): \(observed)",
            why: "which of them is taken, and with it which address, is a matter of chance",
            remedy: "give one of the networks a smaller metric in its own configuration",
            manual: ["ip route show default"], evidence: [Evidence(KernelRoutes.file)])
        return .unmet(observed: observed, findings: [finding], proposals: [])
    }

    private func isSameFamily(_ one: RouteTable.Route, _ other: RouteTable.Route) -> Bool {
        one.destination.isIPv4 == other.destination.isIPv4
    }
}

/// The kernel's routes of both families.
enum KernelRoutes {
    static let file: FilePath = "/proc/net/route"

    /// Reads them.
    ///
    /// - Throws: when neither family has a table, or one cannot be read.
    static func read(_ host: HostView) async throws(ObservationError) -> [RouteTable.Route] {
        let other: FilePath = "/proc/net/ipv6_route"
        let four = try await host.files.text(at: file)
        // A kernel without IPv6 has no such file.
        let six = try await host.files.text(at: other)
        guard four != nil || six != nil else { throw ObservationError(reading: file.string, cause: "it is absent") }
        var path = file
        do throws(ParseError) {
            var routes = try four.map { (text) throws(ParseError) in try RouteTable(parsingIPv4: text).routes } ?? []
            path = other
            routes += try six.map { (text) throws(ParseError) in try RouteTable(parsingIPv6: text).routes } ?? []
            return routes
        } catch {
            throw ObservationError(reading: path.string, cause: error.description)
        }
    }
}
