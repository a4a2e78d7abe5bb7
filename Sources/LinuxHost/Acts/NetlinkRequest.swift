internal import CLinux
internal import Glibc
internal import SystemPackage

/// A message to the kernel over netlink, in the byte order of the machine.
///
/// - Source: netlink(7); kernel, include/uapi/linux/netlink.h.
enum NetlinkMessage {
    /// `NLM_F_REQUEST`, and `NLM_F_ACK`: that it is done is answered, too.
    static let request: UInt16 = 1
    static let acknowledged: UInt16 = 1 | 4

    /// The message of a type, with its head.
    static func bytes(_ type: UInt16, flags: UInt16 = acknowledged, sequence: UInt32 = 1, _ body: [UInt8]) -> [UInt8] {
        let head = native(UInt32(16 + body.count)) + native(type) + native(flags) + native(sequence) + native(UInt32(0))
        return head + padded(body)
    }

    /// An attribute with its head; `bytes` of one that holds others are those.
    static func attribute(_ number: UInt16, _ bytes: [UInt8], isNested: Bool = false) -> [UInt8] {
        native(UInt16(4 + bytes.count)) + native(number | (isNested ? 0x8000 : 0)) + padded(bytes)
    }

    /// A name, which ends with a zero.
    static func text(_ number: UInt16, _ text: String) -> [UInt8] { attribute(number, Array(text.utf8) + [0]) }

    static func native<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number.littleEndian >> ($0 * 8)) }
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
}

/// Has the kernel change something over netlink.
enum NetlinkRequest {
    /// Sends messages in one datagram, of which `acknowledgements` ask for an answer.
    ///
    /// - Returns: the bodies of the other answers, without their heads.
    /// - Throws: the first error that the kernel answers; `badMessage` when it does not answer as often as it ought to.
    @discardableResult
    static func send(
        protocol number: Int32, _ messages: [UInt8], acknowledgements: Int = 1
    ) throws(Errno) -> [[UInt8]] {
        let socket = try Descriptor(taking: unsafe clinux_netlink_send(number, messages, messages.count))
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var (count, bodies): (Int, [[UInt8]]) = (0, [])
        while true {
            let length = socket.withNumber { unsafe clinux_dump_receive($0, &buffer, buffer.count) }
            // All answers are there as soon as the messages are sent.
            if length == -EAGAIN { break }
            guard length > 0 else { throw length == 0 ? .badMessage : Errno(rawValue: -length) }
            count += try acknowledged(in: Array(buffer[..<Int(length)]), others: &bodies)
        }
        guard count == acknowledgements else { throw .badMessage }
        return bodies
    }

    /// How many messages a datagram of answers acknowledges; the bodies of other messages in it are added to `others`.
    static func acknowledged(in datagram: [UInt8], others: inout [[UInt8]]) throws(Errno) -> Int {
        var (offset, start, length, count) = (0, 0, 0, 0)
        while true {
            switch unsafe clinux_dump_next(datagram, datagram.count, &offset, &start, &length) {
            case 0: return count
            case 1: others.append(Array(datagram[start..<start + length]))
            case 2: count += 1
            case let error: throw Errno(rawValue: -error)
            }
        }
    }
}
