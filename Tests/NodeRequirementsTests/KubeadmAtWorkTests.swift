import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("kubeadm at work")
struct KubeadmAtWorkTests {
    private let host: FakeHost

    init() {
        host = FakeHost(["/proc/stat": .text("cpu 1 2 3\nbtime 1700000000\n")])
        host.answers.update { $0.kubeadms = [] }
        list([])
    }

    private func list(_ pids: [Int]) {
        host.set("/proc", to: .folder(pids.map(String.init) + ["self", "sys"]))
    }

    private func process(
        _ pid: Int, comm: String = "kubeadm", users: String = "0\t0\t0\t0", namespaces: String? = nil,
        state: String = "S (sleeping)", ticks: Int = 250
    ) {
        let zeros = Array(repeating: "0", count: 18).joined(separator: " ")
        host.set(FilePath("/proc/\(pid)/comm"), to: .text(comm + "\n"))
        host.set(
            FilePath("/proc/\(pid)/status"),
            to: .text("Name:\t\(comm)\nState:\t\(state)\nUid:\t\(users)\nNSpid:\t\(namespaces ?? "\(pid)")\n"))
        host.set(FilePath("/proc/\(pid)/stat"), to: .text("\(pid) (a) b) S \(zeros) \(ticks) 0 0\n"))
    }

    private func found() async throws -> KubeadmProcess? { try await KubeadmAtWork.process(on: host.view) }

    @Test("the host's own program run by root counts, with its start")
    func real() async throws {
        list([812])
        process(812)
        host.answers.update { $0.kubeadms = [812] }
        #expect(try await found() == KubeadmProcess(pid: 812, startedAt: 1_700_000_002_500_000))
    }

    @Test("whoever merely has its name stops nothing")
    func names() async throws {
        list([901, 902, 903, 904, 905, 906])
        process(901, users: "1000\t1000\t1000\t1000")
        // sudo that waits for a password, started under another name.
        process(902)
        process(903, users: "0\t1000\t1000\t1000")
        // A container's root, in a pid namespace of its own.
        process(904, namespaces: "904\t1")
        process(905, comm: "kubelet")
        process(906, state: "Z (zombie)")
        #expect(try await found() == nil)
        // Only the second is looked into: of the others the kernel has said enough.
        host.answers.update { $0.kubeadms = [901, 903, 904, 905, 906] }
        #expect(try await found() == nil)
    }

    @Test("the oldest of several is told")
    func oldest() async throws {
        list([30, 40, 50])
        process(30, ticks: 900)
        process(40, ticks: 100)
        process(50, ticks: 500)
        host.answers.update { $0.kubeadms = [30, 40, 50] }
        #expect(try await found()?.pid == 40)
    }

    @Test("without a process of that name no program is run to look into it")
    func noQuestion() async throws {
        host.answers.update { $0.kubeadms = nil }
        list([812])
        process(812, comm: "kubelet")
        #expect(try await found() == nil)
    }

    @Test("what cannot be told is no answer: processes, whose they are, which program they run")
    func unknown() async throws {
        await #expect(throws: ObservationError.self) { _ = try await KubeadmAtWork.process(on: FakeHost().view) }
        list([812])
        process(812)
        host.set("/proc/812/status", to: .unreadable("no"))
        await #expect(throws: ObservationError.self) { _ = try await found() }
        host.set("/proc/812/status", to: .text("Name:\tkubeadm\n"))
        await #expect(throws: ObservationError.self) { _ = try await found() }
        process(812)
        host.answers.update { $0.kubeadms = nil }
        await #expect(throws: ObservationError.self) { _ = try await found() }
    }

    @Test("a process that ends between the list and the look is no error")
    func gone() async throws {
        list([812, 813])
        host.set("/proc/812/comm", to: .absent)
        host.set("/proc/813/comm", to: .unreadable("No such process"))
        #expect(try await found() == nil)
    }
}
