/// What names and versions of Debian packages must look like to stand in the configuration or in a command of apt.
///
/// - Source: Debian Policy, 5.6.1 and 5.6.12; apt-get(8): a hyphen at the end would remove the package.
package enum PackageName {
    /// Whether it is the name of a package.
    package static func isValid(_ name: String) -> Bool {
        (2...128).contains(name.utf8.count) && (name.utf8.first.map(isLowerOrDigit) ?? false) && !name.hasSuffix("-")
            && name.utf8.allSatisfy { isLowerOrDigit($0) || "+.-".utf8.contains($0) }
    }

    /// Whether it is a version of one.
    package static func isVersion(_ version: String) -> Bool {
        (1...128).contains(version.utf8.count) && (version.utf8.first.map(\.isDigit) ?? false)
            && version.utf8.allSatisfy { isLowerOrDigit($0) || (0x41...0x5A).contains($0) || ".+~:-".utf8.contains($0) }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { byte.isDigit || (0x61...0x7A).contains(byte) }
}
