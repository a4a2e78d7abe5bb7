/// A few top-level keys with plain values of one of cloud-init's YAML files, and nothing else of it.
///
/// It is no reader of YAML: where a key could be meant in a way that it does not follow (a nested or aliased value, a
/// document within braces, a text over several lines), it says so instead of a value.
///
/// - Source: cloud-init, "Configuration sources"; `cloudinit/util.py` (`is_true`, `get_cfg_option_bool`); YAML 1.1.
package struct CloudConfig: Sendable, Equatable {
    /// A plain value.
    package struct Scalar: Sendable, Equatable {
        /// The line of its key, counted from 1.
        package let line: Int
        /// The text without quotes; empty for no value at all.
        package let text: String

        /// What cloud-init takes as true: `true`, `1`, `on`, `yes` in any case, in quotes too.
        package var isTrue: Bool { ["true", "1", "on", "yes"].contains(text.lowercased()) }
    }

    /// The values that were found; of two lines for one key the last counts.
    package let values: [String: Scalar]

    /// Looks for `keys` in a whole file.
    ///
    /// - Throws: when one of the keys is named in a way that is not followed here; the error names the line.
    package init(parsing text: String, keys: Set<String>) throws(ParseError) {
        var reading = Reading(keys: keys)
        for line in text.numberedLines { try reading.read(line.text.stripped(ofEnd: ()), line.number) }
        try reading.finish()
        values = reading.values
    }

    /// The state between lines.
    private struct Reading {
        let keys: Set<String>
        var values: [String: Scalar] = [:]
        /// Why lines from here on cannot be told from parts of something else.
        var opaque: String?
        /// Why no line of the file can.
        var wholly: String?
        var hasContent = false
        var hasEnded = false
        /// Our key of the line before, whose value could go on.
        var open: (key: String, line: Int)?
        /// The first line that names one of our keys, and the first that does where lines cannot be told.
        var mention: Int?
        var opaqueMention: Int?

        mutating func read(_ line: Substring, _ number: Int) throws(ParseError) {
            let bytes = line.utf8
            guard let first = bytes.first, first != .numberSign else { return }
            let text = line.stripped
            guard !text.isEmpty, text.utf8.first != .numberSign else { return }
            if first == .space || first == .tab {
                try readIndented(line, number)
                return
            }
            if line == "..." {
                hasEnded = true
            } else if line == "---" {
                if hasContent { wholly = "it holds more than one document" }
            } else if hasEnded {
                wholly = "it goes on after the end of its document"
                note(line, number)
            } else if first == UInt8(ascii: "%"), !hasContent {
                return
            } else if first == UInt8(ascii: "-"), bytes.count == 1 || bytes.dropFirst().first == .space {
                // An item of a list right below its key stands at the margin too.
                if let open { throw ParseError(line: open.line, "the value of \(open.key) goes on in line \(number)") }
                if !hasContent { opaque = "it is a list" }
                if opaque != nil { note(line, number) }
                hasContent = true
            } else {
                note(line, number)
                try readKey(line, number)
                hasContent = true
                return
            }
            open = nil
        }

        private mutating func readIndented(_ line: Substring, _ number: Int) throws(ParseError) {
            if let open { throw ParseError(line: open.line, "the value of \(open.key) goes on in line \(number)") }
            if !hasContent { opaque = "it does not begin at the margin" }
            if opaque != nil { note(line, number) }
            hasContent = true
        }

        /// Remembers that a line names one of the keys.
        private mutating func note(_ line: Substring, _ number: Int) {
            guard keys.contains(where: { line.contains($0) }) else { return }
            mention = mention ?? number
            if opaque != nil { opaqueMention = opaqueMention ?? number }
        }

        private mutating func readKey(_ line: Substring, _ number: Int) throws(ParseError) {
            open = nil
            guard let (key, value) = Self.pair(line) else {
                opaque = opaque ?? "line \(number) is no key with a value"
                note(line, number)
                return
            }
            if key == "<<" { wholly = "it merges in a mapping from elsewhere" }
            guard keys.contains(key) else {
                if Self.isUnfinished(value) { opaque = opaque ?? "the value of line \(number) goes on" }
                return
            }
            guard let scalar = Self.scalar(value) else {
                throw ParseError(line: number, "the value of \(key) is no plain one: \(value)")
            }
            values[key] = Scalar(line: number, text: scalar)
            open = (key, number)
        }

        func finish() throws(ParseError) {
            if let wholly, let mention { throw ParseError(line: mention, "not followed, since \(wholly)") }
            if let opaque, let opaqueMention { throw ParseError(line: opaqueMention, "not followed, since \(opaque)") }
        }

        /// The key at the margin and what follows its colon; `nil` when the line is none.
        private static func pair(_ line: Substring) -> (key: String, value: Substring)? {
            let bytes = line.utf8
            if let quote = bytes.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
                let inner = bytes.dropFirst().prefix { $0 != quote && $0 != .backslash }
                let rest = Substring(bytes.dropFirst(inner.count + 1))
                guard rest.utf8.first == quote else { return nil }
                let after = Substring(rest.utf8.dropFirst()).stripped
                guard after.utf8.first == UInt8(ascii: ":") else { return nil }
                return (String(Substring(inner)), Substring(after.utf8.dropFirst()).stripped)
            }
            guard let start = bytes.first, !"{}[],&*!|>%@`?".utf8.contains(start) else { return nil }
            var index = bytes.startIndex
            while let colon = bytes[index...].firstIndex(of: UInt8(ascii: ":")) {
                let next = bytes.index(after: colon)
                if next == bytes.endIndex || bytes[next].isBlank {
                    return (String(Substring(bytes[..<colon]).stripped), Substring(bytes[next...]).stripped)
                }
                index = next
            }
            return nil
        }

        /// The text of a value on one line; `nil` when it is of another kind.
        private static func scalar(_ value: Substring) -> String? {
            let bytes = value.utf8
            guard let first = bytes.first, first != .numberSign else { return "" }
            if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
                let inner = bytes.dropFirst().prefix { $0 != first && $0 != .backslash }
                let rest = bytes.dropFirst(inner.count + 1)
                guard rest.first == first else { return nil }
                let after = Substring(rest.dropFirst()).stripped.utf8.first
                return after == nil || after == .numberSign ? String(Substring(inner)) : nil
            }
            guard !"{}[],&*!|>%@`?".utf8.contains(first) else { return nil }
            let plain = withoutComment(value)
            // A second colon would make it a mapping, which YAML refuses here.
            guard !plain.contains(": "), !plain.hasSuffix(":") else { return nil }
            return plain == "~" || plain.lowercased() == "null" ? "" : String(plain)
        }

        /// A plain value up to a comment, which a blank precedes.
        private static func withoutComment(_ value: Substring) -> Substring {
            var isAfterBlank = false
            for index in value.utf8.indices {
                let byte = value.utf8[index]
                if byte == .numberSign, isAfterBlank { return Substring(value.utf8[..<index]).stripped }
                isAfterBlank = byte.isBlank
            }
            return value.stripped
        }

        /// Whether a value within quotes or brackets does not end on its line.
        private static func isUnfinished(_ value: Substring) -> Bool {
            let bytes = value.utf8
            guard let first = bytes.first else { return false }
            if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
                // A quote within single quotes is written twice.
                let isWhole = bytes.last == first && bytes.count { $0 == first } % 2 == 0 && !bytes.contains(.backslash)
                return scalar(value) == nil && !isWhole
            }
            guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return false }
            let opened = bytes.count { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") }
            return opened != bytes.count { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "]") }
        }
    }
}

extension Substring {
    /// The text without blanks and a carriage return at its end.
    fileprivate func stripped(ofEnd: Void) -> Substring {
        let bytes = utf8
        guard let last = bytes.lastIndex(where: { !$0.isWhitespace }) else { return Substring() }
        return Substring(bytes[...last])
    }
}
