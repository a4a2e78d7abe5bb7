internal import TextForms

/// The sockets that wait for connections, as the kernel lists them in `/proc/net/tcp` and `/proc/net/tcp6`.
///
/// - Source: kernel, Documentation/networking/proc_net_tcp.rst; the addresses are words in the byte order of the machine,
///   and every machine this runs on is little-endian.
package struct ListeningSockets: Equatable, Sendable {
    /// One socket.
    package struct Entry: Hashable, Sendable {
        package let port: Int
        /// Whether only this machine itself can reach it.
        package let isLoopback: Bool
        /// Whether it takes connections to whatever address of the machine.
        package let isAny: Bool

        /// The socket on `port`.
        package init(port: Int, isLoopback: Bool = false, isAny: Bool = false) {
            self.port = port
            self.isLoopback = isLoopback
            self.isAny = isAny
        }
    }

    /// The sockets in the state LISTEN, in the order of the file.
    package let entries: [Entry]

    /// Reads a whole file.
    ///
    /// - Throws: when a row is not as the kernel writes it; the error names the line.
    package init(parsing bytes: [UInt8]) throws(ParseError) {
        var entries: [Entry] = []
        for (index, line) in bytes.split(separator: .lineFeed).enumerated().dropFirst() {
            let fields = line.split(whereSeparator: \.isBlank)
            guard fields.count > 3, fields[3].count == 2, Self.number(fields[3]) != nil else {
                throw ParseError(line: index + 1, "expected the row of a socket")
            }
            // 0A is TCP_LISTEN of include/net/tcp_states.h.
            guard fields[3].elementsEqual("0A".utf8) else { continue }
            let parts = fields[1].split(separator: UInt8(ascii: ":"))
            guard parts.count == 2, parts[1].count == 4, let port = Self.number(parts[1]),
                let address = Self.address(parts[0])
            else { throw ParseError(line: index + 1, "expected an address and a port") }
            entries.append(
                Entry(port: port, isLoopback: Self.isLoopback(address), isAny: address.allSatisfy { $0 == 0 }))
        }
        self.entries = entries
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        Int(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// The bytes of an address in the order of the network: each word of eight digits is turned round.
    private static func address(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard digits.count == 8 || digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for word in stride(from: digits.startIndex, to: digits.endIndex, by: 8) {
            for offset in stride(from: 6, through: 0, by: -2) {
                let pair = digits[word + offset..<word + offset + 2]
                guard pair.allSatisfy(\.isHexadecimalDigit), let byte = number(pair) else {
                    return nil
                }
                bytes.append(UInt8(byte))
            }
        }
        return bytes
    }

    /// 127.0.0.0/8, ::1, and 127.0.0.0/8 mapped into IPv6.
    private static func isLoopback(_ address: [UInt8]) -> Bool {
        if address.count == 4 { return address[0] == 127 }
        let zeros = [UInt8](repeating: 0, count: 10)
        if address.starts(with: zeros + [0xFF, 0xFF]) { return address[12] == 127 }
        return address == [UInt8](repeating: 0, count: 15) + [1]
    }
}
