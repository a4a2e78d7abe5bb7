/// What makes dpkg refuse its whole database, beyond the fields that are kept of it.
///
/// Every stanza counts, of whatever package: dpkg reads all or nothing, and with nothing no order is carried out.
///
/// - Source: dpkg `lib/dpkg/parse.c` (`parse_stanza`, `pkg_parse_verify`, `pkg_parse_copy`), `lib/dpkg/fields.c`; seen
///   with dpkg-query 1.21 over changed status files, which a test compares again.
struct DpkgDatabaseRules: Sendable {
    /// The fields whose words dpkg looks at, besides those that ``DpkgStatus`` keeps.
    private enum Checked: String, CaseIterable {
        case multiArch = "multi-arch"
        case essential, protected, priority
        case configVersion = "config-version"
        case awaited = "triggers-awaited"
        case pending = "triggers-pending"
        case conffiles
        case depends, recommends, suggests, breaks, conflicts, enhances, provides, replaces
        case preDepends = "pre-depends"
    }
    private static let checked = Checked.allCases.map { (field: $0, name: Array($0.rawValue.utf8)) }
    /// They belong into the lists of repositories, and dpkg does not take them in its own database.
    private static let refused = ["filename", "msdos-filename", "size", "md5sum"].map { Array($0.utf8) }

    /// The instances of a package that are there.
    private struct Instances {
        var isCoinstallable: Bool
        var architectures: [[UInt8]]
    }
    private var instances: [[UInt8]: Instances] = [:]

    /// The names of the fields of the stanza that is being read, one after the other, in small letters.
    private var names: [UInt8] = []
    private var nameEnds: [Int] = []
    private var values: [(field: Checked, value: [UInt8])] = []
    private var current: Checked?

    /// Takes the first line of a field.
    mutating func begin(_ bytes: [UInt8], _ name: Range<Int>, _ value: Range<Int>, line: Int) throws(ParseError) {
        guard bytes[name.lowerBound] != UInt8(ascii: "-") else {
            throw ParseError(line: line, "expected a field whose name does not begin with a hyphen")
        }
        let start = names.count
        for index in name { names.append(bytes[index].asciiLowercased) }
        let own = names[start...]
        var first = 0
        for end in nameEnds {
            if end - first == own.count, names[first..<end] == own {
                throw ParseError(line: line, "expected each field once in a package")
            }
            first = end
        }
        nameEnds.append(names.count)
        if Self.refused.contains(where: { own == $0[...] }) {
            throw ParseError(line: line, "expected no field of a repository's list in dpkg's database")
        }
        current = Self.checked.first { own == $0.name[...] }?.field
        if let current { values.append((current, Array(bytes[value]))) }
    }

    /// Takes a line that belongs to the field before it.
    mutating func continueField(_ bytes: [UInt8], _ line: Range<Int>) {
        guard current != nil, let last = values.indices.last else { return }
        values[last].value.append(.lineFeed)
        values[last].value += bytes[line]
    }

