/// A file of `KEY=VALUE` lines as systemd reads it for `EnvironmentFile=`.
///
/// - Source: systemd.exec(5), `EnvironmentFile=`; systemd src/basic/env-file.c.
package struct EnvironmentText: Equatable, Sendable {
    /// One variable.
    package struct Assignment: Equatable, Sendable {
        package var line: Int
        package var key: String
        package var value: String
    }

    /// In the order of the file; a later one of the same name counts.
    package private(set) var assignments: [Assignment] = []

    /// Reads a whole file; a line without `=` is passed over, as systemd does.
    package init(parsing text: String) {
        var pending: (line: Int, text: String)?
        for (number, line) in text.numberedLines {
            var own = String(line.stripped)
            if pending == nil, own.isEmpty || own.hasPrefix("#") || own.hasPrefix(";") { continue }
            if let former = pending { own = former.text + own }
            let start = pending?.line ?? number
            pending = nil
            if own.hasSuffix("\\") {
                pending = (start, String(own.dropLast()))
                continue
            }
            take(own, start)
        }
        if let (line, text) = pending { take(text, line) }
    }

    /// The values of a file by name; of two lines for one name the last counts.
    package static func values(of text: String) -> [String: String] {
        Dictionary(EnvironmentText(parsing: text).assignments.map { ($0.key, $0.value) }) { $1 }
    }

    private mutating func take(_ line: String, _ number: Int) {
        guard let equals = line.firstIndex(of: "=") else { return }
        let key = String(line[..<equals].stripped)
        let value = line[line.index(after: equals)...].stripped
        guard !key.isEmpty else { return }
        assignments.append(Assignment(line: number, key: key, value: ShellWords.unquoted(String(value))))
    }
}

/// Words as systemd splits a command line.
///
/// - Source: systemd.service(5), "Command lines"; systemd src/basic/extract-word.c.
package enum ShellWords {
    /// The words of a line: separated by blanks, in quotes as one; a backslash takes the next byte as it is.
    package static func split(_ line: String) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var isOpen = false
        var quote: UInt8?
        var isEscaped = false
        for byte in line.utf8 {
            if isEscaped {
                word.append(byte)
                (isEscaped, isOpen) = (false, true)
            } else if byte == UInt8(ascii: "\\") && quote != UInt8(ascii: "'") {
                isEscaped = true
            } else if let open = quote {
                if byte == open { quote = nil } else { word.append(byte) }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                (quote, isOpen) = (byte, true)
            } else if byte == 32 || byte == 9 || byte == 10 || byte == 13 {
                if isOpen { words.append(String(decoding: word, as: UTF8.self)) }
                (word, isOpen) = ([], false)
            } else {
                word.append(byte)
                isOpen = true
            }
        }
        if isOpen { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    /// A value without the quotes around its parts; blanks outside of quotes stay.
    static func unquoted(_ value: String) -> String {
        var bytes: [UInt8] = []
        var quote: UInt8?
        for byte in value.utf8 {
            if let open = quote {
                if byte == open { quote = nil } else { bytes.append(byte) }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
