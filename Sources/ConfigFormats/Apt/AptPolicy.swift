/// What apt would do about packages, as `apt-cache policy NAMES…` prints it in the C locale.
///
/// - Source: apt `cmdline/apt-cache.cc` (`Policy`), versions 2.4 to 3.1; apt-cache(8).
package struct AptPolicy: Sendable, Equatable {
    /// Where a version is to be had.
    package struct Source: Equatable, Sendable {
        package let priority: Int

        /// `https://HOST/PATH SUITE/COMPONENT ARCHITECTURE Packages`, or the path of dpkg's status.
        package let text: String

        /// The host in the address; empty for a file.
        package var host: String {
            guard let scheme = text.range(of: "://") else { return "" }
            let rest = text[scheme.upperBound...].prefix { $0 != "/" && $0 != " " }
            return String(rest.split(separator: "@").last ?? "")
        }
    }

    /// One version that apt knows.
    package struct Version: Equatable, Sendable {
        package let version: String

        /// What apt makes of it: the priority of the pin that covers it, else the highest of its sources.
        package let priority: Int
        package let isInstalled: Bool
        package fileprivate(set) var sources: [Source] = []

        /// Whether the priority comes from a pin: no source has it.
        package var isPinned: Bool { !sources.contains { $0.priority == priority } }
    }

    /// One package.
    package struct Package: Equatable, Sendable {
        package let name: String

        /// `nil` when it is not installed.
        package fileprivate(set) var installed: String?

        /// What apt would install; `nil` when it would install nothing.
        package fileprivate(set) var candidate: String?

        /// The versions, newest first.
        package fileprivate(set) var versions: [Version] = []

        /// The version of this text; `nil` when apt does not know it.
        package func version(_ text: String) -> Version? { versions.first { $0.version == text } }
    }

    /// The packages that apt knows, in the order of the question; one that it never heard of is left out.
    package private(set) var packages: [Package] = []

    /// The package of this name.
    package func package(_ name: String) -> Package? { packages.first { $0.name == name } }

    /// Reads what the program printed; an empty text is an answer: apt knows none of the packages.
    ///
    /// - Throws: at the first line that is not of this form, so that words of an error are never taken as an answer.
    package init(parsing text: String) throws(ParseError) {
        for (number, line) in text.numberedLines {
            let fields = line.blankSeparated
            guard !fields.isEmpty else { continue }
            let indent = line.utf8.prefix { $0 == .space }.count
            if indent == 0 {
                guard fields.count == 1, line.utf8.last == UInt8(ascii: ":"), line.utf8.count > 1 else {
                    throw ParseError(line: number, "expected the name of a package and a colon")
                }
                packages.append(Package(name: String(Substring(line.utf8.dropLast()))))
            } else {
                guard !packages.isEmpty else { throw ParseError(line: number, "expected the name of a package first") }
                try Self.take(fields, indent: indent, line: number, into: &packages[packages.count - 1])
            }
        }
    }

    private static func take(
        _ fields: [Substring], indent: Int, line: Int, into package: inout Package
    ) throws(ParseError) {
        switch (fields[0], fields.count) {
        case ("Installed:", 2): package.installed = fields[1] == "(none)" ? nil : String(fields[1])
        case ("Candidate:", 2): package.candidate = fields[1] == "(none)" ? nil : String(fields[1])
        case ("Version", 2) where fields[1] == "table:": break
        case ("Package", _) where fields.count > 2 && fields[1] == "pin:": break
        default:
            // A source has four columns for its priority behind seven; a version stands further left.
            let isSource = indent >= 7 || indent >= 5 && fields.count > 2 && Int(fields[0]) != nil
            if isSource, let priority = Int(fields[0]), let last = package.versions.indices.last, fields.count > 1 {
                let text = fields.dropFirst().joined(separator: " ")
                package.versions[last].sources.append(Source(priority: priority, text: text))
                return
            }
            let isInstalled = fields[0] == "***"
            let words = isInstalled ? fields.dropFirst() : fields[...]
            // A version that is let out in steps has a remark behind its priority.
            guard let version = words.first, let priority = words.dropFirst().first.flatMap({ Int($0) }), indent <= 5,
                version.utf8.last != UInt8(ascii: ":")
            else {
                throw ParseError(line: line, "expected a version or a source and its priority")
            }
            package.versions.append(
                Version(version: String(version), priority: priority, isInstalled: isInstalled))
        }
    }
}

extension String {
    /// Where `other` first stands, compared byte by byte.
    fileprivate func range(of other: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].utf8.starts(with: other.utf8) {
                return start..<utf8.index(start, offsetBy: other.utf8.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
