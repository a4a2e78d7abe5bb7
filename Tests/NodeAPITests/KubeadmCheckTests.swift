import NodeTesting
import Testing

@testable import NodeAPI

@Suite("Checks of kubeadm 1.28")
struct KubeadmCheckTests {
    @Test("a requirement stands for each", arguments: KubeadmCheck.all)
    func covered(_ check: KubeadmCheck) {
        #expect(!check.requirements.isEmpty)
    }

    @Test("no requirement names a check that kubeadm does not have")
    func known() {
        let names = Set(KubeadmCheck.all.map(\.name))
        #expect(KnownRequirement.all.flatMap(\.kubeadm).filter { !names.contains($0) } == [])
    }

    @Test("each stands once")
    func once() {
        let names = KubeadmCheck.all.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test("some requirement of each judges every step that makes the check", arguments: KubeadmCheck.all)
    func phases(_ check: KubeadmCheck) {
        let judged = KnownRequirement.all.filter { check.requirements.contains($0.id) }.flatMap(\.phases)
        #expect(check.phases.filter { !judged.contains($0) } == [])
    }

    @Test("the document says of each what stands for it")
    func document() throws {
        let body = KubeadmChecksBody()
        #expect(body.checks.count == KubeadmCheck.all.count)
        let ports = try #require(body.checks.first { $0.name == "Port-6443" })
        #expect(
            ports.level == "error" && ports.phases == ["init"] && ports.requirements == ["control-plane-ports-free"])
        #expect(String(decoding: WireJSON.encode(body), as: UTF8.self).contains("\"release\":\"1.28\""))
    }
}
