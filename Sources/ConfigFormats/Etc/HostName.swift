/// What a host name must look like to become a node's name.
///
/// One rule for the configuration, for what is judged and for what is set.
/// - Source: RFC 1123, 2.1; hostname(7): the kernel takes 64 bytes; kubeadm `cmd/kubeadm/app/util/config/common.go`, which
///   lower-cases it.
package enum HostName {
    /// What is wrong with a name.
    package enum Flaw: Sendable, Equatable {
        /// It would be right in lower case.
        case notLowercase
        /// It is none that a node may have, for this reason.
        case malformed(String)
    }

    /// The first flaw of a name; `nil` when it has none.
    package static func flaw(of name: String) -> Flaw? {
        let lower = name.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        guard !lower.isEmpty else { return .malformed("it is empty") }
        guard lower.count <= longest else { return .malformed("it has more than \(longest) characters") }
        if lower.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return .malformed("it has a control character in it")
        }
        for label in lower.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            if let reason = flaw(ofLabel: label) { return .malformed(reason) }
        }
        let first = lower.prefix { $0 != UInt8(ascii: ".") }
        if ["localhost", "localhost4", "localhost6"].contains(String(decoding: first, as: UTF8.self)) {
            return .malformed("it is the name of every machine's loopback")
        }
        return lower.elementsEqual(name.utf8) ? nil : .notLowercase
    }

    /// Whether it is a name of the domain name system: labels in lower case, longer than a machine's own may be.
    package static func isDomainName(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
                flaw(ofLabel: label) == nil
            }
    }

    /// What is wrong with a label in lower case; `nil` when nothing is.
    private static func flaw(ofLabel label: some BidirectionalCollection<UInt8>) -> String? {
        guard !label.isEmpty else { return "it has an empty label" }
        guard label.count <= 63 else { return "a label has more than 63 characters" }
        guard label.allSatisfy({ $0.isDigit || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") }) else {
            return "it has other characters than letters, digits and hyphens"
        }
        guard label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
            return "a label begins or ends with a hyphen"
        }
        return nil
    }

    /// `HOST_NAME_MAX`, without which neither sethostname(2) nor hostnamed takes it.
    private static let longest = 64

    /// Whether it is the name that an installer or a vendor gives to every machine.
    package static func isCommon(_ name: String) -> Bool { ["debian", "ubuntu", "nuc"].contains(name) }
}
