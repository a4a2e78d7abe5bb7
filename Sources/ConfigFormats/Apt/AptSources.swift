internal import TextForms

/// One file of apt's sources, and where in it each entry stands.
///
/// What does not parse stops all of apt, so it is told apart from what is not there.
/// - Source: sources.list(5); apt `apt-pkg/sourcelist.cc` (`ParseLine`, `ParseStanza`).
package struct AptSources: Sendable, Equatable {
    /// How a file is written: by its name, one line for each entry or one stanza.
    package enum Style: Sendable {
        /// `sources.list` and `*.list`.
        case oneLine
        /// `*.sources`.
        case stanzas
    }

    /// Whose signature an entry trusts.
    package enum SignedBy: Hashable, Sendable {
        /// Keyring files.
        case files([String])
        /// Fingerprints of keys that all repositories trust, upper case, files beside them left out.
        case fingerprints([String])
        /// A key in the entry itself, armoured.
        case inline(String)
    }

    /// An entry in force.
    package struct Entry: Equatable, Sendable {
        /// The line it stands on, counted from 1; of a stanza its first.
        package let line: Int

        /// `deb`, `deb-src`, or both.
        package let types: [String]

        /// Each with a slash at its end, as apt uses it.
        package let addresses: [String]
        package let suites: [String]

        /// `nil`: every key in apt's own keyrings is good enough.
        package let signedBy: SignedBy?

        /// `trusted=yes`: no signature is asked for at all.
        package let isTrusted: Bool
    }

    /// The entries in file order, those that are switched off left out.
    package private(set) var entries: [Entry] = []

    /// What apt refuses; with one of these it reads no source at all.
    package private(set) var malformed: [ParseError] = []

    private let bytes: [UInt8]
    private let style: Style

    /// Reads a whole file.
    package init(_ bytes: [UInt8], style: Style) {
        self.bytes = bytes
        self.style = style
        switch style {
        case .oneLine: readLines()
        case .stanzas: readStanzas()
        }
    }

    private mutating func readLines() {
        let lines = EditableLines(bytes)
        for number in lines.numbers {
            do throws(ParseError) {
                if let entry = try OneLine.entry(lines[number], line: number) { entries.append(entry) }
            } catch {
                malformed.append(error)
            }
        }
    }

    private mutating func readStanzas() {
        let file = Deb822(bytes)
        for stanza in file {
            do throws(ParseError) {
                if let entry = try Self.entry(stanza, file) { entries.append(entry) }
            } catch {
                malformed.append(error)
            }
        }
    }

    private static func entry(_ stanza: Deb822.Stanza, _ file: Deb822) throws(ParseError) -> Entry? {
        if let problem = stanza.problem { throw problem }
        if let enabled = file.value("Enabled", of: stanza), AptWord.boolean(enabled) == false { return nil }
        let parts = Parts(
            types: file.words("Types", of: stanza), addresses: file.words("URIs", of: stanza),
            suites: file.words("Suites", of: stanza), components: file.words("Components", of: stanza))
        var signedBy: SignedBy?
        if let field = file.field("Signed-By", of: stanza) {
            let lines = file.lines(of: field).map(\.text)
            if lines.contains(where: { $0.contains("-----BEGIN PGP PUBLIC KEY BLOCK-----") }) {
                // A lone dot stands for an empty line, and the blank in front of each line is the format's.
                let key = lines.map { line in
                    let text = line[...].stripped
                    return text == "." ? "" : String(text)
                }
                signedBy = .inline(key.joined(separator: "\n"))
            } else {
                let words = lines.joined(separator: " ").utf8.split { $0.isCSpace || $0 == UInt8(ascii: ",") }
                signedBy = try parts.signers(words.map { String(Substring($0)) }, line: field.line)
            }
        }
        let trusted = file.value("Trusted", of: stanza).map { AptWord.boolean($0) == true } ?? false
        return try parts.entry(line: stanza.line, signedBy: signedBy, isTrusted: trusted)
    }

    /// The file with the entries that begin on these lines switched off, every other byte kept.
    ///
    /// `# ` is put in front of a line; a stanza gets `Enabled: no`, or that value in the field that counts.
    ///
    /// - Parameter numbers: line numbers of entries; other numbers change nothing.
    /// - Returns: the whole file; the same bytes when nothing was to be done.
    package func disabling(lines numbers: some Sequence<Int>) -> [UInt8] {
        let wanted = Set(numbers).intersection(entries.map(\.line))
        switch style {
        case .oneLine:
            var lines = EditableLines(bytes)
            for number in wanted { lines[number].insert(contentsOf: "# ".utf8, at: 0) }
            return lines.bytes
        case .stanzas:
            var edited: [UInt8] = []
            var place = 0
            let file = Deb822(bytes)
            for stanza in file where wanted.contains(stanza.line) {
                if let enabled = file.field("Enabled", of: stanza) {
                    let start = enabled.value.lowerBound
                    let isTight = start > 0 && !bytes[start - 1].isBlank
                    edited += bytes[place..<start]
                    edited += (isTight ? " no" : "no").utf8
                    place = enabled.value.upperBound
                } else {
                    let isCarried = bytes[stanza.range].firstIndex(of: .lineFeed).map {
                        $0 > stanza.range.lowerBound && bytes[$0 - 1] == .carriageReturn
                    }
                    edited += bytes[place..<stanza.range.lowerBound]
                    edited += (isCarried == true ? "Enabled: no\r\n" : "Enabled: no\n").utf8
                    place = stanza.range.lowerBound
                }
            }
            return edited + bytes[place...]
        }
    }
}

