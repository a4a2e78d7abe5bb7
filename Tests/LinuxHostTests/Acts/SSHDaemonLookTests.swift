import NodeState
import NodeTesting
import Synchronization
import SystemPackage
import Systemd
import Testing

@testable import LinuxHost

@Suite("sshd's word on its configuration")
struct SSHDaemonLookTests {
    private let folder: ActFolder

    init() throws {
        folder = try ActFolder()
        try folder.tree.write("Port 22\n", to: "/etc/ssh/sshd_config")
    }

    /// The endings that are left.
    private final class Left: Sendable {
        private let endings: Mutex<[String?]>
        init(_ endings: [String?]) { self.endings = Mutex(endings) }
        func next() -> String?? { endings.withLock { $0.isEmpty ? nil : .some($0.removeFirst()) } }
    }

    /// A look whose unit ends as `endings` say, one after the other: `nil` is success, a text is what sshd complains of.
    private func look(_ endings: [String?]) throws -> (look: SSHDaemonLook, units: FalseOrders) {
        let (run, left) = (folder.run, Left(endings))
        let units = FalseOrders { _ throws(BusError) in
            guard let ending = left.next() else { throw FalseOrders.refusal }
            try? run.write(ending ?? "", to: "/out/look-sshd.log")
            return ending == nil ? .done : .ended("failed")
        }
        return (SSHDaemonLook(folder.unitRun(units), files: try folder.files), units)
    }

    @Test("sshd is run once, and again when a file below its folder has changed")
    func once() async throws {
        let (look, units) = try look([nil, "/etc/ssh/sshd_config.d/a.conf: line 1: Bad configuration option: x\n"])
        #expect(try await look.testConfiguration() == .accepted)
        #expect(try await look.testConfiguration() == .accepted)
        #expect(units.calls == ["start nucprep-look-sshd.service"])
        try folder.tree.write("x y\n", to: "/etc/ssh/sshd_config.d/a.conf")
        let refused = SSHDaemonAnswer.refused(["/etc/ssh/sshd_config.d/a.conf: line 1: Bad configuration option: x"])
        #expect(try await look.testConfiguration() == refused)
        #expect(try await look.testConfiguration() == refused)
        #expect(units.calls.count == 2)
    }

    @Test("the folder that systemd makes when it starts sshd is no fault")
    func folderOfTheUnit() async throws {
        let (look, _) = try look(["Missing privilege separation directory: /run/sshd\n"])
        #expect(try await look.testConfiguration() == .accepted)
    }

    @Test(
        "an end without a word, a name that needs the network, and no systemd are not known",
        arguments: [["" as String?], ["bad addr or host: nuc01.lan (Name or service not known)\n"], []])
    func unknown(_ endings: [String?]) async throws {
        let (look, _) = try look(endings)
        await #expect(throws: ObservationError.self) { _ = try await look.testConfiguration() }
    }
}
