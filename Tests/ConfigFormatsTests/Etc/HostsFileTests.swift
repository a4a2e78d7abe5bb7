internal import ConfigFormats
internal import Testing

@Suite("hosts")
struct HostsFileTests {
    private func hosts(_ text: String) -> HostsFile { HostsFile(bytes: Array(text.utf8)) }

    private let block = [
        HostsFile.BlockLine(address: "10.0.0.1", names: ["a.lan", "a"]), .init(address: "10.0.0.2", names: ["b"]),
    ]

    private func put(_ text: String) throws -> String {
        String(decoding: try hosts(text).puttingBlock(block, note: ["note"]), as: UTF8.self)
    }

    private let lines = "# BEGIN nucprep\n# note\n10.0.0.1 a.lan a\n10.0.0.2 b\n# END nucprep\n"

    @Test("a line is read as glibc does: comments cut, names without case, what is no address passed over")
    func reading() {
        let file = hosts(
            "127.0.0.1 localhost# local\n \t10.0.0.1\tNode1.LAN node1\r\n#10.0.0.9 x\n10.0.0.300 bad\n10.0.0.4\n\nfe80::1%eth0 z\n"
        )
        #expect(file.entries.map(\.line) == [1, 2])
        #expect(file.entries.map(\.names) == [["localhost"], ["node1.lan", "node1"]])
        #expect(file.malformed.map(\.line) == [4, 5, 7])
        #expect(file.entries(naming: "NODE1").map(\.written) == ["10.0.0.1"])
        #expect(file.entries(naming: "node") == [])
    }

    @Test("the block goes to the end, or in front of the first line with one of its names")
    func place() throws {
        #expect(try put("") == lines)
        #expect(try put("127.0.0.1 localhost\n") == "127.0.0.1 localhost\n" + lines)
        #expect(try put("::1 x\n10.0.0.9 B\n10.0.0.8 y\n") == "::1 x\n" + lines + "10.0.0.9 B\n10.0.0.8 y\n")
        #expect(try put("#10.0.0.9 b\n::1 x\n") == "#10.0.0.9 b\n::1 x\n" + lines)
    }

    @Test("a last line without its end keeps it so")
    func openEnd() throws {
        #expect(try put("::1 x") == "::1 x\n" + lines.dropLast())
        #expect(try put("::1 x\n10.0.0.9 b") == "::1 x\n" + lines + "10.0.0.9 b")
        let once = try put("::1 x")
        #expect(try put(once) == once)
    }

    @Test("the block takes the line ends of the file, and other lines keep theirs")
    func carriageReturns() throws {
        let dos = lines.replacing("\n", with: "\r\n")
        #expect(try put("::1 x\r\n") == "::1 x\r\n" + dos)
        #expect(try put("::1 x\r\n10.0.0.9 b\n") == "::1 x\r\n" + dos + "10.0.0.9 b\n")
        let open = try put("::1 x\r\n::1 y")
        #expect(open == "::1 x\r\n::1 y\n" + dos.dropLast())
        #expect(try put(open) == open)
    }

    @Test("a block that is there is replaced where it stands, and only moves up for a line that would beat it")
    func replacing() throws {
        let old = "# BEGIN nucprep \n10.0.0.7 old\n# END nucprep\t\r\n"
        #expect(try put("::1 x\n" + old + "::1 y\n") == "::1 x\n" + lines + "::1 y\n")
        #expect(try put("::1 x\n" + old + "10.0.0.9 a\n") == "::1 x\n" + lines + "10.0.0.9 a\n")
        #expect(try put("10.0.0.9 a\n::1 x\n" + old) == lines + "10.0.0.9 a\n::1 x\n")
        #expect(try put(old) == lines)
        #expect(try put(String(old.dropLast(2))) == lines.dropLast() || put(String(old.dropLast(2))) == lines)
    }

    @Test(
        "markers that make no block are refused with their line",
        arguments: [
            ("# BEGIN nucprep\n::1 x\n", 1), ("::1 x\n# END nucprep\n", 2), ("# END nucprep\n# BEGIN nucprep\n", 1),
            ("# BEGIN nucprep\n# BEGIN nucprep\n# END nucprep\n", 2),
            ("# BEGIN nucprep\n# END nucprep\n::1 x\n# BEGIN nucprep\n# END nucprep\n", 4),
            ("# BEGIN nucprep\n# END nucprep\n# END nucprep\n", 3),
        ])
    func broken(_ text: String, _ line: Int) throws {
        guard case .broken(let error) = hosts(text).block else {
            Issue.record("taken for a block")
            return
        }
        #expect(error.line == line)
        #expect(throws: error) { try hosts(text).puttingBlock(block, note: []) }
    }

    @Test("what only looks like a marker is a comment")
    func notMarkers() throws {
        for text in [
            "# BEGIN nucprepare\n", " # BEGIN nucprep\n", "#BEGIN nucprep\n", "# begin nucprep\n", "# END nucprep.\n",
        ] {
            #expect(hosts(text).block == .absent, "\(text)")
        }
    }

    @Test("the own name leaves its loopback line, and everybody else's stays")
    func removing() throws {
        let loopback = try #require(IPAddress("127.0.1.1"))
        let removed = { (text: String) in
            String(decoding: hosts(text).removing(["nuc01"], from: loopback), as: UTF8.self)
        }
        #expect(removed("::1 x\n127.0.1.1 nuc01.home.lan nuc01\n::1 y\n") == "::1 x\n::1 y\n")
        #expect(removed("127.0.1.1\tother  NUC01 # me\r\n") == "127.0.1.1\tother # me\r\n")
        #expect(removed("127.0.1.1 nuc01 other\n") == "127.0.1.1 other\n")
        #expect(removed("127.0.1.1 nuc010\n127.0.0.1 nuc01\n") == "127.0.1.1 nuc010\n127.0.0.1 nuc01\n")
        #expect(removed("::1 x\n127.0.1.1 nuc01") == "::1 x")
        #expect(removed("127.0.1.1 nuc01") == "")
    }

    @Test("any bytes can be read and edited, and the block is all that comes in", arguments: 1...200)
    func hostile(_ seed: UInt64) throws {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        let words = [
            "# BEGIN nucprep", "# END nucprep", "\n", "\r", "\0", "a", "b", "10.0.0.1", "::1", " ", "#", "\t", "é",
            "\u{1}",
        ]
        var bytes: [UInt8] = []
        for _ in 0..<60 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            bytes += Array(words[Int(state % UInt64(words.count))].utf8)
            if state % 11 == 0 { bytes.append(0xFF) }
        }
        let file = HostsFile(bytes: bytes)
        #expect(file.bytes == bytes)
        guard let once = try? file.puttingBlock(block, note: ["n"]) else { return }
        let after = HostsFile(bytes: once)
        #expect(try after.puttingBlock(block, note: ["n"]) == once)
        guard case .lines(let range) = after.block, case .absent = file.block else { return }
        var lines = once.split(separator: 10, omittingEmptySubsequences: false)
        lines.removeSubrange(range.lowerBound - 1...range.upperBound - 1)
        #expect(Array(lines.joined(separator: [10])) == bytes)
    }
}
