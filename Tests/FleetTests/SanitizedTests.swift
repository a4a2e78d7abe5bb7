import Testing

@testable import Fleet

@Suite("Sanitized")
struct SanitizedTests {
    @Test(
        "writes out what could move, hide or reorder text",
        arguments: [
            ("\u{1B}[2Jgone", "\\u{1b}[2Jgone"), ("a\r\nb", "a\\u{d}\\u{a}b"), ("\u{7F}", "\\u{7f}"),
            ("\u{9B}31m", "\\u{9b}31m"), ("\u{202E}cod.exe", "\\u{202e}cod.exe"), ("\u{2028}", "\\u{2028}"),
            ("\u{FEFF}x", "\\u{feff}x"), ("\u{61C}\u{200E}\u{2066}", "\\u{61c}\\u{200e}\\u{2066}"),
            ("cut…", "cut..."), ("plain ~ text", "plain ~ text"),
        ])
    func writesOut(_ raw: String, _ safe: String) {
        #expect(Sanitized(raw).text == safe)
    }

    @Test("is printable ASCII for any bytes")
    func anyBytes() {
        var random = SeededGenerator(seed: 52)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let safe = Sanitized(bytes: bytes).text
            #expect(safe.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(Sanitized(safe).text == safe)
        }
    }

    @Test("cuts to a width, never beyond it", arguments: [0, 1, 3, 4, 10, 79])
    func cuts(_ width: Int) {
        let text = Sanitized(String(repeating: "\u{1B}x", count: 50), width: width).text
        #expect(text.utf8.count <= width)
    }

    @Test("makes JSON ASCII without changing what it says")
    func json() {
        let bytes = Array("{\"a\":\"\u{202E}\u{9B}é😀\u{7F}\"}".utf8)
        let safe = String(decoding: Sanitized.json(bytes), as: UTF8.self)
        #expect(safe == "{\"a\":\"\\u202e\\u009b\\u00e9\\ud83d\\ude00\\u007f\"}")
    }
}

/// A generator whose numbers come again with the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Steps by an odd constant and mixes the bits by shifts and multiplications.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
