/// What one file of sshd's configuration says of the ports to listen on; nothing else of it is read.
///
/// - Source: sshd_config(5), `Include`, `ListenAddress`, `Match`, `Port`; openssh `servconf.c` (`process_server_config_line`).
package struct SSHDaemonFile: Equatable, Sendable {
    /// A line that matters, in the order of the file.
    package enum Line: Equatable, Sendable {
        /// `Port`; each adds one.
        case port(Int)
        /// `ListenAddress` with a port of its own.
        case listenPort(Int)
        /// `ListenAddress` without one: it listens on all of `Port`.
        case listen
        /// Each pattern of an `Include`, as written.
        case include(String)
    }

    /// A word that begins a line and is no keyword of any release that is known here.
    package struct UnknownKeyword: Equatable, Sendable {
        /// The line's number, counted from 1.
        package let line: Int
        /// The word as written.
        package let keyword: String
    }

    /// The lines that matter.
    package let lines: [Line]

    /// What is no keyword, blocks of `Match` included; a release of sshd ends at one that it does not know.
    package let unknownKeywords: [UnknownKeyword]

    /// Reads a whole file; what stands below a `Match` is passed over, since none of these may stand there.
    ///
    /// - Throws: when sshd would refuse a port; the error names the line.
    package init(parsing text: String) throws(ParseError) {
        var lines: [Line] = []
        var unknown: [UnknownKeyword] = []
        var isConditional = false
        for (number, line) in text.numberedLines {
            let words = Self.words(line)
            guard let keyword = words.first?.lowercased() else { continue }
            if !SSHDaemonKeywords.all.contains(keyword) {
                unknown.append(UnknownKeyword(line: number, keyword: words[0]))
            }
            isConditional = isConditional || keyword == "match"
            if isConditional { continue }
            switch keyword {
            case "port":
                guard words.count > 1, let port = Self.port(words[1]) else {
                    throw ParseError(line: number, "expected a port")
                }
                lines.append(.port(port))
            case "listenaddress":
                guard words.count > 1 else { throw ParseError(line: number, "expected an address") }
                lines.append(try Self.listen(words[1], line: number))
            case "include": lines += words.dropFirst().map { .include($0) }
            default: break
            }
        }
        self.lines = lines
        unknownKeywords = unknown
    }

    /// The words of a line: separated by blanks, the first perhaps by `=`, quoted ones as one; a `#` begins a comment.
    private static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var rest = line.stripped
        while let first = rest.utf8.first, first != .numberSign {
            let quote = UInt8(ascii: "\"")
            let equals = UInt8(ascii: "=")
            if first == quote {
                let bytes = rest.utf8.dropFirst()
                let end = bytes.firstIndex(of: quote) ?? bytes.endIndex
                words.append(String(Substring(bytes[..<end])))
                rest = Substring(bytes[end...].dropFirst())
            } else {
                let isKeyword = words.isEmpty
                let end = rest.utf8.firstIndex { $0.isWhitespace || isKeyword && $0 == equals } ?? rest.endIndex
                words.append(String(rest[..<end]))
                rest = rest[end...]
            }
            rest = rest.stripped
            if words.count == 1, rest.utf8.first == equals { rest = Substring(rest.utf8.dropFirst()).stripped }
        }
        return words
    }

    private static func port(_ text: some StringProtocol) -> Int? {
        guard text.utf8.allSatisfy(\.isDigit), let port = Int(text), 1...65535 ~= port else { return nil }
        return port
    }

    /// `host`, `host:port`, `[host]:port`; an IPv6 address without brackets has no port.
    private static func listen(_ text: String, line: Int) throws(ParseError) -> Line {
        let bytes = text.utf8
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { return .listen }
        let isBracketed = bytes.first == UInt8(ascii: "[")
        if isBracketed, bytes.last == UInt8(ascii: "]") { return .listen }
        if !isBracketed, bytes.firstIndex(of: UInt8(ascii: ":")) != colon { return .listen }
        guard let port = port(text[bytes.index(after: colon)...]) else {
            throw ParseError(line: line, "expected a port")
        }
        return .listenPort(port)
    }
}
