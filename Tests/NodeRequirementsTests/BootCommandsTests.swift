import Glibc
import LinuxHost
import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("What the boot runs")
struct BootCommandsTests {
    private func tree() throws -> ScratchTree {
        let tree = try ScratchTree()
        try tree.write("quiet\n", to: "/proc/cmdline")
        try tree.write("Filename Type Size Used Priority\n", to: "/proc/swaps")
        try tree.write("22 1 0:21 / / rw - overlay overlay rw\n", to: "/proc/1/mountinfo")
        try tree.write("nuc01\n", to: "/proc/sys/kernel/hostname")
        try tree.write("nuc01\n", to: "/etc/hostname")
        try tree.write("net.ipv4.ip_forward = 1\n", to: "/etc/sysctl.d/k8s.conf")
        return tree
    }

    private func isMet(_ tree: ScratchTree) async throws -> Bool? {
        var record = HostRecord()
        record.addresses = ["10.0.0.1"]
        record.hostnamed = .some(nil)
        let view = try LinuxMachine(root: tree.path, record: RecordedAnswers(record)).view
        let looks = await Inspector([SwapOff(Configuration())]).look(at: view)
        switch looks.first?.nextBoot {
        case .success(.met): return true
        case .success: return false
        case .failure, nil: return nil
        }
    }

    private func start(_ command: String, in tree: ScratchTree) throws {
        try tree.write("[Service]\nType=oneshot\nExecStart=\(command)\n", to: "/etc/systemd/system/x.service")
        let link: FilePath = "/etc/systemd/system/multi-user.target.wants/x.service"
        tree.remove(link)
        try tree.link(link, to: "/etc/systemd/system/x.service")
    }

    @Test("a script of 100 MB is searched at its beginning alone")
    func enormous() async throws {
        let tree = try tree()
        try start("/opt/x", in: tree)
        try tree.write("#!/bin/sh\nswapon /x\n", to: "/opt/x")
        let file = try FileDescriptor.open(tree.real("/opt/x"), .writeOnly)
        try file.closeAfter {
            _ = try file.seek(offset: 100 << 20, from: .start)
            _ = try file.writeAll([0x0A])
        }
        #expect(try await isMet(tree) == false)
        try tree.write("#!/bin/sh\n" + String(repeating: "#\n", count: 40_000) + "swapon /x\n", to: "/opt/x")
        #expect(try await isMet(tree) == true, "behind the limit nothing is searched")
    }

    @Test(
        "what is no script says nothing", arguments: ["absent", "a folder", "a pipe", "a link out", "binary", "empty"])
    func noScript(_ kind: String) async throws {
        let tree = try tree()
        try start("/opt/x", in: tree)
        try tree.makeFolder("/opt")
        switch kind {
        case "a folder": try tree.makeFolder("/opt/x")
        case "a pipe": #expect(unsafe mkfifo(tree.real("/opt/x").string, 0o755) == 0)
        case "a link out": try tree.link("/opt/x", to: "../../../../../../../../bin/sh")
        case "binary": try tree.write([0x7F, 0x45, 0x4C, 0x46, 0] + Array("swapon /x\n".utf8), to: "/opt/x")
        case "empty": try tree.write("", to: "/opt/x")
        default: break
        }
        #expect(try await isMet(tree) == true)
    }

    @Test(
        "what cron, the network and agents are told in no file is unknown",
        arguments: [
            "/etc/crontab", "/etc/cron.d/x", "/etc/network/interfaces", "/etc/waagent.conf", "/etc/fstab",
        ] as [FilePath])
    func noFile(_ path: FilePath) async throws {
        let tree = try tree()
        try tree.makeFolder(path.removingLastComponent())
        #expect(unsafe mkfifo(tree.real(path).string, 0o644) == 0)
        #expect(try await isMet(tree) == nil)
    }

    @Test("bytes that are no text do not hide a command")
    func noText() async throws {
        let tree = try tree()
        try start("/opt/x", in: tree)
        try tree.write(Array("#!/bin/sh\necho ".utf8) + [0xFF, 0xFE, 0] + Array("\nswapon /x\n".utf8), to: "/opt/x")
        #expect(try await isMet(tree) == false)
    }

    @Test("scripts are followed one level and no further")
    func levels() async throws {
        let tree = try tree()
        try start("/opt/x", in: tree)
        try tree.write("#!/bin/sh\n/opt/y\n", to: "/opt/x")
        try tree.write("#!/bin/sh\nswapon /x\n", to: "/opt/y")
        #expect(try await isMet(tree) == true)
        try start("/bin/sh -c /opt/y", in: tree)
        #expect(try await isMet(tree) == false)
    }

    @Test("a script that only its owner may read leaves the answer open, says who runs it, and can be waived")
    func closed() async throws {
        let tree = try tree()
        try start("/home/gist/start.sh", in: tree)
        try tree.write("#!/bin/sh\nswapon /x\n", to: "/home/gist/start.sh")
        var record = HostRecord()
        record.addresses = ["10.0.0.1"]
        var view = try LinuxMachine(root: tree.path, record: RecordedAnswers(record)).view
        view.files = ClosedFile(files: view.files, path: "/home/gist/start.sh")
        let look = try #require(await Inspector([SwapOff(Configuration())]).look(at: view).first)
        guard case .failure(let error) = look.nextBoot else {
            Issue.record("it is judged: \(look.nextBoot)")
            return
        }
        #expect(
            error.doubt?.actual
                == "x.service runs /home/gist/start.sh at boot (/etc/systemd/system/x.service:3), which nucprepd may not read"
        )
    }
}

/// A host one of whose files is closed to the daemon.
private struct ClosedFile: FileReading {
    let files: any FileReading
    let path: FilePath

    private func ask(_ path: FilePath) throws(ObservationError) {
        guard path == self.path else { return }
        throw ObservationError(reading: path.string, cause: "Permission denied", errno: .permissionDenied)
    }

    func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        try ask(path)
        return try await files.bytes(at: path, limit: limit)
    }
    func beginning(of path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        try ask(path)
        return try await files.beginning(of: path, limit: limit)
    }
    func script(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        try ask(path)
        return try await files.script(at: path, limit: limit)
    }
    func kind(of path: FilePath) async throws(ObservationError) -> FileKind? { try await files.kind(of: path) }
    func names(in folder: FilePath) async throws(ObservationError) -> [String] { try await files.names(in: folder) }
    func modified(_ path: FilePath) async throws(ObservationError) -> Int? { try await files.modified(path) }
    func barrier(to path: FilePath) async throws(ObservationError) -> FilePath? { try await files.barrier(to: path) }
    func isExecutable(_ path: FilePath) async throws(ObservationError) -> Bool? { try await files.isExecutable(path) }
}
