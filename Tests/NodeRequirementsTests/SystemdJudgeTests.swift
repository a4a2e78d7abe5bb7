import ConfigFormats
import Glibc
import LinuxHost
import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

/// systemd's own tools, as judges of what is predicted; where they are not installed nothing is asked of them.
private enum Judge {
    static let isThere = ["systemctl", "systemd-analyze"].allSatisfy {
        unsafe access("/usr/bin/\($0)", X_OK) == 0
    }

    /// The lines that a command of systemd prints.
    ///
    /// - Throws: when it cannot be started.
    static func lines(_ program: String, root: FilePath, _ arguments: String...) throws -> [Substring] {
        // No word of ours has anything in it that a shell would see.
        let command = (["/usr/bin/\(program)", "--root=\(root)"] + arguments + ["2>/dev/null"]).joined(separator: " ")
        guard let stream = unsafe popen(command, "r") else { throw Errno(rawValue: errno) }
        defer { _ = unsafe pclose(stream) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe fread(&piece, 1, piece.count, stream), count > 0 { bytes += piece[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}

/// Numbers that are the same in every run.
private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

@Suite("systemd as the judge", .enabled(if: Judge.isThere, "systemctl and systemd-analyze are not installed"))
struct SystemdJudgeTests {
    /// What stands in the files of a layered folder, comments left out, one file after the other.
    private func expectSame(_ folder: FilePath, beneath root: FilePath, _ comment: Comment) async throws {
        let ours = try await LinuxMachine(root: root).view.filesAtBoot(in: folder)
        let said = ours.flatMap { $0.text.split(separator: "\n") }.filter { !$0.hasPrefix("#") }
        let theirs = try Judge.lines("systemd-analyze", root: root, "cat-config", folder.string)
        #expect(said == theirs.filter { !$0.hasPrefix("#") }, comment)
    }

    @Test(
        "the lists of modules are read as systemd reads them",
        arguments: Record.all.filter { $0.id == "kernel-modules" })
    func recorded(_ record: Record) async throws {
        // systemd-analyze reads /run as it is now, and no text is what it prints all the same.
        guard record.name != "listed-in-run-only", !record.name.hasSuffix("is-no-text") else { return }
        let root = try record.host.root
        try await expectSame("modules-load.d", beneath: root, "\(record.name)")
        try await expectSame("modprobe.d", beneath: root, "\(record.name)")
    }

    @Test("folders in layers shadow, mask and order as in systemd, whatever lies in them", arguments: 1...24)
    func layers(_ seed: UInt64) async throws {
        var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let tree = try ScratchTree()
        let names = [
            "10-a.conf", "9-b.conf", "Z.conf", "a.conf", "_x.conf", "b.conf~", ".hidden.conf", "c.d.conf", "README",
        ]
        for folder in ["/etc", "/usr/local/lib", "/usr/lib"] {
            for name in names where Bool.random(using: &dice) {
                let path = FilePath("\(folder)/modules-load.d/\(name)")
                switch Int.random(in: 0..<6, using: &dice) {
                case 0: try tree.link(path, to: "/dev/null")
                case 1: try tree.write("", to: path)
                case 2:
                    try tree.write("linked_\(name)\n", to: FilePath("\(folder)/linked-\(name)"))
                    // systemd-analyze follows links as if the tree were no root.
                    try tree.link(path, to: FilePath("../linked-\(name)"))
                default: try tree.write("module_\(folder)_\(name)\n", to: path)
                }
            }
        }
        try await expectSame("modules-load.d", beneath: tree.path, "seed \(seed)")
    }

    @Test("units are enabled and masked as systemctl says", arguments: 1...16)
    func units(_ seed: UInt64) async throws {
        var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let tree = try ScratchTree()
        let unit = "[Swap]\n\n[Install]\nWantedBy=swap.target\n"
        let names = ["a.swap", "b.swap", "c.swap", "srv-my\\x2dswap.swap"]
        for name in names {
            for folder in ["/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"] {
                let path = FilePath(folder).appending(name)
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: try tree.link(path, to: "/dev/null")
                case 1, 2: try tree.write(unit, to: path)
                default: break
                }
            }
            guard Bool.random(using: &dice) else { continue }
            try tree.link(
                FilePath("/etc/systemd/system/swap.target.wants").appending(name),
                to: FilePath("/usr/lib/systemd/system").appending(name))
        }
        var booted = try await BootedUnits(LinuxMachine(root: tree.path).view)
        for name in names {
            let word = try Judge.lines("systemctl", root: tree.path, "is-enabled", "'\(name)'").first ?? "not there"
            #expect(try await (booted.mask(of: name) != nil) == (word == "masked"), "seed \(seed): \(name) is \(word)")
            // An entry that leads to a masked file is enabled for systemctl, and PID 1 passes over it.
            let starts = try await booted.start(of: name).isCertain
            #expect(!starts || word == "enabled", "seed \(seed): \(name) is \(word)")
        }
    }

    @Test("what we mask is masked for systemctl", arguments: ["swap-unit-in-usr", "zramswap-service", "gpt-auto-252"])
    func masking(_ name: String) async throws {
        let record = try Record(id: "swap-off", name: name).host
        let host = try ScratchHost(copyOf: record.root, record: record.record)
        let node = TestNode(
            view: host.view, control: host.control, requirements: [SwapOff(record.configuration)])
        await node.convergence.pass(.boot)
        let masked = host.performed.compactMap { if case .maskUnit(let unit) = $0.change { unit } else { nil } }
        #expect(!masked.isEmpty)
        for unit in masked {
            #expect(try Judge.lines("systemctl", root: host.tree.path, "is-enabled", unit) == ["masked"])
        }
    }

    @Test("our drop-in for all swap units is one that systemd reads")
    func dropIn() async throws {
        let record = try Record(id: "swap-off", name: "gpt-auto-257").host
        let host = try ScratchHost(copyOf: record.root, record: record.record)
        let node = TestNode(
            view: host.view, control: host.control, requirements: [SwapOff(record.configuration)])
        await node.convergence.pass(.boot)
        try await expectSame("systemd/system/swap.d", beneath: host.tree.path, "the drop-in")
        let text = try #require(try host.tree.text("/etc/systemd/system/swap.d/50-nucprep.conf"))
        #expect(UnitFile(parsing: text).malformed == [])
        #expect(UnitFile(parsing: text).value("ConditionPathExists", in: "Unit") == "/run/nucprep/swap-allowed")
    }
}
