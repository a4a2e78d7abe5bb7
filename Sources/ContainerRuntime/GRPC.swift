internal import NIOHPACK
internal import TextForms

/// The parts of gRPC that a call with one message each way needs.
///
/// - Source: grpc/grpc, doc/PROTOCOL-HTTP2.md, doc/statuscodes.md.
enum GRPC {
    /// The largest answer, in bytes.
    static let largestAnswer = 1 << 20

    /// What stands before each message: whether it is compressed, and its length in four bytes.
    static let prefixLength = 5

    /// A message as it is sent: not compressed, with its length.
    static func framed(_ message: [UInt8]) -> [UInt8] {
        let length = UInt32(clamping: message.count)
        return [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + message
    }

    /// The head of a call of `method`, such as `/runtime.v1.RuntimeService/Version`.
    static func head(_ method: String, deadline: Duration) -> HPACKHeaders {
        let milliseconds = min(max(1, deadline.milliseconds), 99_999_999)
        return HPACKHeaders([
            (":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "localhost"),
            ("content-type", "application/grpc"), ("te", "trailers"), ("grpc-timeout", "\(milliseconds)m"),
            ("user-agent", "nucprep"),
        ])
    }

    /// Whether the head of an answer is one of gRPC.
    static func check(_ head: HPACKHeaders) throws(CRIError) {
        let status = head.first(name: ":status") ?? "none"
        guard status == "200" else { throw .failed("it answers with the HTTP status \(StrangeText.line(status))") }
        guard head.first(name: "content-type")?.hasPrefix("application/grpc") == true else {
            throw .failed("it does not speak gRPC")
        }
    }

    /// The call's own status, at the end of the answer.
    ///
    /// - Throws: unless it is OK.
    static func checkStatus(_ trailers: HPACKHeaders) throws(CRIError) {
        guard let code = trailers.first(name: "grpc-status").flatMap({ Int($0) }) else {
            throw .failed("its answer ends without a status")
        }
        let message = StrangeText.line(
            String(
                decoding: PercentCoding.bytes(of: (trailers.first(name: "grpc-message") ?? "").utf8), as: UTF8.self),
            limit: 500)
        switch code {
        case 0: return
        case 12: throw .unimplemented(message)
        default: throw .failed(message.isEmpty ? "it answers with the gRPC status \(code)" : message)
        }
    }

    /// The one message of an answer.
    static func message(in body: [UInt8]) throws(CRIError) -> ArraySlice<UInt8> {
        guard body.count >= prefixLength, body[0] == 0 else { throw WireFields.malformed }
        let length = body[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard body.count == prefixLength + length else { throw WireFields.malformed }
        return body[prefixLength...]
    }
}
