internal import NodeEngine
internal import NodeState
internal import Synchronization
internal import Testing

@testable internal import NucprepDaemon

@Suite("Startup")
struct StartupTests {
    /// Writes down what is performed.
    private final class Acts: HostControl {
        let done = Mutex<[String]>([])
        func note(_ what: String) { done.withLock { $0.append(what) } }
        func perform(_ change: Change) async throws(ChangeError) -> Effect {
            note(change.kind)
            return .applied
        }
    }

    @Test("packages are installed after systemd was told, and nothing else makes it be told")
    func order() async throws {
        let acts = Acts()
        let control = ReadyBeforePackages(control: acts) { acts.note("told") }
        _ = try await control.perform(.loadModule("br_netfilter"))
        _ = try await control.perform(.installPackages(PackageOrder([PackageVersion("curl")])))
        #expect(acts.done.withLock { $0 } == ["load-module", "told", "install-packages"])
    }

    @Test("systemd is told once")
    func once() {
        let state = DaemonState()
        let cache = SnapshotCache { Samples.published($0) }
        let acts = Acts()
        let startup = Startup(state: state, cache: cache) { _ in acts.note("told") }
        #expect(!state.value.isReady)
        startup.tell()
        startup.tell()
        #expect(state.value.isReady)
        #expect(acts.done.withLock { $0 } == ["told"])
    }
}
