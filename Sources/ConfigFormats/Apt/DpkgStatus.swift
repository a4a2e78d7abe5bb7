/// The packages of a machine, as dpkg keeps them in `/var/lib/dpkg/status`.
///
/// Kept are the packages that were asked for, and all whose installation was begun and not ended. The file has thousands
/// of stanzas of which four lines matter, so it is read on its bytes. What dpkg itself refuses to read of these lines
/// throws here too, with one leniency: a carriage return at the end of a line is passed over.
///
/// - Source: deb822(5); dpkg(1), "Information about packages"; the refusals as of dpkg-query 1.21.
package struct DpkgStatus: Equatable, Sendable {
    /// What the administrator wants of a package: the first word of `Status`.
    package enum Want: String, Sendable, CaseIterable {
        case unknown, install, hold, deinstall, purge
    }

    /// How far a package has come: the third word of `Status`.
    package enum State: String, Sendable, CaseIterable {
        case notInstalled = "not-installed"
        /// Removed; its configuration files are left.
        case configFiles = "config-files"
        /// Its installation was begun and not completed.
        case halfInstalled = "half-installed"
        /// Its files are there, and it is not configured.
        case unpacked
        /// Its configuration was begun and not completed.
        case halfConfigured = "half-configured"
        /// It waits until another package has processed a trigger.
        case triggersAwaited = "triggers-awaited"
        /// It has a trigger to process.
        case triggersPending = "triggers-pending"
        case installed
    }

    /// One package.
    package struct Entry: Equatable, Sendable {
        package let name: String
        /// The version; `nil` where nothing is installed that has one.
        package let version: String?
        /// The architecture; `nil` where the stanza names none.
        package let architecture: String?
        package let want: Want
        /// Whether it is broken and must be installed again: the second word of `Status` is `reinstreq`.
        package let needsReinstall: Bool
        package let state: State
        /// The line of its first field, counted from 1.
        package let line: Int

        /// Whether its installation was begun and not ended, or broke.
        package var isTroubled: Bool {
            switch state {
            case .installed, .notInstalled, .configFiles: needsReinstall
            case .halfInstalled, .unpacked, .halfConfigured, .triggersAwaited, .triggersPending: true
            }
        }
    }

    /// The packages that are kept, in the order of the file.
    package let entries: [Entry]

    /// Reads a whole file and keeps the packages in `names`, and every troubled one; without names it keeps all.
    ///
    /// - Throws: when dpkg could not read it, or when it names no package at all: such a file is a lost one, since dpkg
    ///   itself is a package. The error names the line.
    package init(parsing bytes: [UInt8], keeping names: Set<String>?) throws(ParseError) {
        var reader = Reader(keeping: names)
        try reader.read(bytes)
        self = try reader.ended()
    }

    fileprivate init(entries: [Entry]) { self.entries = entries }

    /// The package `name`; of several architectures the one that is installed.
    package subscript(_ name: String) -> Entry? {
        let all = entries.filter { $0.name == name }
        return all.first { $0.state != .notInstalled && $0.state != .configFiles } ?? all.first
    }

    /// What holds when `update` was written later: its packages in place of those of the same name and architecture.
    ///
    /// That is how dpkg notes in `/var/lib/dpkg/updates` what it has done and not yet written into the file itself.
    package func updated(by update: DpkgStatus) -> DpkgStatus {
        struct Place: Hashable {
            var name: String
            var architecture: String?
        }
        let later = Set(update.entries.map { Place(name: $0.name, architecture: $0.architecture) })
        return DpkgStatus(
            entries: entries.filter { !later.contains(Place(name: $0.name, architecture: $0.architecture)) }
                + update.entries)
    }

    /// The packages whose installation was begun and not ended, or broke.
    package var troubled: [Entry] { entries.filter(\.isTroubled) }
}

