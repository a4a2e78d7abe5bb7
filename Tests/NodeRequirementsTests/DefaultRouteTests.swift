import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import ConfigFormats
@testable import NodeRequirements

@Suite("Default route")
struct DefaultRouteTests {
    private func route(_ interface: String, metric: Int, isIPv4: Bool = true) throws -> RouteTable.Route {
        RouteTable.Route(
            interface: interface,
            destination: try #require(IPAddress(bytes: [UInt8](repeating: 0, count: isIPv4 ? 4 : 16))),
            length: 0, gateway: IPAddress(isIPv4 ? "10.0.0.254" : "fe80::1"), metric: metric)
    }

    private func finding(_ routes: [RouteTable.Route]) -> Finding? {
        guard case .unmet(_, let findings, _) = DefaultRoute(Configuration()).assess(.init(routes: routes), at: .now)
        else { return nil }
        return findings.first
    }

    @Test("none is an error, one is good, two of one family with one metric are a warning")
    func judged() throws {
        #expect(finding([])?.reason == "none")
        #expect(finding([])?.severity == .error)
        #expect(finding([try route("a", metric: 0)]) == nil)
        #expect(finding([try route("a", metric: 100), try route("b", metric: 200)]) == nil)
        #expect(finding([try route("a", metric: 100), try route("b", metric: 100, isIPv4: false)]) == nil)
        #expect(finding([try route("a", metric: 100), try route("b", metric: 100)])?.reason == "equal-metric")
        #expect(finding([try route("a", metric: 100), try route("b", metric: 100)])?.severity == .warning)
    }

    @Test("tables that are not there are unknown, and so is one that is not read")
    func unknown() async {
        let host = FakeHost(["/proc/net/route": .absent, "/proc/net/ipv6_route": .absent])
        await #expect(throws: ObservationError.self) {
            try await DefaultRoute(Configuration()).observe(host.view, at: .now)
        }
        host.set("/proc/net/route", to: .text("Iface\n"))
        host.set("/proc/net/ipv6_route", to: .text("rubbish\n"))
        await #expect(throws: ObservationError.self) {
            try await DefaultRoute(Configuration()).observe(host.view, at: .now)
        }
    }
}
