/// One file of apt's preferences: which versions of which packages it wants, and how much.
///
/// - Source: apt_preferences(5); apt `apt-pkg/policy.cc` (`ReadPinFile`, `CreatePin`).
package struct AptPreferences: Sendable, Equatable {
    /// What of a package a pin means.
    package enum Subject: Equatable, Sendable {
        /// Versions: a text, a text with `*` and its like, or `/expression/`.
        case version(String)
        /// What a repository says of itself, as written.
        case release(String)
        /// The name of a repository's host; empty for what is not from a repository.
        case origin(String)
    }

    /// One stanza that says something.
    package struct Pin: Equatable, Sendable {
        /// Its first line, counted from 1.
        package let line: Int

        /// The names and patterns in order.
        package let packages: [String]
        package let subject: Subject
        package let priority: Int

        /// Whether a package of this name is meant; `nil` when an expression is not understood here.
        ///
        /// `*` alone is apt's general form and names no package: every pin that does goes before it.
        package func names(_ package: String) -> Bool? {
            guard packages != ["*"] else { return false }
            var isUnclear = false
            for name in packages {
                switch AptPreferences.matches(name, package) {
                case true?: return true
                case nil: isUnclear = true
                case false?: break
                }
            }
            return isUnclear ? nil : false
        }

        /// Whether a version is meant that comes from `host`, if that is known; `nil` when the text does not tell.
        package func covers(version: String, from host: String?) -> Bool? {
            switch subject {
            case .version(let wanted):
                if wanted == version { return true }
                return NamePattern(wanted, isAlwaysPattern: true)?.matches(version)
            case .origin(let wanted):
                let name =
                    wanted.count > 1 && wanted.first == "\"" && wanted.last == "\""
                    ? String(wanted.dropFirst().dropLast()) : wanted
                guard let host else { return nil }
                return NamePattern(name, isAlwaysPattern: true)?.matches(host)
            case .release: return nil
            }
        }
    }

    /// The pins in file order.
    package private(set) var pins: [Pin] = []

    /// What apt refuses (then it works with no preferences at all), and what it passes over with a warning.
    package private(set) var malformed: [ParseError] = []

    /// Reads a whole file.
    package init(_ bytes: [UInt8]) {
        let file = Deb822(bytes)
        for stanza in file {
            do throws(ParseError) {
                if let pin = try Self.pin(stanza, file) { pins.append(pin) }
            } catch {
                malformed.append(error)
            }
        }
    }

    private static func pin(_ stanza: Deb822.Stanza, _ file: Deb822) throws(ParseError) -> Pin? {
        if let problem = stanza.problem { throw problem }
        let packages = file.words("Package", of: stanza)
        guard !packages.isEmpty else { throw ParseError(line: stanza.line, "expected a field Package") }
        guard let field = file.field("Pin", of: stanza) else { return nil }
        let text = file.lines(of: field).map(\.text).joined(separator: " ")
        let kind = text.utf8.prefix { !$0.isCSpace }
        let rest = String(Substring(text.utf8.dropFirst(kind.count).drop(while: \.isCSpace)))
        let subject: Subject
        switch String(Substring(kind)).lowercased() {
        case "version" where packages != ["*"]: subject = .version(rest)
        case "release": subject = .release(rest)
        case "origin": subject = .origin(rest)
        default: throw ParseError(line: field.line, "expected version, release or origin after Pin")
        }
        let written = file.value("Pin-Priority", of: stanza)
        guard let priority = written.flatMap(number), priority != 0, Int(Int16.min)...Int(Int16.max) ~= priority else {
            let line = file.field("Pin-Priority", of: stanza)?.line ?? stanza.line
            throw ParseError(line: line, "expected a number that is not 0 as Pin-Priority")
        }
        return Pin(line: stanza.line, packages: packages, subject: subject, priority: priority)
    }

    /// As strtol(3) does: a sign, digits, and what follows them is passed over.
    private static func number(_ text: String) -> Int? {
        let sign = text.utf8.prefix { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        let digits = text.utf8.dropFirst(sign.count).prefix(while: \.isDigit)
        guard sign.count < 2, !digits.isEmpty else { return nil }
        return Int(String(Substring(sign)) + String(Substring(digits)))
    }

    /// Whether one word of `Package:` means a package.
    private static func matches(_ word: String, _ package: String) -> Bool? {
        var name = word
        // A name of a source package, or with an architecture, may mean the package: not told from the text alone.
        if name.hasPrefix("src:") { return name == "src:\(package)" ? nil : false }
        if name.utf8.first != UInt8(ascii: "/"), let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")) {
            let architecture = name[name.utf8.index(after: colon)...]
            name = String(name[..<colon])
            if architecture != "any", architecture != "native" {
                return matches(name, package) == false ? false : nil
            }
        }
        if name == package { return true }
        guard let pattern = NamePattern(name, isAlwaysPattern: false) else { return nil }
        return pattern.matches(package)
    }
}
