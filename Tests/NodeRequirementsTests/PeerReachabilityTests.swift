import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Peer reachability")
struct PeerReachabilityTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var tcp: PeerAnswer.Outcome
        var echo: PeerAnswer.Outcome
        var lost: Int?
        var roundTrip: Int?
        var largest: PeerAnswer.Largest?
        var reason: String?
        var severity: Severity?
    }

    private let node = Configuration.Node(name: "nuc02", address: "10.0.0.2", role: .worker)

    private func findings(_ peers: [PeerReachability.Peer]) -> [Finding] {
        guard
            case .unmet(_, let findings, let proposals) = PeerReachability(Configuration()).assess(
                .init(peers: peers), at: .now)
        else { return [] }
        #expect(proposals == [])
        return findings
    }

    @Test(
        "each way to fail has a reason of its own",
        arguments: [
            Case(testDescription: "all is well", tcp: .open, echo: .open, lost: 0, roundTrip: 300),
            Case(testDescription: "echoes are dropped", tcp: .open, echo: .timeout, lost: 3, roundTrip: 300),
            Case(testDescription: "no echo can be sent", tcp: .open, echo: .timeout),
            Case(testDescription: "no way", tcp: .noRoute, echo: .noRoute, reason: "no-route", severity: .error),
            Case(testDescription: "off", tcp: .timeout, echo: .timeout, reason: "timeout", severity: .error),
            Case(
                testDescription: "filtered", tcp: .timeout, echo: .open, lost: 0, reason: "icmp-only", severity: .error),
            Case(
                testDescription: "no server", tcp: .refused, echo: .open, lost: 0, reason: "refused", severity: .error),
            Case(
                testDescription: "loss", tcp: .open, echo: .open, lost: 1, roundTrip: 300, reason: "loss",
                severity: .warning),
            Case(
                testDescription: "slow", tcp: .open, echo: .open, lost: 0, roundTrip: 10_001, reason: "slow",
                severity: .warning),
            Case(
                testDescription: "large packets pass", tcp: .open, echo: .open, lost: 0, roundTrip: 300, largest: .open),
            Case(
                testDescription: "large packets are lost", tcp: .open, echo: .open, lost: 0, roundTrip: 300,
                largest: .lost, reason: "large-lost", severity: .warning),
            Case(
                testDescription: "all kinds are lost now and then", tcp: .open, echo: .open, lost: 2, roundTrip: 300,
                largest: .lost, reason: "loss", severity: .warning),
            Case(
                testDescription: "echoes are dropped, large ones too", tcp: .open, echo: .timeout, lost: 3,
                roundTrip: 300, largest: .lost),
        ])
    func reasons(_ example: Case) {
        let answer = PeerAnswer(
            PeerTarget(address: "10.0.0.2", port: 22), tcp: example.tcp, echo: example.echo, lost: example.lost,
            roundTrip: example.roundTrip, largest: example.largest)
        let found = findings([.init(node: node, resolved: "10.0.0.2", answer: answer)])
        #expect(found.first?.reason == example.reason)
        #expect(found.first?.severity == example.severity)
        #expect(found.allSatisfy { $0.remedy != nil })
    }

    @Test("a name that leads elsewhere is told before anything else", arguments: [nil, "10.0.0.9"])
    func unresolved(_ address: String?) {
        let answer = PeerAnswer(PeerTarget(address: "10.0.0.2", port: 22), tcp: .timeout, echo: .timeout)
        #expect(findings([.init(node: node, resolved: address, answer: answer)]).map(\.reason) == ["unresolved"])
    }

    @Test(
        "of a large cluster each node tries 64 others at the most, and is tried by some", arguments: [2, 65, 66, 300])
    func large(_ count: Int) {
        let nodes = (0..<count).map { index in
            Configuration.Node(
                name: "nuc\(index)", address: "10.0.\(index / 250).\(index % 250 + 1)",
                role: index < 3 ? .controlPlane : .worker)
        }
        var triedBy: [String: Int] = [:]
        for own in nodes {
            let tried = PeerReachability.tried(by: own, nodes)
            #expect(!tried.contains(own) && tried.count <= PeerReachability.most)
            #expect(tried.count { $0.role == .controlPlane } == nodes.count { $0.role == .controlPlane && $0 != own })
            for node in tried { triedBy[node.name, default: 0] += 1 }
        }
        #expect(nodes.allSatisfy { (triedBy[$0.name] ?? 0) >= min(32, count - 1) })
    }

    @Test("a try that could not be made is unknown")
    func untried() async {
        var configuration = Configuration()
        configuration.nodes = [.init(name: "nuc01", address: "10.0.0.1", role: .controlPlane), node]
        let host = FakeHost(["/etc/hosts": .text("10.0.0.2 nuc02\n")])
        host.answers.update { $0.addresses = ["10.0.0.1"] }
        await #expect(throws: ObservationError.self) {
            try await PeerReachability(configuration).observe(host.view, at: .now)
        }
    }

    @Test("the next boot, and a machine alone, have nothing to judge")
    func notApplicable() {
        let requirement = PeerReachability(Configuration())
        for (seen, horizon) in [
            (PeerReachability.Observation(), Horizon.now), (.init(peers: []), .now), (.init(peers: []), .nextBoot),
        ] {
            guard case .notApplicable = requirement.assess(seen, at: horizon) else {
                Issue.record("judged")
                continue
            }
        }
    }
}
