/// The settings of one sysctl.d(5) file.
///
/// - Source: sysctl.d(5); systemd `src/sysctl/sysctl.c` (`parse_file`), `src/shared/sysctl-util.c`
///   (`sysctl_normalize`), versions 249 to 257.
package struct SysctlFile: Sendable, Equatable {
    /// One line.
    package struct Entry: Sendable, Equatable {
        /// The line's number, counted from 1.
        package let line: Int

        /// The key as written, without the hyphen before it.
        package let key: String

        /// The value as written; `nil` for `-key` alone, which only keeps patterns off that key.
        package let value: String?

        /// Whether a failure to write it is passed over: `-key = value`.
        package let ignoresFailure: Bool

        /// The place below `/proc/sys` that the key means, such as `net/ipv4/ip_forward`.
        package var path: String { SysctlFile.path(of: key) }
    }

    /// The settings in file order.
    package let entries: [Entry]

    /// The lines that systemd passes over with a warning.
    package let malformed: [ParseError]

    /// Reads a whole file: `key = value` a line, `#` and `;` begin a comment line.
    package init(parsing text: String) {
        var entries: [Entry] = []
        var malformed: [ParseError] = []
        for line in text.numberedLines {
            let bytes = line.text.stripped.utf8
            guard let first = bytes.first, first != .numberSign, first != .semicolon else { continue }
            let equals = bytes.firstIndex(of: UInt8(ascii: "="))
            let hasHyphen = first == UInt8(ascii: "-")
            let head = hasHyphen ? bytes.dropFirst() : bytes[...]
            guard equals != nil || hasHyphen else {
                malformed.append(ParseError(line: line.number, "expected key = value"))
                continue
            }
            let key = Substring(head[..<(equals ?? head.endIndex)]).stripped
            guard !key.isEmpty else {
                malformed.append(ParseError(line: line.number, "expected a key"))
                continue
            }
            let value = equals.map { String(Substring(bytes[bytes.index(after: $0)...]).stripped) }
            entries.append(
                Entry(line: line.number, key: String(key), value: value, ignoresFailure: hasHyphen && equals != nil))
        }
        self.entries = entries
        self.malformed = malformed
    }

    /// The place below `/proc/sys` that a key means.
    ///
    /// If its first separator is a dot, dots and slashes change places; if it is a slash, it is the path itself.
    package static func path(of key: String) -> String {
        let dot = UInt8(ascii: ".")
        let slash = UInt8(ascii: "/")
        var bytes = Array(key.utf8)
        if bytes.first(where: { $0 == dot || $0 == slash }) == dot {
            bytes = bytes.map { $0 == dot ? slash : $0 == slash ? dot : $0 }
        }
        // As path_simplify does: no empty parts, no parts of a single dot.
        let parts = bytes.split(separator: slash).filter { !$0.elementsEqual(CollectionOfOne(dot)) }
        return String(decoding: Array(parts.joined(separator: CollectionOfOne(slash))), as: UTF8.self)
    }

    /// Whether a path is a pattern.
    package static func isPattern(_ path: String) -> Bool { GlobPattern.isPattern(path) }

    /// Whether a pattern stands for a path: part by part, as glob(7) has it.
    package static func matches(_ pattern: String, _ path: String) -> Bool {
        let slash = UInt8(ascii: "/")
        let patterns = Array(pattern.utf8).split(separator: slash)
        let parts = Array(path.utf8).split(separator: slash)
        return patterns.count == parts.count
            && zip(patterns, parts).allSatisfy {
                GlobPattern($0, as: .shell).matches(Array($1))
            }
    }
}
