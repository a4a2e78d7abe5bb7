internal import CSystemd
internal import Glibc
package import SystemPackage

/// One field of a journal entry.
package struct JournalField: Equatable, Sendable {
    package let name: String
    package let value: [UInt8]

    /// The longest value that is sent; what is longer is cut.
    package static let longestValue = 4096

    /// A field with text as its value, cut at the end of a character.
    ///
    /// - Returns: `nil` when `name` is none that journald takes: capitals, digits and `_`, at most 64, not beginning with
    ///   a digit or `_` (the journal's own).
    /// - Source: systemd.journal-fields(7); systemd, src/libsystemd/sd-journal/journal-file.c, journal_field_valid.
    package init?(_ name: String, _ value: String) {
        guard Self.isValid(name) else { return nil }
        self.name = name
        var bytes = Array(value.utf8.prefix(Self.longestValue + 1))
        if bytes.count > Self.longestValue {
            // The first byte that has to go may stand in the middle of a character: the character goes with it.
            while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
        }
        self.value = bytes
    }

    private static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, (1...64).contains(name.utf8.count) else { return false }
        guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }

    /// `NAME=value`, as the library takes it.
    var assignment: [UInt8] { Array(name.utf8) + [UInt8(ascii: "=")] + value }
}

/// The system's journal.
package enum Journal {
    /// Writes one entry.
    ///
    /// Without a journal the library drops it and says nothing. Does not wait for the disk.
    ///
    /// - Throws: when the journal is there and did not take the entry.
    /// - Source: sd_journal_sendv(3).
    package static func send(_ fields: [JournalField]) throws(Errno) {
        // One buffer for all, so that every vector points into memory that stays.
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for field in fields {
            let start = bytes.count
            bytes += field.assignment
            ranges.append(start..<bytes.count)
        }
        guard !ranges.isEmpty else { return }
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            let vectors = unsafe ranges.map { range in
                unsafe iovec(iov_base: buffer.baseAddress.map { unsafe $0 + range.lowerBound }, iov_len: range.count)
            }
            return unsafe sd_journal_sendv(vectors, Int32(vectors.count))
        }
        guard result >= 0 else { throw Errno(rawValue: -result) }
    }
}
