/// The routes that `/proc/net/route` and `/proc/net/ipv6_route` show.
///
/// - Source: kernel `net/ipv4/fib_trie.c` (`fib_route_seq_show`, the main table), `net/ipv6/route.c`
///   (`ipv6_route_native_seq_show`), `include/uapi/linux/route.h`.
package struct RouteTable: Sendable, Equatable {
    /// One route that is up and leads somewhere.
    package struct Route: Sendable, Equatable {
        package let interface: String
        package let destination: IPAddress
        /// The length of the prefix.
        package let length: Int
        /// `nil` for what is on the link itself.
        package let gateway: IPAddress?
        package let metric: Int

        /// Whether it takes whatever no other route takes.
        package var isDefault: Bool { length == 0 }

        /// Whether an address lies within its destination.
        package func covers(_ address: IPAddress) -> Bool {
            guard address.bytes.count == destination.bytes.count else { return false }
            return zip(address.bytes, destination.bytes).enumerated().allSatisfy { index, pair in
                let bits = max(0, min(8, length - index * 8))
                let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
                return pair.0 & mask == pair.1 & mask
            }
        }
    }

    /// The routes in the kernel's order; those that are down, or refuse, are left out.
    package let routes: [Route]

    private static let isUp = 0x1
    private static let refuses = 0x200

    /// Reads `/proc/net/route`.
    ///
    /// - Throws: when a line after the header is not what the kernel prints.
    package init(parsingIPv4 text: String) throws(ParseError) {
        var routes: [Route] = []
        for line in text.numberedLines.dropFirst() {
            let fields = line.text.split { $0 == "\t" || $0 == " " }
            guard !fields.isEmpty else { continue }
            guard fields.count >= 8, let destination = Self.fourBytes(fields[1]),
                let gateway = Self.fourBytes(fields[2]),
                let flags = Int(fields[3], radix: 16), let metric = Int(fields[6]), let mask = Self.fourBytes(fields[7])
            else { throw ParseError(line: line.number, "expected a route") }
            guard flags & Self.isUp != 0, flags & Self.refuses == 0 else { continue }
            routes.append(
                Route(
                    interface: String(fields[0]), destination: destination,
                    length: mask.bytes.reduce(0) { $0 + $1.nonzeroBitCount },
                    gateway: gateway.bytes.allSatisfy { $0 == 0 } ? nil : gateway, metric: metric))
        }
        self.routes = routes
    }

    /// Reads `/proc/net/ipv6_route`, which has no header; what leads to the machine itself is left out.
    ///
    /// - Throws: when a line is not what the kernel prints.
    package init(parsingIPv6 text: String) throws(ParseError) {
        var routes: [Route] = []
        for line in text.numberedLines {
            let fields = line.text.split { $0 == "\t" || $0 == " " }
            guard !fields.isEmpty else { continue }
            guard fields.count >= 10, let destination = Self.sixteenBytes(fields[0]),
                let length = Int(fields[1], radix: 16), length <= 128, let gateway = Self.sixteenBytes(fields[4]),
                let metric = Int(fields[5], radix: 16), let flags = Int(fields[8], radix: 16)
            else { throw ParseError(line: line.number, "expected a route") }
            guard flags & Self.isUp != 0, flags & Self.refuses == 0, fields[9] != "lo" else { continue }
            routes.append(
                Route(
                    interface: String(fields[9]), destination: destination, length: length,
                    gateway: gateway.bytes.allSatisfy { $0 == 0 } ? nil : gateway, metric: metric))
        }
        self.routes = routes
    }

    /// An address that is printed as one number in the order of bytes of the machine, the lowest byte first.
    private static func fourBytes(_ text: Substring) -> IPAddress? {
        guard text.utf8.count == 8, let number = UInt32(text, radix: 16) else { return nil }
        return IPAddress(bytes: (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }

    private static func sixteenBytes(_ text: Substring) -> IPAddress? {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 32, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return IPAddress(bytes: bytes)
    }
}
