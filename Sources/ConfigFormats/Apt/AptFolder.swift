internal import TextForms

/// Which names apt reads in one of its folders; it passes over the others without an error.
///
/// - Source: apt `apt-pkg/contrib/fileutl.cc` (`GetListOfFilesInDir`); sources.list(5), apt_preferences(5), apt.conf(5).
package enum AptFolder: Sendable {
    /// `/etc/apt/sources.list.d`
    case sources
    /// `/etc/apt/preferences.d`
    case preferences
    /// `/etc/apt/apt.conf.d`
    case configuration

    /// Whether apt reads a file of this name there.
    ///
    /// Letters, digits, `_`, `-`, `:` and `.` alone, no dot at either end, and one of the folder's endings.
    package func reads(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, first != .fullStop, bytes.last != .fullStop, bytes.allSatisfy(\.isAptName) else {
            return false
        }
        guard let dot = bytes.lastIndex(of: .fullStop) else { return self != .sources }
        let ending = String(decoding: bytes[(dot + 1)...], as: UTF8.self)
        return switch self {
        case .sources: ending == "list" || ending == "sources"
        case .preferences: ending == "pref"
        case .configuration: ending == "conf"
        }
    }
}

/// Words as apt splits and reads them.
///
/// - Source: apt `apt-pkg/contrib/strutl.cc` (`ParseQuoteWord`, `StringToBool`).
enum AptWord {
    /// Takes the next word off the front of `rest`, with the blanks after it.
    ///
    /// Double quotes and square brackets keep blanks together; quotes are dropped and `%41` is decoded.
    ///
    /// - Returns: `nil` when nothing is left, or a quote or bracket is never closed; `rest` is as it was then.
    static func next(_ rest: inout ArraySlice<UInt8>) -> String? {
        let text = rest.drop { $0 == .space }
        guard !text.isEmpty else { return nil }
        var end = text.startIndex
        while end < text.endIndex, !text[end].isCSpace {
            let closing: UInt8? =
                switch text[end] {
                case .quotation: .quotation
                case UInt8(ascii: "["): UInt8(ascii: "]")
                default: nil
                }
            if let closing {
                guard let close = text[(end + 1)...].firstIndex(of: closing) else { return nil }
                end = close
            }
            end += 1
        }
        rest = text[end...].drop(while: \.isCSpace)
        return unquoted(text[..<end])
    }

    private static func unquoted(_ word: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var index = word.startIndex
        while index < word.endIndex {
            let byte = word[index]
            if byte == UInt8(ascii: "%"), index + 2 < word.endIndex, let high = word[index + 1].hexadecimalValue,
                let low = word[index + 2].hexadecimalValue
            {
                bytes.append(high << 4 | low)
                index += 2
            } else if byte != .quotation {
                bytes.append(byte)
            }
            index += 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What apt takes as a switch; `nil` for every other word, which then changes nothing.
    static func boolean(_ text: String) -> Bool? {
        if let number = Int(text) { return number == 0 ? false : number == 1 ? true : nil }
        return switch text.lowercased() {
        case "no", "false", "without", "off", "disable": false
        case "yes", "true", "with", "on", "enable": true
        default: nil
        }
    }
}

extension UInt8 {
    static let quotation = UInt8(ascii: "\"")
    static let fullStop = UInt8(ascii: ".")

    /// What may stand in the name of a file that apt reads.
    fileprivate var isAptName: Bool {
        isDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= asciiLowercased
            || [.fullStop, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ":")].contains(self)
    }
}
