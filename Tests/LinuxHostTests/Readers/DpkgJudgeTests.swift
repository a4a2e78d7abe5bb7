import ConfigFormats
import Glibc
import NodeTesting
import SystemPackage
import Testing

/// dpkg-query over databases that were changed in one place: what it refuses must not be read here.
@Suite("dpkg-query as the judge of damaged databases", .enabled(if: DpkgJudge.isThere, "dpkg-query is not installed"))
struct DpkgJudgeTests {
    private let tree: ScratchTree

    init() throws {
        tree = try ScratchTree()
        for (path, text) in [
            ("/info/format", "1\n"), ("/available", ""), ("/updates/.keep", ""), ("/triggers/.keep", ""),
        ] {
            try tree.write(text, to: FilePath(path))
        }
    }

    private static let base = """
        Package: kubelet
        Status: hold ok installed
        Priority: optional
        Section: admin
        Maintainer: Somebody <a@example.org>
        Architecture: amd64
        Version: 1.28.1-1.1
        Depends: iptables (>= 1.4.21), kubernetes-cni (>= 1.2.0) | cni, mount
        Conffiles:
         /etc/default/kubelet d41d8cd98f00b204e9800998ecf8427e
        Description: Node agent
         It runs pods.
         .
         And so on.

        Package: libc6
        Status: install ok installed
        Essential: no
        Architecture: amd64
        Multi-Arch: same
        Source: glibc
        Version: 2.36-9+deb12u9
        Replaces: libc6-amd64
        Provides: libc6-2.36 (= 2.36-9)
        Maintainer: Somebody <a@example.org>
        Description: C library

        Package: libc6
        Status: install ok installed
        Architecture: i386
        Multi-Arch: same
        Version: 2.36-9+deb12u9
        Maintainer: Somebody <a@example.org>
        Description: C library

        Package: man-db
        Status: install ok triggers-pending
        Architecture: amd64
        Multi-Arch: foreign
        Version: 2.11.2-2
        Triggers-Pending: /usr/share/man
        Maintainer: Somebody <a@example.org>
        Description: pages

        Package: gone
        Status: deinstall ok config-files
        Architecture: all
        Version: 1
        Config-Version: 1
        Maintainer: Somebody <a@example.org>
        Description: gone

        """

    /// The lines of a database as its stanzas, each with the empty line that ends it.
    private static let stanzas = base.split(separator: "\n\n", omittingEmptySubsequences: true).map { "\($0)\n\n" }

    private static func changed(_ round: Int, _ generator: inout SeededDice) -> [UInt8] {
        var lines = base.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let place = generator.below(lines.count - 1)
        switch round % 8 {
        case 0: return Array((base + "\n" + stanzas[generator.below(stanzas.count)]).utf8)
        case 1: lines.insert(lines[place], at: place)
        case 2: lines.remove(at: place)
        case 3: lines.swapAt(place, generator.below(lines.count - 1))
        case 4: lines.insert(lines[generator.below(lines.count - 1)], at: place)
        default:
            var bytes = Array(base.utf8)
            let alphabet = Array(" \n:,|()<>=-+~._/$\tAZaz019\u{1}".utf8)
            let index = generator.below(bytes.count - 2)
            switch round % 3 {
            case 0: bytes[index] = alphabet[generator.below(alphabet.count)]
            case 1: bytes.insert(alphabet[generator.below(alphabet.count)], at: index)
            default: bytes.remove(at: index)
            }
            return bytes
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    @Test("the database is read by both as it stands")
    func whole() throws {
        #expect(try DpkgJudge.takes(Array(Self.base.utf8), tree))
        let read = try DpkgStatus(parsing: Array(Self.base.utf8), keeping: nil)
        #expect(read.entries.map(\.name) == ["kubelet", "libc6", "libc6", "man-db", "gone"])
    }

    @Test("nothing that dpkg refuses is read here, over 400 changed databases")
    func changed() throws {
        var generator = SeededDice(seed: 1128)
        var (agreed, stricter) = (0, 0)
        for round in 0..<400 {
            let bytes = Self.changed(round, &generator)
            let isTaken = try DpkgJudge.takes(bytes, tree)
            let isRead = (try? DpkgStatus(parsing: bytes, keeping: ["kubelet"])) != nil
            if isTaken == isRead {
                agreed += 1
            } else if isTaken {
                stricter += 1
            } else {
                Issue.record("round \(round): dpkg refuses \(String(decoding: bytes, as: UTF8.self))")
            }
        }
        print("dpkg-status   changed 400  agreed \(agreed)  ours stricter \(stricter)  ours laxer 0")
        // What is unknown here although dpkg reads it would be a false alarm.
        #expect(agreed > 360)
    }

    @Test(
        "a package that is there twice is refused as dpkg refuses it",
        arguments: [
            ("install ok installed", "install ok installed", false),
            ("install ok installed", "deinstall ok config-files", false),
            ("purge ok not-installed", "install ok installed", true),
            ("install ok installed", "purge ok not-installed", false),
        ])
    func twice(first: String, second: String, isRead: Bool) throws {
        func stanza(_ status: String, _ architecture: String) -> String {
            "Package: kubelet\nStatus: \(status)\nArchitecture: \(architecture)\nVersion: 1\n\n"
        }
        for architecture in ["amd64", "i386"] {
            let text = Array((stanza(first, "amd64") + stanza(second, architecture)).utf8)
            let read = try? DpkgStatus(parsing: text, keeping: ["kubelet"])
            // A second stanza that says that nothing is there takes nothing away for dpkg either.
            if first.hasPrefix("install"), second.hasPrefix("purge") {
                #expect(try DpkgJudge.takes(text, tree))
                continue
            }
            #expect((read != nil) == isRead)
            #expect(try DpkgJudge.takes(text, tree) == isRead)
        }
    }
}

/// dpkg's own reader.
private enum DpkgJudge {
    static let isThere = unsafe access("/usr/bin/dpkg-query", X_OK) == 0

    /// Whether dpkg-query takes these bytes as its database.
    static func takes(_ bytes: [UInt8], _ tree: ScratchTree) throws -> Bool {
        try tree.write(bytes, to: "/status")
        let command = "/usr/bin/dpkg-query --admindir='\(tree.real("/"))' -W >/dev/null 2>&1"
        return unsafe system(command) == 0
    }
}

/// The same numbers in every run.
private struct SeededDice {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        // Knuth, The Art of Computer Programming, 3.3.4: a linear congruential generator of 64 bits.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
