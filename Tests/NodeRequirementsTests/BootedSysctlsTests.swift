import ConfigFormats
import Glibc
import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Sysctls at boot")
struct BootedSysctlsTests {
    private let forward = ["net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding"]

    private func booted(_ files: String..., credential: String? = nil) -> BootedSysctls {
        BootedSysctls(
            files: files.enumerated().map { LayeredText(path: FilePath("/etc/sysctl.d/\($0).conf"), text: $1) },
            credential: credential.map { LayeredText(path: "/etc/credstore/sysctl.extra", text: $0) })
    }

    /// The last word on forwarding as `path=value`.
    private func winner(_ booted: BootedSysctls) -> String? {
        booted.winner(of: forward).map { "\($0.path)=\($0.value ?? "")" }
    }

    @Test("the same value again keeps its place, and another takes the key to its own")
    func places() {
        let alias = "net.ipv4.conf.all.forwarding = 0\n"
        let one = "net.ipv4.ip_forward = 1\n"
        #expect(winner(booted(one, alias, one)) == "net/ipv4/conf/all/forwarding=0")
        #expect(winner(booted(one, alias, "net.ipv4.ip_forward = 0\n", one)) == "net/ipv4/ip_forward=1")
        #expect(winner(booted(one + alias)) == "net/ipv4/conf/all/forwarding=0")
        #expect(winner(booted(alias + one)) == "net/ipv4/ip_forward=1")
        let settings = booted("a.b = 1\nc.d = 1\n", "a.b = 1\nc.d = 2\n", "e.f = 1\na.b = 3\n").settings
        #expect(settings.map(\.path) == ["c/d", "e/f", "a/b"])
        #expect(settings.map(\.evidence.line) == [2, 1, 2])
    }

    @Test("what is named goes before what a pattern says, wherever the pattern stands")
    func patterns() {
        let one = "net.ipv4.ip_forward = 1\n"
        #expect(winner(booted(one, "net.ipv4.ip_* = 0\n")) == "net/ipv4/ip_forward=1")
        #expect(winner(booted(one, "net.ipv4.conf.*.forwarding = 0\n")) == "net/ipv4/conf/*/forwarding=0")
        #expect(winner(booted("net.ipv4.conf.*.forwarding = 0\n", one)) == "net/ipv4/ip_forward=1")
        let named = "net.ipv4.conf.all.forwarding = 1\n"
        #expect(winner(booted(named, "net.ipv4.conf.*.forwarding = 0\n")) == "net/ipv4/conf/all/forwarding=1")
        let kept = "-net.ipv4.conf.all.forwarding\n"
        #expect(winner(booted(one, "net.ipv4.conf.*.forwarding = 0\n", kept)) == "net/ipv4/ip_forward=1")
        #expect(winner(booted(kept)) == nil)
        #expect(winner(booted("net.*.forwarding = 0\nnet.ipv4.conf.* = 0\nnet.ipv4.conf.eth0.forwarding = 0\n")) == nil)
    }

    @Test("the credential comes last")
    func credential() {
        #expect(
            winner(booted("net.ipv4.ip_forward = 1\n", credential: "net.ipv4.ip_forward = 0\n"))
                == "net/ipv4/ip_forward=0")
    }

    @Test("our own file takes the place that its name has, and the place of an older one")
    func own() {
        let files: [FilePath] = [
            "/usr/lib/sysctl.d/99-zz-nucprep.conf", "/etc/sysctl.d/99-a.conf", "/etc/sysctl.d/k8s.conf",
        ]
        let booted = BootedSysctls(files: files.map { LayeredText(path: $0, text: "") })
        #expect(
            booted.adding(own: "").files.map(\.path) == [
                "/etc/sysctl.d/99-a.conf", "/etc/sysctl.d/99-zz-nucprep.conf", "/etc/sysctl.d/k8s.conf",
            ])
    }

    @Test("many lines are read in one go")
    func many() {
        let text = (0..<20_000).map { "net.x.k\($0) = \($0 % 3)\n" }.joined()
        #expect(booted(text, text.replacing("= 1", with: "= 2")).settings.count == 20_000)
    }
}

/// systemd-sysctl itself in a network namespace of its own, where forwarding can be switched without harm.
private enum SysctlJudge {
    private static let program = "/usr/lib/systemd/systemd-sysctl"
    static let isThere =
        unsafe access(program, X_OK) == 0
        && (try? lines("unshare -rn cat /proc/sys/net/ipv4/ip_forward"))?.first.map { ["0", "1"].contains($0) } == true

    /// What forwarding is after systemd-sysctl has read these files.
    static func forwarding(initially value: String, _ files: [FilePath]) throws -> Substring? {
        let arguments = files.map(\.string).joined(separator: " ")
        // No word of ours has anything in it that a shell would see.
        return try lines(
            "unshare -rn sh -c 'echo \(value) > /proc/sys/net/ipv4/ip_forward; \(program) \(arguments) 2> /dev/null; "
                + "cat /proc/sys/net/ipv4/ip_forward'"
        ).first
    }

    private static func lines(_ command: String) throws -> [Substring] {
        guard let stream = unsafe popen(command + " 2> /dev/null", "r") else { throw Errno(rawValue: errno) }
        defer { _ = unsafe pclose(stream) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = unsafe fread(&piece, 1, piece.count, stream), count > 0 { bytes += piece[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}

@Suite(
    "systemd-sysctl as the judge",
    .enabled(if: SysctlJudge.isThere, "systemd-sysctl or a network namespace of our own is missing"))
struct SysctlJudgeTests {
    @Test("what we predict of forwarding is what systemd-sysctl leaves", arguments: 1...40)
    func forwarding(_ seed: UInt64) throws {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        let roll = { (sides: Int) -> Int in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(sides))
        }
        let keys = [
            "net.ipv4.ip_forward", "net/ipv4/ip_forward", "net.ipv4.conf.all.forwarding", "net.ipv4.conf.*.forwarding",
            "net/ipv4/conf/a?l/forwarding", "net.ipv4.ip_forwar[a-d]", "net.ipv4.conf.default.forwarding",
            "-net.ipv4.ip_forward", "-net/ipv4/conf/all/forwarding", "net.ipv4.conf.nothere.forwarding",
        ]
        let tree = try ScratchTree()
        var texts: [LayeredText] = []
        for number in 0..<3 {
            var text = "# a comment\n"
            for _ in 0..<roll(5) {
                let key = keys[roll(keys.count)]
                let isSwitch = key.hasPrefix("-") && roll(2) == 0
                text += isSwitch ? "\(key)\n" : "\(key) = \(roll(2))\(roll(3) == 0 ? "  # why" : "")\n"
            }
            let path = FilePath("/\(number).conf")
            try tree.write(text, to: path)
            texts.append(LayeredText(path: path, text: text))
        }
        let initially = "\(roll(2))"
        let winner = BootedSysctls(files: texts).winner(of: ["net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding"])
        let predicted = winner.map { $0.isSet(to: "1") ? "1" : "0" } ?? initially
        let said = try SysctlJudge.forwarding(initially: initially, texts.map { tree.real($0.path) })
        #expect(said.map { String($0) } == predicted, "\(texts.map(\.text).joined(separator: "---\n"))")
    }

    @Test("our own file switches forwarding on")
    func own() throws {
        let tree = try ScratchTree()
        try tree.write(SysctlsAtBoot.ownText, to: "/own.conf")
        #expect(try SysctlJudge.forwarding(initially: "0", [tree.real("/own.conf")]) == "1")
    }
}
