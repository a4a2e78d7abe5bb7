internal import Testing

@testable internal import NodeAPITransport

@Suite("Banner")
struct BannerTests {
    private func read(_ bytes: [UInt8]) throws(TransportError) -> Banner? {
        var reader = BannerReader()
        for byte in bytes {
            if let banner = try reader.consume(byte) { return banner }
        }
        return nil
    }

    private func read(_ text: String) throws(TransportError) -> Banner? { try read(Array(text.utf8)) }

    @Test("is found at once")
    func plain() throws {
        #expect(try read("NUCPREP/1 0.1.0\n") == Banner(version: "0.1.0", noiseBytes: 0, firstLine: []))
        #expect(try read(Banner.own) != nil)
        #expect(Banner.own.utf8.count <= 128)
    }

    @Test("is found after noise, which is counted and kept as it came")
    func noise() throws {
        let noise = Array("\u{1B}[31mWelcome\u{202E}\r\n\nNUCPREP/1\nNUCPREP/1 a b\n".utf8) + [0xFF, 0x0A]
        let banner = try #require(try read(noise + Array("NUCPREP/1 2\n".utf8)))
        #expect(banner.version == "2")
        #expect(banner.noiseBytes == noise.count)
        #expect(banner.firstLine == Array("\u{1B}[31mWelcome\u{202E}\r".utf8))
    }

    @Test("is looked for in 8 KiB of noise, and no more")
    func limit() throws {
        let line = [UInt8](repeating: 0x61, count: 8191) + [0x0A]
        #expect(try read(line + Array("NUCPREP/1 2\n".utf8))?.noiseBytes == 8192)
        #expect(throws: TransportError.noBanner(noiseBytes: 8193, firstLine: [UInt8](repeating: 0x61, count: 256))) {
            try read(line + Array("x".utf8))
        }
        #expect(throws: TransportError.noBanner(noiseBytes: 8193, firstLine: [UInt8](repeating: 0x61, count: 256))) {
            try read([UInt8](repeating: 0x61, count: 9000))
        }
    }

    @Test("is no line that is longer than 128 bytes")
    func longLine() throws {
        let longest = "NUCPREP/1 \(String(repeating: "1", count: 117))\n"
        #expect(try read(longest) != nil)
        #expect(try read("NUCPREP/1 \(String(repeating: "1", count: 118))\n") == nil)
    }

    @Test("of another version is told", arguments: ["NUCPREP/2 9.0", "NUCPREP/10 1", "NUCPREP/x 1"])
    func otherVersion(line: String) {
        #expect(throws: TransportError.otherVersion(Array(line.utf8))) { try read("hello\n\(line)\n") }
    }

    @Test("holds no control characters")
    func control() throws {
        #expect(try read("NUCPREP/1 \u{1B}[2J\n") == nil)
        #expect(try read("NUCPREP/2 \u{1B}[2J\n") == nil)
    }
}
