/// A setting that containerd read in its former configuration and reads otherwise in an edited one, unasked.
///
/// Both are judged by what `containerd config dump` prints: an edit may change the keys that it is made for, and what the
/// edited text itself states; everything else must be read as before.
package struct ContainerdLoss: Equatable, Sendable, CustomStringConvertible {
    /// The keys from the top, joined by dots.
    package let description: String

    /// The keys that an edit is made for, by their last word; a dump names the files that it read under `imports`.
    ///
    /// A table of a runtime that is written takes the place of the built-in one, whose other values go with it: without
    /// a sandbox mode the CRI takes the one that stood there.
    ///
    /// - Source: containerd 1.7, pkg/cri/config/config.go, `ValidatePluginConfig`.
    private static let intended: Set<String> = [
        "version", "disabled_plugins", "imports", "runtime_type", "SystemdCgroup", "systemd_cgroup", "sandbox_mode",
    ]

    /// The first loss; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - former: what containerd printed of the configuration that is in force.
    ///   - edited: what it printed of the edited one.
    ///   - text: the edited file.
    package init?(from former: TOMLTable, to edited: TOMLTable, stated text: TOMLTable) {
        let comparison = Comparison(edited: Settings(edited), text: Settings(text))
        guard let path = comparison.first(in: former, beside: edited, []) else { return nil }
        description = path.joined(separator: ".")
    }

    /// Every setting of a table, however deep, to be found at once: a file may have thousands.
    private struct Settings {
        private struct Setting: Hashable {
            var key: String
            var value: TOMLNode
        }
        private var settings: Set<Setting> = []
        private var values: Set<TOMLNode> = []

        init(_ table: TOMLTable) { add(table) }

        private mutating func add(_ table: TOMLTable) {
            for key in table.keys {
                guard let value = table[key] else { continue }
                values.insert(value)
                settings.insert(Setting(key: key, value: value))
                if case .table(let inner) = value { add(inner) }
            }
        }

        /// Whether a value stands there under `key`, or under any where there is none.
        func holds(_ value: TOMLNode, as key: String?) -> Bool {
            guard let key else { return values.contains(value) }
            return settings.contains(Setting(key: key, value: value))
        }
    }

    private struct Comparison {
        var edited: Settings
        var text: Settings

        /// The path of the first setting of `former` that is lost in `now`, the table of the same name.
        func first(in former: TOMLTable, beside now: TOMLTable, _ path: [String]) -> [String]? {
            for key in former.keys where !intended.contains(key) {
                guard let old = former[key], !old.isEmpty else { continue }
                if case .table(let inner) = old {
                    var other = TOMLTable([])
                    if case .table(let table)? = now[key] { other = table }
                    if let loss = first(in: inner, beside: other, path + [key]) { return loss }
                } else if !isKept(old, now[key], key) {
                    return path + [key]
                }
            }
            return nil
        }

        /// Whether a value is what it was, went with its table to another name, or is what the text says of it.
        private func isKept(_ old: TOMLNode, _ new: TOMLNode?, _ key: String) -> Bool {
            guard let new else { return edited.holds(old, as: key) }
            if new == old { return true }
            // Versions of the file have other names for one setting, and lists where others have one value: text counts
            // under any name.
            if case .array(let elements) = new, !elements.isEmpty {
                return text.holds(new, as: key) || elements.allSatisfy { $0.isText && text.holds($0, as: nil) }
            }
            return text.holds(new, as: new.isText ? nil : key)
        }
    }
}

extension TOMLNode {
    /// Whether it says no more than its absence.
    fileprivate var isEmpty: Bool {
        switch self {
        case .string(let text): text.isEmpty
        case .integer(let number): number == 0
        case .boolean(let value): !value
        case .array(let nodes): nodes.isEmpty
        case .float, .date, .time, .table: false
        }
    }

    fileprivate var isText: Bool { if case .string = self { true } else { false } }
}
