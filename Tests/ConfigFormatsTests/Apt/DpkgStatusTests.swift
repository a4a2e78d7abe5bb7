import Testing

@testable import ConfigFormats

@Suite("dpkg's status file")
struct DpkgStatusTests {
    private func status(_ text: String, keeping names: Set<String> = ["kubelet"]) throws -> DpkgStatus {
        try DpkgStatus(parsing: Array(text.utf8), keeping: names)
    }

    private func stanza(_ name: String = "kubelet", _ status: String = "install ok installed", version: String = "1-1")
        -> String
    {
        let triggers =
            status.hasSuffix("triggers-awaited")
            ? "Triggers-Awaited: man-db\n" : status.hasSuffix("triggers-pending") ? "Triggers-Pending: /x\n" : ""
        return "Package: \(name)\nStatus: \(status)\nPriority: optional\nArchitecture: amd64\nVersion: \(version)\n"
            + triggers
    }

    @Test("a package is known with its version, its architecture, and all three words of its status")
    func fields() throws {
        let entry = try #require(try status("\n" + stanza("kubelet", "hold ok installed"))["kubelet"])
        #expect(entry.version == "1-1" && entry.architecture == "amd64" && entry.line == 2)
        #expect(entry.want == .hold && entry.state == .installed && !entry.needsReinstall && !entry.isTroubled)
    }

    @Test("of all packages those that were asked for and those in trouble are kept")
    func kept() throws {
        let text = [
            stanza("apt"), stanza("kubelet"), stanza("half", "install ok half-configured"),
            stanza("gone", "deinstall ok config-files"), stanza("broken", "install reinstreq installed"),
        ].joined(separator: "\n")
        let read = try status(text)
        #expect(read.entries.map(\.name) == ["kubelet", "half", "broken"])
        #expect(read.troubled.map(\.name) == ["half", "broken"])
        #expect(read["apt"] == nil && read["gone"] == nil)
    }

    @Test(
        "what was begun and not ended is trouble, and nothing else is",
        arguments: DpkgStatus.State.allCases, DpkgStatus.Want.allCases)
    func trouble(_ state: DpkgStatus.State, _ want: DpkgStatus.Want) throws {
        let entry = try #require(
            try status(stanza("kubelet", "\(want.rawValue) ok \(state.rawValue)"))["kubelet"])
        #expect(entry.isTroubled == ![.installed, .configFiles, .notInstalled].contains(state))
        #expect(entry.want == want && entry.state == state)
    }

    @Test("lines that continue a field are no fields, whatever they look like")
    func continuation() throws {
        let text =
            "Package: kubelet\nStatus: install ok installed\nVersion: 1\nDescription: x\n"
            + " Version: 9\n\tStatus: hold ok half-installed\n Package: other\n .\n \n\n" + stanza("other")
        let read = try status(text)
        #expect(read["kubelet"]?.version == "1" && read.entries.count == 1)
    }

    @Test("names of fields have no case, and blanks around the words do not count")
    func blanks() throws {
        let read = try status("package : kubelet\nSTATUS:\tHold  OK\tInstalled \nversion:1\n")
        #expect(read["kubelet"]?.want == .hold && read["kubelet"]?.version == "1")
    }

    @Test("a package that is removed need not have a version")
    func removed() throws {
        let read = try status("Package: kubelet\nStatus: purge ok not-installed\nPriority: extra\n")
        #expect(read["kubelet"]?.state == .notInstalled && read["kubelet"]?.version == nil)
    }

    @Test("of two architectures the installed one counts")
    func architectures() throws {
        let same = "Multi-Arch: same\n"
        let other = stanza("kubelet", "deinstall ok config-files", version: "9").replacing("amd64", with: "i386")
        let read = try status(other + same + "\n" + stanza() + same)
        #expect(read["kubelet"]?.version == "1-1")
    }

    @Test(
        "what dpkg refuses is refused, with its line",
        arguments: [
            ("", 1), ("\n\n\n", 1), (" Package: kubelet\n", 1), ("# no comment\n", 1),
            ("Package: kubelet\nStatus: install ok installed\nVersion: 1\njunk\n", 4),
            ("Package: kubelet\nPackage: kubelet\n", 2), ("Status: install ok installed\nVersion: 1\n", 1),
            ("Package: kubelet\nVersion: 1\n", 1), ("\nPackage: kubelet\nStatus: install ok installed\n", 2),
            ("Package: kubelet\nStatus: install ok inst\nVersion: 1\n", 1),
            ("Package: kubelet\nStatus: install ok\nVersion: 1\n", 1),
            ("Package: kubelet\nStatus: install hold installed\nVersion: 1\n", 1),
            ("Package: kubelet\nStatus: install ok installed\nVersion: 1 \u{7}\n", 1),
            ("Package: kubelet\nStatus: install ok installed\nVersion: 1\n\nPackage: a\n  \nPackage: b\n", 7),
            ("Package: a/../b\nStatus: install ok unpacked\nVersion: 1\n", 1),
            (": kubelet\n", 1),
        ])
    func refused(_ text: String, _ line: Int) {
        let error = #expect(throws: ParseError.self) { _ = try status(text) }
        #expect(error?.line == line, "\(text)")
    }

    @Test("a file that ends in the middle is never read as a whole one")
    func truncated() throws {
        let whole = Array((stanza("apt") + "Description: a\n b\n\n" + stanza("kubelet", version: "1.28.1-1.1")).utf8)
        for count in 0..<whole.count {
            let read = try? DpkgStatus(parsing: Array(whole[..<count]), keeping: ["kubelet"])
            // Only the last line feed of the file may be missing nowhere, and a stanza that has not begun is not missed.
            #expect(read?["kubelet"] == nil, "cut at \(count)")
        }
        #expect(try DpkgStatus(parsing: whole, keeping: ["kubelet"])["kubelet"]?.version == "1.28.1-1.1")
    }

    @Test("binary bytes are refused or passed over, and never a crash")
    func binary() {
        for seed in UInt8.min...UInt8.max {
            var bytes = Array((stanza() + "\n" + stanza("apt")).utf8)
            bytes[Int(seed) % bytes.count] = seed
            let read = try? DpkgStatus(parsing: bytes, keeping: ["kubelet"])
            for entry in read?.entries ?? [] {
                #expect(entry.version?.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ?? true)
            }
        }
        #expect(throws: ParseError.self) {
            _ = try DpkgStatus(parsing: [UInt8](repeating: 0, count: 4096), keeping: [])
        }
    }

    @Test("a line or a list of broken packages without end is refused")
    func endless() {
        let long =
            "Package: kubelet\nStatus: install ok installed\nVersion: 1\nX-Long: "
            + String(repeating: "x", count: 1 << 20) + "\n"
        #expect(throws: ParseError.self) { _ = try status(long) }
        let many = (0...4096).map { stanza("p\($0)", "install ok unpacked") }.joined(separator: "\n")
        #expect(throws: ParseError.self) { _ = try status(many) }
    }

    @Test("however the file is cut into pieces, the same is read", arguments: [1, 2, 3, 7, 64, 1000])
    func pieces(_ size: Int) throws {
        let text = stanza("apt") + "Description: a\r\n b\r\n\r\n" + stanza("kubelet", "hold ok triggers-pending")
        let bytes = Array(text.utf8)
        var reader = DpkgStatus.Reader(keeping: ["kubelet"])
        for start in stride(from: 0, to: bytes.count, by: size) {
            try reader.read(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(try reader.ended() == status(text))
    }
}
