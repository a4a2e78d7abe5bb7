/// Bytes written as `%` and two hexadecimal digits.
///
/// - Source: RFC 3986, 2.1.
package enum PercentCoding {
    /// The bytes that `text` stands for; what is no whole escape stands for itself.
    package static func bytes(of text: some Collection<UInt8>) -> [UInt8] { decode(text, isStrict: false) ?? [] }

    /// The bytes that `text` stands for; `nil` when an escape in it is broken.
    package static func strictBytes(of text: some Collection<UInt8>) -> [UInt8]? { decode(text, isStrict: true) }

    private static func decode(_ text: some Collection<UInt8>, isStrict: Bool) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap(\.hexadecimalValue)
            if digits.count == 2 {
                bytes.append(digits[0] << 4 | digits[1])
                rest = rest.dropFirst(2)
            } else if isStrict {
                return nil
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
