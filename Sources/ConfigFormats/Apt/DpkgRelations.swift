/// Names, versions and relations of packages, as far as dpkg refuses what is not one.
///
/// - Source: dpkg `lib/dpkg/fields.c` (`f_dependency`), `lib/dpkg/pkg-spec.c` (`pkg_name_is_illegal`),
///   `lib/dpkg/parsehelp.c` (`parseversion`).
enum DpkgRelations {
    /// Letters of both cases, digits and four more.
    static func isOfName(_ byte: UInt8) -> Bool {
        byte.isDigit || 0x61...0x7A ~= byte.asciiLowercased || "-+._".utf8.contains(byte)
    }

    /// Letters of both cases, digits and the hyphen.
    static func isOfArchitecture(_ byte: UInt8) -> Bool {
        byte.isDigit || 0x61...0x7A ~= byte.asciiLowercased || byte == UInt8(ascii: "-")
    }

    /// A number and a colon, or neither; something; and what follows the last hyphen, if there is one.
    static func isVersion(_ value: some Collection<UInt8>) -> Bool {
        let text = Array(value.drop(while: \.isCSpace))
        let end = text.lastIndex { !$0.isCSpace }.map { $0 + 1 } ?? 0
        var rest = text[..<end]
        guard !rest.isEmpty, !rest.contains(where: \.isCSpace) else { return false }
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            var digits = rest[..<colon]
            if digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
            guard !digits.isEmpty, digits.allSatisfy(\.isDigit),
                Int(String(decoding: digits, as: UTF8.self)).map({ $0 <= Int(Int32.max) }) == true
            else { return false }
            rest = rest[(colon + 1)...]
        }
        if let hyphen = rest.lastIndex(of: UInt8(ascii: "-")) {
            guard hyphen + 1 < rest.endIndex else { return false }
            rest = rest[..<hyphen]
        }
        return !rest.isEmpty
    }

    /// Whether the value names packages: with architectures and versions, separated by commas, and by bars where these
    /// stand for alternatives.
    static func areRelations(_ value: [UInt8], alternatives: Bool) -> Bool {
        var rest = value.drop(while: \.isCSpace)
        guard !rest.isEmpty else { return true }
        while true {
            guard takeRelation(&rest) else { return false }
            switch rest.popFirst() {
            case nil: return true
            case UInt8(ascii: ",")?: break
            case UInt8(ascii: "|")? where alternatives: break
            default: return false
            }
            rest = rest.drop(while: \.isCSpace)
        }
    }

    /// Takes one package with what belongs to it, and the blanks behind.
    private static func takeRelation(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let ends = ":(,|".utf8
        let name = rest.prefix { !$0.isCSpace && !ends.contains($0) }
        guard let first = name.first, first.isDigit || 0x61...0x7A ~= first.asciiLowercased,
            name.allSatisfy(isOfName)
        else { return false }
        rest = rest.dropFirst(name.count)
        if rest.first == UInt8(ascii: ":") {
            let architecture = rest.dropFirst().prefix { !$0.isCSpace && !"(,|".utf8.contains($0) }
            guard let first = architecture.first, first.isDigit || 0x61...0x7A ~= first.asciiLowercased,
                architecture.allSatisfy({ $0.isDigit || 0x61...0x7A ~= $0.asciiLowercased || $0 == 0x2D })
            else { return false }
            rest = rest.dropFirst(1 + architecture.count)
        }
        rest = rest.drop(while: \.isCSpace)
        guard rest.first == UInt8(ascii: "(") else { return true }
        rest = rest.dropFirst().drop(while: \.isCSpace)
        if let sign = rest.first, "<>=".utf8.contains(sign) {
            rest = rest.dropFirst()
            if sign != UInt8(ascii: "="), let second = rest.first, "<>=".utf8.contains(second) {
                guard second == sign || second == UInt8(ascii: "=") else { return false }
                rest = rest.dropFirst()
            }
        }
        rest = rest.drop(while: \.isCSpace)
        let version = rest.prefix { !$0.isCSpace && !"()".utf8.contains($0) }
        guard isVersion(version) else { return false }
        rest = rest.dropFirst(version.count).drop(while: \.isCSpace)
        guard rest.popFirst() == UInt8(ascii: ")") else { return false }
        rest = rest.drop(while: \.isCSpace)
        return true
    }
}
