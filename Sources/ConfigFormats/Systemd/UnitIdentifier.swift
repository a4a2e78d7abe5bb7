/// The name of a unit in its parts: `getty@tty1.service` is the prefix `getty`, the instance `tty1` and the type `service`.
///
/// - Source: systemd.unit(5), "Description"; systemd `src/basic/unit-name.c`, versions 249 to 257.
package struct UnitIdentifier: Sendable, Hashable {
    /// The whole name.
    package let name: String
    /// What stands before `@` or, without one, before the suffix.
    package let prefix: String
    /// What stands behind `@`; empty for a template, `nil` for a unit without one.
    package let instance: String?
    /// The suffix without its dot.
    package let type: String

    private static let types: Set<String> = [
        "service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope",
    ]

    /// Takes a name apart; `nil` for what systemd takes for no unit's name.
    package init?(_ name: String) {
        let bytes = Array(name.utf8)
        guard bytes.count < 256, let dot = bytes.lastIndex(of: UInt8(ascii: ".")), dot > 0,
            bytes.allSatisfy(Self.isValid)
        else { return nil }
        type = String(decoding: bytes[(dot + 1)...], as: UTF8.self)
        guard Self.types.contains(type) else { return nil }
        let stem = bytes[..<dot]
        if let at = stem.firstIndex(of: UInt8(ascii: "@")) {
            guard at > 0 else { return nil }
            prefix = String(decoding: stem[..<at], as: UTF8.self)
            instance = String(decoding: stem[(at + 1)...], as: UTF8.self)
        } else {
            prefix = String(decoding: stem, as: UTF8.self)
            instance = nil
        }
        self.name = name
    }

    private static func isValid(_ byte: UInt8) -> Bool {
        byte.isDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
            || [":", "-", "_", ".", "\\", "@"].contains(Character(Unicode.Scalar(byte)))
    }

    /// Whether it is a template.
    package var isTemplate: Bool { instance == "" }

    /// Whether it is an instance of a template.
    package var isInstance: Bool { instance.map { !$0.isEmpty } ?? false }

    /// The template of an instance; `nil` for anything else.
    package var template: String? { isInstance ? "\(prefix)@.\(type)" : nil }

    /// This template with an instance, or this instance with another.
    package func replacingInstance(_ instance: String) -> String { "\(prefix)@\(instance).\(type)" }

    /// What the folders of drop-ins and of dependencies are called that count for it, without their suffix, the most
    /// specific first: its name, its template, and what its prefix begins with up to each dash.
    ///
    /// - Source: systemd `src/shared/dropin.c` (`unit_file_find_dirs`).
    package var folderNames: [String] {
        var names = [name]
        if let template, let identifier = UnitIdentifier(template) { names += identifier.folderNames }
        if let shorter = shortened, let identifier = UnitIdentifier(shorter) { names += identifier.folderNames }
        return names
    }

    /// The name with its prefix cut behind the last dash that is not at its end.
    private var shortened: String? {
        var bytes = Array(prefix.utf8)
        if bytes.last == UInt8(ascii: "-") { bytes.removeLast() }
        guard let dash = bytes.lastIndex(of: UInt8(ascii: "-")), dash > 0 else { return nil }
        let cut = String(decoding: bytes[...dash], as: UTF8.self)
        return instance.map { $0.isEmpty ? "\(cut)@.\(type)" : "\(cut)@\($0).\(type)" } ?? "\(cut).\(type)"
    }

    /// A word of a setting with its specifiers replaced; `nil` when it has one that this text alone does not answer.
    ///
    /// - Source: systemd.unit(5), "Specifiers".
    package func expanding(_ word: String) -> String? {
        var text = ""
        var rest = word[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                text.append(character)
                continue
            }
            switch rest.popFirst() {
            case "%": text += "%"
            case "n": text += name
            case "N": text += String(name.dropLast(type.count + 1))
            case "p", "P": text += prefix
            case "i", "I": text += instance ?? ""
            case "j", "J": text += prefix.split(separator: "-").last.map(String.init) ?? prefix
            default: return nil
            }
        }
        return text
    }
}
