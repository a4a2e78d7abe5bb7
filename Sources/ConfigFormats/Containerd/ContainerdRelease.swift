/// A release of containerd, as far as it reads its configuration in a way of its own.
package struct ContainerdRelease: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let major: Int
    package let minor: Int

    /// Release `major.minor`.
    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads a version as the program, the CRI or dpkg says it: `1.6.20~ds1`, `v2.1.9`, `1.7.24-1`, with an epoch or not.
    ///
    /// - Returns: `nil` when it does not begin with two numbers.
    package init?(_ version: String) {
        var text = version[...]
        if let colon = text.firstIndex(of: ":") { text = text[text.index(after: colon)...] }
        if text.utf8.first == UInt8(ascii: "v") { text = text.dropFirst() }
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]) else { return nil }
        guard let minor = Int(parts[1].prefix { $0.isASCII && $0.isNumber }) else { return nil }
        self.init(major: major, minor: minor)
    }

    /// Whether it is of the first line, which replaces whole tables, names plugins for itself, and has one CRI plugin.
    package var isFirstLine: Bool { major < 2 }

    /// The newest version of the file that it reads; 1.6 does not refuse a newer one, but takes nothing from it.
    ///
    /// - Source: containerd `version.ConfigVersion`: 2 in 1.x, 3 up to 2.2, 4 since.
    package var newestFileVersion: Int { isFirstLine ? 2 : self < Self(major: 2, minor: 3) ? 3 : 4 }

    /// The version of the file that is written for it where there is none.
    package var fileVersion: Int { isFirstLine ? 2 : 3 }

    /// What it imports without being told: a pattern, since 2.2.
    package var defaultImport: String? {
        self < Self(major: 2, minor: 2) ? nil : "/etc/containerd/conf.d/*.toml"
    }

    /// Whether an import that is not there keeps it from starting; 2.1 takes every import as a pattern.
    package var needsImports: Bool { self != Self(major: 2, minor: 1) }

    package var description: String { "\(major).\(minor)" }

    package static func < (one: Self, other: Self) -> Bool { (one.major, one.minor) < (other.major, other.minor) }
}
