import Testing

@testable import Fleet
@testable import NodeAPI
@testable import NodeAPITransport

@Suite("Where a worker joins")
struct JoinTargetTests {
    private func body(_ endpoint: String, planes: [String] = ["192.0.2.1"]) -> NodesBody {
        var body = NodesBody(
            cluster: "lab-a", kubernetesVersion: "1.28.1", podNetworkCidr: [], serviceCidr: [],
            controlPlaneEndpoint: endpoint, fanout: 32, deadlineS: 15, nodes: [])
        body.nodes = planes.map { address in
            NodesBody.NodeBody(
                name: "nuc01", role: .controlPlane, addresses: [address], sshTarget: "", isSelf: false)
        }
        return body
    }

    @Test(
        "is the endpoint of the configuration, else the control plane",
        arguments: [
            ("", "192.0.2.1:6443"), ("k8s.lan", "k8s.lan:6443"), ("k8s.lan:8443", "k8s.lan:8443"),
            ("[2001:db8::1]:8443", "[2001:db8::1]:8443"), ("2001:db8::1", "[2001:db8::1]:6443"),
        ])
    func target(endpoint: String, text: String) {
        #expect(JoinTarget(body(endpoint))?.text == text)
    }

    @Test("is nowhere without a control plane")
    func nowhere() { #expect(JoinTarget(body("", planes: [])) == nil) }

    @Test("what does not answer is NO-GO for the join of this node alone, with its own cause")
    func remarks() throws {
        let target = try #require(JoinTarget(body("")))
        #expect(target.remark(of: "nuc02", after: .open) == nil)
        for (outcome, reason) in [
            (TCPProbe.Outcome.refused, "refused"), (.timeout, "timeout"), (.unreachable("Network is down"), "no-route"),
        ] {
            let remark = try #require(target.remark(of: "nuc02", after: outcome))
            #expect(remark.reason == reason && remark.phases == [.join("nuc02")] && remark.contribution == .noGo)
            #expect(remark.remedy?.isEmpty == false && remark.actual.contains("192.0.2.1:6443"))
        }
    }

    @Test("a port is open while somebody listens on it, and refused before and after")
    func probe() throws {
        let listener = try LoopbackListener()
        #expect(TCPProbe.connect(to: "127.0.0.1", port: listener.port) == .open)
        listener.close()
        #expect(TCPProbe.connect(to: "127.0.0.1", port: listener.port) == .refused)
        guard case .unreachable(let cause) = TCPProbe.connect(to: "no such host", port: 1) else {
            Issue.record("a name with spaces leads somewhere")
            return
        }
        #expect(!cause.isEmpty)
    }
}
