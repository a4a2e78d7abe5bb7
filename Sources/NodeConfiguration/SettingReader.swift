internal import ConfigFormats
internal import NodeState

/// Reads the values of one file strictly: every key is known, every value has its type, and all errors are kept.
struct SettingReader {
    let file: String
    let document: TOMLText
    private(set) var problems: [ConfigurationProblem] = []
    /// Where each value that was read stands, by its key as in `cluster.name`.
    private(set) var origins: [String: Origin] = [:]

    init(file: String, document: TOMLText) {
        self.file = file
        self.document = document
    }

    /// A table of the document with its place.
    struct Section {
        var table: TOMLTable
        var path: TOMLPath
    }

    /// The whole document.
    var root: Section { Section(table: document.root, path: TOMLPath()) }

    /// Notes a problem with what stands at `path`.
    mutating func note(_ text: String, at path: TOMLPath) { problems.append(problem(text, at: path)) }

    /// A problem with what stands at `path`, for later.
    func problem(_ text: String, at path: TOMLPath) -> ConfigurationProblem {
        let place = document.positions.value(at: path) ?? document.positions.key(at: path)
        return ConfigurationProblem(
            file: file, line: place?.line ?? 1, column: place?.column ?? 1, "\(path): \(text)")
    }

    /// Where the value at `path` stands.
    func origin(of path: TOMLPath) -> Origin {
        Origin(file: file, line: document.positions.key(at: path)?.line ?? 0)
    }

    /// Notes every key of a section that is not among `keys`.
    mutating func expectOnly(_ keys: [String], in section: Section) {
        for key in section.table.keys where !keys.contains(key) {
            let path = section.path.appending(key)
            let place = document.positions.key(at: path)
            let hint = Nearest.word(to: key, in: keys).map { ", did you mean \($0)?" } ?? ""
            problems.append(
                ConfigurationProblem(
                    file: file, line: place?.line ?? 1, column: place?.column ?? 1, "unknown key \(path)\(hint)"))
        }
    }

    /// The section under `key`; `nil` when it is absent or no table.
    mutating func section(_ key: String, in section: Section) -> Section? {
        let path = section.path.appending(key)
        guard let node = section.table[key] else { return nil }
        guard case .table(let table) = node else {
            note("expected a table, found \(node.kind)", at: path)
            return nil
        }
        return Section(table: table, path: path)
    }

    /// The sections of an array of tables; `nil` when it is absent or no such array.
    mutating func sections(_ key: String, in section: Section) -> [Section]? {
        let path = section.path.appending(key)
        guard let node = section.table[key] else { return nil }
        guard case .array(let nodes) = node else {
            note("expected tables as in [[\(key)]], found \(node.kind)", at: path)
            return nil
        }
        var sections: [Section] = []
        for (index, node) in nodes.enumerated() {
            guard case .table(let table) = node else {
                note("expected tables as in [[\(key)]], found \(node.kind)", at: path.appending(index))
                return nil
            }
            sections.append(Section(table: table, path: path.appending(index)))
        }
        return sections
    }

    /// The string under `key`; `nil` when it is absent or breaks `rule`.
    mutating func string(
        _ key: String, in section: Section, _ expected: String = "a string",
        where rule: (String) -> Bool = { _ in true }
    ) -> String? {
        value(key, in: section, expected, as: .string) {
            if case .string(let text) = $0, rule(text) { text } else { nil }
        }
    }

    /// The boolean under `key`.
    mutating func boolean(_ key: String, in section: Section) -> Bool? {
        value(key, in: section, "true or false", as: .boolean) { if case .boolean(let flag) = $0 { flag } else { nil } }
    }

    /// The integer under `key`, within `range`.
    mutating func integer(_ key: String, in section: Section, _ range: ClosedRange<Int>) -> Int? {
        value(key, in: section, "a whole number from \(range.lowerBound) to \(range.upperBound)", as: .integer) {
            node in
            guard case .integer(let number) = node, let value = Int(exactly: number), range.contains(value) else {
                return nil
            }
            return value
        }
    }

    /// The list of strings under `key`, each of which keeps `rule`.
    mutating func strings(
        _ key: String, in section: Section, _ expected: String, where rule: (String) -> Bool = { _ in true }
    ) -> [String]? {
        value(key, in: section, "a list of \(expected)", as: .list) { node in
            guard case .array(let nodes) = node else { return nil }
            let texts = nodes.compactMap { if case .string(let text) = $0, rule(text) { text } else { nil } }
            return texts.count == nodes.count ? texts : nil
        }
    }

    /// The day under `key`, as `YYYY-MM-DD`.
    mutating func day(_ key: String, in section: Section) -> String? {
        value(key, in: section, "a date without quotes, such as 2026-12-31", as: .date) {
            if case .date(let date) = $0 { date.description } else { nil }
        }
    }

    /// The value under `key` as `convert` reads it; what it cannot read is a problem.
    mutating func value<Value>(
        _ key: String, in section: Section, _ expected: String, as form: SettingForm,
        _ convert: (TOMLNode) -> Value?
    ) -> Value? {
        guard let node = section.table[key] else { return nil }
        if let value = convert(node) {
            let path = section.path.appending(key)
            origins[path.description] = origin(of: path)
            return value
        }
        let found = if case .string(let text) = node { "\"\(text.prefix(64))\"" } else { node.kind }
        let advice = form.advice(for: node, key: key).map { "; \($0)" } ?? ""
        note("expected \(expected), found \(found)\(advice)", at: section.path.appending(key))
        return nil
    }
}
