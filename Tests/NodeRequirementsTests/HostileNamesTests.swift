import LinuxHost
import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Hostile files of names and kernel values")
struct HostileNamesTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var path: FilePath
        var requirements: [any Requirement.Type]
        var testDescription: String { path.string }
    }

    static let cases = [
        Case(path: "/etc/hosts", requirements: [HostsEntries.self]),
        Case(path: "/etc/nsswitch.conf", requirements: [HostsEntries.self]),
        Case(path: "/etc/hostname", requirements: [Hostname.self]),
        Case(path: "/etc/cloud/cloud.cfg", requirements: [CloudInitHostname.self, CloudInitHosts.self]),
        Case(path: "/etc/cloud/cloud.cfg.d/zz.cfg", requirements: [CloudInitHostname.self, CloudInitHosts.self]),
        Case(
            path: "/var/lib/cloud/instance/cloud-config.txt",
            requirements: [CloudInitHostname.self, CloudInitHosts.self]),
        Case(path: "/etc/sysctl.d/a.conf", requirements: [BridgeSysctls.self, IPForward.self]),
        Case(path: "/etc/sysctl.d/99-zz-nucprep.conf", requirements: [BridgeSysctls.self, IPForward.self]),
    ]

    private func answers(_ example: Case, _ tree: ScratchTree) async throws -> [Result<Assessment, ObservationError>] {
        var record = HostRecord()
        record.addresses = ["10.0.0.1"]
        record.hostnamed = .some(nil)
        let view = try LinuxMachine(root: tree.path, record: RecordedAnswers(record)).view
        var configuration = Configuration()
        configuration.nodes = [.init(name: "nuc01", address: "10.0.0.1", role: .controlPlane)]
        let looks = await Inspector(example.requirements.map { $0.init(configuration) }).look(at: view)
        return looks.map(\.nextBoot)
    }

    private func tree() throws -> ScratchTree {
        let tree = try ScratchTree()
        try tree.write("quiet\n", to: "/proc/cmdline")
        try tree.write("nuc01\n", to: "/proc/sys/kernel/hostname")
        try tree.write("hosts: files\n", to: "/etc/nsswitch.conf")
        try tree.write("a: b\n", to: "/etc/cloud/cloud.cfg")
        return tree
    }

    @Test("a file of 100 MB is unknown, and is not read to its end", arguments: cases)
    func enormous(_ example: Case) async throws {
        let tree = try tree()
        try tree.write("", to: example.path)
        let file = try FileDescriptor.open(tree.real(example.path), .writeOnly)
        try file.closeAfter {
            _ = try file.seek(offset: 100 << 20, from: .start)
            _ = try file.writeAll([0x0A])
        }
        for answer in try await answers(example, tree) {
            guard case .failure = answer else {
                Issue.record("\(answer)")
                continue
            }
        }
    }

    @Test("random bytes are never met by what they say, and never the end of the program", arguments: cases)
    func noise(_ example: Case) async throws {
        let tree = try tree()
        for seed in UInt64(1)...12 {
            var state = seed &* 0x9E37_79B9_7F4A_7C15
            var bytes: [UInt8] = []
            for _ in 0..<2_000 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                bytes.append(UInt8(truncatingIfNeeded: state))
            }
            try tree.write(bytes, to: example.path)
            for answer in try await answers(example, tree) {
                switch answer {
                case .failure, .success(.unmet): break
                case .success(.met(let observed)): Issue.record("met: \(observed)")
                case .success(.notApplicable(let reason)): Issue.record("not applicable: \(reason)")
                }
            }
        }
    }

    @Test("a folder and a link to itself in a file's place are unknown, and nobody waits", arguments: cases)
    func kinds(_ example: Case) async throws {
        let folder = try tree()
        folder.remove(example.path)
        try folder.write("x", to: example.path.appending("inside"))
        let loop = try tree()
        loop.remove(example.path)
        try loop.link(example.path, to: example.path)
        for tree in [folder, loop] {
            for answer in try await answers(example, tree) {
                switch answer {
                case .failure: break
                // Our own file as a link is told with what to do.
                case .success(.unmet(_, let findings, let proposals)):
                    #expect(proposals == [] && findings.allSatisfy { $0.remedy != nil }, "\(answer)")
                default: Issue.record("\(answer)")
                }
            }
        }
    }
}
