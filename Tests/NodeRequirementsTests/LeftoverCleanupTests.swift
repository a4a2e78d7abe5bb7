import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

/// What an earlier cluster left goes with the consent `cleanup` alone, and only where nobody may use it.
@Suite("Clean-up of leftovers")
struct LeftoverCleanupTests {
    /// A record, and what becomes of it: the objects of the changes that are made.
    struct Case: CustomTestStringConvertible, Sendable {
        var record: Record
        var done: [String]
        /// The reason why all of it is refused, if it is.
        var refused: Refusal.Reason?
        var testDescription: String { record.testDescription }

        init(_ id: RequirementID, _ name: String, _ done: [String] = [], refused: Refusal.Reason? = nil) {
            record = Record(id: id, name: name)
            self.done = done
            self.refused = refused
        }
    }

    static let cases = [
        Case(
            "leftover-cni", "agreed",
            ["00-old.conflist", "10-flannel.conflist", "10-weave.conf"].map { "/etc/cni/net.d/\($0)" }),
        Case("leftover-cni", "docker-alone", ["/etc/cni/net.d/00-old.conflist"]),
        Case("leftover-cni", "not-agreed", refused: .consentMissing),
        Case("leftover-cni", "half-a-cluster", refused: .lifecycle),
        Case("leftover-cni", "package-file"), Case("leftover-cni", "podman-agreed"),
        Case("leftover-cni", "containers-run"), Case("leftover-cni", "nerdctl-runs"),
        Case("leftover-cni", "k3s-runs"), Case("leftover-cni", "without-dpkg"),
        Case("leftover-cni", "units-not-recorded"), Case("leftover-cni", "joined-agreed"),

        Case("leftover-links", "agreed", ["cni0", "flannel.1", "kube-ipvs0"]),
        Case("leftover-links", "not-agreed", refused: .consentMissing),
        Case("leftover-links", "half-a-cluster", refused: .lifecycle),
        Case("leftover-links", "bridge-with-a-port"), Case("leftover-links", "below-another-link"),
        Case("leftover-links", "other-kinds"), Case("leftover-links", "calico-ends"),
        Case("leftover-links", "wrong-name-inside"), Case("leftover-links", "containers-run"),
        Case("leftover-links", "k3s-runs"), Case("leftover-links", "joined-agreed"),
        Case("leftover-links", "flannel"),

        Case("leftover-rules", "agreed", ["FLANNEL-FWD, KUBE-FORWARD, CNI-HOSTPORT-DNAT, KUBE-SERVICES"]),
        Case("leftover-rules", "not-agreed", refused: .consentMissing),
        Case("leftover-rules", "half-a-cluster", refused: .lifecycle),
        Case("leftover-rules", "podman-beside", ["KUBE-SERVICES"]), Case("leftover-rules", "tables-of-others"),
        Case("leftover-rules", "legacy-beside-agreed"), Case("leftover-rules", "ipvs-agreed"),
        Case("leftover-rules", "containers-run"), Case("leftover-rules", "nerdctl-runs"),
        Case("leftover-rules", "k3s-runs"), Case("leftover-rules", "joined-agreed"),
        Case("leftover-rules", "chains"),
    ]

    @Test("is made, refused or not even proposed", arguments: cases)
    func outcome(_ example: Case) async throws {
        let recorded = try example.record.host
        let host = try ScratchHost(copyOf: recorded.root, record: recorded.record)
        let node = TestNode(
            view: host.view, control: host.control,
            requirements: [try example.record.requirement(recorded.configuration)],
            configuration: recorded.configuration,
            lifecycle: { (host) async throws(ObservationError) in
                try await LifecycleRule.lifecycle(of: host, packageVersion: "1.28.1-1.1")
            })
        await node.convergence.pass(.boot)
        #expect(host.performed.filter { $0.effect == .applied }.map(\.change.object) == example.done)
        let snapshot = try #require(node.published.values.last)
        #expect(Set(snapshot.refused.map(\.refusal.reason)) == Set([example.refused].compactMap(\.self)))
        if example.refused == .consentMissing {
            #expect(snapshot.refused.allSatisfy { $0.refusal.text.contains("cleanup") })
        }
    }
}
