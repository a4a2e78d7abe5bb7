internal import NodeAPI
internal import NodeAPITransport

extension FuzzTarget {
    /// What comes over a socket, or from another node.
    static let wire = [
        FuzzTarget("request-heads", requestHeads), FuzzTarget("routes", routes),
        FuzzTarget("node-answers", nodeAnswers), FuzzTarget("differences", differences),
    ]

    /// The heads that the server's parser reads, and how many bytes they take; what follows them is no head, or has a body.
    private static func heads(_ bytes: [UInt8]) -> (heads: [ParsedRequest], count: Int) {
        var heads: [ParsedRequest] = []
        var count = 0
        var parser = RequestParser(limits: HeadLimits())
        for (index, byte) in bytes.enumerated() {
            let head: ParsedRequest?
            do throws(HeadFault) { head = try parser.consume(byte) } catch { break }
            guard let head else { continue }
            guard !head.hasBody, ["GET", "HEAD"].contains(head.head.method) else { break }
            heads.append(head)
            count = index + 1
            parser = RequestParser(limits: HeadLimits())
        }
        return (heads, count)
    }

    /// The filter of `dial-stdio` lets through exactly what the server reads as requests that only read.
    @Sendable private static func requestHeads(_ bytes: [UInt8]) throws(Broken) {
        var filter = ReadOnlyFilter()
        var passed: [UInt8] = []
        do throws(ProblemBody) { try filter.consume(bytes, passed: &passed) } catch {}
        let server = heads(bytes)
        try expect(
            passed.elementsEqual(bytes.prefix(server.count)), "the filter passed something else than the server reads")
        let again = heads(passed)
        try expect(again.heads == server.heads && again.count == passed.count, "what passed is read otherwise")
        let limits = HeadLimits()
        for head in server.heads {
            try expect(head.head.target.utf8.count <= limits.targetBytes, "a target beyond its limit")
            try expect(head.head.fields.count <= limits.fields, "more fields than their limit")
            try expect(head.head.target.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "a target with strange bytes")
        }
    }

    @Sendable private static func routes(_ bytes: [UInt8]) throws(Broken) {
        let method = bytes.first.map { ["GET", "HEAD", "POST", "get"][Int($0 & 3)] } ?? "GET"
        let head = RequestHead(method: method, target: "/" + text(bytes.dropFirst()))
        guard let request = try? RoutedRequest(head) else { return }
        try expect(method == "GET" || method == "HEAD", "a method that writes is routed")
        try expect(request.id.map { !$0.isEmpty && !$0.contains("/") } ?? true, "an id with a slash")
        try expect(Set(request.query.keys).isSubset(of: request.route.queryNames), "an unknown parameter")
        if let wait = (try? request.wait()) ?? nil { try expect((1...60).contains(wait.seconds), "a wait without end") }
        if (try? request.isFresh()) == true { try expect(request.query["wait"] == nil, "fresh with a wait") }
        if let only = (try? request.only()) ?? nil { try expect(!only.isEmpty, "an empty list of requirements") }
    }

    /// What was read is written and read again as the same.
    @Sendable private static func nodeAnswers(_ bytes: [UInt8]) throws(Broken) {
        guard let status = try? WireJSON.decode(StatusBody.self, from: bytes) else { return }
        let again = try? WireJSON.decode(StatusBody.self, from: WireJSON.encode(status))
        // What we write may be longer than what came: an escape of six bytes for a byte, and `null` for what is absent.
        guard let again else {
            return try expect(WireJSON.encode(status).count > 1 << 16, "what was read cannot be read again")
        }
        try expect(again == status, "what was read is written as something else")
    }

    /// A difference, put on the old text, makes the new one.
    @Sendable private static func differences(_ bytes: [UInt8]) throws(Broken) {
        guard String(validating: bytes, as: UTF8.self) != nil else { return }
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let (old, new) = (Array(parts[0]), Array(parts.last ?? []))
        let diff = UnifiedDiff(of: "/f", from: old, to: new).text
        try expect(
            diff.isEmpty == (text(old) == text(new)), "a difference where there is none, or none where there is one")
        guard !diff.isEmpty, !diff.contains("\r") else { return }
        var (removed, added, context) = (0, 0, 0)
        for line in lines(Array(diff.utf8)).dropFirst(2) {
            switch line.first {
            case UInt8(ascii: "-"): removed += 1
            case UInt8(ascii: "+"): added += 1
            case UInt8(ascii: " "): context += 1
            default: break
            }
        }
        let counts = [old, new].map { lines($0).count - ($0.last == 10 || $0.isEmpty ? 1 : 0) }
        try expect(removed + context <= counts[0] && added + context <= counts[1], "more lines than the files have")
        try expect(counts[1] - counts[0] == added - removed, "lines are missing from the difference")
    }
}
