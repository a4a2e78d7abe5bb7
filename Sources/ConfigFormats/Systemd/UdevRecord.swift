/// What udev keeps about one device in `/run/udev/data`, `bMAJOR:MINOR` for a block device.
///
/// - Source: systemd `src/libsystemd/sd-device/sd-device.c` (`handle_db_line`); the format is udev's own affair.
package struct UdevRecord: Sendable, Equatable {
    /// The `E:` lines: `ID_PART_ENTRY_TYPE` and its like.
    package let properties: [String: String]

    /// The `S:` lines: links below `/dev`, without that prefix.
    package let links: [String]

    /// Reads a whole record; lines of other kinds, and those that udev cannot read either, are left out.
    package init(parsing text: String) {
        var properties: [String: String] = [:]
        var links: [String] = []
        for line in text.numberedLines {
            let content = line.text.dropFirst(2)
            if line.text.hasPrefix("S:") { links.append(String(content)) }
            guard line.text.hasPrefix("E:"), let equals = content.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                continue
            }
            properties[String(content[..<equals])] = String(content[content.utf8.index(after: equals)...])
        }
        self.properties = properties
        self.links = links
    }
}
