internal import NodeAPI

/// The first line that `dial-stdio` says, and what stood before it.
package struct Banner: Equatable, Sendable {
    /// The version of the program at the other end.
    package var version: String
    /// How many bytes came before the line, such as messages of a login shell.
    package var noiseBytes: Int
    /// The first line of them, as it came and cut to 256 bytes; it is a stranger's text.
    package var firstLine: [UInt8]

    /// The line that this program says.
    static let own = "NUCPREP/1 \(NucprepVersion.current)\n"
}

/// Looks for the banner in the first bytes of a stranger.
struct BannerReader: Sendable {
    private static let noiseLimit = 8 * 1024
    private static let lineLimit = 128
    private static let shownBytes = 256
    private static let opening = Array("NUCPREP/".utf8)

    private var line: [UInt8] = []
    private var noiseBytes = 0
    private var firstLine: [UInt8]?

    /// How many bytes came so far.
    var receivedBytes: Int { noiseBytes + line.count }

    /// Takes one byte.
    ///
    /// - Returns: the banner that ends with it.
    /// - Throws: `.noBanner` when more than 8 KiB of something else came, `.otherVersion` for a banner of another protocol.
    mutating func consume(_ byte: UInt8) throws(TransportError) -> Banner? {
        line.append(byte)
        let isOpening = line.count <= Self.lineLimit && line.starts(with: Self.opening.prefix(line.count))
        guard isOpening || receivedBytes <= Self.noiseLimit else {
            throw .noBanner(noiseBytes: receivedBytes, firstLine: firstLine ?? Array(line.prefix(Self.shownBytes)))
        }
        guard byte == 0x0A else { return nil }
        if isOpening, let version = try version() {
            return Banner(version: version, noiseBytes: noiseBytes, firstLine: firstLine ?? [])
        }
        noiseBytes += line.count
        if firstLine == nil { firstLine = Array(line.dropLast().prefix(Self.shownBytes)) }
        line.removeAll(keepingCapacity: true)
        return nil
    }

    /// The version on the line; `nil` when the line only looks like a banner.
    private func version() throws(TransportError) -> String? {
        let words = line.dropLast().split(separator: 0x20, omittingEmptySubsequences: false)
        let isPlain = line.dropLast().allSatisfy { (0x20...0x7E).contains($0) }
        guard words.count == 2, isPlain, !words[1].isEmpty, words[0].count > Self.opening.count else { return nil }
        guard words[0].elementsEqual("NUCPREP/1".utf8) else { throw .otherVersion(Array(line.dropLast())) }
        return String(decoding: words[1], as: UTF8.self)
    }
}
