internal import Testing
internal import TextForms

@Suite("Hexadecimal")
struct HexadecimalTests {
    @Test("two digits stand for each byte, and each digit has its value")
    func bytes() {
        #expect(Hexadecimal.text([]) == "")
        #expect(Hexadecimal.text([0, 9, 10, 0x7F, 0xFF]) == "00090a7fff")
        #expect(Hexadecimal.text([0x0A, 0xBC], uppercase: true) == "0ABC")
        for byte in UInt8.min...UInt8.max {
            let digits = Array(Hexadecimal.text(CollectionOfOne(byte)).utf8)
            #expect(digits.compactMap(\.hexadecimalValue) == [byte >> 4, byte & 15])
            #expect(byte.isHexadecimalDigit == "0123456789abcdefABCDEF".utf8.contains(byte))
        }
    }

    @Test("a text of digits has no sign, no blank and the right length")
    func texts() {
        #expect(Hexadecimal.isText("0aF9", count: 4))
        #expect(!Hexadecimal.isText("0aF9", count: 4, isLowercase: true))
        #expect(Hexadecimal.isText("0af9", count: 4, isLowercase: true))
        for text in ["", "0aF", "0aF90", "+aF9", "-1a0", " af9", "0xF9", "0af９", "0agf"] {
            #expect(!Hexadecimal.isText(text, count: 4), "\(text)")
        }
    }
}

@Suite("Percent coding")
struct PercentCodingTests {
    @Test(
        "a broken escape stands for itself, or for nothing where it must be whole",
        arguments: [
            ("", "", true), ("a%20b", "a b", true), ("%41%4a%4A", "AJJ", true), ("%2525", "%25", true),
            ("100%", "100%", false), ("%4", "%4", false), ("%+1", "%+1", false), ("%zz%41", "%zzA", false),
            ("%%41", "%A", false),
        ])
    func escapes(_ text: String, _ decoded: String, _ isWhole: Bool) {
        #expect(String(decoding: PercentCoding.bytes(of: text.utf8), as: UTF8.self) == decoded)
        #expect(PercentCoding.strictBytes(of: text.utf8) == (isWhole ? Array(decoded.utf8) : nil))
    }
}

@Suite("Durations in units")
struct DurationTests {
    @Test("whole units are counted towards zero, and no number is too large")
    func units() {
        #expect(Duration.seconds(3).microseconds == 3_000_000)
        #expect(Duration.nanoseconds(1999).microseconds == 1)
        #expect(Duration.nanoseconds(-1999).microseconds == -1)
        #expect(Duration.milliseconds(-1500).milliseconds == -1500)
        #expect(Duration.microseconds(1999).milliseconds == 1)
        #expect(Duration.seconds(Int64.max).microseconds == .max)
        #expect(Duration.seconds(-Int64.max).milliseconds == .min)
    }
}

@Suite("Text of another program")
struct StrangeTextTests {
    @Test("it is one line, as long as it may be, and nothing in it acts on a terminal")
    func lines() {
        #expect(StrangeText.line("a\nb\r\nc\u{1B}[2J\u{9B}d\u{202E}e\u{2028}f") == "a b  c [2J d e f")
        #expect(StrangeText.line("abcdef", limit: 3) == "abc")
        #expect(StrangeText.line("스왑 é 漢字") == "스왑 é 漢字")
        for value in UInt32(0)...0x2FFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: #expect(StrangeText.line(String(scalar)) == " ")
            default: break
            }
        }
    }
}
