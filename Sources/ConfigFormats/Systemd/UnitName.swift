internal import TextForms

/// How systemd writes a path as the name of a unit.
///
/// - Source: systemd `src/basic/unit-name.c`, systemd-escape(1) `--path`.
package enum UnitName {
    /// The path as the part of a unit's name before its suffix: `/swap.img` is `swap.img`, `/` is `-`.
    ///
    /// systemd itself puts a hash in place of a name that is longer than 255 bytes with its suffix; such a name is not
    /// made here.
    ///
    /// - Parameter path: repeated slashes and `.` do not count, a leading slash may be missing.
    /// - Returns: `nil` for a path with `..`, which systemd refuses.
    package static func escapingPath(_ path: String) -> String? {
        let parts = components(of: Array(path.utf8))
        guard !parts.contains([.dot, .dot]) else { return nil }
        guard !parts.isEmpty else { return "-" }
        let joined = Array(parts.joined(separator: CollectionOfOne(.slash)))
        return joined.enumerated().reduce(into: "") { name, step in
            let (offset, byte) = step
            let isPlain = byte.isPlainInUnitName && !(offset == 0 && byte == .dot)
            if byte == .slash {
                name.append("-")
            } else if isPlain {
                name.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                name += "\\x" + Hexadecimal.text(CollectionOfOne(byte))
            }
        }
    }

    /// The path that such a part of a name stands for.
    ///
    /// - Parameter name: the name without suffix.
    /// - Returns: `nil` for what no path escapes to: an empty name, a wrong escape, `..`, an empty component, or bytes
    ///   that are not UTF-8.
    package static func unescapingPath(_ name: String) -> String? {
        if name == "-" { return "/" }
        var path: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "-"): path.append(.slash)
            case .backslash:
                let digits = rest.dropFirst().prefix(2)
                guard rest.first == UInt8(ascii: "x"), digits.count == 2, digits.allSatisfy(\.isHexadecimalDigit),
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), value != 0
                else { return nil }
                path.append(value)
                rest = rest.dropFirst(3)
            default: path.append(byte)
            }
        }
        let parts = path.split(separator: .slash, omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == [.dot] || $0 == [.dot, .dot] }) else { return nil }
        return String(validating: path, as: UTF8.self).map { "/" + $0 }
    }

    private static func components(of path: [UInt8]) -> [ArraySlice<UInt8>] {
        path.split(separator: .slash).filter { $0 != [.dot] }
    }
}

extension UInt8 {
    fileprivate static let slash = UInt8(ascii: "/")
    fileprivate static let dot = UInt8(ascii: ".")

    fileprivate var isLetter: Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= self || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self
    }

    /// What systemd leaves as it is in the name of a unit made from a path.
    fileprivate var isPlainInUnitName: Bool {
        isDigit || isLetter || self == .dot || self == UInt8(ascii: "_") || self == UInt8(ascii: ":")
    }
}
