internal import CLinux
internal import SystemPackage

/// Everything of a kind that the kernel tells over netlink.
///
/// - Source: netlink(7), rtnetlink(7); kernel, include/uapi/linux/netfilter/nf_tables.h.
enum NetlinkDump {
    /// No answer may be longer, all datagrams together.
    private static let largest = 16 << 20

    /// The bodies of all messages, without their heads.
    ///
    /// - Throws: the kernel's error; `interrupted` when what is listed changes all the time.
    static func messages(protocol number: Int32, type: UInt16) throws(Errno) -> [[UInt8]] {
        for _ in 0..<3 {
            do throws(Errno) {
                return try ask(number, type)
            } catch {
                guard error == .interrupted else { throw error }
            }
        }
        throw .interrupted
    }

    private static func ask(_ number: Int32, _ type: UInt16) throws(Errno) -> [[UInt8]] {
        let socket = SharedDescriptor(try Descriptor(taking: clinux_dump_open(number, type, 0)))
        var messages: [[UInt8]] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var total = 0
        while true {
            let count = socket.withNumber { unsafe clinux_dump_receive($0, &buffer, buffer.count) }
            guard count > 0 else { throw count == 0 ? .badMessage : Errno(rawValue: -count) }
            total += Int(count)
            guard total <= largest else { throw .fileTooLarge }
            if try take(buffer[..<Int(count)], into: &messages) { return messages }
        }
    }

    /// Takes in the messages of one datagram.
    ///
    /// - Returns: whether the answer has ended.
    static func take(_ datagram: ArraySlice<UInt8>, into messages: inout [[UInt8]]) throws(Errno) -> Bool {
        let bytes = Array(datagram)
        var (offset, start, length) = (0, 0, 0)
        while true {
            switch unsafe clinux_dump_next(bytes, bytes.count, &offset, &start, &length) {
            case 0: return false
            case 1: messages.append(Array(bytes[start..<start + length]))
            case 2: return true
            case let error: throw Errno(rawValue: -error)
            }
        }
    }

    /// The attributes of a message after its own head of `size` bytes, by their numbers; of two of one number the last.
    ///
    /// - Returns: `nil` when they are malformed.
    static func attributes(of message: ArraySlice<UInt8>, after size: Int) -> [UInt16: ArraySlice<UInt8>]? {
        guard message.count >= size, let all = list(of: message.dropFirst(size)) else { return nil }
        return Dictionary(all.map { ($0.number, $0.contents) }) { $1 }
    }

    /// The attributes in their order, each number as often as it is there.
    ///
    /// - Returns: `nil` when they are malformed.
    static func list(of bytes: ArraySlice<UInt8>) -> [(number: UInt16, contents: ArraySlice<UInt8>)]? {
        var found: [(number: UInt16, contents: ArraySlice<UInt8>)] = []
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let first = rest.startIndex
            let length = Int(rest[first]) | Int(rest[first + 1]) << 8
            // The two upper bits say how the contents are written.
            let number = (UInt16(rest[first + 2]) | UInt16(rest[first + 3]) << 8) & 0x3FFF
            guard length >= 4, length <= rest.count else { return nil }
            found.append((number, rest[(first + 4)..<(first + length)]))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return found
    }
}
