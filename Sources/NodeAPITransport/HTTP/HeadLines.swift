internal import NodeAPI

/// Why bytes are no head of HTTP/1.
package enum HeadFault: Error, Equatable, Sendable {
    /// They are not in the form of one; with what is wrong.
    case malformed(String)
    /// The target is longer than its limit.
    case targetTooLong(limit: Int)
    /// The fields pass a limit; with which.
    case headerTooLarge(String)
}

/// Cuts bytes into lines that end in CR LF.
///
/// Nothing else ends a line, and a line holds printable ASCII and tabs alone: where two readers could see different lines,
/// there is no line. The server and the filter of `dial-stdio` share it, so what one lets through the other reads alike.
/// - Source: RFC 9112, section 2.2, which lets a recipient refuse a bare LF or CR.
struct HeadLines: Sendable {
    /// The line so far.
    private(set) var line: [UInt8] = []
    private var sawReturn = false

    /// Takes one byte.
    ///
    /// - Returns: the line that ends with it, without its end.
    mutating func consume(_ byte: UInt8) throws(HeadFault) -> [UInt8]? {
        if sawReturn {
            guard byte == 0x0A else { throw .malformed("a carriage return stands alone") }
            sawReturn = false
            defer { line.removeAll(keepingCapacity: true) }
            return line
        }
        switch byte {
        case 0x0D: sawReturn = true
        case 0x09, 0x20...0x7E: line.append(byte)
        case 0x0A: throw .malformed("a line ends without a carriage return")
        default: throw .malformed("it holds a byte that is no printable ASCII")
        }
        return nil
    }
}

extension RequestHead.Field {
    /// The field on a line of its own.
    ///
    /// A line that goes on with the field before it begins with white space, which no name does.
    /// - Source: RFC 9112, section 5.
    init(line: [UInt8]) throws(HeadFault) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0, line[..<colon].allSatisfy(\.isToken) else {
            throw .malformed("a line is no header field")
        }
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let value = line[(colon + 1)...].drop(while: isSpace)
        let end = value.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? value.startIndex
        self.init(
            String(decoding: line[..<colon], as: UTF8.self).lowercased(),
            String(decoding: value[..<end], as: UTF8.self))
    }
}

extension [RequestHead.Field] {
    /// The one value of a field that may stand once.
    func single(_ name: String) throws(HeadFault) -> String? {
        let found = filter { $0.name == name }
        guard found.count <= 1 else { throw .malformed("the field \(name) stands twice") }
        return found.first?.value
    }

    /// What `Content-Length` announces; a number too long to be meant is `Int.max`.
    func contentLength() throws(HeadFault) -> Int? {
        guard let text = try single("content-length") else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .malformed("Content-Length is no number")
        }
        return Int(text) ?? .max
    }

    /// Whether a field of tokens such as `Connection` names `token`, in lower case.
    func names(_ token: String, in name: String) -> Bool {
        contains { field in
            field.name == name
                && field.value.lowercased().split(separator: ",").contains { part in
                    part.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" } == token
                }
        }
    }
}

extension UInt8 {
    /// Whether the byte may stand in a method or a field name.
    ///
    /// - Source: RFC 9110, section 5.6.2, `tchar`.
    var isToken: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}
