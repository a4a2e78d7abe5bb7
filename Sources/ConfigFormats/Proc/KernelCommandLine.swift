/// The kernel's command line as words, as `/proc/cmdline` shows it.
///
/// - Source: kernel `lib/cmdline.c` (`next_arg`), systemd `src/basic/proc-cmdline.c`, kernel-command-line(7).
package struct KernelCommandLine: Sendable, Equatable {
    /// One word.
    package struct Argument: Sendable, Equatable {
        /// What stands before the first `=`, as written.
        package let key: String

        /// What follows it, without the double quotes around it; `nil` for a word without `=`.
        package let value: String?
    }

    /// The words in order, those after `--` included: systemd reads them too.
    package let arguments: [Argument]

    /// Splits at white space outside double quotes; a quote that is never closed reaches to the end.
    package init(parsing text: String) {
        arguments = Self.words(text).map(Argument.init(word:))
    }

    /// Whether a word has this key, with or without a value; `-` and `_` are the same in keys.
    package func contains(_ key: String) -> Bool { !matches(key).isEmpty }

    /// The values given to this key in order, words without `=` left out; `-` and `_` are the same in keys.
    package func values(of key: String) -> [String] { matches(key).compactMap(\.value) }

    /// The last value given to this key; `nil` when there is none.
    package func lastValue(of key: String) -> String? { values(of: key).last }

    /// The switch that this key is, as systemd decides it: the last word counts, one without a value is true.
    ///
    /// - Returns: `nil` when the key is not there, or only with values that are no booleans; systemd ignores those.
    package func boolean(of key: String) -> Bool? {
        matches(key).compactMap { $0.value.map(Self.boolean(from:)) ?? true }.last
    }

    /// What systemd takes as a boolean, in any case: `1 yes y true t on`, `0 no n false f off`; else `nil`.
    ///
    /// - Source: systemd `src/basic/parse-util.c` (`parse_boolean`).
    package static func boolean(from text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "yes", "y", "true", "t", "on": true
        case "0", "no", "n", "false", "f", "off": false
        default: nil
        }
    }

    private func matches(_ key: String) -> [Argument] {
        let wanted = Self.folded(key)
        return arguments.filter { Self.folded($0.key) == wanted }
    }

    private static func folded(_ key: String) -> [UInt8] {
        key.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
    }

    private static func words(_ text: String) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var isQuoted = false
        for byte in text.utf8 {
            if byte.isCSpace, !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = []
                continue
            }
            if byte == .quote { isQuoted.toggle() }
            word.append(byte)
        }
        return word.isEmpty ? words : words + [word]
    }
}

extension KernelCommandLine.Argument {
    /// Takes the quotes off a word as the kernel does: around the whole, or around the value.
    fileprivate init(word: [UInt8]) {
        var word = word[...]
        let isQuoted = word.first == .quote
        if isQuoted {
            word = word.dropFirst()
            if word.last == .quote { word = word.dropLast() }
        }
        guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else {
            self.init(key: String(decoding: word, as: UTF8.self), value: nil)
            return
        }
        var value = word[(equals + 1)...]
        if value.first == .quote {
            value = value.dropFirst()
            if value.last == .quote { value = value.dropLast() }
        }
        self.init(key: String(decoding: word[..<equals], as: UTF8.self), value: String(decoding: value, as: UTF8.self))
    }
}

extension UInt8 {
    fileprivate static let quote = UInt8(ascii: "\"")
}
