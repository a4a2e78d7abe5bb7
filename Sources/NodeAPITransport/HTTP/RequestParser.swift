package import NodeAPI

/// A whole request head, with what its fields say of framing and connection.
package struct ParsedRequest: Equatable, Sendable {
    package var head: RequestHead
    /// What `Content-Length` announces; `nil` when the field is absent.
    package var contentLength: Int?
    /// Whether there is a `Transfer-Encoding`, which the server does not take.
    package var isEncoded: Bool
    /// Whether the connection ends with the answer: the caller says so, or speaks HTTP/1.0.
    package var isLast: Bool

    /// Whether a body follows.
    package var hasBody: Bool { isEncoded || (contentLength ?? 0) > 0 }
}

/// Reads the head of one HTTP/1 request, byte by byte; anything doubtful is refused.
///
/// - Source: RFC 9112, sections 3 and 5.
package struct RequestParser: Sendable {
    private static let methodBytes = 16

    private let limits: HeadLimits
    private var lines = HeadLines()
    private var start: Start?
    private var fields: [RequestHead.Field] = []
    private var fieldsBytes = 0

    private struct Start {
        var method: String
        var target: String
        var isOld: Bool
    }

    /// A parser before the first byte of a head.
    package init(limits: HeadLimits) { self.limits = limits }

    /// Takes one byte.
    ///
    /// - Returns: the head that ends with it; the next byte is of the body or of the next head.
    package mutating func consume(_ byte: UInt8) throws(HeadFault) -> ParsedRequest? {
        let line = try lines.consume(byte)
        guard let start else {
            try checkStart()
            if let line { self.start = try parseStart(line) }
            return nil
        }
        guard let line else {
            try checkField()
            return nil
        }
        guard line.isEmpty else {
            fieldsBytes += line.count + 2
            fields.append(try RequestHead.Field(line: line))
            guard fields.count <= limits.fields else { throw .headerTooLarge("more than \(limits.fields) fields") }
            return nil
        }
        return try finished(start)
    }

    /// Whether the bytes so far are, or may become, a head with one of these methods.
    func couldBe(_ methods: [String]) -> Bool {
        methods.contains { method in
            if let start { return start.method == method }
            let opening = Array("\(method) ".utf8)
            return lines.line.starts(with: opening) || opening.starts(with: lines.line)
        }
    }

    private func checkStart() throws(HeadFault) {
        let line = lines.line
        guard line.count > Self.methodBytes else { return }
        guard let space = line.prefix(Self.methodBytes + 1).firstIndex(of: 0x20) else {
            throw .malformed("it does not begin with a method")
        }
        // The version takes nine bytes more.
        guard line.count <= space + 1 + limits.targetBytes + 9 else { throw .targetTooLong(limit: limits.targetBytes) }
    }

    private func checkField() throws(HeadFault) {
        let count = lines.line.count
        guard count <= limits.fieldBytes else {
            throw .headerTooLarge("a field is longer than \(limits.fieldBytes) bytes")
        }
        guard fieldsBytes + count <= limits.fieldsBytes else {
            throw .headerTooLarge("the fields are longer than \(limits.fieldsBytes) bytes")
        }
    }

    private func parseStart(_ line: [UInt8]) throws(HeadFault) -> Start {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].count <= Self.methodBytes, parts[0].allSatisfy(\.isToken)
        else {
            throw .malformed("it does not begin with a method, a target and a version")
        }
        guard parts[1].count <= limits.targetBytes else { throw .targetTooLong(limit: limits.targetBytes) }
        guard parts[1].first == UInt8(ascii: "/"), !parts[1].contains(0x09) else {
            throw .malformed("the target is no path")
        }
        let version = String(decoding: parts[2], as: UTF8.self)
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else { throw .malformed("it is not HTTP/1.1") }
        return Start(
            method: String(decoding: parts[0], as: UTF8.self), target: String(decoding: parts[1], as: UTF8.self),
            isOld: version == "HTTP/1.0")
    }

    private func finished(_ start: Start) throws(HeadFault) -> ParsedRequest {
        _ = try fields.single("host")
        return ParsedRequest(
            head: RequestHead(method: start.method, target: start.target, fields: fields),
            contentLength: try fields.contentLength(),
            isEncoded: fields.contains { $0.name == "transfer-encoding" },
            isLast: start.isOld || fields.names("close", in: "connection"))
    }
}