    /// Judges the stanza that has ended.
    mutating func end(
        package: [UInt8], architecture: [UInt8]?, version: [UInt8]?, state: DpkgStatus.State, line: Int
    ) throws(ParseError) {
        defer { reset() }
        guard package.first.map({ $0.isDigit || 0x61...0x7A ~= $0.asciiLowercased }) == true,
            package.allSatisfy(DpkgRelations.isOfName)
        else { throw ParseError(line: line, "expected the name of a package") }
        if let version, !DpkgRelations.isVersion(version) { throw ParseError(line: line, "expected a version") }
        var (isCoinstallable, hasAwaited, hasPending) = (false, false, false)
        for (field, value) in values {
            let problem: String?
            switch field {
            case .multiArch:
                let word = Self.word(value)
                problem = ["", "no", "foreign", "allowed", "same"].contains(word) ? nil : "a word of Multi-Arch"
                isCoinstallable = word == "same"
            case .essential, .protected:
                problem = ["", "no", "yes"].contains(Self.word(value)) ? nil : "yes or no"
            case .priority: problem = Self.isPriority(value) ? nil : "one word in Priority"
            case .configVersion:
                let isOutOfPlace = [.installed, .notInstalled, .triggersPending].contains(state)
                problem =
                    !DpkgRelations.isVersion(value)
                    ? "a version in Config-Version" : isOutOfPlace ? "no field Config-Version" : nil
            case .conffiles: problem = Self.areConffiles(value) ? nil : "a file and its digest in Conffiles"
            case .awaited:
                hasAwaited = !Self.word(value).isEmpty
                problem = hasAwaited && state != .triggersAwaited ? "no field Triggers-Awaited" : nil
            case .pending:
                hasPending = !Self.word(value).isEmpty
                problem =
                    hasPending && state != .triggersAwaited && state != .triggersPending
                    ? "no field Triggers-Pending"
                    : value.allSatisfy { $0.isCSpace || 0x21...0x7E ~= $0 } ? nil : "names of triggers"
            case .depends, .preDepends, .recommends, .suggests, .enhances:
                problem = DpkgRelations.areRelations(value, alternatives: true) ? nil : "packages in a field"
            case .breaks, .conflicts, .provides, .replaces:
                problem = DpkgRelations.areRelations(value, alternatives: false) ? nil : "packages in a field"
            }
            if let problem { throw ParseError(line: line, "expected \(problem)") }
        }
        let isArchitecture = architecture.map { !$0.isEmpty && $0.allSatisfy(DpkgRelations.isOfArchitecture) } ?? false
        guard !isCoinstallable || isArchitecture else {
            throw ParseError(line: line, "expected an architecture beside Multi-Arch: same")
        }
        if state == .triggersAwaited && !hasAwaited || state == .triggersPending && !hasPending {
            throw ParseError(line: line, "expected the triggers of its state")
        }
        try count(package, architecture ?? [], isCoinstallable, state, line)
    }

    /// A word that dpkg knows must end the value; one that only begins with it, such as `optional-ish`, is refused, and any
    /// other text is a priority of its own.
    private static func isPriority(_ value: [UInt8]) -> Bool {
        let text = word(value)
        return !["required", "important", "standard", "optional", "extra"].contains { text.hasPrefix($0) && text != $0 }
    }

    /// A package is there once, or once for each architecture where all of its instances may be.
    private mutating func count(
        _ package: [UInt8], _ architecture: [UInt8], _ isCoinstallable: Bool, _ state: DpkgStatus.State, _ line: Int
    ) throws(ParseError) {
        guard state != .notInstalled else { return }
        let name = package.map(\.asciiLowercased)
        guard var known = instances[name] else {
            instances[name] = Instances(isCoinstallable: isCoinstallable, architectures: [architecture])
            return
        }
        guard known.isCoinstallable, isCoinstallable, !known.architectures.contains(architecture) else {
            throw ParseError(line: line, "expected each package once: \(String(decoding: package, as: UTF8.self))")
        }
        known.architectures.append(architecture)
        instances[name] = known
    }

    private mutating func reset() {
        names.removeAll(keepingCapacity: true)
        nameEnds.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        current = nil
    }

    private static func word(_ value: [UInt8]) -> String {
        String(decoding: value.map(\.asciiLowercased), as: UTF8.self)[...].stripped.description
    }

    /// Lines of a file and its digest, or another word, and perhaps flags.
    private static func areConffiles(_ value: [UInt8]) -> Bool {
        let lines = value.split(separator: .lineFeed, omittingEmptySubsequences: false)
        guard lines.first.map({ $0.allSatisfy(\.isCSpace) }) ?? true else { return false }
        return lines.dropFirst().allSatisfy { line in
            let words = line.split(whereSeparator: \.isCSpace)
            return words.isEmpty || words.count >= 2 && words[0] != [UInt8(ascii: "/")]
        }
    }
}
