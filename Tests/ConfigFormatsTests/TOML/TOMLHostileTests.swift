internal import ConfigFormats
internal import Testing

@Suite("Hostile TOML")
struct TOMLHostileTests {
    @Test(
        "is refused when it is too deep",
        arguments: [
            "a = " + String(repeating: "[", count: 100_000),
            "a = " + String(repeating: "{a=", count: 50_000),
            String(repeating: "a.", count: 100_000) + "a = 1",
            "[" + String(repeating: "a.", count: 100_000) + "a]",
            "[" + String(repeating: "a.", count: 20) + "a]\n" + String(repeating: "a.", count: 20) + "a = 1",
            "a = " + String(repeating: "[", count: 32) + String(repeating: "]", count: 32),
        ])
    func depth(_ text: String) {
        #expect { try TOMLText(parsing: text) } throws: { ($0 as? ParseError)?.problem == "expected at most 32 levels" }
    }

    @Test("is read up to the limit of depth")
    func allowedDepth() throws {
        _ = try TOMLText(parsing: "a = " + String(repeating: "[", count: 31) + String(repeating: "]", count: 31))
        _ = try TOMLText(parsing: String(repeating: "a.", count: 31) + "a = 1")
    }

    @Test("is refused when it is too large")
    func size() throws {
        let largest = [UInt8](repeating: 35, count: TOMLText.maximumSize)
        #expect(try TOMLText(bytes: largest).root.keys.isEmpty)
        #expect(throws: ParseError.self) { try TOMLText(bytes: largest + [35]) }
    }

    @Test("is refused where it is not UTF-8")
    func encoding() {
        let cases: [([UInt8], Int, Int)] = [
            ([0xFF], 1, 1), (Array("a = 'é\n#".utf8) + [0xC3, 0x28], 2, 2),
            (Array("# é".utf8) + [0xED, 0xA0, 0x80], 1, 4),
            (Array("#".utf8) + [0xE2, 0x82], 1, 2),
        ]
        for (bytes, line, column) in cases {
            #expect { try TOMLText(bytes: bytes) } throws: {
                ($0 as? ParseError) == ParseError(line: line, column: column, "expected UTF-8")
            }
        }
    }

    @Test(
        "is refused with control characters",
        arguments: ["a = \"\u{0}\"", "a\u{0} = 1", "# \u{0}", "\u{0}", "a = 1\u{7F}", "# \u{1B}[31m"])
    func control(_ text: String) {
        #expect(throws: ParseError.self) { try TOMLText(parsing: text) }
    }

    @Test("with very many keys, elements or headers is read as it is")
    func many() throws {
        let keys = (0..<20_000).map { "k\($0) = 1" }.joined(separator: "\n")
        #expect(try TOMLText(parsing: keys).root.keys.count == 20_000)
        let headers = String(repeating: "[[a]]\n", count: 43_000)
        guard case .array(let elements) = try TOMLText(parsing: headers).root["a"] else {
            Issue.record("no list")
            return
        }
        #expect(elements.count == 43_000)
        let list = "a = [" + String(repeating: "1,", count: 130_000) + "]"
        #expect(
            try TOMLText(parsing: list).positions.value(at: TOMLPath([.key("a"), .index(129_999)]))?.column == 260_004)
    }

    /// A small generator with a fixed seed, so that a failure can be had again.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    private static let seeds = [
        "a.b.c = 1\na.b.d = [1, 2, {x = 'y'}]\n[t]\n\"q.k\" = \"\\u00e9\"\n[[n]]\nk = 0x1F\n[[n]]\n[n.s]\n",
        "d = 2026-12-31\nt = 07:32:00\ndt = 1979-05-27 07:32:00.5-07:00\nf = -1.5e3\ni = +1_000\nb = true\n",
        "m = \"\"\"\na \\\n  b\n\"\"\"\nl = '''\nx'y''z'''\n# c\n[a.b]\n[a]\nc = { d.e = 1, f = [ ] }\r\n",
    ]
    private static let pieces = [
        "=", ".", "[", "]", "{", "}", "\"", "'", "\"\"\"", "'''", "\n", "\r", "#", ",", "\\", "_", "0", "e", "-", ":",
        "\u{0}", "\u{E9}",
        "[a]\n", "[[a]]\n", "a = 1\n", "a.b = 1\n", "\\uD800", "[[[[", "{a={a=",
    ]

    @Test("of 6000 mutated texts each is read with a place for each key, or refused with a place inside the text")
    func mutated() throws {
        for seed in Self.seeds { _ = try TOMLText(parsing: seed) }
        var random = Seeded(state: 20_231)
        var (read, refused) = (0, 0)
        for round in 0..<6000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0...Int.random(in: 0..<2, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random)?.utf8 ?? "".utf8, at: place)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 3))
                case 2 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                default: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
                }
            }
            do throws(ParseError) {
                let text = try TOMLText(bytes: bytes)
                read += 1
                #expect(text.root.keys.allSatisfy { text.positions.key(at: TOMLPath([.key($0)])) != nil })
            } catch {
                refused += 1
                let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
                #expect(error.line >= 1 && error.line <= lines.count)
                #expect((error.column ?? 0) >= 1 && (error.column ?? 0) <= lines[error.line - 1].count + 1)
            }
        }
        #expect(read > 300 && refused > 300, "\(read) read, \(refused) refused")
    }
}
