internal import Glibc
internal import SystemPackage
internal import Testing

@testable internal import CommandProcess

@Suite("Standard streams")
struct StandardStreamsTests {
    @Test("become no program without words, or with one that exec cannot pass")
    func noProgram() {
        #expect(StandardStreams.become([]) == .invalidArgument)
        #expect(StandardStreams.become(["true", "a\0b"]) == .invalidArgument)
    }

    @Test("say why a program cannot be become")
    func missing() {
        #expect(StandardStreams.become(["/nonexistent/kubeadm", "init"]) == .noSuchFileOrDirectory)
    }

    @Test("are at least 60 columns wide")
    func width() {
        #expect(StandardStreams.width(of: .output) >= 60)
    }

    @Test("know an empty variable from one that is not set")
    func environment() {
        #expect(StandardStreams.environment("PATH")?.isEmpty == false)
        #expect(StandardStreams.environment("NUCPREP_NOT_SET") == nil)
    }
}
