import ConfigFormats
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("The kubelet's command line")
struct KubeletCommandTests {
    private static let unit = "/usr/lib/systemd/system/kubelet.service"
    private static let folder = "/etc/systemd/system/kubelet.service.d"

    @Test("files count before Environment=, the later file before the earlier, and $NAME is split into words")
    func order() async throws {
        let host = try ScratchHost()
        try host.tree.write("[Service]\nExecStart=/usr/bin/kubelet --old\n", to: FilePath(Self.unit))
        try host.tree.write(
            """
            [Service]
            EnvironmentFile=-/etc/a.env
            EnvironmentFile=-/etc/b.env
            Environment="X=--from-unit" 'Y=--one --two'
            ExecStart=
            ExecStart=/usr/bin/kubelet $X ${Y} $Y $NOWHERE --v=2

            """, to: FilePath(Self.folder + "/10.conf"))
        try host.tree.write("X=--from-a\n", to: "/etc/a.env")
        try host.tree.write("# X=--comment\nX=\"--from-b \\\n --and-more\"\n", to: "/etc/b.env")
        let command = try await KubeletCommand.read(host.view)
        #expect(command.words.map(\.text) == ["--from-b", "--and-more", "--one --two", "--one", "--two", "--v=2"])
        #expect(command.words.first?.evidence == Evidence("/etc/b.env", line: 2))
    }

    @Test("a flag has its value behind = or in the next word, and an underscore is a dash")
    func flags() {
        var command = KubeletCommand()
        command.words = ["--cgroup_driver", "cgroupfs", "-v", "--a=b=c", "--fail-swap-on"].map {
            .init(text: $0, evidence: Evidence("/f"))
        }
        #expect(command.flags.map(\.name) == ["cgroup-driver", "a", "fail-swap-on"])
        #expect(command.flags.map(\.value) == ["cgroupfs", "b=c", nil])
    }

    @Test(
        "a peer's port is that of its target of ssh",
        arguments: [
            ("", nil), ("nuc02", nil), ("root@nuc02:2222", 2222), ("nuc02:2222", 2222), ("[fd00::2]:2200", 2200),
            ("fd00::2", nil), ("nuc02:0", nil), ("nuc02:70000", nil), ("nuc02:x", nil),
        ] as [(String, Int?)])
    func port(_ target: String, _ port: Int?) {
        var node = Configuration.Node(name: "nuc02", address: "192.168.1.12", role: .worker)
        node.ssh = target
        #expect(PeerReachability.port(of: node) == port)
    }
}
