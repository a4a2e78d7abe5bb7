package import NodeAPI

/// Lets heads of requests through that only read, and nothing else.
///
/// A head passes whole or not at all, and what follows it is the next head: the server reads with the same parser and
/// sees no body where this saw none, so nothing can be hidden in one.
package struct ReadOnlyFilter: Sendable {
    private static let methods = ["GET", "HEAD"]

    private var parser: RequestParser
    private let limits: HeadLimits
    private var raw: [UInt8] = []

    /// A filter before the first byte.
    package init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
        parser = RequestParser(limits: limits)
    }

    /// Takes bytes as they come.
    ///
    /// - Returns: the heads that end in them, unchanged.
    /// - Throws: at the first byte that cannot be of such a head; `passed` has what came before it.
    package mutating func consume(_ bytes: some Sequence<UInt8>, passed: inout [UInt8]) throws(ProblemBody) {
        for byte in bytes {
            raw.append(byte)
            let request: ParsedRequest?
            do throws(HeadFault) {
                request = try parser.consume(byte)
            } catch {
                throw Self.refusal("it is no request that the server would take")
            }
            guard let request else {
                guard parser.couldBe(Self.methods) else { throw Self.refusal("only GET and HEAD may pass") }
                continue
            }
            guard !request.hasBody else { throw Self.refusal("a request with a body may not pass") }
            passed += raw
            raw.removeAll(keepingCapacity: true)
            parser = RequestParser(limits: limits)
        }
    }

    private static func refusal(_ cause: String) -> ProblemBody {
        ProblemBody(.forbidden, detail: "cannot pass the request on: \(cause)", remedy: "this key may only read")
    }
}
