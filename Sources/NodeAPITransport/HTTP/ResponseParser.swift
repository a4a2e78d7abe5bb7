internal import NodeAPI

/// How the end of an answer's body is found.
enum BodyFraming: Equatable, Sendable {
    /// It has this many bytes.
    case counted(Int)
    /// It ends with the connection.
    case untilEnd
}

/// The head of an answer.
struct ParsedResponse: Equatable, Sendable {
    var status: Int
    var fields: [RequestHead.Field]
    var framing: BodyFraming
}

/// Reads the head of one HTTP/1 answer, byte by byte.
///
/// - Source: RFC 9112, sections 4 and 6.3.
struct ResponseParser: Sendable {
    private let limit: Int
    private var lines = HeadLines()
    private var status: Int?
    private var fields: [RequestHead.Field] = []
    private var count = 0

    /// A parser before the first byte; the whole head may have `limit` bytes.
    init(limit: Int) { self.limit = limit }

    /// Takes one byte.
    ///
    /// - Returns: the head that ends with it.
    mutating func consume(_ byte: UInt8) throws(HeadFault) -> ParsedResponse? {
        count += 1
        guard count <= limit else { throw .headerTooLarge("its head is longer than \(limit) bytes") }
        guard let line = try lines.consume(byte) else {
            // What is no HTTP at all is told at once, not after a line that may never end.
            if status == nil, !Self.agrees(lines.line) { throw .malformed("it is not HTTP") }
            return nil
        }
        guard let status else {
            self.status = try Self.status(of: line)
            return nil
        }
        guard line.isEmpty else {
            fields.append(try RequestHead.Field(line: line))
            return nil
        }
        return ParsedResponse(status: status, fields: fields, framing: try framing(for: status))
    }

    private static func agrees(_ line: [UInt8]) -> Bool {
        let opening = Array("HTTP/1.".utf8)
        return line.starts(with: opening) || opening.starts(with: line)
    }

    private static func status(of line: [UInt8]) throws(HeadFault) -> Int {
        let text = String(decoding: line, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 ") || text.hasPrefix("HTTP/1.0 ") else { throw .malformed("it is not HTTP/1.1") }
        let code = text.dropFirst(9).prefix { $0 != " " }
        // An interim answer promises another one; this protocol has none.
        guard code.utf8.count == 3, let status = Int(code), (200...599).contains(status) else {
            throw .malformed("its status is not known")
        }
        return status
    }

    private func framing(for status: Int) throws(HeadFault) -> BodyFraming {
        guard !fields.contains(where: { $0.name == "transfer-encoding" }) else {
            throw .malformed("its body is encoded for transfer")
        }
        if status == 204 || status == 304 { return .counted(0) }
        return try fields.contentLength().map(BodyFraming.counted) ?? .untilEnd
    }
}