/// What an entry is made of, before it is judged.
private struct Parts {
    var types: [String]
    var addresses: [String]
    var suites: [String]
    var components: [String]

    func entry(
        line: Int, signedBy: AptSources.SignedBy?, isTrusted: Bool
    ) throws(ParseError) -> AptSources.Entry {
        guard !types.isEmpty else { throw ParseError(line: line, "expected a type, deb or deb-src") }
        for type in types where type != "deb" && type != "deb-src" {
            throw ParseError(line: line, "expected deb or deb-src, found \"\(type)\"")
        }
        guard !addresses.isEmpty else { throw ParseError(line: line, "expected the address of a repository") }
        for address in addresses where !address.utf8.contains(UInt8(ascii: ":")) {
            throw ParseError(line: line, "expected an address with a colon, found \"\(address)\"")
        }
        guard !suites.isEmpty else { throw ParseError(line: line, "expected a suite after the address") }
        for suite in suites {
            let isPath = suite.utf8.last == UInt8(ascii: "/")
            guard isPath || !components.isEmpty else {
                throw ParseError(line: line, "expected a component after the suite \(suite)")
            }
            guard !isPath || components.isEmpty else {
                throw ParseError(line: line, "expected no component after the path \(suite)")
            }
        }
        return AptSources.Entry(
            line: line, types: types,
            addresses: addresses.map { $0.utf8.last == UInt8(ascii: "/") ? $0 : $0 + "/" }, suites: suites,
            signedBy: signedBy, isTrusted: isTrusted)
    }

    /// Sorts what Signed-By names; with one file among them the fingerprints only narrow what the file may sign.
    func signers(_ words: [String], line: Int) throws(ParseError) -> AptSources.SignedBy? {
        var files: [String] = []
        var fingerprints: [String] = []
        for word in words {
            if word.utf8.first == UInt8(ascii: "/") {
                files.append(word)
                continue
            }
            let digits = word.utf8.last == UInt8(ascii: "!") ? Substring(word.utf8.dropLast()) : word[...]
            guard digits.utf8.count >= 40, digits.utf8.allSatisfy(\.isHexadecimalDigit) else {
                throw ParseError(line: line, "expected a keyring or a fingerprint after Signed-By, found \"\(word)\"")
            }
            fingerprints.append(digits.uppercased())
        }
        if !files.isEmpty { return .files(files) }
        return fingerprints.isEmpty ? nil : .fingerprints(fingerprints)
    }
}

/// The one-line form.
private enum OneLine {
    /// The entry of one line; `nil` for a blank one and a comment.
    static func entry(_ bytes: [UInt8], line: Int) throws(ParseError) -> AptSources.Entry? {
        var rest = withoutComment(bytes).drop(while: \.isCSpace)
        while rest.last?.isCSpace == true { rest = rest.dropLast() }
        guard !rest.isEmpty else { return nil }
        let type = rest.prefix { !$0.isCSpace }
        guard type.count < rest.count else { throw ParseError(line: line, "expected an address after the type") }
        rest = rest.dropFirst(type.count).drop(while: \.isCSpace)
        var parts = Parts(types: [String(decoding: type, as: UTF8.self)], addresses: [], suites: [], components: [])
        var signedBy: AptSources.SignedBy?
        var isTrusted = false
        if rest.first == UInt8(ascii: "[") {
            rest = rest.dropFirst().drop(while: \.isCSpace)
            while rest.first != UInt8(ascii: "]") {
                let (name, value) = try option(&rest, line: line)
                // apt knows this name in small letters alone, and takes the others in any case.
                if name == "signed-by" {
                    signedBy = try parts.signers(value.split(separator: ",").map(String.init), line: line)
                } else if name.lowercased() == "trusted" {
                    isTrusted = AptWord.boolean(value) == true
                }
            }
            rest = rest.dropFirst().drop(while: \.isCSpace)
        }
        if let address = AptWord.next(&rest) { parts.addresses = [address] }
        if let suite = AptWord.next(&rest) { parts.suites = [suite] }
        while let component = AptWord.next(&rest) { parts.components.append(component) }
        return try parts.entry(line: line, signedBy: signedBy, isTrusted: isTrusted)
    }

    /// A number sign begins a comment unless a bracket is open before it.
    private static func withoutComment(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        var open = 0
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "["): open += 1
            case UInt8(ascii: "]"): open -= 1
            case .numberSign where open <= 0: return bytes[..<index]
            default: break
            }
        }
        return bytes[...]
    }

    /// Takes one `name=value` off the front; a bracket that closes the options may stand right behind it.
    private static func option(
        _ rest: inout ArraySlice<UInt8>, line: Int
    ) throws(ParseError) -> (name: String, value: String) {
        let before = rest
        guard var word = AptWord.next(&rest) else { throw ParseError(line: line, "expected ] after the options") }
        if word.utf8.last == UInt8(ascii: "]") {
            word = String(Substring(word.utf8.dropLast()))
            // apt goes back to the nearest bracket: one that follows right there is taken for it.
            let taken = before[..<rest.startIndex]
            if rest.first != UInt8(ascii: "]"), let close = taken.lastIndex(of: UInt8(ascii: "]")) {
                rest = before[close...]
            }
        }
        guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            throw ParseError(line: line, "expected name=value in the options, found \"\(word)\"")
        }
        let value = word[word.utf8.index(after: equals)...]
        guard equals != word.startIndex, !value.isEmpty else {
            throw ParseError(line: line, "expected a name and a value in the options, found \"\(word)\"")
        }
        return (String(word[..<equals]), String(value))
    }
}
