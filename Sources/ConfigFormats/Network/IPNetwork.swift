/// A range of addresses, such as `10.244.0.0/16`.
///
/// - Source: RFC 4632, 3.1; RFC 4291, 2.3.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The first address; all bits behind the prefix are zero.
    package let first: IPAddress
    /// How many bits all addresses share.
    package let length: Int

    /// The range around an address, or `nil` when the family has no such prefix.
    package init?(_ address: IPAddress, length: Int) {
        guard (0...address.bytes.count * 8).contains(length) else { return nil }
        let masked = address.bytes.enumerated().map { index, byte in
            let bits = min(max(length - index * 8, 0), 8)
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> bits)
        }
        guard let first = IPAddress(bytes: masked) else { return nil }
        self.first = first
        self.length = length
    }

    /// Reads `ADDRESS/LENGTH`; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(\.isDigit),
            let length = Int(parts[1]), let address = IPAddress(parts[0])
        else { return nil }
        self.init(address, length: length)
    }

    package var description: String { "\(first)/\(length)" }

    /// Whether an address of the same family lies in the range.
    package func contains(_ address: IPAddress) -> Bool {
        address.bytes.count == first.bytes.count && IPNetwork(address, length: length)?.first == first
    }

    /// Whether the ranges share an address.
    package func overlaps(_ other: IPNetwork) -> Bool {
        length <= other.length ? contains(other.first) : other.contains(first)
    }

    /// The address right behind the first one, which Kubernetes gives to its own service; `nil` in a range of one.
    package var second: IPAddress? {
        guard length < first.bytes.count * 8, let last = first.bytes.last else { return nil }
        return IPAddress(bytes: first.bytes.dropLast() + [last | 1])
    }
}
