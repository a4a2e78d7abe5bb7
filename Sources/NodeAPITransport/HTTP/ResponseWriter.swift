internal import NIOCore
internal import NodeAPI

extension APIResponse {
    /// The answer as it goes over the connection.
    ///
    /// It carries the fields that every answer has; one that the handler set itself wins. A byte of a field that could
    /// end its line becomes `?`, whatever the handler took it from.
    func bytes(to method: String, isLast: Bool) -> ByteBuffer {
        var lines = "HTTP/1.1 \(status) \(Self.phrase(for: status))\r\n"
        let common = [
            RequestHead.Field("cache-control", "no-cache"), .init("nucprep-api", "1"),
            .init("nucprep-version", NucprepVersion.current), .init("x-content-type-options", "nosniff"),
        ]
        let framing = ["content-length", "transfer-encoding", "connection"]
        let own = fields.filter { !framing.contains($0.name) }
        for field in own + common.filter({ common in !own.contains { $0.name == common.name } }) {
            lines += "\(Self.capitalised(Self.line(field.name))): \(Self.line(field.value))\r\n"
        }
        let hasNoBody = status == 204 || status == 304
        if !hasNoBody { lines += "Content-Length: \(body.count)\r\n" }
        lines += isLast ? "Connection: close\r\n\r\n" : "\r\n"
        var buffer = ByteBufferAllocator().buffer(capacity: lines.utf8.count + body.count)
        buffer.writeString(lines)
        if !hasNoBody, method != "HEAD" { buffer.writeBytes(body) }
        return buffer
    }

    private static func line(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return text }
        return String(decoding: text.utf8.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    private static func capitalised(_ name: String) -> String {
        name.split(separator: "-", omittingEmptySubsequences: false)
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-")
    }

    /// The words behind the number, for people who read along.
    ///
    /// - Source: RFC 9110, section 15.
    private static func phrase(for status: Int) -> String {
        switch status {
        case 200: "OK"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 411: "Length Required"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }
}

extension HeadFault {
    /// The fault as the caller is told it.
    var problem: ProblemBody {
        switch self {
        case .malformed(let cause): ProblemBody(.badRequest, detail: "cannot read the request: \(cause)")
        case .targetTooLong(let limit):
            ProblemBody(.targetTooLong, detail: "cannot read the request: its target is longer than \(limit) bytes")
        case .headerTooLarge(let cause): ProblemBody(.headerTooLarge, detail: "cannot read the request: \(cause)")
        }
    }
}

extension RequestHead {
    /// Whether the request asks to wait for a change or for a look, which holds a place of its own.
    var waits: Bool {
        guard let query = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first
        else { return false }
        return query.split(separator: "&").contains { $0.hasPrefix("wait=") || $0.hasPrefix("fresh=") }
    }
}
