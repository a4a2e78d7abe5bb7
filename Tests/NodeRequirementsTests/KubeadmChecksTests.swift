import NodeRequirements
import NodeState
import Testing

@Suite("Checks of kubeadm 1.28")
struct KubeadmChecksTests {
    @Test("a requirement stands for each, or the reason why none does", arguments: KubeadmCheck.all)
    func covered(_ check: KubeadmCheck) {
        #expect(check.requirements.isEmpty == (check.reason != nil), "\(check.name)")
    }

    @Test("no requirement names a check that kubeadm does not have")
    func known() {
        let names = Set(KubeadmCheck.all.map(\.name))
        #expect(Catalog.all.flatMap { $0.entry.kubeadmChecks }.filter { !names.contains($0) } == [])
    }

    @Test("each stands once")
    func once() {
        let names = KubeadmCheck.all.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