extension DpkgStatus {
    /// Reads the file piece by piece, so that its size costs no memory.
    package struct Reader: Sendable {
        /// More than that is no package database but an attack on our memory.
        private static let entryLimit = 4096
        private static let lineLimit = 1 << 20
        private static let good = Array("install ok installed".utf8)

        private let names: Set<String>?
        private var entries: [Entry] = []
        /// The values of the fields that matter of the stanza that is being read, by ``Field``.
        private var values: [[UInt8]?] = Self.none
        /// The line on which that stanza began; 0 between stanzas.
        private var beginning = 0
        /// How many stanzas have ended.
        private var count = 0
        /// The number of the line that is read next.
        private var number = 1
        /// The beginning of a line whose end has not been read.
        private var pending: [UInt8] = []
        private var rules = DpkgDatabaseRules()
        /// The field that was read last is one whose value has one line.
        private var isSingleLine = false

        private enum Field: Int, CaseIterable {
            case package, status, version, architecture
        }
        private static let fieldNames = ["package", "status", "version", "architecture"].map { Array($0.utf8) }
        private static let none: [[UInt8]?] = Field.allCases.map { _ in nil }

        /// A reader that keeps the packages in `names`, and every troubled one; without names it keeps all.
        package init(keeping names: Set<String>?) { self.names = names }

        /// Reads the next piece of the file, which may end anywhere.
        package mutating func read(_ piece: [UInt8]) throws(ParseError) {
            var start = 0
            while start < piece.count {
                let end = Self.end(of: piece.span, from: start)
                guard pending.count + end - start <= Self.lineLimit else {
                    throw ParseError(line: number, "expected a shorter line")
                }
                guard end < piece.count else {
                    pending += piece[start...]
                    return
                }
                if pending.isEmpty {
                    try take(piece, start, end, isEnded: true)
                } else {
                    let line = pending + piece[start..<end]
                    pending = []
                    try take(line, 0, line.count, isEnded: true)
                }
                start = end + 1
            }
        }

        /// Where the line ends that begins at `start`: at its line feed, or at the end of the bytes.
        private static func end(of bytes: Span<UInt8>, from start: Int) -> Int {
            var end = start
            while end < bytes.count, bytes[end] != 10 { end &+= 1 }
            return end
        }

        /// What was read, when all of it was.
        ///
        /// - Throws: when the file ends where it cannot have ended, or named no package.
        package mutating func ended() throws(ParseError) -> DpkgStatus {
            if !pending.isEmpty { try take(pending, 0, pending.count, isEnded: false) }
            try endStanza()
            guard count > 0 else { throw ParseError(line: 1, "expected a package") }
            return DpkgStatus(entries: entries)
        }

        /// Reads one line, given by its place: no copy is made of the thousands that do not matter.
        private mutating func take(_ bytes: [UInt8], _ start: Int, _ end: Int, isEnded: Bool) throws(ParseError) {
            let last = end > start && bytes[end - 1] == .carriageReturn ? end - 1 : end
            if last == start {
                try endStanza()
            } else if bytes[start].isBlank {
                guard beginning > 0 else { throw ParseError(line: number, "expected a field before its next line") }
                // Words that end with the file may be half words.
                guard isEnded else { throw ParseError(line: number, "expected the end of the line") }
                if isSingleLine, bytes[start..<last].contains(where: { !$0.isCSpace }) {
                    throw ParseError(line: number, "expected the field on one line")
                }
                rules.continueField(bytes, start..<last)
            } else {
                try takeField(bytes, start, last, isEnded: isEnded)
            }
            number += 1
        }

        private mutating func takeField(_ bytes: [UInt8], _ start: Int, _ end: Int, isEnded: Bool) throws(ParseError) {
            if beginning == 0 { beginning = number }
            var nameEnd = start
            while nameEnd < end, bytes[nameEnd] != UInt8(ascii: ":"), bytes[nameEnd] > .space { nameEnd += 1 }
            var colon = nameEnd
            while colon < end, bytes[colon].isBlank { colon += 1 }
            guard colon < end, bytes[colon] == UInt8(ascii: ":"), nameEnd > start else {
                throw ParseError(line: number, "expected the name of a field and a colon")
            }
            let field = Self.field(bytes, start, nameEnd)
            // Of all that may end with the file, `Status` alone has a last word that cannot be part of a longer one.
            guard isEnded || field == .status else { throw ParseError(line: number, "expected the end of the line") }
            try rules.begin(bytes, start..<nameEnd, (colon + 1)..<end, line: number)
            isSingleLine = field == .package || field == .version || field == .architecture
            guard let field else { return }
            var value = bytes[(colon + 1)..<end].drop(while: \.isBlank)
            while value.last?.isBlank == true { value.removeLast() }
            values[field.rawValue] = Array(value)
        }

        /// The field of that name, in either case; `nil` for those that do not matter.
        private static func field(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Field? {
            let field: Field
            switch bytes[start] | 0x20 {
            case UInt8(ascii: "p"): field = .package
            case UInt8(ascii: "s"): field = .status
            case UInt8(ascii: "v"): field = .version
            case UInt8(ascii: "a"): field = .architecture
            default: return nil
            }
            let word = fieldNames[field.rawValue]
            guard end - start == word.count else { return nil }
            for offset in 1..<word.count where bytes[start + offset] | 0x20 != word[offset] { return nil }
            return field
        }

        private mutating func endStanza() throws(ParseError) {
            guard beginning > 0 else { return }
            defer {
                values = Self.none
                beginning = 0
            }
            count += 1
            guard let name = values[Field.package.rawValue] else {
                throw ParseError(line: beginning, "expected the field Package")
            }
            guard let status = values[Field.status.rawValue] else {
                throw ParseError(line: beginning, "expected the field Status")
            }
            let version = values[Field.version.rawValue]
            let text = String(decoding: name, as: UTF8.self)
            let architecture = values[Field.architecture.rawValue]
            let isMeant = names?.contains(text) ?? true
            if status == Self.good, version != nil, !isMeant {
                try rules.end(
                    package: name, architecture: architecture, version: version, state: .installed, line: beginning)
                return
            }
            let entry = try Self.entry(text, status, version, architecture, line: beginning)
            try rules.end(
                package: name, architecture: architecture, version: version, state: entry.state, line: beginning)
            guard isMeant || entry.isTroubled else { return }
            entries.append(entry)
            guard entries.count <= Self.entryLimit else {
                throw ParseError(line: beginning, "expected at most \(Self.entryLimit) packages of note")
            }
        }

        private static func entry(
            _ name: String, _ status: [UInt8], _ version: [UInt8]?, _ architecture: [UInt8]?, line: Int
        ) throws(ParseError) -> Entry {
            let words = status.split(whereSeparator: \.isBlank).map { String(decoding: $0, as: UTF8.self).lowercased() }
            guard words.count == 3, let want = Want(rawValue: words[0]), ["ok", "reinstreq"].contains(words[1]),
                let state = State(rawValue: words[2])
            else { throw ParseError(line: line, "expected three words of dpkg in the field Status") }
            guard name.utf8.allSatisfy(isOfName), !name.isEmpty else {
                throw ParseError(line: line, "expected the name of a package")
            }
            if version == nil, state != .notInstalled, state != .halfInstalled {
                throw ParseError(line: line, "expected the field Version")
            }
            if let version, !version.allSatisfy(isOfVersion) {
                throw ParseError(line: line, "expected a version")
            }
            if let architecture, !architecture.allSatisfy(isOfName) {
                throw ParseError(line: line, "expected an architecture")
            }
            return Entry(
                name: name, version: version.map { String(decoding: $0, as: UTF8.self) },
                architecture: architecture.map { String(decoding: $0, as: UTF8.self) }, want: want,
                needsReinstall: words[1] == "reinstreq", state: state, line: line)
        }

        /// - Source: deb-control(5), "Package".
        private static func isOfName(_ byte: UInt8) -> Bool {
            byte.isDigit || 0x61...0x7A ~= byte || "+-.".utf8.contains(byte)
        }

        /// - Source: deb-version(7).
        private static func isOfVersion(_ byte: UInt8) -> Bool {
            byte.isDigit || 0x61...0x7A ~= byte | 0x20 || "+-.:~".utf8.contains(byte)
        }
    }
}
