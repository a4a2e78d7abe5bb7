/// A shell script cut into words, redirections and what stands between commands.
///
/// - Source: POSIX.1-2017, "Shell Command Language", 2.2, 2.3 and 2.7.
struct ShellTokens {
    /// What a redirection does.
    enum Redirect: Equatable {
        /// Standard output goes to the word that follows.
        case output(appends: Bool)
        /// The word that follows is no word of the command.
        case other
    }

    enum Kind: Equatable {
        case word(String)
        case redirect(Redirect)
        case separator(String)
    }

    struct Token: Equatable {
        var kind: Kind
        var line: Int
        var isQuoted = false
        /// The texts of its command substitutions.
        var nested: [String] = []
    }

    private(set) var tokens: [Token] = []

    private let bytes: [UInt8]
    private var index = 0
    private var line: Int
    /// The ends of the here-documents that begin behind this line.
    private var delimiters: [(text: String, stripsTabs: Bool)] = []
    private var awaitsDelimiter: Bool?

    /// Cuts a text up.
    init(parsing text: String, line: Int) {
        bytes = Array(text.utf8)
        self.line = line
        while index < bytes.count { next() }
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        bytes.indices.contains(index + distance) ? bytes[index + distance] : nil
    }

    private mutating func next() {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\n"):
            index += 1
            line += 1
            add(.separator("\n"))
            skipDocuments()
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index += 1
        case UInt8(ascii: "#"):
            while let byte = peek(), byte != UInt8(ascii: "\n") { index += 1 }
        case UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"):
            index += 1
            if byte == UInt8(ascii: ";"), peek() == byte { index += 1 }
            add(.separator(String(UnicodeScalar(byte))))
        case UInt8(ascii: "|"):
            index += 1
            if peek() == byte {
                index += 1
                add(.separator("||"))
            } else {
                if peek() == UInt8(ascii: "&") { index += 1 }
                add(.separator("|"))
            }
        case UInt8(ascii: "&"):
            index += 1
            if peek() == byte {
                index += 1
                add(.separator("&&"))
            } else if peek() == UInt8(ascii: ">") {
                redirect(descriptor: nil)
            } else {
                add(.separator("&"))
            }
        case UInt8(ascii: ">"), UInt8(ascii: "<"): redirect(descriptor: nil)
        default: word()
        }
    }

    private mutating func add(_ kind: Kind) { tokens.append(Token(kind: kind, line: line)) }

    private mutating func redirect(descriptor: Int?) {
        let isOutput = peek() == UInt8(ascii: ">")
        index += 1
        if !isOutput {
            if peek() == UInt8(ascii: "<"), peek(1) != UInt8(ascii: "<") {
                index += 1
                let stripsTabs = peek() == UInt8(ascii: "-")
                if stripsTabs { index += 1 }
                awaitsDelimiter = stripsTabs
            }
            while let byte = peek(), "<>&".utf8.contains(byte) { index += 1 }
            add(.redirect(.other))
            return
        }
        let appends = peek() == UInt8(ascii: ">")
        if appends || peek() == UInt8(ascii: "|") { index += 1 }
        let isCopy = peek() == UInt8(ascii: "&")
        if isCopy { index += 1 }
        add(.redirect(isCopy || (descriptor ?? 1) != 1 ? .other : .output(appends: appends)))
    }

    private mutating func word() {
        var token = Token(kind: .word(""), line: line)
        var text: [UInt8] = []
        while let byte = peek(), !" \t\r\n;()|&<>".utf8.contains(byte) {
            switch byte {
            case UInt8(ascii: "\\"):
                index += 1
                if peek() == UInt8(ascii: "\n") { line += 1 } else if let byte = peek() { text.append(byte) }
                index += 1
            case UInt8(ascii: "'"):
                token.isQuoted = true
                index += 1
                while let byte = peek(), byte != UInt8(ascii: "'") { take(byte, into: &text) }
                index += 1
            case UInt8(ascii: "\""):
                token.isQuoted = true
                index += 1
                doubleQuoted(&text, &token.nested)
            case UInt8(ascii: "$") where peek(1) == UInt8(ascii: "("): substitution(&text, &token.nested)
            case UInt8(ascii: "`"): backquoted(&text, &token.nested)
            default: take(byte, into: &text)
            }
        }
        if !token.isQuoted, let byte = peek(), byte == UInt8(ascii: ">") || byte == UInt8(ascii: "<"),
            let descriptor = Int(String(decoding: text, as: UTF8.self))
        {
            redirect(descriptor: descriptor)
            return
        }
        // A line that is continued and nothing else is no word.
        guard !text.isEmpty || token.isQuoted else { return }
        let word = String(decoding: text, as: UTF8.self)
        if let stripsTabs = awaitsDelimiter {
            awaitsDelimiter = nil
            delimiters.append((word, stripsTabs))
        }
        token.kind = .word(word)
        tokens.append(token)
    }

    private mutating func take(_ byte: UInt8, into text: inout [UInt8]) {
        if byte == UInt8(ascii: "\n") { line += 1 }
        text.append(byte)
        index += 1
    }

    private mutating func doubleQuoted(_ text: inout [UInt8], _ nested: inout [String]) {
        while let byte = peek(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let next = peek(1), "\"\\$`".utf8.contains(next) {
                text.append(next)
                index += 2
            } else if byte == UInt8(ascii: "$"), peek(1) == UInt8(ascii: "(") {
                substitution(&text, &nested)
            } else if byte == UInt8(ascii: "`") {
                backquoted(&text, &nested)
            } else {
                take(byte, into: &text)
            }
        }
        index += 1
    }

    /// `$( … )`: the text within goes on its own.
    private mutating func substitution(_ text: inout [UInt8], _ nested: inout [String]) {
        let start = index + 2
        var depth = 0
        index += 1
        repeat {
            switch peek() {
            case UInt8(ascii: "(")?: depth += 1
            case UInt8(ascii: ")")?: depth -= 1
            case UInt8(ascii: "\n")?: line += 1
            default: break
            }
            index += 1
        } while depth > 0 && index < bytes.count
        let end = max(start, min(index, bytes.count) - 1)
        if start <= end, end <= bytes.count { nested.append(String(decoding: bytes[start..<end], as: UTF8.self)) }
        text += Array("$()".utf8)
    }

    private mutating func backquoted(_ text: inout [UInt8], _ nested: inout [String]) {
        index += 1
        var inner: [UInt8] = []
        while let byte = peek(), byte != UInt8(ascii: "`") { take(byte, into: &inner) }
        index += 1
        nested.append(String(decoding: inner, as: UTF8.self))
        text += Array("$()".utf8)
    }

    /// Passes over the here-documents that begin here: they are data.
    private mutating func skipDocuments() {
        for delimiter in delimiters {
            while index < bytes.count {
                var end = index
                while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
                var content = bytes[index..<end]
                if delimiter.stripsTabs { content = content.drop { $0 == UInt8(ascii: "\t") } }
                index = min(end + 1, bytes.count)
                line += 1
                if content.elementsEqual(delimiter.text.utf8) { break }
            }
        }
        delimiters = []
    }
}
