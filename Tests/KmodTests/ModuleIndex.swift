/// Writes the binary indexes that libkmod reads, with at most one entry each.
///
/// - Source: kmod, libkmod/libkmod-index.c: a magic number, a version, the offset of the root with its flags above, and
///   there a prefix and its values; all numbers big-endian.
enum ModuleIndex {
    static func bytes(_ entry: (key: String, value: String)?) -> [UInt8] {
        let header = word(0xB007_F457) + word(0x0002_0001)
        guard let entry else {
            // A root that only has values, and none of them.
            return header + word(0x4000_000C) + word(0)
        }
        return header + word(0xC000_000C) + Array(entry.key.utf8) + [0] + word(1) + word(0) + Array(entry.value.utf8)
            + [0]
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
