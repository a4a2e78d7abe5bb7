/// One file of containerd's configuration, read as it stands: before imports, versions and defaults.
///
/// - Source: containerd-config.toml(5).
package struct ContainerdFile: Sendable, Equatable {
    /// Where it lies, as the caller named it.
    package let path: String

    /// Its bytes.
    package let bytes: [UInt8]

    /// Its TOML.
    package let text: TOMLText

    /// `version` as it is written; `nil` when it is not, which means 1.
    package let version: Int?

    /// `disabled_plugins`.
    package let disabledPlugins: [String]

    /// `required_plugins`.
    package let requiredPlugins: [String]

    /// `imports`; `nil` when the key is not there.
    package let imports: [String]?

    /// `[plugins]`; empty when it is not there.
    package let plugins: TOMLTable

    /// Reads a file.
    ///
    /// - Throws: the first error, when it is no TOML, or when a value that is read here has another type: containerd
    ///   does not start with such a file either.
    package init(path: String, bytes: [UInt8]) throws(ParseError) {
        let text = try TOMLText(bytes: bytes)
        self.path = path
        self.bytes = bytes
        self.text = text
        disabledPlugins = try Self.strings("disabled_plugins", in: text) ?? []
        requiredPlugins = try Self.strings("required_plugins", in: text) ?? []
        imports = try Self.strings("imports", in: text)
        switch text.root["version"] {
        case nil: version = nil
        case .integer(let number) where number >= 0: version = Int(clamping: number)
        case .some(let other): throw Self.wrong("version", other, "a number from 1 to 4", in: text)
        }
        switch text.root["plugins"] {
        case nil: plugins = TOMLTable([])
        case .table(let table): plugins = table
        case .some(let other): throw Self.wrong("plugins", other, "a table", in: text)
        }
    }

    /// The line on which `path` is named; `nil` when it is not there.
    package func line(of path: [String]) -> Int? {
        text.positions.key(at: TOMLPath(path.map { .key($0) }))?.line
    }

    /// The value at `path`; `nil` when there is none.
    package func value(at path: some Collection<String>) -> TOMLNode? { text.root.value(at: path) }

    private static func strings(_ key: String, in text: TOMLText) throws(ParseError) -> [String]? {
        guard let node = text.root[key] else { return nil }
        guard case .array(let items) = node else { throw wrong(key, node, "a list of strings", in: text) }
        var strings: [String] = []
        for item in items {
            guard case .string(let string) = item else { throw wrong(key, item, "a list of strings", in: text) }
            strings.append(string)
        }
        return strings
    }

    private static func wrong(_ key: String, _ node: TOMLNode, _ wanted: String, in text: TOMLText) -> ParseError {
        let place = text.positions.value(at: TOMLPath([.key(key)]))
        return ParseError(
            line: place?.line ?? 1, column: place?.column, "expected \(wanted) for \(key), found \(node.kind)")
    }
}

extension TOMLTable {
    /// The value that keys lead to from here; `nil` when there is none.
    package func value(at path: some Collection<String>) -> TOMLNode? {
        guard let first = path.first, let node = self[first] else { return nil }
        let rest = path.dropFirst()
        if rest.isEmpty { return node }
        guard case .table(let table) = node else { return nil }
        return table.value(at: rest)
    }

    /// The table that keys lead to from here.
    package func table(at path: some Collection<String>) -> TOMLTable? {
        if path.isEmpty { return self }
        guard case .table(let table)? = value(at: path) else { return nil }
        return table
    }

    /// This table with the entries of `other`, which win; tables that both have are merged alike when `isDeep`.
    func merging(_ other: TOMLTable, isDeep: Bool) -> TOMLTable {
        let order = keys + other.keys.filter { self[$0] == nil }
        return TOMLTable(
            order.compactMap { key in
                guard let theirs = other[key] else { return self[key].map { (key, $0) } }
                guard isDeep, case .table(let mine)? = self[key], case .table(let their) = theirs else {
                    return (key, theirs)
                }
                return (key, .table(mine.merging(their, isDeep: true)))
            })
    }
}
