/// The key `swap:` of one of cloud-init's files, as far as it says how large a file is wanted.
///
/// - Source: cloud-init, "Module reference", Mounts, `swap`; `cloudinit/config/cc_mounts.py` (`handle_swapcfg`): without a
///   size, or with 0, no file is made.
package struct CloudSwap: Sendable, Equatable {
    /// The line of the key, counted from 1.
    package let line: Int
    /// `size` as written, without quotes; `nil` when there is none.
    package let size: String?

    /// Whether a swap file is made.
    package var makesFile: Bool {
        guard let size = size?.lowercased(), !["", "~", "null", "false", "no", "off"].contains(size) else {
            return false
        }
        // `0`, `0M`, `0.0`: a number of nothing.
        let number = size.prefix { $0.isNumber || $0 == "." }
        return number.isEmpty || number.contains { $0 != "0" && $0 != "." }
    }

    /// Looks for the key at the margin of a whole file; `nil` when it is not there.
    ///
    /// Of two the last counts.
    ///
    /// - Throws: when what belongs to it is written in a way that is not followed here.
    package init?(parsing text: String) throws(ParseError) {
        var found: (line: Int, size: String?)?
        var isWithin = false
        for line in text.numberedLines {
            let content = line.text.stripped
            guard !content.isEmpty, content.utf8.first != .numberSign else { continue }
            if let first = line.text.utf8.first, first == .space || first == .tab {
                guard isWithin, let value = Self.value(of: "size", in: content) else { continue }
                found?.size = try Self.scalar(value, line.number)
                continue
            }
            isWithin = false
            guard let value = Self.value(of: "swap", in: content) else { continue }
            found = (line.number, nil)
            if value.isEmpty || value.utf8.first == .numberSign {
                isWithin = true
            } else if value.hasPrefix("{") {
                found?.size = try Self.flow(value, line.number)
            } else if !["~", "null", "false", "no", "off", "[]"].contains(value.lowercased()) {
                throw ParseError(line: line.number, "the value of swap is not followed: \(value)")
            }
        }
        guard let found else { return nil }
        line = found.line
        size = found.size
    }

    /// What stands behind `key:`, in quotes or not.
    private static func value(of key: String, in line: Substring) -> Substring? {
        for written in ["\(key):", "\"\(key)\":", "'\(key)':"] where line.hasPrefix(written) {
            let rest = line.dropFirst(written.count)
            return rest.isEmpty || rest.first?.isWhitespace == true ? rest.stripped : nil
        }
        return nil
    }

    private static func scalar(_ value: Substring, _ line: Int) throws(ParseError) -> String {
        guard let first = value.first, !"{}[]&*!|>%@`?".contains(first) else {
            if value.isEmpty { return "" }
            throw ParseError(line: line, "the size of swap is not followed: \(value)")
        }
        let plain = value.prefix { !$0.isWhitespace && $0 != "#" }
        return plain.filter { $0 != "\"" && $0 != "'" }
    }

    /// `{ … }` on one line.
    private static func flow(_ value: Substring, _ line: Int) throws(ParseError) -> String? {
        guard let end = value.firstIndex(of: "}"), !value.dropFirst().contains("{"), !value.contains("[") else {
            throw ParseError(line: line, "the value of swap is not followed: \(value)")
        }
        for item in value[..<end].dropFirst().split(separator: ",") {
            let pair = item.split(separator: ":", maxSplits: 1).map { $0.stripped }
            if pair.count == 2, pair[0].filter({ $0 != "\"" && $0 != "'" }) == "size" {
                return try scalar(pair[1], line)
            }
        }
        return nil
    }
}
