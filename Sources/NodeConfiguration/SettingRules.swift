internal import ConfigFormats
internal import TextForms

/// What a value of the configuration must look like.
package enum SettingRules {
    /// A host name of one or more labels, 253 bytes at most.
    static func isHostName(_ text: String) -> Bool { HostName.isDomainName(text) }

    /// A name that can belong to one machine.
    package static func isNodeName(_ text: String) -> Bool { HostName.flaw(of: text) == nil }

    /// An IP address in its canonical form; `nil` for anything else.
    ///
    /// - Source: inet_pton(3), inet_ntop(3).
    package static func canonicalAddress(_ text: String) -> String? { IPAddress(text)?.description }

    /// A network as `ADDRESS/LENGTH`.
    package static func isCIDR(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = canonicalAddress(String(parts[0])), let length = Int(parts[1]),
            parts[1].utf8.allSatisfy(isDigit)
        else { return false }
        return (0...(address.contains(":") ? 128 : 32)).contains(length)
    }

    /// A target for ssh that cannot be taken for an option or reach a shell.
    static func isSSHTarget(_ text: String) -> Bool {
        text.utf8.count <= 255 && !text.hasPrefix("-") && !text.isEmpty
            && text.utf8.allSatisfy { isLetterOrDigit($0) || "._:@%[]-".utf8.contains($0) }
    }

    /// A user name for ssh.
    package static func isUserName(_ text: String) -> Bool {
        text.utf8.count <= 64 && !text.hasPrefix("-")
            && text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }

    /// A version of Kubernetes: three numbers.
    static func isKubernetesVersion(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { (1...4).contains($0.utf8.count) && $0.utf8.allSatisfy(isDigit) }
    }

    /// A version of a Debian package, as it may stand in an order for apt.
    static func isPackageVersion(_ text: String) -> Bool { PackageName.isVersion(text) }

    /// The name of a Debian package.
    static func isPackageName(_ text: String) -> Bool { PackageName.isValid(text) }

    /// The name of a kernel module.
    static func isModuleName(_ text: String) -> Bool {
        (1...56).contains(text.utf8.count) && text.utf8.allSatisfy { isLetterOrDigit($0) || "_-".utf8.contains($0) }
            && !text.hasPrefix("-")
    }

    /// The name of a cluster: letters, digits and hyphens.
    package static func isClusterName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
    }

    /// A hardware address: six pairs of digits with colons; empty is allowed where it is optional.
    static func isHardwareAddress(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 6 && parts.allSatisfy { Hexadecimal.isText($0, count: 2) }
    }

    /// The fingerprint of an OpenPGP key: 40 hexadecimal digits.
    static func isFingerprint(_ text: String) -> Bool {
        Hexadecimal.isText(text, count: 40)
    }

    /// An address on the web, without blanks and quotes.
    static func isURL(_ text: String) -> Bool {
        (text.hasPrefix("https://") || text.hasPrefix("http://") || text.hasPrefix("file:/")) && text.utf8.count <= 2048
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"'\\`$".utf8.contains($0) }
    }

    private static let hyphen = UInt8(ascii: "-")
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) }
}
