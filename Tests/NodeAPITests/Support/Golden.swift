internal import Glibc
internal import NodeAPI
internal import Testing

/// A golden file that cannot be read or written.
struct GoldenError: Error, CustomStringConvertible {
    var description: String
}

/// Files in `Golden/` that say how a body looks; `RECORD=1` in the environment writes them anew.
enum Golden {
    private static let folder = "\(#filePath)".split(separator: "/").dropLast(2).map { "/\($0)" }.joined() + "/Golden"

    private static var isRecording: Bool {
        guard let value = unsafe getenv("RECORD") else { return false }
        return unsafe String(cString: value) == "1"
    }

    /// Expects `body` to be written as in `name`, and to be read back as itself.
    static func expect<Body: Codable & Equatable>(
        _ body: Body, as name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = WireJSON.encode(body)
        let text = indented(bytes)
        let path = "\(folder)/\(name).json"
        if isRecording { try write(text, to: path) }
        let recorded = try read(path)
        #expect(text == recorded, "\(name).json differs; RECORD=1 writes it anew", sourceLocation: sourceLocation)
        let decoded = try WireJSON.decode(Body.self, from: bytes)
        #expect(decoded == body, sourceLocation: sourceLocation)
        let fromFile = try WireJSON.decode(Body.self, from: Array(recorded.utf8))
        #expect(fromFile == body, sourceLocation: sourceLocation)
    }

    /// The JSON with line ends and indentation, for people; nothing else is changed.
    static func indented(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var depth = 0
        var isString = false
        var isEscaped = false
        func newLine() { text += [0x0A] + [UInt8](repeating: 0x20, count: 2 * depth) }
        for (index, byte) in bytes.enumerated() {
            if isString {
                text.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
                continue
            }
            let isEmpty = index > 0 && [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(bytes[index - 1])
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if isEmpty { newLine() }
                text.append(byte)
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if !isEmpty { newLine() }
                text.append(byte)
            case UInt8(ascii: ","):
                text.append(byte)
                newLine()
            case UInt8(ascii: ":"): text += [byte, 0x20]
            default:
                if isEmpty { newLine() }
                isString = byte == UInt8(ascii: "\"")
                text.append(byte)
            }
        }
        return String(decoding: text + [0x0A], as: UTF8.self)
    }

    private static func read(_ path: String) throws -> String {
        guard let file = unsafe fopen(path, "r") else {
            throw GoldenError(description: "cannot read \(path): errno \(errno); RECORD=1 writes it")
        }
        defer { unsafe fclose(file) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while case let count = unsafe fread(&piece, 1, piece.count, file), count > 0 { all += piece.prefix(count) }
        return String(decoding: all, as: UTF8.self)
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = unsafe fopen(path, "w") else {
            throw GoldenError(description: "cannot write \(path): errno \(errno)")
        }
        defer { unsafe fclose(file) }
        let bytes = Array(text.utf8)
        guard unsafe fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw GoldenError(description: "cannot write \(path): errno \(errno)")
        }
    }
}
